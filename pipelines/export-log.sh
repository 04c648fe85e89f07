#!/bin/sh
# usage: export-log.sh [OPTION]... RUN
#
# The log of a training, for programs that compare runs.  RUN is a folder of
# finetune.sh, an adapter's folder, or a log.jsonl.
#
#   --tensorboard=DIR   DIR/NAME/events.out.tfevents.jk: tensorboard --logdir=DIR
#   --csv=FILE          a line a step, for trackio.import_csv and spreadsheets
#   --name=TEXT         of the run (default the folder's name)
#   --lang=en|ru        language of messages (the locale's)
#   --help              this text
#
# The names of the values are those of transformers: train/loss,
# train/grad_norm, train/learning_rate, eval/loss, eval/perplexity.  Times are
# those of the log, which ends when it was last written to; SOURCE_DATE_EPOCH,
# if set, is its beginning.

# In Python, of its standard library alone: the programs that read this are
# Python's, so that who has them has it, and what they install is not needed.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

run='' board='' csv='' name=''
words=$(join_values -- "$@") || exit $?
eval "set -- $words"
for arg; do
	case $arg in
	--tensorboard=?*) board=${arg#*=} ;;
	--csv=?*) csv=${arg#*=} ;;
	--name=?*) name=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*) bad_option "$arg" ;;
	*)
		[ -z "$run" ] || die 2 'more than one run: %s and %s' "$run" "$arg"
		run=$arg ;;
	esac
done
[ -n "$run" ] || die 2 'no run (see %s.sh --help)' "$NAME"
[ -n "$board$csv" ] || die 2 'name --tensorboard=DIR or --csv=FILE'
log=$run
for file in "$run/adapter/log.jsonl" "$run/log.jsonl"; do
	[ ! -f "$file" ] || log=$file
done
[ ! -d "$log" ] || die 3 \
	'%s has no log.jsonl; jk-train writes one beside an adapter' "$run"
[ -r "$log" ] || die 1 '%s cannot be read' "$log"
if [ -z "$name" ]; then
	[ -d "$run" ] || run=$(dirname -- "$log")
	name=$(basename -- "$(realpath -- "$run")" .run)
fi
case $name in
*/* | . | ..) die 2 '--name=%s is no name of a folder' "$name" ;;
esac
case ${SOURCE_DATE_EPOCH:-} in
*[!0-9]*) die 2 \
	'SOURCE_DATE_EPOCH=%s is no number of seconds' "$SOURCE_DATE_EPOCH" ;;
esac
need python3
wrong=$(
	text 'no JSON'
	text 'no step'
	text 'neither loss nor eval_loss'
	text 'no seconds'
	text 'empty'
	text 'the log.jsonl is wanted that jk-train writes beside an adapter'
)

# convert FORMAT FILE: the log as FILE.
convert() {
	python3 -c '
import csv, json, os, struct, sys
from datetime import datetime, timezone

TAGS = {"loss": "train/loss", "grad_norm": "train/grad_norm",
        "lr": "train/learning_rate", "eval_loss": "eval/loss",
        "eval_perplexity": "eval/perplexity"}
NO_JSON, NO_STEP, NO_LOSS, NO_SECONDS, EMPTY, WANTED = sys.argv[5].split("\n")


def fail(status, message):
    print("export-log: " + message, file=sys.stderr)
    sys.exit(status)


def parse(line):
    """(step, seconds, {tag: value}) of a line, or what is wrong with it."""
    try:
        o = json.loads(line)
    except ValueError:
        return NO_JSON
    if not isinstance(o, dict) or type(o.get("step")) is not int or \
            not 0 <= o["step"] < 2 ** 63:
        return NO_STEP
    values = {TAGS[k]: v for k, v in o.items()
              if k in TAGS and type(v) in (int, float)}
    seconds = o.get("seconds")
    if not values:
        return NO_LOSS
    if type(seconds) not in (int, float) or not 0 <= seconds < 1e10:
        return NO_SECONDS
    return o["step"], seconds, values


def read(path):
    rows = []
    with open(path, "rb") as f:
        for n, line in enumerate(f, 1):
            row = parse(line)
            if isinstance(row, str):
                fail(3, f"{path}:{n}: {row}; {WANTED}")
            rows.append(row)
    if not rows:
        fail(3, f"{path}: {EMPTY}")
    return rows


def write_csv(path, start, rows):
    tags = [t for t in TAGS.values() if any(t in r[2] for r in rows)]
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["step", "timestamp"] + tags)
        for step, seconds, values in rows:
            when = datetime.fromtimestamp(start + seconds, timezone.utc)
            out.writerow([step, when.isoformat(timespec="milliseconds")] +
                         [values.get(t, "") for t in tags])


def crc32c_table():
    """Of each byte, with the polynomial of Castagnoli, reflected."""
    table = []
    for c in range(256):
        for _ in range(8):
            c = c >> 1 ^ (0x82f63b78 if c & 1 else 0)
        table.append(c)
    return table


CRC = crc32c_table()


def masked(data):
    """The checksum of TFRecord: CRC-32C, rotated, and a constant."""
    c = 0xffffffff
    for byte in data:
        c = CRC[(c ^ byte) & 0xff] ^ c >> 8
    c ^= 0xffffffff
    return struct.pack("<I", ((c >> 15 | c << 17) + 0xa282ead8) & 0xffffffff)


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])


def chunk(field, data):
    """A field of bytes, text or a message."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def event(when, step, field, data):
    """tensorflow.Event: wall_time = 1, step = 2, file_version = 3, summary = 5."""
    e = b"\x09" + struct.pack("<d", when) + \
        (b"\x10" + varint(step) if step else b"") + chunk(field, data)
    length = struct.pack("<Q", len(e))
    return length + masked(length) + e + masked(e)


def write_events(path, start, rows):
    with open(path, "wb") as f:
        f.write(event(start, 0, 3, b"brain.Event:2"))
        for step, seconds, values in rows:
            # Summary.value = 1: tag = 1, simple_value = 2
            summary = b"".join(chunk(1, chunk(1, t.encode()) + b"\x15" +
                                     as_float(v)) for t, v in values.items())
            f.write(event(start + seconds, step, 5, summary))


def as_float(v):
    try:
        return struct.pack("<f", v)
    except OverflowError:
        return struct.pack("<f", float("inf") if v > 0 else float("-inf"))


form, log, path, start = sys.argv[1:5]
rows = read(log)
start = float(start) if start else os.stat(log).st_mtime - rows[-1][1]
try:
    (write_csv if form == "csv" else write_events)(path, start, rows)
except OSError as e:
    fail(1, f"{path}: {e.strerror}")
' "$1" "$log" "$2.part" "${SOURCE_DATE_EPOCH:-}" "$wrong" || exit $?
	keep "$2"
	say '%s' "$2"
}

[ -z "$csv" ] || convert csv "$csv"
if [ -n "$board" ]; then
	mkdir -p -- "$board/$name" || exit 1
	convert events "$board/$name/events.out.tfevents.jk"
fi
