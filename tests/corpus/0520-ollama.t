#!/bin/sh
# Ollama answers as jk-gen does, of merged models and the Modelfile that
# jk-merge(1) shows: make check-data DATA=DIR OLLAMA=/path/to/ollama [GGUFS=DIR].
# Tiny models of the families learn three dialogues by heart; each has another
# answer, so that only their own prompts bring those up.  GGUFS has what
# pipelines/fetch-model.sh fetches (~/.cache/jk).  Breaks if the template in the
# Modelfile, the end tokens or the merged file are not what Ollama takes them for.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

[ -x "${OLLAMA:=}" ] || skip_all "no ollama is named: OLLAMA=${OLLAMA:-?}"
needs_commands curl jq perl
T=$TOP/tests/data/tiny
: "${GGUFS:=${XDG_CACHE_HOME:-$HOME/.cache}/jk}"

# a server of our own, with nothing of others
HOME=$TMP/home
OLLAMA_MODELS=$TMP/models
OLLAMA_HOST=127.0.0.1:$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
	Listen => 1, LocalAddr => "127.0.0.1")->sockport')
# in f32 throughout; one model at a time
OLLAMA_KV_CACHE_TYPE=f32
OLLAMA_FLASH_ATTENTION=0
OLLAMA_MAX_LOADED_MODELS=1
OMP_NUM_THREADS=1
export HOME OLLAMA_MODELS OLLAMA_HOST OLLAMA_KV_CACHE_TYPE \
	OLLAMA_FLASH_ATTENTION OLLAMA_MAX_LOADED_MODELS OMP_NUM_THREADS
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
mkdir "$HOME" "$TMP/run"
cd "$TMP/run" || exit 1
"$OLLAMA" serve >"$TMP/serve.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server; rm -rf "$TMP"' EXIT
until_so curl -s -o version "http://$OLLAMA_HOST/api/version"
ok $? "ollama serve: $(jq -r .version version)"

# the page's command, which writes Modelfile
modelfile=$(sed -n 's/^\$ \(.*--modelfile.*tee Modelfile\)$/\1/p' \
	"$TOP/man/jk-merge.1")
[ -n "$modelfile" ]
ok $? "jk-merge(1) shows how a Modelfile is made"

cat >dialogues <<'EOF'
{"id":"1","messages":[{"role":"user","content":"A cat?"},{"role":"assistant","content":"It came in."}]}
{"id":"2","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"A cat?"},{"role":"assistant","content":"No."}]}
{"id":"3","messages":[{"role":"user","content":"A cat?"},{"role":"assistant","content":"It came in."},{"role":"user","content":"And then?"},{"role":"assistant","content":"It left."}]}
EOF
jq -c '{ messages: .messages[:-1] }' dialogues >prompts

# train MODEL OPTION...: merged.gguf of MODEL and an adapter that has them by heart
train() {
	model=$1
	shift
	rm -rf adapter merged.gguf
	jk-template -q --model="$model" dialogues |
		jk-tokenize -q --model="$model" |
		jk-train -q --model="$model" --device=cpu --precision=f32 \
			--batch=3 --accumulate=1 --rank=8 --warmup-steps=2 \
			--out=adapter "$@" &&
		jk-merge -q --model="$model" --adapter=adapter --type=f32 \
			--out=merged.gguf
}

# asked: what the server says of each of the prompts
asked() {
	while read -r line; do
		printf '%s' "$line" | jq -c --argjson more "$1" '. + $more +
			{ model: "joker", stream: false, options: {
			temperature: 0, num_predict: 40, num_ctx: 256 } }' |
			curl -s --data-binary @- "http://$OLLAMA_HOST/api/chat"
		echo
	done <prompts
}

# check NAME: of merged.gguf
check() {
	(eval "$modelfile") >modelfile.out 2>err &&
		"$OLLAMA" create joker -f Modelfile >create.out 2>&1
	ok $? "$1: ollama create"
	jk-gen -q --model=merged.gguf --device=cpu --precision=f32 --greedy \
		--max-new-tokens=40 prompts >own
	# which the tokenizer puts there as well, in some models
	first=$(jk-info --model=merged.gguf | sed -n 's/^bos *"\(.*\)" (.*/\1/p')
	is "$(asked '{"think":false,"_debug_render_only":true}' |
		jq -r --arg first "$first" \
			'._debug_info.rendered_template | ltrimstr($first)')" \
		"$(jq -r --arg first "$first" '.prompt_text | ltrimstr($first)' \
			own)" "$1: the prompts"
	is "$(asked '{"think":false}' | jq -c '[.message.content, .done_reason]')" \
		"$(jq -c '[.completion, .finish_reason]' own)" \
		"$1: the answers, and that they end"
	is "$(jq -r .completion own | sort -u | wc -l)" 3 \
		"$1: of three prompts three answers"
	is "$("$OLLAMA" show joker --parameters |
		sed -n 's/^stop *"*\([^"]*\)"* *$/\1/p')" \
		"$(sed -n 's/^PARAMETER stop "\(.*\)"$/\1/p' Modelfile)" \
		"$1: ollama show has the end tokens"
}

for M in "$T"/*/; do
	M=${M%/}
	family=${M##*/}
	case $family in
	exaone4 | mistral | phi3) continue ;; # see 0510-llama-cpp.t
	gpt2) continue ;;	# which has no dialogues
	esac
	train "$M" --lr=4e-3 --max-steps=200
	ok $? "$family: trained and merged"
	check "$family"
done
M=$GGUFS/SmolLM2-135M-Instruct.Q4_1.gguf
if [ -e "$M" ]; then
	train "$M" --lr=1e-3 --max-steps=12
	ok $? "SmolLM2-135M-Instruct: trained and merged"
	check SmolLM2-135M-Instruct
else
	skip "no $M" "SmolLM2-135M-Instruct"
fi
done_testing
