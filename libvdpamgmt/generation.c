// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a document that was applied without the daemon named, devices and functions (function-key.h):
 * one file a document below /run/vdpad/state/generations, one name a line. It is what --prune may
 * remove, and no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "document.h"
#include "function-key.h"
#include "private.h"
#include "state.h"

#define FOLDER "generations"

struct vdpam_generation {
	char **names;
	size_t count;
};

static int open_folder(void)
{
	VDPAM_AUTO_CLOSE int state_fd = vdpam_state_open();
	int fd;

	if (state_fd < 0)
		return state_fd;
	if (mkdirat(state_fd, FOLDER, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(state_fd, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct vdpam_generation *vdpam_generation_free(struct vdpam_generation *generation)
{
	if (generation) {
		for (size_t i = 0; i < generation->count; i++)
			free(generation->names[i]);
		free(generation->names);
		free(generation);
	}
	return NULL;
}

const char *const *vdpam_generation_get_names(const struct vdpam_generation *generation)
{
	return (const char *const *)generation->names;
}

enum vdpam_look vdpam_generation_get_look(const struct vdpam_generation *generation)
{
	for (size_t i = 0; i < generation->count; i++) {
		if (vdpam_is_function_key(generation->names[i]))
			return VDPAM_LOOK_FUNCTIONS;
	}
	return VDPAM_LOOK_BRIEF;
}

size_t vdpam_generation_count(const struct vdpam_generation *generation)
{
	return generation->count;
}

static int add_name(struct vdpam_generation *generation, const char *name)
{
	char **larger;

	/* By doubling: to 1 at 0, to twice its size at each power of 2. */
	if (!(generation->count & (generation->count - 1))) {
		larger = reallocarray(generation->names,
				      generation->count ? generation->count * 2 : 1,
				      sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		generation->names = larger;
	}
	generation->names[generation->count] = strdup(name);
	return generation->names[generation->count++] ? 0 : -ENOMEM;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_there(const struct vdpam_snapshot *snapshot, const char *name)
{
	if (vdpam_is_function_key(name))
		return vdpam_function_key_find(snapshot, name);
	return vdpam_snapshot_find_device(snapshot, name);
}

/* Of an earlier one what is still there and no longer named: nobody else would remember it. */
static int add_old(struct vdpam_generation *generation,
		   const struct vdpam_generation *old,
		   const struct vdpam_snapshot *snapshot)
{
	size_t named = generation->count;
	int r = 0;

	if (named)
		qsort(generation->names, named, sizeof(*generation->names),
		      compare_names);
	for (size_t i = 0; !r && i < old->count; i++) {
		if (is_there(snapshot, old->names[i]) &&
		    !(named && bsearch(&old->names[i], generation->names, named,
				       sizeof(*generation->names), compare_names)))
			r = add_name(generation, old->names[i]);
	}
	return r;
}

int vdpam_generation_new(const struct vdpam_document *document,
			 const struct vdpam_generation *old,
			 const struct vdpam_snapshot *snapshot,
			 struct vdpam_generation **ret_generation)
{
	struct vdpam_generation *generation = calloc(1, sizeof(*generation));
	int r = generation ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < document->n_devices; i++)
		r = add_name(generation, document->devices[i].name);
	for (size_t i = 0; !r && i < document->n_functions; i++) {
		VDPAM_AUTO_FREE char *key =
			vdpam_function_key_of(&document->functions[i]);

		r = key ? add_name(generation, key) : -ENOMEM;
	}
	if (!r && old)
		r = add_old(generation, old, snapshot);
	if (r < 0)
		vdpam_generation_free(generation);
	else
		*ret_generation = generation;
	return r;
}

/* One name a line, escaped: a name from the kernel could hold a newline. */
static int read_names(FILE *file, struct vdpam_generation *generation)
{
	VDPAM_AUTO_FREE char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (!r && getline(&line, &size, file) > 0) {
		VDPAM_AUTO_FREE char *name = NULL;

		line[strcspn(line, "\n")] = 0;
		r = vdpam_name_unescape(line, &name);
		if (!r)
			r = add_name(generation, name);
	}
	return r;
}

int vdpam_generation_load(const char *document, struct vdpam_generation **ret_generation)
{
	struct vdpam_generation *generation;
	VDPAM_AUTO_CLOSE int folder = -1;
	FILE *file = NULL;
	int fd, r;

	if (!vdpam_name_is_valid(document))
		return -EINVAL;
	generation = calloc(1, sizeof(*generation));
	if (!generation)
		return -ENOMEM;
	*ret_generation = generation;
	folder = open_folder();
	fd = folder < 0 ? -1
			: openat(folder, document, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	/* Who may not look, and a document that was never applied, own nothing. */
	if (fd < 0 || !(file = fdopen(fd, "r")))
		return 0;
	r = read_names(file, generation);
	fclose(file);
	if (r < 0)
		*ret_generation = vdpam_generation_free(generation);
	return r;
}

static bool is_saved(const char *document, const struct vdpam_generation *generation)
{
	struct vdpam_generation *saved;
	bool same;

	if (vdpam_generation_load(document, &saved) < 0)
		return false;
	same = saved->count == generation->count && saved->count;
	for (size_t i = 0; same && i < saved->count; i++)
		same = !strcmp(saved->names[i], generation->names[i]);
	vdpam_generation_free(saved);
	return same;
}

int vdpam_generation_save(const char *document, const struct vdpam_generation *generation)
{
	VDPAM_AUTO_CLOSE int folder = -1;
	char temporary[300];
	FILE *file;
	int fd, r = 0;

	if (!vdpam_name_is_valid(document))
		return -EINVAL;
	if (is_saved(document, generation))
		return 0;
	folder = open_folder();
	if (folder < 0)
		return folder;
	snprintf(temporary, sizeof(temporary), ".%s.new", document);
	fd = openat(folder, temporary,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -errno;
	for (size_t i = 0; i < generation->count; i++) {
		VDPAM_ESCAPED(shown, generation->names[i]);
		fprintf(file, "%s\n", shown);
	}
	if (ferror(file))
		r = -EIO;
	if (fclose(file) && !r)
		r = -errno;
	if (!r && renameat(folder, temporary, folder, document) < 0)
		r = -errno;
	return r;
}
