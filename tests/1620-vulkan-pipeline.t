#!/bin/sh
# The whole job with SmolLM2-135M on a Vulkan device, a software one if there
# is no other: two steps on four jokes.  Fetches the model (98 MB) once.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs jk-gen jk-train jk-ppl jk-info
model=$("$TOP/pipelines/fetch-model.sh" smollm2 2>"$TMP/err") ||
	skip_all "no model: $(tail -n 1 "$TMP/err")"
cd "$TMP" || exit 1
cat >jokes.csv <<'E'
theme,text
сантехника,Сантехник пришёл вовремя. Соседи не поверили.
кота,Кот посмотрел на пылесос и понял: это серьёзно.
поезд,"Поезд опоздал на час, зато проводник извинился дважды."
тёщу,Тёща подарила зятю компас. Теперь он знает выход.
врача,"Врач сказал больше гулять. Теперь гуляет врач."
осень,"Осенью зонтик вышел погулять и вывернулся наизнанку."
слона,Слон занял две парковки и не заплатил ни за одну.
повара,"Повар потерял рецепт, но суп об этом не узнал."
соседа,Сосед купил дрель. Дом научился просыпаться вовремя.
рыбака,Рыбак поймал рыбу своей мечты и проснулся.
E
printf '{"theme":"кота"}\n' >prompts.jsonl
st=0
"$TOP/pipelines/finetune.sh" --model="$model" --device=vulkan --val=30% \
	--sample=4 --val-sample=2 --prompts=prompts.jsonl --max-new-tokens=4 \
	--smoke=0 --system=Шути. --batch=1 --accumulate=2 --max-steps=2 \
	--lr=1e-3 --dropout=0 jokes.csv >out 2>err || st=$?
if [ $st -eq 4 ]; then
	skip "$(tail -n 1 err)" "the job on a Vulkan device"
	done_testing
	exit
fi
is $st 0 "the job on a Vulkan device"
[ $st -eq 0 ] || sed 's/^/# /' err
is "$(jq -r .device_description jokes.run/adapter/jk-train.json | cut -c 1-6)" \
	vulkan "it ran there"
is "$(jq -s '[.[] | select(.loss)] | length' jokes.run/adapter/log.jsonl)" 2 \
	"two steps"

# the same on the CPU, from the files that are there
for shard in train val; do
	cp "jokes.run/$shard.shard" "$shard.shard"
done
jk-train --quiet --model="$model" --device=cpu --precision=f32 --batch=1 \
	--accumulate=2 --max-steps=2 --lr=1e-3 --dropout=0 --out=adapter \
	train.shard 2>err
ok $? "two steps on the CPU"
is "$(jq -s --slurpfile cpu adapter/log.jsonl '
	[[.[] | select(.loss).loss], [$cpu[] | select(.loss).loss]] |
	transpose | map((.[0] - .[1]) / .[1] | fabs < 1e-3) | all' \
	jokes.run/adapter/log.jsonl)" true "their losses agree to a thousandth"
done_testing
