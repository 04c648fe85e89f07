#!/bin/sh
# deps.sh PACKAGE... : install the Debian packages that are missing.
set -eu

missing=
for p; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || :) in
	*"ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
	echo "make deps: will run: sudo apt-get install$missing"
else
	echo "make deps: installing$missing"
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get -q update
# shellcheck disable=SC2086 # a list of words
$sudo apt-get -q -y install --no-install-recommends $missing
