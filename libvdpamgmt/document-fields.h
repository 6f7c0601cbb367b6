/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of a document: what each is called, where it may stand, what its value may be. Parsing,
 * printing, messages and the comparison with the schema all go by these tables.
 */
#ifndef VDPAM_DOCUMENT_FIELDS_H
#define VDPAM_DOCUMENT_FIELDS_H

#include "document.h"

/* Where an object stands: the same table can have other keys there. */
enum vdpam_doc_place {
	VDPAM_IN_ROOT = 1 << 0,
	VDPAM_IN_DEFAULTS = 1 << 1,
	VDPAM_IN_VF = 1 << 2, /* a function of that type, and so below */
	VDPAM_IN_SF = 1 << 3,
	VDPAM_IN_MDEV = 1 << 4,
	VDPAM_IN_DEVICE = 1 << 5,
	VDPAM_IN_PROFILE = 1 << 6,
	VDPAM_IN_PROFILE_VF = 1 << 7,
	VDPAM_IN_PROFILE_SF = 1 << 8,
	VDPAM_IN_PROFILE_DEVICE = 1 << 9,
};

enum vdpam_doc_kind {
	VDPAM_DOC_INTEGER,      /* uint32_t, min..max */
	VDPAM_DOC_INTEGER_OR_N, /* struct vdpam_doc_number: an integer, or "{n}" */
	VDPAM_DOC_BOOLEAN,      /* bool */
	VDPAM_DOC_WORD,         /* uint32_t: which of `words` */
	VDPAM_DOC_TEXT,         /* const char *, of `form` */
	VDPAM_DOC_NAME,         /* const char *, of `form`, with {n} and {pf} */
	VDPAM_DOC_HANDLE,       /* const char *: [BUS/]DEV, each of `form` */
	VDPAM_DOC_PF,           /* const char *: pci/ and a PCI address */
	VDPAM_DOC_UUID,         /* const char *, lower case */
	VDPAM_DOC_BUS_DRIVER,   /* const char *, as vdpam_driver_parse() has it */
	VDPAM_DOC_MODE,         /* uint32_t: "0660" */
	VDPAM_DOC_MAC,          /* struct vdpam_doc_mac */
	VDPAM_DOC_FEATURES,     /* struct vdpam_doc_features */
	VDPAM_DOC_OBJECT,       /* a struct of `table` */
	VDPAM_DOC_SELECTOR, /* struct vdpam_doc_selector: a handle, or an object of `table` */
	VDPAM_DOC_LIST,     /* struct vdpam_doc_list of structs of `table`, at most max */
	VDPAM_DOC_TEXTS, /* struct vdpam_doc_list of texts of `form`, or PCI addresses */
};

/* Which characters a text has; the sets are what a regular expression has between [ and ]. */
struct vdpam_doc_form {
	const char *first, *rest;
	size_t min, max;
	const char *what; /* "a name: 1 to 63 letters" */
};

struct vdpam_doc_table;

struct vdpam_doc_field {
	const char *key;
	enum vdpam_doc_kind kind;
	unsigned int where, required; /* enum vdpam_doc_place, or'ed */
	uint32_t min, max;
	size_t offset, size; /* in the struct */
	union {
		const struct vdpam_doc_form *form;
		const char *const *words; /* NULL at the end */
		const struct vdpam_doc_table *table;
	};
};

struct vdpam_doc_table {
	const char *name;
	const struct vdpam_doc_field *fields; /* in the order of the enum of keys */
	size_t count;
	size_t size; /* of the struct */
};

/* The outermost object, as it is written: before defaults and templates. */
enum vdpam_doc_root_key {
	VDPAM_DOC_ROOT_VERSION,
	VDPAM_DOC_ROOT_DEFAULTS,
	VDPAM_DOC_ROOT_FUNCTIONS,
	VDPAM_DOC_ROOT_DEVICES,
	VDPAM_DOC_ROOT_PROFILES,
};

struct vdpam_doc_root {
	struct vdpam_doc_keys keys;
	uint32_t version;
	struct vdpam_doc_device defaults;
	struct vdpam_doc_list functions, devices, profiles;
};

extern const struct vdpam_doc_table vdpam_doc_root_table, vdpam_doc_function_table,
	vdpam_doc_vf_table, vdpam_doc_device_table, vdpam_doc_selector_table,
	vdpam_doc_chardev_table, vdpam_doc_profile_table, vdpam_doc_match_table;
extern const struct vdpam_doc_form vdpam_doc_handle_form;

/* The words of the `type` of a function. */
extern const char *const vdpam_doc_function_types[];

static inline void *vdpam_doc_member(const void *object,
				     const struct vdpam_doc_field *field)
{
	return (char *)object + field->offset;
}

#endif
