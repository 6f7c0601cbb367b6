// SPDX-License-Identifier: LGPL-2.1-or-later
/* The texts that a document keeps, and who has what only one can have. */
#include <errno.h>
#include <json-c/linkhash.h>
#include <stdio.h>
#include <string.h>

#include "document-parse.h"
#include "private.h"

static void free_text(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
}

static void free_owner(struct lh_entry *entry)
{
	free(lh_entry_v(entry));
}

int vdpam_doc_names_init(struct vdpam_doc_maker *maker)
{
	maker->document->texts = lh_kchar_table_new(64, free_text);
	maker->owners = lh_kchar_table_new(64, free_owner);
	return maker->document->texts && maker->owners ? 0 : -ENOMEM;
}

void vdpam_doc_names_fini(struct vdpam_doc_maker *maker)
{
	if (maker->owners)
		lh_table_free(maker->owners);
}

const char *vdpam_doc_keep(struct vdpam_doc_maker *maker, const char *text, size_t size)
{
	struct lh_table *texts = maker->document->texts;
	char *copy = strndup(text, size);
	unsigned long hash;
	struct lh_entry *entry;

	if (!copy) {
		maker->no_memory = true;
		return NULL;
	}
	hash = lh_get_hash(texts, copy);
	entry = lh_table_lookup_entry_w_hash(texts, copy, hash);
	if (!entry && !lh_table_insert_w_hash(texts, copy, NULL, hash, 0))
		return copy;
	free(copy);
	if (!entry) {
		maker->no_memory = true;
		return NULL;
	}
	return lh_entry_k(entry);
}

/* ---- Owners -------------------------------------------------------------------------------- */

/* "devices[0]", "profiles[1].devices[0]", with its file where that is another one. */
static char *describe_owner(const struct vdpam_doc_owner *owner, const char *file)
{
	const struct vdpam_path profiles = { .key = "profiles", .key_size = 8 };
	const struct vdpam_path profile = {
		.up = &profiles,
		.index = owner->profile ? owner->profile->keys.index : 0,
	};
	const struct vdpam_path *list =
		VDPAM_PATH_KEY(owner->profile ? &profile : NULL, owner->list);
	VDPAM_AUTO_FREE char *path =
		vdpam_path_format(VDPAM_PATH_INDEX(list, owner->keys->index));
	bool is_elsewhere = strcmp(owner->keys->file, file) != 0;
	char *text;

	VDPAM_ESCAPED(shown, owner->keys->file);
	if (!path || asprintf(&text, "%s%s%s", path, is_elsewhere ? " in " : "",
			      is_elsewhere ? shown : "") < 0)
		return NULL;
	return text;
}

static void say_taken(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		      const char *name, const struct vdpam_doc_owner *owner)
{
	VDPAM_AUTO_FREE char *where = describe_owner(owner, maker->file);

	VDPAM_SHOWN(shown, name, strlen(name));
	VDPAM_DOC_FAULT(maker, path, "%s is that of %s already", shown,
			where ? where : "another");
}

void vdpam_doc_claim(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		     const char *key, const char *name,
		     const struct vdpam_doc_owner *owner)
{
	const struct vdpam_doc_owner *first = vdpam_doc_find_owner(maker, key);
	struct vdpam_doc_owner *copy;
	const char *kept;

	if (first) {
		say_taken(maker, path, name, first);
		return;
	}
	copy = malloc(sizeof(*copy));
	kept = vdpam_doc_keep(maker, key, strlen(key));
	if (!copy || !kept || lh_table_insert(maker->owners, kept, copy) < 0) {
		free(copy);
		maker->no_memory = true;
		return;
	}
	*copy = *owner;
}

const struct vdpam_doc_owner *vdpam_doc_find_owner(struct vdpam_doc_maker *maker,
						   const char *key)
{
	void *owner;

	return lh_table_lookup_ex(maker->owners, key, &owner) ? owner : NULL;
}
