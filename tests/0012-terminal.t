#!/bin/sh
# Texts of others cannot command a terminal: in messages, and in what is printed
# for people, control characters are shown.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1
esc=$(printf '\033')
# no controls but line feed and tab, no C1 (as UTF-8), no overrides
clean() {
	! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]\\|\302[\200-\237]\\|\342\200[\252-\256]')" "$1"
}

record='{"id":"1","theme":"\u001b[31mкота\u009b2J\u202e","text":"Шёл кот. \u001b]0;x\u0007","source":"a\u001b[2J"}'
printf '%s\n' "$record" >records
jk-stat -q records >out
clean out
ok $? "jk-stat shows a theme's controls"
grep -qF '\x1b[31mкота\u009b2J\u202e' out
ok $? "as what they are"
jk-stat -q --json records | jq -e '.themes | has("\u001b[31mкота\u009b2J\u202e")' >/dev/null
ok $? "and keeps them in JSON"

# visible STATUS NAME COMMAND...: fails, and its message is clean
visible() {
	_want=$1 _name=$2
	shift 2
	_got=0
	"$@" >out 2>err </dev/null || _got=$?
	is "$_got" "$_want" "$_name: its status"
	[ -s err ] && clean err
	ok $? "$_name: its message"
}
visible 1 "a path" jk-stat "missing${esc}[2J"
visible 2 "an option" jk-stat "--${esc}[2J"
visible 3 "a line of JSON" sh -c 'printf "{\"id\": \033[2J}\n" | jk-stat'
visible 2 "a model" jk-info --model="none${esc}c"
visible 2 "a value" jk-filter --max-chars="1${esc}[2J"
printf '%s\n' '{"id":"\u001b[2J","text":7}' >bad
visible 3 "an id" jk-filter bad
printf '%s\n' '{"id":"\u001b[2J\u009b","messages":[{"role":"user","content":"а"}]}' |
	jk-tokenize -q --model="$M" >out 2>err
clean err
ok $? "an id of jk-tokenize"
mkdir "folder${esc}[2J"
cp "$M"/* "folder${esc}[2J" 2>/dev/null
jq '.chat_template = "\u001b[2J{{ messages[0].content }}\u009b"' \
	"$M/tokenizer_config.json" >"folder${esc}[2J/tokenizer_config.json"
jk-info -q --model="folder${esc}[2J" >out 2>err
clean out && clean err
ok $? "jk-info, of a path and a template"
done_testing
