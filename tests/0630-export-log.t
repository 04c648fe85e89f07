#!/bin/sh
# export-log.sh: every value of a log, in TensorBoard's files and as CSV.  The
# files are taken apart here by their specifications (TFRecord's frames with
# CRC-32C, tensorflow.Event), and read by TensorBoard where that is installed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3 jq
export_log=$TOP/pipelines/export-log.sh
cd "$TMP" || exit 1
mkdir -p mine.run/adapter
log=mine.run/adapter/log.jsonl
cp "$TOP/tests/data/examples/report-log.jsonl" $log
export SOURCE_DATE_EPOCH=1700000000

"$export_log" --csv=out.csv --tensorboard=tb mine.run >out 2>err
is "$? $(cat out)" "0 " "CSV and event files"
is "$(cat out.csv)" \
	"step,timestamp,train/loss,train/grad_norm,train/learning_rate,eval/loss,eval/perplexity
1,2023-11-14T22:13:22.500+00:00,3.1,1.2,0.0001,,
2,2023-11-14T22:13:25.000+00:00,2.9,1.1,5e-05,,
2,2023-11-14T22:13:25.500+00:00,,,,2.0,7.38905609893065" "the CSV"
events=tb/mine/events.out.tfevents.jk
# how every event file begins: 24 bytes, and the checksum of this number
is "$(od -An -tx1 -N 12 $events | tr -d ' ')" 1800000000000000a37f4b22 \
	"the first frame is TensorBoard's"

cat >frames.py <<'E'
import struct, sys

def crc32c(data):
    c = 0xffffffff
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ 0x82f63b78 * (c & 1)
    return c ^ 0xffffffff

def masked(data):
    c = crc32c(data)
    return ((c >> 15) + (c << 17) + 0xa282ead8) % 2 ** 32

def fields(data):
    at = 0
    def varint():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n
    while at < len(data):
        key = varint()
        size = {1: 8, 5: 4}.get(key & 7) or varint()
        if key & 7:
            yield key >> 3, data[at:at + size]
            at += size
        else:
            yield key >> 3, size
assert crc32c(b"123456789") == 0xe3069283  # the CRC's check value
data = open(sys.argv[1], "rb").read()
while data:
    n, crc = struct.unpack("<QI", data[:12])
    event = data[12:12 + n]
    assert crc == masked(data[:8]), "checksum of the length"
    assert struct.unpack("<I", data[12 + n:16 + n])[0] == masked(event), \
        "checksum of the event"
    data = data[16 + n:]
    e = dict(fields(event))
    when = struct.unpack("<d", e[1])[0]
    if 3 in e:
        print(when, e[3].decode())
    for _, value in fields(e.get(5, b"")):
        v = dict(fields(value))
        print(when, e[2], v[1].decode(), "%.6g" % struct.unpack("<f", v[2]))
E
is "$(python3 frames.py $events 2>&1)" "1700000000.0 brain.Event:2
1700000002.5 1 train/loss 3.1
1700000002.5 1 train/learning_rate 0.0001
1700000002.5 1 train/grad_norm 1.2
1700000005.0 2 train/loss 2.9
1700000005.0 2 train/learning_rate 5e-05
1700000005.0 2 train/grad_norm 1.1
1700000005.5 2 eval/loss 2
1700000005.5 2 eval/perplexity 7.38906" "every value, framed and checked"
# no package of Debian: where somebody has it
if python3 -c 'import tensorboard' 2>/dev/null; then
	is "$(python3 - tb/mine 2>err <<'E'
import sys
from tensorboard.backend.event_processing.event_accumulator import \
    EventAccumulator
a = EventAccumulator(sys.argv[1])
a.Reload()
for tag in sorted(a.Tags()["scalars"]):
    for s in a.Scalars(tag):
        print(tag, s.step, s.wall_time, "%.6g" % s.value)
E
)" "eval/loss 2 1700000005.5 2
eval/perplexity 2 1700000005.5 7.38906
train/grad_norm 1 1700000002.5 1.2
train/grad_norm 2 1700000005.0 1.1
train/learning_rate 1 1700000002.5 0.0001
train/learning_rate 2 1700000005.0 5e-05
train/loss 1 1700000002.5 3.1
train/loss 2 1700000005.0 2.9" "TensorBoard reads them"
fi

# a log without rates; a perplexity that is none; steps beyond 7 bits
printf '%s\n' '{"step":300,"loss":1e300,"seconds":1}' \
	'{"step":300,"eval_loss":900.0,"eval_perplexity":null,"seconds":2}' >log.jsonl
"$export_log" --csv=few.csv --tensorboard tb --name=few log.jsonl >out 2>err
is "$? $(cut -d , -f 1,3- few.csv | tr '\n' ' ')" \
	"0 step,train/loss,eval/loss 300,1e+300, 300,,900.0 " "a log with less"
is "$(python3 frames.py tb/few/events.out.tfevents.jk | sed 1d)" \
	"1700000001.0 300 train/loss inf
1700000002.0 300 eval/loss 900" "in event files, too"
cp $events before
"$export_log" --tensorboard=tb mine.run/adapter --name=mine 2>err &&
	cmp -s before $events && [ "$(find tb -type f | wc -l)" -eq 2 ]
ok $? "the same bytes again, in the place of the first"
unset SOURCE_DATE_EPOCH
touch -d '2026-01-01T00:00:10Z' $log
"$export_log" --csv=out.csv mine.run 2>err
is "$(tail -n 1 out.csv | cut -d , -f 2)" 2026-01-01T00:00:10.000+00:00 \
	"the log ends when it was last written to"

fails 2 'no run' "no run" "$export_log" --csv=a.csv
fails 2 'name --tensorboard=DIR or --csv=FILE' "nowhere to" "$export_log" mine.run
fails 2 'unknown option --cvs' "an option that it has not" \
	"$export_log" --cvs=a.csv mine.run
fails 2 'is no name of a folder' "a name with a slash" \
	"$export_log" --name=a/b --csv=a.csv mine.run
fails 3 'tb has no log.jsonl' "a folder without a log" \
	"$export_log" --csv=a.csv tb
fails 1 'none cannot be read' "no such file" "$export_log" --csv=a.csv none
for line in '{"step":1}' '{"loss":1,"seconds":1}' '[]' 'step' \
	'{"step":-1,"loss":1,"seconds":1}' '{"step":1,"loss":1}' \
	"$(printf '{"step":1,"\377":1}')" '{"step":1,"loss":"1","seconds":1}'; do
	printf '%s\n' '{"step":1,"loss":1,"seconds":1}' "$line" >bad.jsonl
	fails 3 'bad.jsonl:2: .*; the log.jsonl is wanted' "not of a log: $line" \
		"$export_log" --csv=a.csv bad.jsonl
done
fails 3 'bad.jsonl:2: нет ни loss, ни eval_loss; нужен log.jsonl' "in Russian" \
	"$export_log" --lang ru --csv=a.csv bad.jsonl
: >empty.jsonl
fails 3 'empty.jsonl: empty' "an empty log" "$export_log" --csv=a.csv empty.jsonl
[ ! -e a.csv ]
ok $? "nothing is made of them"
SOURCE_DATE_EPOCH=now fails 2 'is no number of seconds' "a time that is none" \
	"$export_log" --csv=a.csv mine.run
fails 1 'No such file' "a folder that is not there" \
	"$export_log" --csv=none/a.csv mine.run
"$export_log" --help >out 2>err
[ "$(head -n 1 out)" = 'usage: export-log.sh [OPTION]... RUN' ] && [ ! -s err ]
ok $? "--help"
done_testing
