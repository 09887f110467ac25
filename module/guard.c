// SPDX-License-Identifier: BSD-3-Clause
/* Unbound's structures differ by release, by configure switch and by the
 * distribution's patches, and nothing checks them when a module is loaded. So the
 * module remembers the build id of the program it was built for, and works in no
 * other: this is looked at before any of Unbound's memory is. */
#include "palang.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

/* The same for those who look at the file and do not load it: an ELF note of the name
 * "palang" and the type 1. It holds three texts: the build id, Unbound's version, and
 * palang's. `readelf -n` shows it, `palang doctor` reads it. */
#define NOTE_TEXT UNBOUND_BUILD_ID "\0" PACKAGE_VERSION "\0" PALANG_VERSION

struct note {
	ElfW(Nhdr) head;
	char name[8];
	char text[(sizeof(NOTE_TEXT) + 3) / 4 * 4];
};

__attribute__((section(".note.palang"), used,
	       aligned(4))) static const struct note palang_note = {
	{ .n_namesz = sizeof("palang"), .n_descsz = sizeof(NOTE_TEXT), .n_type = 1 },
	"palang",
	NOTE_TEXT,
};

struct build_id {
	char hex[2 * 64 + 1];
};

static void read_notes(const uint8_t *at, size_t len, struct build_id *id)
{
	ElfW(Nhdr) note;

	while (len >= sizeof(note)) {
		size_t name, size;

		memcpy(&note, at, sizeof(note));
		name = (note.n_namesz + 3u) & ~3u;
		size = sizeof(note) + name + ((note.n_descsz + 3u) & ~3u);
		if (size > len)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_descsz <= 64 &&
		    note.n_namesz == 4 && memcmp(at + sizeof(note), "GNU", 4) == 0)
			for (size_t i = 0; i < note.n_descsz; i++)
				snprintf(id->hex + 2 * i, 3, "%02x",
					 at[sizeof(note) + name + i]);
		at += size;
		len -= size;
	}
}

/* The first object is the program itself. */
static int read_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			read_notes((const uint8_t *)(info->dlpi_addr +
						     info->dlpi_phdr[i].p_vaddr),
				   info->dlpi_phdr[i].p_memsz, arg);
	return 1;
}

const char *guard_refusal(void)
{
	static char why[512];
	struct build_id id = { { 0 } };

#if HOLDS && (defined(USE_MINI_EVENT) || defined(HAVE_EV_LOOP) ||                      \
	      defined(HAVE_EV_DEFAULT_LOOP))
	/* Its own loop of events and that of libev call nobody whom they do not know;
	 * without threads the module needs to be called: hold.c. */
	return "palang: this Unbound was built without threads and without libevent: "
	       "build it --with-libevent or --with-pthreads";
#endif
	dl_iterate_phdr(read_program, &id);
	if (strcmp(id.hex, UNBOUND_BUILD_ID) == 0)
		return NULL;
	snprintf(why, sizeof(why),
		 "palang: built for Unbound %s with build id %s, but this program's is "
		 "%s: "
		 "build palang anew with --with-unbound for this Unbound",
		 PACKAGE_VERSION, UNBOUND_BUILD_ID,
		 id.hex[0] != '\0' ? id.hex : "not set");
	return why;
}
