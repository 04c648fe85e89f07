#!/bin/sh
# Ctrl-C in each script, at the first thing that it does: it ends by the signal,
# and one line says how to go on, that of the script which was called.  Options
# have their values as words of their own here.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands setsid flock jq
needs jk-gen jk-train jk-ppl jk-info jk-stat jk-tokenize
cd "$TMP" || exit 1
M=$TOP/tests/data/tiny/smollm2
tools=$BUILD
awk 'BEGIN { print "text,rating"; for (i = 10; i < 50; i++)
	print "Кот номер " i " спит на крыше и видит сны " i * i "," i % 7 }' >jokes.csv
mkdir ru
for file in 'M$' adv armenian computer fomenko just4fun murphy programming; do
	printf 'Шутка из файла %s.\n%%\n' "$file" >"ru/$file"
done

# What the scripts call, instead of which the whole process group is
# interrupted, as a terminal does it; but for --help.
mkdir stand-ins
cat >stand-ins/jk-clean <<'E'
#!/bin/sh
case " $* " in
*" --help "*) exec "$TOOLS/${0##*/}" "$@" ;;
esac
kill -s INT -- "-$(cat "$GROUP")"
sleep 5
E
chmod +x stand-ins/jk-clean
for tool in jk-filter jk-gen jk-info jk-ppl jk-report jk-stat jk-template \
	jk-tokenize jk-train python3 curl; do
	ln -s jk-clean stand-ins/$tool
done

# interrupted SCRIPT ARGUMENT...
interrupted() {
	name=$1
	shift
	got=0
	# A shell starts what is in the background with SIGINT ignored, a
	# caller may have done so.
	# shellcheck disable=SC2016 # for the inner shell
	TOOLS=$tools GROUP=$TMP/pid BUILD=$TMP/stand-ins \
		PATH=$TMP/stand-ins:$PATH HOME=$TMP XDG_CACHE_HOME='' \
		setsid env --default-signal=INT sh -c 'echo $$ >pid; exec "$@"' \
		sh "$TOP/pipelines/$name.sh" "$@" >out 2>err </dev/null || got=$?
	is "$got" 130 "$name.sh ends by SIGINT"
	is "$(grep stopped err)" \
		"$name: stopped; the same command goes on from here" \
		"and says how to go on, once"
}

interrupted fetch-jokes --dir ru --out records.jsonl
interrupted fetch-model --dir models smollm2
interrupted prepare --model "$M" --val 20% --out 'a run' jokes.csv
interrupted finetune --model "$M" --device cpu --out b.run jokes.csv
interrupted finetune --out c.run jokes.csv	# in fetch-model.sh
interrupted sweep --model "$M" --rank 2,4 --lr 1e-3 --out grid --max-steps 1 \
	jokes.csv
interrupted demo --out shown --max-steps 1
is "$(echo *run grid shown models)" "a run b.run c.run grid shown models" \
	"each in the folder that was named"

"$TOP/pipelines/fetch-jokes.sh" --dir ru --out records.jsonl 2>err
is "$? $(jq -s length records.jsonl)" "0 8" "fetch-jokes.sh goes on"
"$TOP/pipelines/prepare.sh" --model "$M" --val 20% --out 'a run' jokes.csv 2>err
ok $? "prepare.sh goes on"
# a shard has the command lines that made it
mkdir whole
cp jokes.csv whole
(cd whole && "$TOP/pipelines/prepare.sh" --model="$M" --val=20% --out='a run' \
	jokes.csv) 2>err
for side in train val; do
	cmp "a run/$side.shard" "whole/a run/$side.shard"
	ok $? "the shard is that of a run that was not interrupted: $side"
done
for script in fetch-jokes prepare finetune sweep demo; do
	fails 2 "^$script: --out needs a value" "$script.sh without a value" \
		"$TOP/pipelines/$script.sh" --out
done
fails 2 '^fetch-model: --dir needs a value' "fetch-model.sh without a value" \
	"$TOP/pipelines/fetch-model.sh" --dir
done_testing
