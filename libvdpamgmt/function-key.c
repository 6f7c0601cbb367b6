// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How a function is named where devices are named too, in the record of what a document named: all VFs
 * of a PF, one SF, one mediated device. The text holds a blank, which no name of a device of ours does.
 */
#include "function-key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects.h"

char *vdpam_function_key_new(enum vdpam_doc_function_type type, const char *name,
			     uint32_t sfnum)
{
	char *text = NULL;
	int n = -1;

	switch (type) {
	case VDPAM_DOC_VF:
		n = asprintf(&text, "vf %s", name);
		break;
	case VDPAM_DOC_SF:
		n = asprintf(&text, "sf %s %u", name, sfnum);
		break;
	case VDPAM_DOC_MDEV:
		n = asprintf(&text, "mdev %s", name);
		break;
	}
	return n < 0 ? NULL : text;
}

char *vdpam_function_key_of(const struct vdpam_doc_function *function)
{
	enum vdpam_doc_function_type type = (enum vdpam_doc_function_type)function->type;

	return vdpam_function_key_new(
		type, type == VDPAM_DOC_MDEV ? function->uuid : function->pf,
		function->sfnum);
}

bool vdpam_is_function_key(const char *text)
{
	return strchr(text, ' ');
}

/* The name after "KIND "; NULL when the text is not of that kind. */
static const char *after(const char *text, const char *kind)
{
	size_t length = strlen(kind);

	return !strncmp(text, kind, length) && text[length] == ' ' ? text + length + 1
								   : NULL;
}

bool vdpam_function_key_parse(const char *text, struct vdpam_function_key *ret_key)
{
	struct vdpam_function_key key = { .type = VDPAM_DOC_VF };
	const char *name = after(text, "vf"), *end;
	char *rest;

	if (!name && (name = after(text, "mdev")))
		key.type = VDPAM_DOC_MDEV;
	if (!name && (name = after(text, "sf")))
		key.type = VDPAM_DOC_SF;
	end = name ? strchrnul(name, ' ') : NULL;
	if (!name || end == name || (size_t)(end - name) >= sizeof(key.name) ||
	    !*end != (key.type != VDPAM_DOC_SF))
		return false;
	memcpy(key.name, name, (size_t)(end - name));
	if (key.type == VDPAM_DOC_SF) {
		unsigned long sfnum = strtoul(end + 1, &rest, 10);

		if (rest == end + 1 || *rest || sfnum > UINT32_MAX)
			return false;
		key.sfnum = (uint32_t)sfnum;
	}
	*ret_key = key;
	return true;
}

const struct vdpam_function *vdpam_function_key_find_parsed(
	const struct vdpam_snapshot *snapshot, const struct vdpam_function_key *key)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct vdpam_function *function = &snapshot->functions[i];
		const struct vdpam_function_info *info = &function->info;
		bool is_it = false;

		switch (key->type) {
		case VDPAM_DOC_VF:
			is_it = !strcmp(function->handle, key->name) &&
				function->sriov_count > 0;
			break;
		case VDPAM_DOC_SF:
			is_it = info->has_sfnum && info->sfnum == key->sfnum &&
				info->pf && !strcmp(info->pf, key->name);
			break;
		case VDPAM_DOC_MDEV:
			is_it = info->uuid && !strcmp(info->uuid, key->name);
			break;
		}
		if (is_it)
			return function;
	}
	return NULL;
}

const struct vdpam_function *vdpam_function_key_find(
	const struct vdpam_snapshot *snapshot, const char *text)
{
	struct vdpam_function_key key;

	return vdpam_function_key_parse(text, &key)
		       ? vdpam_function_key_find_parsed(snapshot, &key)
		       : NULL;
}
