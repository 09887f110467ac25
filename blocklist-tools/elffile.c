// SPDX-License-Identifier: BSD-3-Clause
#include "elffile.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

#define FILE_MAX ((off_t)1 << 30)

/* palang's note, as module/guard.c makes it. */
#define NOTE_PALANG 1

struct image {
	uint8_t *data;
	size_t size;
};

/* LEN bytes at OFFSET; NULL when the file does not have them. */
static const void *image_at(const struct image *i, uint64_t offset, uint64_t len)
{
	return offset <= i->size && len <= i->size - offset ? i->data + offset : NULL;
}

/* The terminated text at OFFSET of a string table; NULL when there is none. */
static const char *text_at(const struct image *i, const ElfW(Shdr) * table,
			   uint64_t offset)
{
	const char *all = image_at(i, table->sh_offset, table->sh_size);

	if (all == NULL || offset >= table->sh_size ||
	    memchr(all + offset, '\0', table->sh_size - offset) == NULL)
		return NULL;
	return all + offset;
}

/* Takes one text of palang's note off DATA. */
static bool take_text(struct span *data, char *text, size_t room)
{
	size_t len = strnlen((const char *)data->data, data->len);

	if (len == data->len || len >= room)
		return false;
	memcpy(text, data->data, len + 1);
	data->data += len + 1;
	data->len -= len + 1;
	return true;
}

static void read_note(struct elffile *f, uint32_t type, struct span name,
		      struct span desc)
{
	if (type == NT_GNU_BUILD_ID && name.len == 4 && desc.len <= 64 &&
	    memcmp(name.data, "GNU", 4) == 0)
		for (size_t i = 0; i < desc.len; i++)
			snprintf(f->build_id + 2 * i, 3, "%02x", desc.data[i]);
	if (type == NOTE_PALANG && name.len == 7 && memcmp(name.data, "palang", 7) == 0)
		f->palang =
			take_text(&desc, f->unbound_build_id, BUILD_ID_TEXT) &&
			take_text(&desc, f->unbound_version,
				  sizeof(f->unbound_version)) &&
			take_text(&desc, f->palang_version, sizeof(f->palang_version));
}

static void read_notes(struct elffile *f, const uint8_t *at, size_t len)
{
	ElfW(Nhdr) note;

	while (len >= sizeof(note)) {
		size_t name, size;

		memcpy(&note, at, sizeof(note));
		name = (note.n_namesz + (size_t)3) & ~(size_t)3;
		size = sizeof(note) + name + ((note.n_descsz + (size_t)3) & ~(size_t)3);
		if (size > len)
			return;
		read_note(f, note.n_type,
			  (struct span){ at + sizeof(note), note.n_namesz },
			  (struct span){ at + sizeof(note) + name, note.n_descsz });
		at += size;
		len -= size;
	}
}

/* The functions of a dynlib module, as dynlibmod.c looks them up. */
static const char *const module_functions[] = {
	"init", "deinit", "operate", "inform_super", "clear", "get_mem",
};
#define FUNCTIONS (sizeof(module_functions) / sizeof(module_functions[0]))

static void read_symbols(struct elffile *f, const struct image *i,
			 const ElfW(Shdr) * symbols, const ElfW(Shdr) * names)
{
	const uint8_t *all = image_at(i, symbols->sh_offset, symbols->sh_size);
	bool found[FUNCTIONS] = { false };
	size_t functions = 0;
	ElfW(Sym) sym;

	for (uint64_t at = 0; all != NULL && symbols->sh_size - at >= sizeof(sym);
	     at += sizeof(sym)) {
		const char *name;

		memcpy(&sym, all + at, sizeof(sym));
		name = text_at(i, names, sym.st_name);
		if (name == NULL)
			continue;
		if (sym.st_shndx == SHN_UNDEF) {
			if (strcmp(name, "pthread_create") == 0)
				f->imports_threads = true;
			if (strcmp(name, "event_assign") == 0)
				f->imports_events = true;
			continue;
		}
		for (size_t n = 0; n < FUNCTIONS; n++)
			if (strcmp(name, module_functions[n]) == 0)
				found[n] = true;
	}
	for (size_t n = 0; n < FUNCTIONS; n++)
		functions += found[n];
	f->exports_module = functions == FUNCTIONS;
}

static bool get_section(const struct image *i, const ElfW(Ehdr) * head, uint64_t n,
			ElfW(Shdr) * section)
{
	const void *at;

	if (n >= head->e_shnum || head->e_shentsize != sizeof(*section))
		return false;
	at = image_at(i, head->e_shoff, (n + 1) * sizeof(*section));
	if (at == NULL)
		return false;
	memcpy(section, (const uint8_t *)at + n * sizeof(*section), sizeof(*section));
	return true;
}

static void read_sections(struct elffile *f, const struct image *i,
			  const ElfW(Ehdr) * head)
{
	ElfW(Shdr) section, names;

	for (uint64_t n = 0; n < head->e_shnum; n++) {
		const void *at;

		if (!get_section(i, head, n, &section))
			return;
		if (section.sh_type == SHT_NOTE) {
			at = image_at(i, section.sh_offset, section.sh_size);
			if (at != NULL)
				read_notes(f, at, section.sh_size);
		} else if (section.sh_type == SHT_DYNSYM &&
			   get_section(i, head, section.sh_link, &names)) {
			read_symbols(f, i, &section, &names);
		}
	}
}

static int load(struct image *i, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, "cannot read '%s': %s", path,
			       strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < FILE_MAX) {
		i->data = malloc((size_t)st.st_size + 1);
		for (n = 1; i->data != NULL && n > 0 &&
					    i->size<(size_t)st.st_size; i->size += n> 0
				    ? (size_t)n
				    : 0)
			n = read(fd, i->data + i->size, (size_t)st.st_size - i->size);
	}
	close(fd);
	if (i->data != NULL && n >= 0)
		return 0;
	return err_set(e, ERR_SYSTEM, "cannot read '%s': it is no file, or too large",
		       path);
}

int elffile_read(struct elffile *f, const char *path, struct err *e)
{
	static const uint8_t native[] = {
		ELFMAG0,
		ELFMAG1,
		ELFMAG2,
		ELFMAG3,
		sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32,
	};
	struct image i = { 0 };
	ElfW(Ehdr) head;
	int rc = load(&i, path, e);

	*f = (struct elffile){ 0 };
	if (rc == 0 &&
	    (i.size < sizeof(head) || memcmp(i.data, native, sizeof(native)) != 0))
		rc = err_set(e, ERR_FORMAT,
			     "'%s' is no program or library of this machine", path);
	if (rc == 0) {
		memcpy(&head, i.data, sizeof(head));
		read_sections(f, &i, &head);
	}
	free(i.data);
	return rc;
}
