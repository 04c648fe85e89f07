#!/bin/sh
# Shaders for which Debian 12's glslc is too old (GL_KHR_cooperative_matrix,
# GL_EXT_bfloat16) are kept as SPIR-V in shaders/spirv/NAME.inc, made from what
# everybody else's are: matmul_f16 from matmul.comp with MATRIX_F16 defined.
#
#	[GLSLC=…] shaders/spirv.sh NAME...		make them: `make spirv`
#	[GLSLC=…] shaders/spirv.sh --check NAME TO.inc	TO.inc and TO.d, in a build
#
# glslc 2025.2 (Debian 13) can make those of f16, 2026.4 all; spirv.pl goes over them.
# What is kept begins with a checksum of its source behind the preprocessor, and of
# spirv.pl, without blanks: so all releases of glslc see it, whatever they can
# compile.
set -eu

: "${GLSLC:=glslc}"

# glsl NAME OPTION...
glsl() {
	source=${1%_*}
	kind=$(echo "${1##*_}" | tr '[:lower:]' '[:upper:]')
	shift
	$GLSLC --target-env=vulkan1.2 -Werror -Ilib -Ishaders \
		"-DMATRIX_$kind" "$@" "shaders/$source.comp"
}

# first NAME OPTION... : the first line of its file
first() {
	sum=$(glsl "$@" -E && cat shaders/spirv.pl) || exit 1
	echo "/* $(echo "$sum" | sed '/^#line/d' | tr -d ' \t\n' | cksum) */"
}

if [ "$1" = --check ]; then
	kept=shaders/spirv/$2.inc
	wanted=$(first "$2" -MD -MF "${3%.inc}.d" -MT "$3")
	if [ "$(head -n 1 "$kept")" != "$wanted" ]; then
		echo "$kept was made from other sources:" \
			"make spirv GLSLC=… (see shaders/spirv.sh)" >&2
		exit 1
	fi
	cp "$kept" "$3"
	exit
fi

mkdir -p shaders/spirv
for name; do
	to=shaders/spirv/$name.inc
	trap 'rm -f "$to.new" "$to.made"' EXIT
	first "$name" >"$to.new"
	glsl "$name" -O -mfmt=c -o "$to.made"
	perl shaders/spirv.pl <"$to.made" >>"$to.new"
	mv "$to.new" "$to"
	rm "$to.made"
done
