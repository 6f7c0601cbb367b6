// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of one document: read, and written so that at every instant there is the old or the new one. */
#include "store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"

#define SIZE_LIMIT (8U << 20) /* of one file; the library refuses one byte more */

/* ---- One file ------------------------------------------------------------------------------ */

void stored_free(struct stored *stored)
{
	vdpam_document_unref(stored->document);
	free(stored->name);
	free(stored->path);
	free(stored->text);
	free(stored->fault);
	free(stored);
}

/* All of a file, and a NUL, but no more than is needed to see that it is too long. */
int stored_read_text(int folder, const char *name, char **ret_text, size_t *ret_size)
{
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(SIZE_LIMIT + 2);
	struct stat st;
	size_t size = 0;
	ssize_t n = 1;
	int r = fd < 0 ? -errno : !text ? -ENOMEM : 0;

	if (!r && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		r = -EINVAL;
	while (!r && n && size < SIZE_LIMIT + 1) {
		n = read(fd, text + size, SIZE_LIMIT + 1 - size);
		if (n > 0)
			size += (size_t)n;
		else if (n < 0 && errno != EINTR)
			r = -errno;
	}
	if (fd >= 0)
		close(fd);
	if (!r && text) {
		char *fit = realloc(text, size + 1);

		*ret_text = fit ? fit : text;
		(*ret_text)[size] = '\0';
		*ret_size = size;
	} else {
		free(text);
	}
	return r;
}

void stored_set_fault(struct stored *stored, const char *fault)
{
	free(stored->fault);
	stored->fault = fault ? strdup(fault) : NULL;
	if (fault)
		journal(JOURNAL_DOCUMENT_FAULTY, LOG_ERR,
			&(struct journal_fields){ .document = stored->path },
			"%s is left out: %s%s", stored->path, fault,
			stored->document ? "; the devices that it named stay as they are"
					 : "");
}

/* The first fault, and how many more there are; to be freed. */
static char *describe(const struct vdpam_faults *faults)
{
	const char *path = vdpam_faults_get_path(faults, 0);
	size_t more = vdpam_faults_total(faults) - 1;
	char *text;
	int r;

	if (more)
		r = asprintf(&text, "%s%s%s (and %zu more faults)", path,
			     *path ? ": " : "", vdpam_faults_get_message(faults, 0),
			     more);
	else
		r = asprintf(&text, "%s%s%s", path, *path ? ": " : "",
			     vdpam_faults_get_message(faults, 0));
	return r < 0 ? NULL : text;
}

/* Takes the text. A faulty one leaves the last good document in place. 0 or -ENOMEM. */
int stored_set_text(struct stored *stored, char *text, size_t size)
{
	struct vdpam_document_source source = { stored->path, text, size };
	struct vdpam_document *document = NULL;
	struct vdpam_faults *faults = NULL;
	int r = vdpam_document_new(&source, 1, &document, &faults);
	char *fault;

	free(stored->text);
	stored->text = text;
	stored->size = size;
	if (!r) {
		vdpam_document_unref(stored->document);
		stored->document = document;
		stored_set_fault(stored, NULL);
		journal(JOURNAL_DOCUMENT_LOADED, LOG_INFO,
			&(struct journal_fields){ .document = stored->path },
			"%s is read", stored->path);
		return 0;
	}
	if (r != -EINVAL) {
		/* To be news when it is read again. */
		free(stored->text);
		stored->text = NULL;
		return r;
	}
	fault = describe(faults);
	stored_set_fault(stored, fault ? fault : "it is not valid");
	free(fault);
	vdpam_faults_free(faults);
	return 0;
}

/* ---- Applied ones: written durably ---------------------------------------------------------- */

void stored_make_names(const char *name, struct names *names)
{
	snprintf(names->kept, sizeof(names->kept), "%s" SUFFIX, name);
	snprintf(names->previous, sizeof(names->previous), "%s" SUFFIX "~", name);
	snprintf(names->fresh, sizeof(names->fresh), ".%s" SUFFIX ".new", name);
	snprintf(names->damaged, sizeof(names->damaged), "%s" SUFFIX ".damaged", name);
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int write_fresh(int folder, const char *name, const char *text, size_t size)
{
	int fd = openat(folder, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, size);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && !r)
		r = -errno;
	return r;
}

/* At every instant there is the old one or the new one under its name. */
int stored_replace(int folder, const struct names *names, const char *text, size_t size)
{
	int r = write_fresh(folder, names->fresh, text, size);

	if (!r && unlinkat(folder, names->previous, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (!r && linkat(folder, names->kept, folder, names->previous, 0) < 0 &&
	    errno != ENOENT)
		r = -errno;
	if (!r && renameat(folder, names->fresh, folder, names->kept) < 0)
		r = -errno;
	if (!r && fsync(folder) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder, names->fresh, 0);
	return r;
}

int store_open_folder(const struct store *store, enum store_place place)
{
	int fd = open(store->folders[place], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* What was right when it was written and is not now: aside with it, and back to the one before. */
int stored_restore_previous(int folder, struct stored *stored)
{
	struct names names = {};
	char *text = NULL;
	size_t size = 0;
	int r;

	stored_make_names(stored->name, &names);
	r = stored_read_text(folder, names.previous, &text, &size);
	/* Without one it stays where it is: a document that is gone would let go of its devices. */
	if (!r && renameat(folder, names.kept, folder, names.damaged) < 0)
		r = -errno;
	if (!r)
		r = stored_replace(folder, &names, text, size);
	if (r < 0) {
		journal(JOURNAL_DOCUMENT_DAMAGED, LOG_CRIT,
			&(struct journal_fields){ .document = stored->path },
			"%s is damaged (%s), and its previous generation cannot be used: %s",
			stored->path, stored->fault, strerror(-r));
		free(text);
		return r;
	}
	journal(JOURNAL_DOCUMENT_DAMAGED, LOG_CRIT,
		&(struct journal_fields){ .document = stored->path },
		"%s is damaged (%s): it was set aside as %s, its previous generation is used",
		stored->path, stored->fault, names.damaged);
	return stored_set_text(stored, text, size);
}
