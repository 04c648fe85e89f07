#!/bin/sh
# tests/hardware.sh, which meets a GPU once: what it leaves can be read, whether
# all went well or not.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs tests/bench/vulkan_matmul tests/bench/random_model tests/bench/random_shard
jk-info --devices | grep '^vulkan:0' | grep -qv 'not usable' ||
	skip_all "no Vulkan device"

"$TOP/tests/hardware.sh" --small --device=vulkan:0 --out="$TMP/good" products \
	>"$TMP/out" 2>&1
ok $? "products are measured"
sed 's/^/# /' "$TMP/out"
is "$(jq -c '[.parts[] | .name, .state, .first_failure]' "$TMP/good/results.json")" \
	'["products","passed",""]' "the part passed, says results.json"
ok "$(jq -e '.device | startswith("vulkan:0")' "$TMP/good/results.json" \
	>"$TMP/null"; echo $?)" "on this device"
jq -e '.results | length > 0 and all(type == "number")' \
	"$TMP/good/results.json" >"$TMP/null"
ok $? "with numbers"
grep -q '^| products | passed |' "$TMP/good/table.md"
ok $? "and so the table"

"$TOP/tests/hardware.sh" --small --device=vulkan:0 --out="$TMP/cut" \
	--budget=1 compare >"$TMP/out" 2>&1
is $? 1 "a part that is cut is a failure"
is "$(jq -c '[.parts[] | .name, .state]' "$TMP/cut/results.json")" \
	'["compare","cut"]' "which results.json says"
done_testing
