#!/bin/sh
# The templates of models, over dialogues: every rendering is the one that
# Jinja gave (tests/oracle/template.py --corpus recorded lengths and hashes).
# DATA/chat-templates holds the templates.
: "${BUILD:=build}"

if [ ! -d "$DATA/chat-templates" ]; then
	echo "1..0 # SKIP no $DATA/chat-templates"
	exit 0
fi
exec "$BUILD/tests/unit/jinja" tests/data/chat-templates.jsonl \
	"$DATA/chat-templates"
