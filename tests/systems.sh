#!/bin/sh
# systems.sh [SYSTEM[:gcc|:clang|:arm64][:user|:root]]... : README's commands on
# bare systems, `make demo` and `make check`, from a clean clone of HEAD.
# `make check-systems [SYSTEMS=…] [STEPS='demo check']`.
#
# SYSTEM is a release of Debian or Ubuntu.  The compiler is gcc unless named;
# `user` may use sudo; without `user` or `root` it is one after the other.  With
# arm64 it is `make check-arm64`; arm64 alone is trixie:arm64:user.  trixie-backports
# has a Vulkan driver with cooperative matrices: `make check-matrices`.
# Prints a table.  A root is made once by mmdebstrap and kept, packed, in
# $JK_SYSTEMS (~/.cache/jk-systems); each run unpacks it, and leaves its log
# there.
#
# Packages come from $DEBIAN_MIRROR or $UBUNTU_MIRROR, else from where this
# system has its own, else from the distribution.  How this system reaches the
# network (apt, pip, proxies, names of hosts, certificates) holds there, too.
set -eu

: "${JK_SYSTEMS:=${XDG_CACHE_HOME:-$HOME/.cache}/jk-systems}"
: "${STEPS:=demo check}"
TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
KEYS=/usr/share/keyrings
BUNDLE=/etc/ssl/certs/ca-certificates.crt
[ $# -gt 0 ] || set -- bookworm trixie noble

die() {
	echo "systems.sh: $*" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] ||
	die "makes roots and enters them, which takes root's rights: run it as root"
for command in mmdebstrap git unshare chroot tar; do
	command -v $command >/dev/null ||
		die "$command is missing: apt-get install mmdebstrap git"
done
unshare --mount --pid --fork mount -t tmpfs tmpfs /mnt 2>/dev/null ||
	die "root may not mount here (unshare --mount); a container has to be privileged"

mkdir -p "$JK_SYSTEMS"
JK_SYSTEMS=$(CDPATH='' cd -- "$JK_SYSTEMS" && pwd)
root=$JK_SYSTEMS/run.$$
# a run's mounts are its own, and have ended with it
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' HUP INT TERM

# mirror Debian|Ubuntu : where this system has packages of it from
mirror() {
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		sed -n "s,^$1 $1 \\(http.*[^/]\\)/*\$,\\1,p" | head -n 1
}
: "${DEBIAN_MIRROR:=$(mirror Debian)}"
: "${DEBIAN_MIRROR:=http://deb.debian.org/debian}"
: "${UBUNTU_MIRROR:=$(mirror Ubuntu)}"
: "${UBUNTU_MIRROR:=http://archive.ubuntu.com/ubuntu}"

# bootstrap OPTION... RELEASE TARGET [SOURCE] : mmdebstrap as apt is set up here
bootstrap() {
	apt-config dump Acquire | grep -E \
		'^Acquire::(https?|Check-Valid-Until|Check-Date|Retries|Force)' \
		>"$root/apt.conf" || :
	mmdebstrap --mode=root --variant=minbase --aptopt="$root/apt.conf" "$@"
}

# make_root SYSTEM : its packed root as $JK_SYSTEMS/SYSTEM.tar
make_root() {
	[ ! -e "$JK_SYSTEMS/$1.tar" ] || return 0
	echo "systems.sh: making a root of $1" >&2
	mkdir -p "$root"
	case $1 in
	jammy | noble | oracular | plucky | questing | resolute)
		source="$UBUNTU_MIRROR $1 main universe"
		keys=$KEYS/ubuntu-archive-keyring.gpg
		if [ ! -e "$keys" ]; then	# Debian packages it, too
			keys=$root/keys$keys
			bootstrap --variant=extract --include=ubuntu-keyring \
				trixie "$root/keys" \
				"deb $DEBIAN_MIRROR trixie main" || return 1
		fi ;;
	*-backports)
		source="$DEBIAN_MIRROR ${1%-backports} main
deb $DEBIAN_MIRROR $1 main"
		keys=$KEYS/debian-archive-keyring.gpg ;;
	*)
		source="$DEBIAN_MIRROR $1 main"
		keys=$KEYS/debian-archive-keyring.gpg ;;
	esac
	bootstrap --include=apt,git,make,sudo --keyring="$keys" \
		"${1%-backports}" "$root/$1.tar" "deb $source" || return 1
	mv "$root/$1.tar" "$JK_SYSTEMS/$1.tar"
	rm -rf --one-file-system "$root"
}

# inside USER COMMAND : in the root, with this system's way to the network
inside() {
	home=/home/jk
	[ "$1" = jk ] || home=/root
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/"
	for v in http_proxy https_proxy no_proxy HTTPS_PROXY NO_PROXY \
		PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST \
		PIP_DEFAULT_TIMEOUT; do
		eval "value=\${$v:-}"
		[ -z "$value" ] || set -- "$@" "$v=$value"
	done
	if [ -e "$BUNDLE" ]; then	# where no package of the root writes
		mkdir -p "$root/etc/ssl"
		cp -L "$BUNDLE" "$root/etc/ssl/here.crt"
		for v in SSL_CERT_FILE CURL_CA_BUNDLE PIP_CERT; do
			set -- "$@" "$v=/etc/ssl/here.crt"
		done
	fi
	as=$1 command=$2
	shift 2
	# shellcheck disable=SC2016 # a script of its own
	unshare --mount --propagation private --pid --fork --kill-child \
		sh -euc '
			root=$1 as=$2
			shift 2
			mount --rbind /dev "$root/dev"
			# by process, and processes are counted anew here
			mount -t tmpfs tmpfs "$root/dev/shm"
			mount --rbind /sys "$root/sys"
			mount -t proc proc "$root/proc"
			exec chroot --userspec="$as:$as" "$root" env -i "$@"
		' sh "$root" "$as" HOME="$home" USER="$as" LANG=C.UTF-8 \
		TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		"$@" sh -euc "cd; $command" </dev/null
}

row() {
	printf '%-16s %-14s %-5s %6s  %-28s %8s\n' "$@"
}

# run SYSTEM COMPILER USER : a row of the table; fails if the run did
run() {
	log=$JK_SYSTEMS/$1-$2-$3.log
	if ! make_root "$1" >"$log" 2>&1; then
		reason=$(sed -n 's/^E: //p' "$log" | head -n 1)
		row "$1" "$2" "$3" - "no root: ${reason:-see the log}" -
		rm -rf --one-file-system "$root"
		return 1
	fi
	began=$(date +%s)
	mkdir "$root"
	tar -C "$root" -xf "$JK_SYSTEMS/$1.tar"
	user=root src=$root/root/jk
	if [ "$3" = user ]; then
		user=jk src=$root/home/jk/jk
		chroot "$root" useradd -m -s /bin/sh jk
		echo 'jk ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/jk"
	fi
	git clone -q --no-hardlinks "$TOP" "$src"
	chroot "$root" chown -R $user "${src#"$root"}"

	result=ok steps=$STEPS cc=$2
	case $1 in
	*-backports)
		inside root "apt-get -q update; apt-get -q -y install \
			--no-install-recommends -t $1 mesa-vulkan-drivers" \
			>>"$log" 2>&1 || result="no driver of $1"
		steps=check-matrices ;;
	esac
	case $2 in
	clang)
		inside root 'apt-get -q update; apt-get -q -y install \
			--no-install-recommends clang libomp-dev' \
			>>"$log" 2>&1 || result="clang not installed" ;;
	arm64)
		chroot "$root" dpkg --add-architecture arm64
		cc=gcc steps=check-arm64 ;;
	esac
	for step in $steps; do
		[ "$result" = ok ] || break
		# what it needs first; not all packages of both architectures
		# can be there at a time
		first=
		case $step in
		check-arm64) first='make deps; make -s -j2 CC=gcc; make deps-arm64;' ;;
		check*) first='make deps;' ;;
		esac
		echo "==> make $step" >>"$log"
		inside "$user" "cd jk; $first make CC=$cc $step" >>"$log" 2>&1 ||
			result="make $step failed"
	done
	version=$(chroot "$root" "$cc" --version 2>/dev/null | head -n 1 |
		sed 's/.*clang version \([0-9.]*\).*/\1/; s/.* //') || :
	n=$(sed -n 's/^Files=.*Tests=\([0-9]*\),.*/\1/p' "$log" | tail -n 1)
	rm -rf --one-file-system "$root"
	row "$1" "$2 $version" "$3" "${n:--}" "$result" \
		$(($(date +%s) - began))
	[ "$result" = ok ]
}

for system; do
	echo "$system" | grep -Eq \
		'^(arm64|[a-z-]+(:(gcc|clang|arm64))?(:(user|root))?)$' ||
		die "$system is not SYSTEM[:gcc|:clang|:arm64][:user|:root]"
done
status=0
row system compiler user tests result seconds
for system; do
	[ "$system" != arm64 ] || system=trixie:arm64:user
	compiler=gcc users='user root'
	for word in $(echo "$system" | tr : ' '); do
		case $word in
		gcc | clang | arm64) compiler=$word ;;
		user | root) users=$word ;;
		*) name=$word ;;
		esac
	done
	for who in $users; do
		run "$name" "$compiler" "$who" || status=1
	done
done
[ $status -eq 0 ] || echo "systems.sh: logs are in $JK_SYSTEMS" >&2
exit $status
