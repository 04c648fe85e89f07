#!/bin/sh
# `make deps`: installs what is missing as root or with sudo, else says what to
# run.  Stand-ins for dpkg, apt and id; nothing is installed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

deps=$TOP/tests/deps.sh
mkdir "$TMP/bin" "$TMP/sudo"
for command in sh env dirname basename awk; do
	ln -s "$(command -v $command)" "$TMP/bin/$command"
done
cat >"$TMP/bin/dpkg-query" <<'S'
#!/bin/sh
for package; do :; done
[ "$package" = gcc ] && echo 'install ok installed'
S
cat >"$TMP/bin/apt-get" <<'S'
#!/bin/sh
echo "apt-get $*"
S
cat >"$TMP/bin/id" <<'S'
#!/bin/sh
echo "$uid"
S
cat >"$TMP/sudo/sudo" <<'S'
#!/bin/sh
echo "by sudo:"
exec "$@"
S
chmod +x "$TMP"/bin/* "$TMP/sudo/sudo"
export uid

# what follows sees nothing but these
PATH_BEFORE=$PATH
with() {
	PATH=$1
	shift
	"$@" >"$TMP/out" 2>&1
	_status=$?
	PATH=$PATH_BEFORE
	return $_status
}

uid=1000
with "$TMP/bin" "$deps" gcc
ok $? "all there: nothing to do"
is "$(cat "$TMP/out")" "" "and nothing to say"

uid=0
with "$TMP/bin" "$deps" gcc jq
is "$(cat "$TMP/out")" "make deps: installing jq
apt-get -q update
apt-get -q -y install --no-install-recommends jq" "root installs"

uid=1000
with "$TMP/bin:$TMP/sudo" "$deps" gcc jq
is "$(cat "$TMP/out")" "make deps: will run: sudo apt-get install jq
by sudo:
apt-get -q update
by sudo:
apt-get -q -y install --no-install-recommends jq" "others use sudo"

with "$TMP/bin" "$deps" gcc jq perl
is "$? $(cat "$TMP/out")" "1 make deps: packages are missing, and there is no sudo; as root run
  apt-get update && apt-get install --no-install-recommends jq perl" \
	"without sudo it says what to run"

with "$TMP/bin" env JK_LANG=ru "$deps" gcc jq
is "$? $(cat "$TMP/out")" "1 make deps: не хватает пакетов, а sudo нет; от имени root выполните
  apt-get update && apt-get install --no-install-recommends jq" "in Russian"

cat >"$TMP/bin/apt-get" <<'S'
#!/bin/sh
echo "apt-get: ${LC_ALL-none}" >&2
exit 100
S
with "$TMP/bin:$TMP/sudo" env LC_ALL=ru_RU.UTF-8 "$deps" gcc jq
is "$? $(cat "$TMP/out")" "1 make deps: будет выполнено: sudo apt-get install jq
by sudo:
apt-get: ru_RU.UTF-8
make deps: не удалось установить пакеты; от имени root это
  apt-get update && apt-get install --no-install-recommends jq" \
	"apt keeps the locale, and its failure is told with what to run"

rm "$TMP/bin/apt-get" "$TMP/bin/dpkg-query"
with "$TMP/bin" "$deps" gcc jq
is "$? $(cat "$TMP/out")" "1 make deps: this system has no apt; install what Debian has in the packages
  gcc jq" "without apt it says what to install"
done_testing
