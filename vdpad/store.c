// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads, writes and watches files. What is in them the library judges. */
#include "store-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "journal.h"

#define SETTLE_USEC 50000

/* ---- All files ----------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct stored *left = *(struct stored *const *)a;
	const struct stored *right = *(struct stored *const *)b;

	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return strcmp(left->name, right->name);
}

static struct stored *find(const struct store *store, enum store_place place,
			   const char *name)
{
	for (size_t i = 0; i < store->count; i++) {
		struct stored *stored = store->documents[i];

		if (stored->place == place && !strcmp(stored->name, name))
			return stored;
	}
	return NULL;
}

static struct stored *add(struct store *store, enum store_place place, const char *name)
{
	struct stored **larger =
		reallocarray(store->documents, store->count + 1, sizeof(struct stored *));
	struct stored *stored = calloc(1, sizeof(*stored));

	if (larger)
		store->documents = larger;
	if (larger && stored) {
		stored->place = place;
		stored->name = strdup(name);
		if (stored->name && asprintf(&stored->path, "%s/%s" SUFFIX,
					     store->folders[place], name) >= 0) {
			store->documents[store->count++] = stored;
			qsort(store->documents, store->count, sizeof(struct stored *),
			      compare);
			return stored;
		}
		free(stored->name);
	}
	free(stored);
	return NULL;
}

static void forget(struct store *store, struct stored *stored)
{
	size_t i = 0;

	while (store->documents[i] != stored)
		i++;
	memmove(&store->documents[i], &store->documents[i + 1],
		(--store->count - i) * sizeof(struct stored *));
	stored_free(stored);
}

/* 1 when it is another than it was. */
static int load_file(struct store *store, enum store_place place, int folder,
		     const char *name)
{
	struct stored *stored = find(store, place, name);
	char file[300], *text = NULL;
	size_t size = 0;
	int r;

	if (!stored)
		stored = add(store, place, name);
	if (!stored)
		return -ENOMEM;
	stored->seen = true;
	snprintf(file, sizeof(file), "%s" SUFFIX, name);
	r = stored_read_text(folder, file, &text, &size);
	if (r < 0) {
		bool known = stored->fault && !stored->text;

		/* When it can be read again it is news, whatever is in it. */
		free(stored->text);
		stored->text = NULL;
		if (!known)
			stored_set_fault(stored, strerror(-r));
		return !known;
	}
	if (stored->text && stored->size == size && !memcmp(stored->text, text, size)) {
		free(text);
		return 0;
	}
	r = stored_set_text(stored, text, size);
	if (!r && stored->fault && place == STORE_VAR &&
	    stored_restore_previous(folder, stored) == -ENOMEM)
		r = -ENOMEM;
	return r < 0 ? r : 1;
}

/* The name of a document without its suffix; false for other files. */
static bool parse_name(const char *file, char name[256])
{
	size_t size = strlen(file), suffix = strlen(SUFFIX);

	if (*file == '.' || size <= suffix || size - suffix > 255 ||
	    strcmp(file + size - suffix, SUFFIX) != 0)
		return false;
	memcpy(name, file, size - suffix);
	name[size - suffix] = 0;
	return true;
}

static int load_folder(struct store *store, enum store_place place)
{
	int fd = store_open_folder(store, place), changed = 0, r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char name[256];

	/* One that is not there holds nothing; one that cannot be read is said to be so. */
	if (!dir) {
		if (fd < 0 && fd != -ENOENT)
			journal(JOURNAL_OTHER, LOG_ERR, NULL, "cannot read %s: %s",
				store->folders[place], strerror(-fd));
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (r >= 0 && (entry = readdir(dir))) {
		if (!parse_name(entry->d_name, name))
			continue;
		r = load_file(store, place, fd, name);
		changed |= r > 0;
	}
	closedir(dir);
	return r < 0 ? r : changed;
}

int store_load(struct store *store)
{
	int changed = 0, r = 0;

	for (size_t i = 0; i < store->count; i++)
		store->documents[i]->seen = false;
	for (unsigned int place = 0; r >= 0 && place < STORE_PLACE_COUNT; place++) {
		r = load_folder(store, (enum store_place)place);
		changed |= r > 0;
	}
	for (size_t i = store->count; r >= 0 && i-- > 0;) {
		if (store->documents[i]->seen)
			continue;
		forget(store, store->documents[i]);
		changed = 1;
	}
	return r < 0 ? r : changed;
}

const struct stored *store_find(const struct store *store, const char *name)
{
	for (unsigned int place = STORE_PLACE_COUNT; place-- > 0;) {
		const struct stored *stored = find(store, (enum store_place)place, name);

		if (stored)
			return stored;
	}
	return NULL;
}

const struct stored *store_find_path(const struct store *store, const char *path)
{
	for (size_t i = 0; i < store->count; i++) {
		if (!strcmp(store->documents[i]->path, path))
			return store->documents[i];
	}
	return NULL;
}

/* ---- Changing ------------------------------------------------------------------------------ */

/* BEFORE, name, AFTER, and the kernel's reason where it is that. */
static int fail(struct vdpam_error **ret_error, enum vdpam_error_code code, int r,
		const char *name, const char *before, const char *after)
{
	bool is_kernels = code == VDPAM_ERROR_INTERNAL;
	char *shown = vdpam_name_escape(name), *message = NULL;

	if (asprintf(&message, "%s%s%s%s%s", before, shown ? shown : "?", after,
		     is_kernels ? ": " : "", is_kernels ? strerror(-r) : "") < 0)
		message = NULL;
	*ret_error = vdpam_error_new(code, -r, name, NULL,
				     message ? message : "out of memory");
	free(message);
	free(shown);
	return r;
}

int store_save(struct store *store, const char *name, const char *text, size_t size,
	       struct vdpam_error **ret_error)
{
	struct names names = {};
	int folder, r;

	if (!vdpam_name_is_valid(name))
		return fail(ret_error, VDPAM_ERROR_INVALID_NAME, -EINVAL, name, "",
			    " cannot be the name of a document");
	stored_make_names(name, &names);
	/* systemd makes it, and somebody may have cleared it away with what was in it. */
	mkdir(store->folders[STORE_VAR], 0755);
	folder = store_open_folder(store, STORE_VAR);
	r = folder < 0 ? folder : stored_replace(folder, &names, text, size);
	if (!r)
		r = load_file(store, STORE_VAR, folder, name);
	if (folder >= 0)
		close(folder);
	return r < 0 ? fail(ret_error, VDPAM_ERROR_INTERNAL, r, name, "document ",
			    " cannot be kept")
		     : 0;
}

int store_remove(struct store *store, const char *name, struct vdpam_error **ret_error)
{
	struct stored *stored = find(store, STORE_VAR, name);
	struct names names = {};
	int folder, r = 0;

	if (!stored && store_find(store, name))
		return fail(ret_error, VDPAM_ERROR_MANAGED, -EPERM, name, "document ",
			    " is the administrator's, in /etc or /run: remove the file");
	if (!stored)
		return fail(ret_error, VDPAM_ERROR_NO_SUCH_DOCUMENT, -ENOENT, name,
			    "there is no document ",
			    "; 'vdpactl document list' shows them");
	stored_make_names(name, &names);
	folder = store_open_folder(store, STORE_VAR);
	if (folder < 0)
		r = folder;
	else if ((unlinkat(folder, names.previous, 0) < 0 && errno != ENOENT) ||
		 (unlinkat(folder, names.kept, 0) < 0 && errno != ENOENT) ||
		 fsync(folder) < 0)
		r = -errno;
	if (folder >= 0)
		close(folder);
	if (r < 0)
		return fail(ret_error, VDPAM_ERROR_INTERNAL, r, name, "document ",
			    " cannot be removed");
	forget(store, stored);
	return 0;
}

/* ---- Watching ------------------------------------------------------------------------------ */

static int watch_folder(struct store *store, enum store_place place);

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct store *store = userdata;

	(void)source;
	(void)usec;
	for (unsigned int place = 0; place < STORE_PLACE_COUNT; place++)
		watch_folder(store, (enum store_place)place);
	if (store_load(store) > 0 && store->changed)
		store->changed(store->userdata);
	return 0;
}

static int settle(struct store *store)
{
	int r;

	if (!store->settle)
		return sd_event_add_time_relative(store->event, &store->settle,
						  CLOCK_MONOTONIC, SETTLE_USEC, 0,
						  on_settled, store);
	r = sd_event_source_set_time_relative(store->settle, SETTLE_USEC);
	return r < 0 ? r : sd_event_source_set_enabled(store->settle, SD_EVENT_ONESHOT);
}

static int on_inotify(sd_event_source *source, const struct inotify_event *event,
		      void *userdata)
{
	(void)source;
	(void)event;
	settle(userdata);
	return 0;
}

/*
 * The folder, or the nearest one above it that is there. Asked for anew each time: the folder may be
 * another by now, and the kernel gives the same watch for the same one.
 */
static int watch_folder(struct store *store, enum store_place place)
{
	char *path = strdup(store->folders[place]), *slash;
	sd_event_source *source = NULL;
	int r = -ENOMEM;

	while (path) {
		r = sd_event_add_inotify(store->event, &source, path,
					 IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
						 IN_CREATE | IN_DELETE | IN_DELETE_SELF |
						 IN_MOVE_SELF | IN_ONLYDIR,
					 on_inotify, store);
		slash = strrchr(path, '/');
		if (r != -ENOENT || !slash || slash == path)
			break;
		*slash = 0;
	}
	free(path);
	if (r < 0)
		return r;
	sd_event_source_disable_unref(store->watches[place]);
	store->watches[place] = source;
	return 0;
}

int store_watch(struct store *store)
{
	for (unsigned int place = 0; place < STORE_PLACE_COUNT; place++) {
		int r = watch_folder(store, (enum store_place)place);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- Lifetime ------------------------------------------------------------------------------ */

int store_init(struct store *store, sd_event *event, const char *const *folders)
{
	store->event = event;
	for (unsigned int place = 0; place < STORE_PLACE_COUNT; place++) {
		store->folders[place] = strdup(folders[place]);
		if (!store->folders[place])
			return -ENOMEM;
	}
	return 0;
}

void store_fini(struct store *store)
{
	for (size_t i = 0; i < store->count; i++)
		stored_free(store->documents[i]);
	free(store->documents);
	for (unsigned int place = 0; place < STORE_PLACE_COUNT; place++) {
		sd_event_source_disable_unref(store->watches[place]);
		free(store->folders[place]);
	}
	sd_event_source_disable_unref(store->settle);
}
