// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values out of JSON that is not trusted: types, ranges, names. Knows no object of ours. */
#include "json-read.h"

#include <errno.h>
#include <string.h>

#include "private.h"

bool vdpam_read_fail(struct vdpam_reader *reader, int r, const char *key)
{
	if (!reader->r) {
		reader->r = r;
		reader->key = key;
	}
	return false;
}

static struct json_object *check(struct vdpam_reader *reader, struct json_object *value,
				 const char *key, enum json_type type)
{
	if (!value || json_object_is_type(value, type))
		return value;
	vdpam_read_fail(reader, -EINVAL, key);
	return NULL;
}

struct json_object *vdpam_read_get(struct vdpam_reader *reader,
				   struct json_object *object, const char *key,
				   enum json_type type)
{
	struct json_object *value = NULL;

	if (object)
		json_object_object_get_ex(object, key, &value);
	return check(reader, value, key, type);
}

struct json_object *vdpam_read_at(struct vdpam_reader *reader, struct json_object *list,
				  size_t index, const char *key, enum json_type type)
{
	struct json_object *value = json_object_array_get_idx(list, index);

	if (!value)
		vdpam_read_fail(reader, -EINVAL, key);
	return check(reader, value, key, type);
}

char *vdpam_read_name(struct vdpam_reader *reader, struct json_object *value,
		      const char *key)
{
	const char *text = value ? json_object_get_string(value) : NULL;
	char *name = NULL;
	int r;

	if (!text)
		return NULL;
	r = *text ? vdpam_name_unescape(text, &name) : -EINVAL;
	if (r < 0)
		vdpam_read_fail(reader, r, key);
	return name;
}

char *vdpam_read_text(struct vdpam_reader *reader, struct json_object *object,
		      const char *key)
{
	return vdpam_read_name(
		reader, vdpam_read_get(reader, object, key, json_type_string), key);
}

bool vdpam_read_number(struct vdpam_reader *reader, struct json_object *object,
		       const char *key, uint64_t max, uint64_t *ret_number)
{
	struct json_object *value = vdpam_read_get(reader, object, key, json_type_int);
	uint64_t number;

	*ret_number = 0;
	if (!value)
		return false;
	number = json_object_get_uint64(value);
	/* Only what is negative differs from its unsigned form and has a sign. */
	if (json_object_get_int64(value) < 0 || number > max)
		return vdpam_read_fail(reader, -EINVAL, key);
	*ret_number = number;
	return true;
}

bool vdpam_read_bool(struct vdpam_reader *reader, struct json_object *object,
		     const char *key)
{
	struct json_object *value =
		vdpam_read_get(reader, object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

bool vdpam_read_mac(struct vdpam_reader *reader, struct json_object *object,
		    const char *key, uint64_t *ret_mac)
{
	struct json_object *value = vdpam_read_get(reader, object, key, json_type_string);

	*ret_mac = 0;
	if (!value)
		return false;
	if (vdpam_mac_parse(json_object_get_string(value), ret_mac) < 0)
		return vdpam_read_fail(reader, -EINVAL, key);
	return true;
}

void vdpam_read_keys(struct vdpam_reader *reader, struct json_object *object,
		     const char *const *known)
{
	struct json_object_iter iter;

	json_object_object_foreachC(object, iter)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], iter.key) != 0)
			i++;
		if (!known[i])
			vdpam_read_fail(reader, -EINVAL, iter.key);
	}
}
