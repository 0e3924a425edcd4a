# make demo          install what Hark needs, build it, start it with samples
# make test          install what the tests need and run every test
# make               build $(BUILD)/hark            make deps    install the build's packages
# make lint          warnings as errors with gcc and clang, rooms, sizes, format, clang-tidy
# make fuzz          throw bytes at what reads bytes
# make bench         measure it beside its peers    make unit    the C tests alone
# make parity        compare tokens and logits with the programs they must equal
# make train         make the shipped models anew from DATA
# Settings: DEV=1 (warnings are errors)  SANITIZE=address,undefined  BUILD=dir  CC=clang  DATA=dir  V=1 (say all)
CC       ?= cc
CXX      ?= c++
CFLAGS   ?= -O2 -g
BUILD    ?= build
DEV      ?=
SANITIZE ?=
DATA     ?= ../shared/data
V        ?=
say       = $(if $(V),,@echo '$(1) $@';)

VERSION  := $(shell cat VERSION)
PACKAGES := libuv yajl sqlite3 libpcre2-8 libutf8proc libcurl openssl libedit zlib re2
WARNINGS := -Wall -Wextra -Wpedantic -Wno-overlength-strings -Wshadow -Wwrite-strings -Wformat=2 -Wvla -Wswitch-enum \
            -Wconversion -Wframe-larger-than=8192 -Wno-psabi
C_ONLY   := -std=gnu17 -Wstrict-prototypes -Wmissing-prototypes
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection -fno-strict-overflow \
            -fno-omit-frame-pointer -fvisibility=hidden $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
FLAGS     = -D_GNU_SOURCE -DHARK_VERSION='"$(VERSION)"' -Isrc -I$(BUILD) -pthread $(HARDEN) $(WARNINGS) $(if $(DEV),-Werror) \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all) \
            $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CPPFLAGS) $(CFLAGS)
LINK      = -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LIBS     := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lhttp_parser -lwslay -lcsv -lcld2 -lstdc++ -lm

# rooms_store := store and all that it may include, and they may: read from the map, never written twice
$(BUILD)/rooms.mk: src/rooms
	@mkdir -p $(@D)
	@awk -F'[: ]+' '/^[a-z]/ { reach[$$1] = " " $$1; for (i = 2; i <= NF; i++) if ($$i != "") reach[$$1] = \
	    reach[$$1] reach[$$i]; print "ROOMS += " $$1; print "rooms_" $$1 " := $$(sort" reach[$$1] ")" }' $< >$@
include $(BUILD)/rooms.mk

files     = $(wildcard src/$(1)/*.$(2) src/$(1)/*/*.$(2))
objects   = $(patsubst src/%.c,$(BUILD)/%.o,$(filter-out %_test.c,$(call files,$(1),c))) \
            $(patsubst src/%.S,$(BUILD)/%.o,$(call files,$(1),S)) \
            $(patsubst src/%.cc,$(BUILD)/%.o,$(call files,$(1),cc))
linkable  = $(foreach room,$(rooms_$(firstword $(subst /, ,$(1)))),$(call objects,$(room)))
TESTS    := $(patsubst src/%.c,$(BUILD)/%,$(wildcard src/*/*_test.c src/*/*/*_test.c))

.DEFAULT_GOAL := all
.SECONDEXPANSION:

all: $(BUILD)/hark

$(BUILD)/hark: $(BUILD)/main.o $(foreach room,$(ROOMS),$(call objects,$(room)))
	$(call say,CC)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

# A test links its own room and the rooms that room may include, and nothing above them.
$(BUILD)/%_test: $(BUILD)/%_test.o $$(call linkable,$$*)
	$(call say,CC)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(C_ONLY) $(FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: src/%.cc
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) $(FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: src/%.S
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

# Every object, tests' too: what the compilers have to say.
objects: $(BUILD)/main.o $(foreach room,$(ROOMS),$(call objects,$(room))) $(TESTS:%=%.o)

unit: $(TESTS)
	@tools/run-unit $(TESTS)

# A fuzzer of a room, by libFuzzer: make fuzz SECONDS_EACH=60. Its corpus is kept in fuzz/corpus. A
# fuzzer that has not its room's name says which room is its, and which functions it has in place of ours.
room_of_fuzz_tokenizer := infer
room_of_fuzz_safetensors := infer
room_of_fuzz_adapter := infer
room_of_fuzz_outbound_url := net
wrapped_by_fuzz_llm := http_fetch fiber_now_ms
SECONDS_EACH ?= 10
FUZZERS := $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c))
$(BUILD)/fuzz_%: fuzz/fuzz_%.c $$(foreach room,$$(rooms_$$(or $$(room_of_fuzz_$$*),$$*)),$$(call objects,$$(room)))
	$(CC) $(C_ONLY) $(FLAGS) -fsanitize=fuzzer $(LINK) $(wrapped_by_fuzz_$*:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz_%)
fuzz:
	tools/fuzz $(SECONDS_EACH) $(FUZZERS)

# Runs token ids through the encoder: what tests/parity and bench/ measure.
$(BUILD)/encode: tests/parity/encode.c $(foreach room,$(rooms_infer),$(call objects,$(room)))
	$(call say,CC)$(CC) $(C_ONLY) $(FLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

# Stands in for the providers of language models: what tests and benchmarks ask instead.
STAND_IN := $(patsubst tests/llm/%.c,$(BUILD)/llm/stand_in/%.o,$(wildcard tests/llm/*.c))
$(BUILD)/llm/stand_in/%.o: tests/llm/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(C_ONLY) $(FLAGS) -Itests/llm -MMD -MP -c -o $@ $<
$(BUILD)/llm-stand-in: $(STAND_IN) $(foreach room,$(rooms_net),$(call objects,$(room)))
	$(call say,CC)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

stand-in: $(BUILD)/llm-stand-in
$(BUILD)/llm/llm_fault_test: | $(BUILD)/llm-stand-in

# The dashboard's files, bundled into one script and laid into the program.
$(BUILD)/web/app.js: $(wildcard web/src/*.ts)
	@mkdir -p $(@D)
	esbuild web/src/app.ts --bundle --minify --target=es2020 --log-level=warning --outfile=$@
$(BUILD)/dash/assets.o: $(BUILD)/web/app.js $(wildcard web/*.html web/*.css web/*.svg)
$(BUILD)/llm/llm_prices_data.o: prices/models.txt

# What models are told, laid into the program, too.
$(BUILD)/analysis/prompt_files.o: $(wildcard prompts/*.md)

deps:
	tools/deps build
demo:
	tools/demo
test:
	tools/test
lint:
	tools/lint
parity: all $(BUILD)/encode
	tests/parity/run $(BUILD)/hark $(DATA)
bench: all
	bench/run $(ROW)
train: all
	$(BUILD)/hark train --data $(DATA) --out models/hark-ngram.bin
	$(BUILD)/hark train --task names --data $(DATA) --out models/hark-names.bin
	$(BUILD)/hark train --task vectors --data $(DATA) --out models/hark-vectors.bin
	$(BUILD)/hark train --task language --data $(DATA) --out models/hark-language.bin

check-rooms:
	tools/check-rooms

install: all
	install -D $(BUILD)/hark $(DESTDIR)/usr/local/bin/hark
	install -D -m 644 models/hark-ngram.bin $(DESTDIR)/usr/local/share/hark/hark-ngram.bin
	install -D -m 644 models/hark-names.bin $(DESTDIR)/usr/local/share/hark/hark-names.bin
	install -D -m 644 models/hark-vectors.bin $(DESTDIR)/usr/local/share/hark/hark-vectors.bin
	install -D -m 644 models/hark-language.bin $(DESTDIR)/usr/local/share/hark/hark-language.bin

clean:
	rm -rf $(BUILD)

.PHONY: all objects stand-in unit fuzz fuzzers deps demo test lint parity bench train check-rooms install clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
