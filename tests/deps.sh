#!/bin/sh
# deps.sh PACKAGE... : install the Debian packages that are missing.
set -eu

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "make deps: this system has no apt; install what Debian has in the packages" >&2
	echo "  $*" >&2
	exit 1
fi
missing=
for p; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || :) in
	*"ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -eq 0 ]; then
	echo "make deps: installing$missing"
elif command -v sudo >/dev/null; then
	sudo=sudo
	echo "make deps: will run: sudo apt-get install$missing"
else
	echo "make deps: packages are missing, and there is no sudo; as root run" >&2
	echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get -q update
# shellcheck disable=SC2086 # a list of words
$sudo apt-get -q -y install --no-install-recommends $missing
