/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documents on disk: those of the administrator, which are only read, and those that were
 * applied, which are written so that a crash at any time leaves the old one or the new one.
 */
#ifndef STORE_H
#define STORE_H

#include <systemd/sd-event.h>
#include <vdpamgmt-provision.h>

/* In the order in which they win a clash. */
enum store_place {
	STORE_ETC,
	STORE_RUN,
	STORE_VAR, /* applied */
};
#define STORE_PLACE_COUNT (STORE_VAR + 1)

/* One file. */
struct stored {
	enum store_place place;
	char *name; /* base name without .json */
	char *path;
	char *text;
	size_t size;
	/* As it is, or, of a faulty one, its last good generation; NULL: there was none. */
	struct vdpam_document *document;
	char *fault; /* one line; NULL: it is right */
	bool seen;
};

struct store {
	sd_event *event;
	char *folders[STORE_PLACE_COUNT];
	sd_event_source *watches[STORE_PLACE_COUNT];
	sd_event_source *settle;   /* reads once what comes in several events */
	struct stored **documents; /* by place, then by name */
	size_t count;
	/* Another document, or one less, or one is faulty now; not for what store_save() was told. */
	void (*changed)(void *userdata);
	void *userdata;
};

int store_init(struct store *store, sd_event *event, const char *const *folders);
void store_fini(struct store *store);

/* Reads all folders. 1 when something is another than before, 0, or -ENOMEM. Says what is faulty. */
int store_load(struct store *store);

/* Begins to watch the folders; those that are not there are waited for. 0 or -errno. */
int store_watch(struct store *store);

/* Of this name, an applied one first; NULL. */
const struct stored *store_find(const struct store *store, const char *name);
/* Of this file; NULL. */
const struct stored *store_find_path(const struct store *store, const char *path);

/*
 * Keeps a right document under a name, durably, and the one before as its previous generation. 0, or
 * a negative errno with an error: nothing is changed then. Returns with it loaded.
 */
int store_save(struct store *store, const char *name, const char *text, size_t size,
	       struct vdpam_error **ret_error);
/* An applied one; VDPAM_ERROR_NO_SUCH_DOCUMENT, VDPAM_ERROR_MANAGED for those that are not ours. */
int store_remove(struct store *store, const char *name, struct vdpam_error **ret_error);

#endif
