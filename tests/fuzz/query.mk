# SPDX-License-Identifier: BSD-3-Clause
# Builds fuzz_query in the directory that make runs in: its own files, the module,
# and Unbound's sources again, all with sanitizers; runtests calls it. What the
# fuzzer looks at to find new ways is the module and lib alone.
# Configured there with sanitizers is palang, of which it takes lib.
#   ROOT  the tree of palang
ROOT = $(error ROOT is not set)
UNBOUND_SRC := $(shell sed -n 's/^UNBOUND_SRC = //p' Makefile)
UNBOUND_FEATURES := $(shell sed -n 's/^UNBOUND_FEATURES = //p' Makefile)
CC = clang
SANITIZE = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZED = $(SANITIZE) -fsanitize=fuzzer-no-link

# Every allocation of a region is one of its own: nobody writes past its end.
UNBOUND_FLAGS = $(SANITIZE) -fno-sanitize=function,alignment,shift,pointer-overflow \
	-w -DUNBOUND_ALLOC_NONREGIONAL -I$(UNBOUND_SRC) -I/usr/include/google
MODULE_FLAGS = $(FUZZED) -std=c11 -D_GNU_SOURCE -Wall -Wextra -I$(UNBOUND_SRC) \
	-I$(ROOT)/module -I$(ROOT)/lib -I$(ROOT)/tests/fuzz -DUNBOUND_BUILD_ID='"none"' \
	-DPALANG_VERSION='"fuzz"' -DPALANG_STORE_DEFAULT='"none"' \
	$(UNBOUND_FEATURES) \
	-DSTEP_BINS=8 -DSTEP_MESSAGES=2 -DDELTA_MAX=16

# The clock, the store's opening and the way to a client are the target's.
WRAPPED = time nanosleep mdb_env_open comm_point_send_reply comm_point_drop_reply \
	reply_info_answer_encode

unbound_sources := $(filter-out %.h,$(shell $(MAKE) -s --no-print-directory \
	-C $(UNBOUND_SRC) --eval 'show-sources: ; @echo $$(COMMON_SRC) $$(SLDNS_SRC) \
	$$(DYNLIBMOD_SRC) $$(LIBOBJ_WITHOUT_CTIME:%.o=compat/%.c) \
	smallapp/worker_cb.c' show-sources))
unbound_libs := $(shell sed -n 's/^SSLLIB=//p; s/^LIBS=//p' $(UNBOUND_SRC)/Makefile)
unbound_objects := $(unbound_sources:%.c=unbound/%.o)

module_sources := $(filter-out guard.c watch.c,$(notdir $(wildcard $(ROOT)/module/*.c)))
own_sources := fake_unbound.c polled_watch.c fuzz_query.c query_check.c query_input.c \
	query_opinion.c query_store.c query_world.c
# What judges and what plays Unbound is no way to be found.
query/query_check.o query/query_opinion.o query/fake_unbound.o: FUZZED = $(SANITIZE)
objects := $(module_sources:%.c=query/%.o) $(own_sources:%.c=query/%.o)

fuzz_query: $(objects) unbound/unbound.a .libs/libpalang.a
	$(CC) $(SANITIZE) -fsanitize=fuzzer -o $@ $(WRAPPED:%=-Wl,--wrap=%) $^ \
		-llmdb $(unbound_libs) -lssl -lcrypto -lpthread -ldl -lm

unbound/unbound.a: $(unbound_objects)
	rm -f $@
	ar crs $@ $^

unbound/%.o: $(UNBOUND_SRC)/%.c $(UNBOUND_SRC)/config.h
	@mkdir -p $(@D)
	$(CC) $(UNBOUND_FLAGS) -c -o $@ $<

headers := $(wildcard $(ROOT)/module/*.h $(ROOT)/lib/*.h $(ROOT)/tests/fuzz/*.h)
vpath %.c $(ROOT)/module $(ROOT)/tests/fuzz
query/%.o: %.c $(headers) $(ROOT)/module/watch.c
	@mkdir -p $(@D)
	$(CC) $(MODULE_FLAGS) -c -o $@ $<
