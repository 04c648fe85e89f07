#!/bin/sh
# deps.sh PACKAGE... : install the Debian packages that are missing.
set -eu

own_lc_all=${LC_ALL-}
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/../pipelines/common.sh"
NAME='make deps'
HERE=$HERE/../pipelines	# with the catalogue

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	die 1 'this system has no apt; install what Debian has in the packages\n  %s' \
		"$*"
fi
missing=
for p; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || :) in
	*"ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

command="apt-get update && apt-get install --no-install-recommends$missing"
sudo=
if [ "$(id -u)" -eq 0 ]; then
	say 'installing%s' "$missing"
elif command -v sudo >/dev/null; then
	sudo=sudo
	say 'will run: sudo apt-get install%s' "$missing"
else
	die 1 'packages are missing, and there is no sudo; as root run\n  %s' \
		"$command"
fi
# apt speaks the user's language
LC_ALL=$own_lc_all
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
if ! $sudo apt-get -q update ||
    ! $sudo apt-get -q -y install --no-install-recommends $missing; then
	die 1 'the packages could not be installed; what root would run is\n  %s' \
		"$command"
fi
