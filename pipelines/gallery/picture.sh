#!/bin/sh
# usage: picture.sh PAGE.html PICTURE.png
#
# README's picture of a run: the first table of its page and its curves, by a
# headless chromium.

set -eu
part=$(mktemp --suffix=.html)
trap 'rm -f "$part"' EXIT
awk '/<section id="observations">/ { off = 1 }
	/<figure class="curve">/ { off = 0 }
	!off
	!off && /<\/figure>/ { print "</main>"; exit }' "$1" |
	sed 's/<meta name="color-scheme"[^>]*>//
		s/@media(prefers-color-scheme:dark)/@media not all/
		s/main{max-width:62rem/main{max-width:62rem;padding-top:1.5rem!important/' \
	>"$part"
chromium --headless --no-sandbox --disable-gpu --disable-quic --hide-scrollbars \
	--window-size=1000,1130 --screenshot="$2" "file://$part"
