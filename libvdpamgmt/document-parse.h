/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the makers of a document share: the document in the making, and where its faults go. */
#ifndef VDPAM_DOCUMENT_PARSE_H
#define VDPAM_DOCUMENT_PARSE_H

#include "document-fields.h"

struct json_object;

struct vdpam_doc_maker {
	struct vdpam_document *document;
	struct vdpam_faults *faults;
	struct lh_table *owners; /* see vdpam_doc_claim() */
	const char *file;        /* of what is looked at now */
	size_t expanded; /* devices so far, those of templates and of profiles among them */
	bool no_memory;
};

/* A fault in the file that is read now. */
#define VDPAM_DOC_FAULT(maker, path, ...) \
	vdpam_fault((maker)->faults, (maker)->file, path, __VA_ARGS__)

/* ---- Values: document-values.c, document-text.c, document-parse.c --------------------------- */

/* A value to be read, and where to. */
struct vdpam_doc_value {
	const struct vdpam_path *path;
	struct json_object *json;
	const struct vdpam_doc_field *field;
	unsigned int
		where; /* one enum vdpam_doc_place: that of the object that has the value */
	void *member; /* zeroed */
};

enum vdpam_doc_verdict {
	VDPAM_DOC_WRONG, /* and a fault says why */
	VDPAM_DOC_RIGHT,
	VDPAM_DOC_TEMPLATED, /* right, with a placeholder in it */
};

typedef enum vdpam_doc_verdict vdpam_doc_reader(struct vdpam_doc_maker *maker,
						const struct vdpam_doc_value *value);

vdpam_doc_reader vdpam_doc_read_integer, vdpam_doc_read_integer_or_n,
	vdpam_doc_read_boolean, vdpam_doc_read_word, vdpam_doc_read_mac,
	vdpam_doc_read_features;
vdpam_doc_reader vdpam_doc_read_text, vdpam_doc_read_name, vdpam_doc_read_handle,
	vdpam_doc_read_pf, vdpam_doc_read_uuid, vdpam_doc_read_bus_driver,
	vdpam_doc_read_mode, vdpam_doc_read_texts;

/* Says "70000 is not WHAT". */
enum vdpam_doc_verdict vdpam_doc_wrong(struct vdpam_doc_maker *maker,
				       const struct vdpam_doc_value *value,
				       const char *what);
/* Whether it is a list, not too long; its length. */
bool vdpam_doc_read_size(struct vdpam_doc_maker *maker,
			 const struct vdpam_doc_value *value, size_t *ret_count);

/* The whole of one file as it is written; vdpam_doc_clear() its struct afterwards in any case. */
void vdpam_doc_read_root(struct vdpam_doc_maker *maker, struct json_object *json,
			 struct vdpam_doc_root *root);
/* Frees the lists below an object. */
void vdpam_doc_clear(const struct vdpam_doc_table *table, void *object);

/* ---- What is kept and known: document-names.c ---------------------------------------------- */

/* A copy that belongs to the document, the same one for the same text; NULL without memory. */
const char *vdpam_doc_keep(struct vdpam_doc_maker *maker, const char *text, size_t size);

/* What has a name that only one can have. */
struct vdpam_doc_owner {
	const char *list;                          /* "devices" */
	const struct vdpam_doc_keys *keys;         /* says where in it */
	const struct vdpam_doc_profile *profile;   /* that it is in, or NULL */
	const struct vdpam_doc_function *function; /* when it is one */
};

/*
 * Takes a name for `owner`, which stays where it is until the document is made. `key` is unique
 * among all kinds of things, `name` is what a message calls it. When it is taken, says whose it is.
 */
void vdpam_doc_claim(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		     const char *key, const char *name,
		     const struct vdpam_doc_owner *owner);
/* NULL when nobody claimed it. */
const struct vdpam_doc_owner *vdpam_doc_find_owner(struct vdpam_doc_maker *maker,
						   const char *key);

int vdpam_doc_names_init(struct vdpam_doc_maker *maker);
void vdpam_doc_names_fini(struct vdpam_doc_maker *maker);

/* ---- Rules that the tables cannot say: document-rules.c ------------------------------------- */

/* `list` is the path of the list that it is in, and so below. */
void vdpam_doc_check_function(struct vdpam_doc_maker *maker,
			      const struct vdpam_path *list,
			      const struct vdpam_doc_function *function,
			      const struct vdpam_doc_profile *profile);
void vdpam_doc_check_profile(struct vdpam_doc_maker *maker, const struct vdpam_path *list,
			     const struct vdpam_doc_profile *profile);
/* A device as it is written; whether it can be expanded. */
bool vdpam_doc_check_template(struct vdpam_doc_maker *maker,
			      const struct vdpam_path *path,
			      const struct vdpam_doc_device *device);
/* One of the devices that `entry` stands for, without placeholders; whether it is right. */
bool vdpam_doc_check_device(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			    const struct vdpam_doc_device *entry,
			    const struct vdpam_doc_device *device,
			    const struct vdpam_doc_profile *profile);

/* ---- Defaults and templates: document-expand.c ---------------------------------------------- */

void vdpam_doc_apply_defaults(struct vdpam_doc_list *devices,
			      const struct vdpam_doc_device *defaults);
/* The nth of the devices that `entry` stands for, {pf} being `pf`; false when it cannot be. */
bool vdpam_doc_instantiate(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			   const struct vdpam_doc_device *entry, size_t n, const char *pf,
			   struct vdpam_doc_device *device);
/* At the end of those of the document; shallow. */
void vdpam_doc_add_device(struct vdpam_doc_maker *maker,
			  const struct vdpam_doc_device *device);
/* Checks the devices of a file or of a profile, expanded. Those of a file come into the document. */
void vdpam_doc_expand(struct vdpam_doc_maker *maker, const struct vdpam_path *list,
		      const struct vdpam_doc_list *devices,
		      const struct vdpam_doc_profile *profile);

#endif
