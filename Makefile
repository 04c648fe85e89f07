# jk: see README.md.  `make deps && make && make check`.

VERSION = 0.1
PREFIX = /usr/local
DESTDIR =
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
LIBEXECDIR = $(PREFIX)/libexec/jk
COMPDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
SCHEMADIR = $(PREFIX)/share/jk/schema

CC = cc
CLANG = clang
GLSLC = glslc
PKG_CONFIG = pkg-config
CFLAGS = -O2 -g
WERROR = -Werror
BUILD = build
SAN =

# Debian packages: to build, to test, and for the pipelines.
DEPS_BUILD = gcc make pkg-config libcsv-dev libutf8proc-dev libjansson-dev \
	libpcre2-dev libuchardet-dev libxxhash-dev libdnnl-dev libvulkan-dev \
	glslc
DEPS_TEST = perl gettext mandoc groff-base tidy zsh fish mesa-vulkan-drivers \
	vulkan-validationlayers python3-jsonschema openmpi-bin \
	parallel
DEPS_PAGE = chromium poppler-utils python3 python3-nbformat \
	python3-nbconvert python3-ipykernel
DEPS_RUN = libvulkan1 ca-certificates curl jq unzip xz-utils \
	python3 python3-pip fortunes-ru
DEPS_ARM64 = perl gcc-aarch64-linux-gnu qemu-user-static libc6-dev:arm64 \
	$(addsuffix :arm64,$(filter lib%-dev,$(DEPS_BUILD)))

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla $(WERROR)
JK_CPPFLAGS = -D_GNU_SOURCE -DJK_VERSION='"$(VERSION)"' \
	-D'JK_ISAS(X,...)=$(foreach isa,$(ISAS),X($(isa),__VA_ARGS__))' \
	-Ilib -I$(BUILD) $(CPPFLAGS)
JK_CFLAGS = -std=c11 $(WARNINGS) -fopenmp -ffunction-sections \
	$(CFLAGS) $(SAN)
# What is compiled for each instruction set.  Never -ffast-math; errno and traps
# of math functions are not wanted.  Vectors are passed between inlined functions
# only, so their ABI is no matter.  Contraction into fused multiply-adds is wanted
# but where the same bits are promised on every processor: decoded weights, and
# the loops of sampling.  A loop that clang does not vectorize is no error.
ISA_CFLAGS = -O3 -fno-math-errno -fno-trapping-math -Wno-psabi -Wno-pass-failed \
	-ffp-contract=$(if $(filter lib/quant/% lib/cpu/loops.c,$<),off,fast)
JK_LDFLAGS = -fopenmp -Wl,--gc-sections -Wl,--as-needed $(LDFLAGS) $(SAN)

# Text tools need no Vulkan, no oneDNN and no shader compiler.
LIBS_TEXT = -lcsv -lutf8proc -ljansson -lpcre2-8 -luchardet -lxxhash -lm
LIBS = $(LIBS_TEXT) -ldnnl -ldl

LAYERS_TEXT = base isa quant text record read dedup clean filter stat jinja chat \
	tok model report
LAYERS = $(LAYERS_TEXT) net cpu op dev nn train
TEXT_TOOLS = jk-clean jk-filter jk-stat jk-template jk-tokenize jk-report
BENCH = $(wildcard tests/bench/*.sh)
BENCH_PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))

# Inner loops are compiled once for each instruction set, the best first; the
# other files of their wings once (lib/isa/isa.h).
ISAS = $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine 2>/dev/null)),\
	bf16 v4 v3) base
ISA_bf16 = -march=x86-64-v4 -mavx512bf16 -mavx512vnni -mamx-tile -mamx-bf16
ISA_v4 = -march=x86-64-v4
ISA_v3 = -march=x86-64-v3
ONCE = $(addprefix lib/,cpu/best.c cpu/cpu.c cpu/kept.c cpu/need.c \
	cpu/onednn.c cpu/scratch.c cpu/team.c op/op.c op/run.c quant/best.c \
	quant/dtype.c quant/encode.c)
PER_ISA = $(filter-out $(ONCE),$(wildcard lib/op/*.c lib/cpu/*.c lib/quant/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(PER_ISA),$(1))) \
	$(foreach isa,$(ISAS),$(patsubst %.c,$(BUILD)/%.$(isa).o,\
	$(filter $(PER_ISA),$(1))))

TEXT_OBJ = $(call objects,$(wildcard $(LAYERS_TEXT:%=lib/%/*.c)) \
	lib/cpu/best.c lib/cpu/loops.c)
LIB_OBJ = $(call objects,$(wildcard $(LAYERS:%=lib/%/*.c)))
BIN_OBJ = $(call objects,$(wildcard bin/*.c))
TOOLS = $(patsubst bin/%.c,%,$(wildcard bin/jk-*.c))
UNITS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
SHADERS = $(wildcard shaders/*.comp shaders/software/*.comp)
# For cooperative matrices, from some of them; too new for Debian 12's glslc.
MATRIX_SHADERS = $(foreach kind,f16 bf16,\
	matmul_$(kind) matmul_back_$(kind) attention_$(kind) \
	attention_back_q_$(kind) attention_back_kv_$(kind))
MODULES = $(SHADERS:.comp=) $(MATRIX_SHADERS:%=shaders/%)
SPIRV = $(MODULES:%=$(BUILD)/%.spv.inc)
FUZZ = $(patsubst tests/fuzz/%.c,%,$(filter-out tests/fuzz/main.c,\
	$(wildcard tests/fuzz/*.c)))
REPLAY = $(FUZZ:%=$(BUILD)/tests/replay/%)

all: $(TOOLS:%=$(BUILD)/%)
text: $(patsubst %,$(BUILD)/%,$(filter $(TEXT_TOOLS),$(TOOLS)))

# --- libraries and tools

$(BUILD)/libjk-text.a: $(TEXT_OBJ)
$(BUILD)/libjk.a: $(LIB_OBJ)
$(BUILD)/%.a:
	@rm -f $@
	ar rcs $@ $^

$(filter $(TEXT_TOOLS:%=$(BUILD)/%),$(TOOLS:%=$(BUILD)/%)): \
$(BUILD)/%: $(BUILD)/bin/%.o $(BUILD)/bin/tool.o $(BUILD)/libjk-text.a
	$(CC) $(JK_LDFLAGS) -o $@ $^ $(LIBS_TEXT)

$(filter-out $(TEXT_TOOLS:%=$(BUILD)/%),$(TOOLS:%=$(BUILD)/%)): \
$(BUILD)/%: $(BUILD)/bin/%.o $(BUILD)/bin/session.o $(BUILD)/bin/tool.o \
		$(BUILD)/libjk.a
	$(CC) $(JK_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
$(BUILD)/jk-train: $(filter $(BUILD)/bin/train_%,$(BIN_OBJ))

define ISA_RULE
$(BUILD)/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(JK_CPPFLAGS) -DJK_ISA=$(1) $$(JK_CFLAGS) $$(ISA_CFLAGS) \
		$$(ISA_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(JK_CPPFLAGS) $(JK_CFLAGS) -MMD -MP -c -o $@ $<

# --- messages in other languages, for lib/base/lang.c

$(BUILD)/base/ru.inc: lib/ru.po lib/po.awk
	@mkdir -p $(@D)
	@LC_ALL=C awk -f lib/po.awk lib/ru.po >$@
$(BUILD)/lib/base/lang.o: $(BUILD)/base/ru.inc

-include $(LIB_OBJ:.o=.d) $(BIN_OBJ:.o=.d) $(UNITS:=.d) \
	$(BENCH_PROGRAMS:=.d) $(SPIRV:.inc=.d)

# --- shaders: SPIR-V as a C initializer, embedded by lib/dev

$(BUILD)/shaders/%.spv.inc: shaders/%.comp
	@mkdir -p $(@D)
	$(GLSLC) --target-env=vulkan1.2 -O -Werror -Ilib -Ishaders -MD \
		-MF $(@:.inc=.d) -MT $@ -mfmt=c -o $@ $<

# Kept as SPIR-V: checked against its sources, or made anew.
$(MATRIX_SHADERS:%=$(BUILD)/shaders/%.spv.inc): \
$(BUILD)/shaders/%.spv.inc: shaders/spirv/%.inc shaders/spirv.sh
	@mkdir -p $(@D)
	GLSLC='$(GLSLC)' shaders/spirv.sh --check $* $@
spirv:
	GLSLC='$(GLSLC)' shaders/spirv.sh $(MATRIX_SHADERS)

# The list of shaders and their code, for lib/dev/vulkan_*.c.
$(BUILD)/shaders/spirv.inc: $(SPIRV) Makefile
	@for s in $(MODULES); do \
		echo "static const uint32_t spirv_$${s##*/}[] ="; \
		echo "#include \"$$s.spv.inc\""; echo ";"; \
	done >$@
# It changes only when a shader comes or goes: all of op/ includes it.
$(BUILD)/shaders/list.h: shaders/. shaders/software/. Makefile
	@mkdir -p $(@D)
	@{ echo "#pragma once"; echo "#define JK_SHADERS(S) \\"; \
	for s in $(notdir $(MODULES)); do \
		echo "	S($$s) \\"; \
	done; echo; \
	echo "enum jk_shader {"; \
	for s in $(notdir $(MODULES)); do \
		echo "	JK_SHADER_$$s,"; \
	done; echo "	JK_N_SHADERS"; echo "};"; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(LIB_OBJ) $(BIN_OBJ) $(UNITS:=.o) $(BENCH_PROGRAMS:=.o): | $(BUILD)/shaders/list.h
$(BUILD)/lib/dev/vulkan_pipeline.o $(BUILD)/tests/unit/shaders.o: \
	$(BUILD)/shaders/spirv.inc

# --- tests

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libjk.a
	$(CC) $(JK_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/replay/%: tests/fuzz/%.c tests/fuzz/main.c $(BUILD)/libjk.a
	@mkdir -p $(@D)
	$(CC) $(JK_CPPFLAGS) $(JK_CFLAGS) $(JK_LDFLAGS) -o $@ $^ $(LIBS)

# What makes allocations and system calls fail, disks full; see there.
FAULTS = $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/faults/*.c))
$(FAULTS): $(BUILD)/%.so: %.c
	@mkdir -p $(@D)
	$(CC) $(JK_CPPFLAGS) $(JK_CFLAGS) -shared -fPIC -o $@ $<

TEST_ENV = BUILD=$(BUILD) OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive

# Everything; closes with prove's summary.
check: all $(UNITS) $(REPLAY) $(FAULTS) $(BENCH_PROGRAMS)
	$(TEST_ENV) prove -e '' $(PROVE_FLAGS) $(UNITS) tests/*.t

# The quick part: unit tests but those of shaders, scripts numbered below 1000.
check-fast: all $(UNITS) $(REPLAY)
	$(TEST_ENV) prove -e '' -Q $(PROVE_FLAGS) \
		$(filter-out $(BUILD)/tests/unit/vulkan_%,$(UNITS)) \
		$(wildcard tests/0*.t)

# Under address and undefined-behaviour sanitizers, in a build of their own.
# Without Vulkan's drivers, which leak, and are unloaded when that is found.
check-san:
	VK_ICD_FILENAMES=/dev/null \
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp \
	$(MAKE) BUILD=$(BUILD)/san CFLAGS='-O1 -g -fno-omit-frame-pointer' \
		SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		check-fast

# Every allocation and every system call of tools failed in turn; a sample is in
# check.  WALKS='jk-merge jk-train': only these.
check-faults: all $(FAULTS)
	status=0; for walk in allocations:alloc syscalls:syscall; do \
		$(TEST_ENV) prove -e perl -v $(PROVE_FLAGS) \
			tests/faults/$${walk%:*}.pl :: \
			$(BUILD)/tests/faults/$${walk#*:}.so 0 $(WALKS) || \
			status=$$?; \
	done; exit $$status

# Shader tests on both software devices, with the validation layers on.
check-gpu: all $(UNITS)
	$(TEST_ENV) tests/gpu.sh

# Products and attention on cooperative matrices, for which there has to be a device:
# make check-matrices, where nothing has one make check-systems
# SYSTEMS=trixie-backports:user
check-matrices: all $(BUILD)/tests/unit/vulkan_matmul \
		$(BUILD)/tests/unit/vulkan_folded \
		$(BUILD)/tests/unit/vulkan_attention
	$(TEST_ENV) JK_TEST_MATRICES=1 prove -e '' $(PROVE_FLAGS) \
		$(BUILD)/tests/unit/vulkan_matmul \
		$(BUILD)/tests/unit/vulkan_folded \
		$(BUILD)/tests/unit/vulkan_attention tests/1830-vulkan-matrices.t

# Pre-tokenizers against PCRE2, on so many strings for each pattern and on every
# character: make check-cuts [STRINGS=10000000]
STRINGS = 10000000
check-cuts: $(BUILD)/tests/unit/cuts
	JK_CUTS_STRINGS=$(STRINGS) prove -e '' $(PROVE_FLAGS) $<

# What tests/hardware.sh runs on a machine with a GPU.
hardware: all $(UNITS) $(BENCH_PROGRAMS)

# The report in a browser and as PDF (make deps-page): make check-page
# [SHOTS=DIR]
check-page: all
	$(TEST_ENV) SHOTS='$(SHOTS)' prove -e '' $(PROVE_FLAGS) tests/page/*.t

# README's commands on bare systems, as root: make check-systems
# [SYSTEMS='bookworm trixie:clang noble:root'] [STEPS='demo check']
check-systems:
	@STEPS='$(STEPS)' tests/systems.sh $(SYSTEMS)

# Ranks and parts as jobs of a Slurm of its own (slurmd, slurmctld, slurm-client,
# munge)
check-slurm: all
	$(TEST_ENV) prove -e '' $(PROVE_FLAGS) tests/slurm.sh

# Bytes that ranks in two network namespaces send, as root
check-netns: all $(BUILD)/tests/link
	$(TEST_ENV) prove -e '' $(PROVE_FLAGS) tests/netns.sh
$(BUILD)/tests/link: tests/link.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< -pthread

# A cross build for arm64 under qemu; wants, as root, dpkg --add-architecture
# arm64, and make deps-arm64.  In a root of its own, nothing being installed
# here: make check-systems SYSTEMS=arm64
ARM64 = CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar BUILD=$(BUILD)/arm64
ARM64_UNITS = $(patsubst $(BUILD)/%,$(BUILD)/arm64/%,\
	$(filter-out $(BUILD)/tests/unit/vulkan_%,$(UNITS)))
check-arm64: all
	$(MAKE) $(ARM64) all $(ARM64_UNITS)
	$(TEST_ENV) tests/arm64.sh $(ARM64_UNITS)

# Checks against corpora and programs from outside: make check-data DATA=DIR
check-data: all $(UNITS)
	@test -n "$(DATA)" || { echo "usage: make check-data DATA=DIR"; exit 2; }
	$(TEST_ENV) DATA='$(DATA)' prove -e '' $(PROVE_FLAGS) tests/corpus/*.t

# make fuzz [TARGETS='csv jinja'] [SECONDS=600]
TARGETS = $(FUZZ)
FUZZ_SECONDS = $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
FUZZ_SAN = -fsanitize=address,undefined -fno-sanitize-recover=all
$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/libjk-text.a
	$(CLANG) $(JK_CPPFLAGS) -std=c11 -O1 -g -DJK_FUZZ \
		-fsanitize=fuzzer $(FUZZ_SAN) -fopenmp -o $@ $^ $(LIBS_TEXT)

# The library for it, in a build of its own.
.PHONY: $(BUILD)/fuzz/libjk-text.a
$(BUILD)/fuzz/libjk-text.a:
	$(MAKE) BUILD=$(BUILD)/fuzz CC=$(CLANG) WERROR= CFLAGS='-O1 -g -DJK_FUZZ' \
		SAN='-fsanitize=fuzzer-no-link $(FUZZ_SAN)' $@

fuzz: $(TARGETS:%=$(BUILD)/fuzz/%)
	set -e; for t in $(TARGETS); do \
		mkdir -p $(BUILD)/fuzz/corpus/$$t tests/fuzz/seed/$$t \
			tests/fuzz/regress/$$t; \
		OMP_NUM_THREADS=1 $(BUILD)/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=20 \
			-rss_limit_mb=4096 -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/fuzz/crash-$$t- \
			$(BUILD)/fuzz/corpus/$$t tests/fuzz/seed/$$t \
			tests/fuzz/regress/$$t; \
	done

# Wants the packages clang, libomp-dev and shellcheck.
lint: $(BUILD)/shaders/spirv.inc $(BUILD)/shaders/list.h $(BUILD)/base/ru.inc
	mandoc -T lint -W warning man/*.[1-9]
	shellcheck -x -s sh $(wildcard shaders/*.sh pipelines/*.sh pipelines/*/*.sh \
		tests/*.t tests/*.sh \
		tests/*/*.sh tests/*/*.t)
	shellcheck .ci/run bin/completion.bash
	@for f in $(wildcard lib/*/*.c bin/*.c tests/*/*.c); do \
		case " $(PER_ISA) " in *" $$f "*) isa=-DJK_ISA=base ;; \
			*) isa= ;; esac; \
		$(CLANG) $(JK_CPPFLAGS) $$isa -std=c11 -fopenmp -fsyntax-only \
			-Wall -Wextra -Werror $$f || exit 1; \
	done

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libjk.a
	$(CC) $(JK_LDFLAGS) -o $@ $^ $(LIBS)

bench: all $(BENCH_PROGRAMS)
	set -e; for b in $(BENCH); do $(TEST_ENV) $$b; done

# --- the world around

# Does nothing when all is there.  As root without asking; otherwise sudo.
deps:
	@tests/deps.sh $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_TEST)
deps-page:
	@tests/deps.sh $(DEPS_PAGE)
deps-arm64:
	@tests/deps.sh $(DEPS_ARM64)
deps-demo:
	@tests/deps.sh $(DEPS_BUILD) $(DEPS_RUN)

# From a bare machine to a page that shows answers before and after.
say = sh -c '. pipelines/common.sh; say "$$@"' pipelines/demo.sh
demo:
	@$(say) 'installing what is missing; 2 to 3 minutes the first time'
	@$(MAKE) -s deps-demo
	@BUILD=$(BUILD) tests/build.sh $(words $(LIB_OBJ) $(BIN_OBJ) $(SPIRV)) \
		$(MAKE) -s -j2 all
	@pipelines/demo.sh

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 \
		$(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(COMPDIR) \
		$(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	for f in man/ru/*; do install -D -m 644 $$f \
		$(DESTDIR)$(MANDIR)/ru/man$${f##*.}/$${f##*/} || exit 1; done
	install -D -m 644 -t $(DESTDIR)$(SCHEMADIR) man/schema/*.json
	install -m 755 $(TOOLS:%=$(BUILD)/%) $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do install -m 644 man/*.$$s \
		$(DESTDIR)$(MANDIR)/man$$s || exit 1; done
	for d in man man/ru; do \
		sed 's,/usr/local/libexec/jk,$(LIBEXECDIR),' $$d/jk-pipelines.7 \
			>$(DESTDIR)$(MANDIR)$${d#man}/man7/jk-pipelines.7 || \
			exit 1; done
	install -m 755 $(filter-out %/common.sh,$(wildcard pipelines/*.sh)) \
		$(DESTDIR)$(LIBEXECDIR)
	install -m 644 pipelines/common.sh pipelines/*.jsonl pipelines/*.tsv \
		pipelines/*.po pipelines/*.jq \
		$(DESTDIR)$(LIBEXECDIR)
	for t in $(TOOLS); do \
		{ cat bin/completion.bash && \
			echo "complete -o default -F _jk $$t"; } \
			>$(DESTDIR)$(COMPDIR)/$$t && \
		{ cat bin/completion.fish && echo "_jk_complete $$t"; } \
			>$(DESTDIR)$(FISHDIR)/$$t.fish || exit 1; \
	done
	{ echo '#compdef $(TOOLS)' && cat bin/completion.zsh && \
		echo '_jk "$$@"'; } >$(DESTDIR)$(ZSHDIR)/_jk

uninstall:
	cd $(DESTDIR)$(BINDIR) && rm -f $(TOOLS)
	for s in 1 5 7; do for f in man/*.$$s; do \
		rm -f $(DESTDIR)$(MANDIR)/man$$s/$${f##*/}; done; done
	for f in man/ru/*; do \
		rm -f $(DESTDIR)$(MANDIR)/ru/man$${f##*.}/$${f##*/}; done
	cd $(DESTDIR)$(COMPDIR) && rm -f $(TOOLS)
	cd $(DESTDIR)$(FISHDIR) && rm -f $(TOOLS:%=%.fish)
	rm -f $(DESTDIR)$(ZSHDIR)/_jk
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(SCHEMADIR)

# Debian's package, of a copy of what git has; wants the packages
# build-essential, debhelper and lintian, and make deps.
DEB = $(BUILD)/deb/jk-$(VERSION)
deb:
	rm -rf $(BUILD)/deb
	mkdir -p $(DEB)
	git ls-files -z | tar -c --null -T - | tar -x -C $(DEB)
	cd $(DEB) && dpkg-buildpackage -us -uc -b
	lintian --fail-on error,warning $(BUILD)/deb/jk_$(VERSION)_*.changes
	@ls $(BUILD)/deb/jk_*.deb

clean:
	rm -rf $(BUILD)

# For tests/0005-house.t.
print-cppflags:
	@printf '%s\n' "$(subst ",\",$(JK_CPPFLAGS))"

.PHONY: all text spirv check check-fast check-faults check-san check-gpu check-matrices check-cuts hardware check-page check-systems check-slurm check-netns \
	check-arm64 check-data fuzz lint bench deps deps-arm64 deps-page deps-demo demo deb install uninstall clean print-cppflags
.SECONDARY:
.DELETE_ON_ERROR:
