// SPDX-License-Identifier: LGPL-2.1-or-later
/* The numbers, words, addresses and features of a document, and how a wrong value is called. */
#include <errno.h>
#include <json-c/json.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <string.h>

#include "document-parse.h"
#include "private.h"

/* A value as a message shows it, to be freed; NULL without memory. */
static char *describe(struct json_object *json)
{
	const char *text;

	switch (json_object_get_type(json)) {
	case json_type_object:
		return strdup("an object");
	case json_type_array:
		return strdup("a list");
	case json_type_string:
		return vdpam_quote(json_object_get_string(json),
				   (size_t)json_object_get_string_len(json));
	case json_type_null:
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
		break;
	}
	text = json_object_to_json_string(json);
	return text ? strdup(text) : NULL;
}

enum vdpam_doc_verdict vdpam_doc_wrong(struct vdpam_doc_maker *maker,
				       const struct vdpam_doc_value *value,
				       const char *what)
{
	VDPAM_AUTO_FREE char *shown = describe(value->json);

	VDPAM_DOC_FAULT(maker, value->path, "%s is not %s", shown ? shown : "this", what);
	return VDPAM_DOC_WRONG;
}

bool vdpam_doc_read_size(struct vdpam_doc_maker *maker,
			 const struct vdpam_doc_value *value, size_t *ret_count)
{
	if (!json_object_is_type(value->json, json_type_array)) {
		vdpam_doc_wrong(maker, value, "a list");
		return false;
	}
	*ret_count = json_object_array_length(value->json);
	if (*ret_count <= value->field->max)
		return true;
	VDPAM_DOC_FAULT(maker, value->path, "%zu items are more than %u", *ret_count,
			value->field->max);
	return false;
}

/* ---- Numbers and words --------------------------------------------------------------------- */

enum vdpam_doc_verdict vdpam_doc_read_integer(struct vdpam_doc_maker *maker,
					      const struct vdpam_doc_value *value)
{
	const struct vdpam_doc_field *field = value->field;
	int64_t number = json_object_get_int64(value->json);
	char range[sizeof("in 4294967295..4294967295")];

	if (!json_object_is_type(value->json, json_type_int))
		return vdpam_doc_wrong(maker, value, "an integer");
	/* What is larger than an int64_t comes as the largest. */
	if (number < field->min || number > field->max) {
		if (field->min == field->max)
			snprintf(range, sizeof(range), "%u", field->min);
		else
			snprintf(range, sizeof(range), "in %u..%u", field->min,
				 field->max);
		return vdpam_doc_wrong(maker, value, range);
	}
	*(uint32_t *)value->member = (uint32_t)number;
	return VDPAM_DOC_RIGHT;
}

enum vdpam_doc_verdict vdpam_doc_read_integer_or_n(struct vdpam_doc_maker *maker,
						   const struct vdpam_doc_value *value)
{
	struct vdpam_doc_number *number = value->member;
	struct vdpam_doc_value plain = *value;

	if (json_object_is_type(value->json, json_type_string)) {
		if (strcmp(json_object_get_string(value->json), "{n}"))
			return vdpam_doc_wrong(maker, value, "an integer, or \"{n}\"");
		number->step = 1;
		return VDPAM_DOC_TEMPLATED;
	}
	plain.member = &number->value;
	return vdpam_doc_read_integer(maker, &plain);
}

enum vdpam_doc_verdict vdpam_doc_read_boolean(struct vdpam_doc_maker *maker,
					      const struct vdpam_doc_value *value)
{
	if (!json_object_is_type(value->json, json_type_boolean))
		return vdpam_doc_wrong(maker, value, "true or false");
	*(bool *)value->member = json_object_get_boolean(value->json);
	return VDPAM_DOC_RIGHT;
}

/* "auto, enable or disable" */
static void list_words(const char *const *words, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; words[i] && used < size; i++) {
		const char *before = !i ? "" : words[i + 1] ? ", " : " or ";

		used += (size_t)snprintf(text + used, size - used, "%s%s", before,
					 words[i]);
	}
}

enum vdpam_doc_verdict vdpam_doc_read_word(struct vdpam_doc_maker *maker,
					   const struct vdpam_doc_value *value)
{
	const char *const *words = value->field->words;
	char known[64];

	for (uint32_t i = 0; words[i]; i++) {
		if (json_object_is_type(value->json, json_type_string) &&
		    !strcmp(json_object_get_string(value->json), words[i])) {
			*(uint32_t *)value->member = i;
			return VDPAM_DOC_RIGHT;
		}
	}
	list_words(words, known, sizeof(known));
	return vdpam_doc_wrong(maker, value, known);
}

/* ---- MAC addresses ------------------------------------------------------------------------- */

/*
 * An address in which {n} can stand for any of the bytes but the first, whose bits say what kind of
 * address it is: what it is for n = 0, and what each further n adds.
 */
static bool parse_mac(const char *text, bool may_be_templated, struct vdpam_doc_mac *mac)
{
	char plain[VDPAM_MAC_TEXT] = "", steps[VDPAM_MAC_TEXT] = "";
	size_t used = 0;

	while (*text && used + 2 < sizeof(plain)) {
		bool is_n = used && may_be_templated && !strncmp(text, "{n}", 3);
		const char *digits = is_n ? "00" : text;

		if (!text[1])
			return false;
		plain[used] = digits[0];
		plain[used + 1] = digits[1];
		steps[used] = '0';
		steps[used + 1] = (char)('0' + is_n);
		text += is_n ? 3 : 2;
		used += 2;
		if (*text == ':' && used + 2 < sizeof(plain))
			plain[used] = steps[used] = *text++;
		used++;
	}
	return !*text && !vdpam_mac_parse(plain, &mac->value) &&
	       !vdpam_mac_parse(steps, &mac->step);
}

enum vdpam_doc_verdict vdpam_doc_read_mac(struct vdpam_doc_maker *maker,
					  const struct vdpam_doc_value *value)
{
	bool may_be_templated =
		value->where & (VDPAM_IN_DEVICE | VDPAM_IN_PROFILE_DEVICE);
	struct vdpam_doc_mac *mac = value->member;

	if (!json_object_is_type(value->json, json_type_string) ||
	    !parse_mac(json_object_get_string(value->json), may_be_templated, mac))
		return vdpam_doc_wrong(maker, value,
				       "a MAC address such as 02:00:00:00:00:01");
	return mac->step ? VDPAM_DOC_TEMPLATED : VDPAM_DOC_RIGHT;
}

/* ---- Features ------------------------------------------------------------------------------ */

static bool add_bit(uint32_t virtio_id, const char *name, uint64_t *mask)
{
	unsigned int bit;

	if (vdpam_feature_parse(virtio_id, name, &bit) < 0)
		return false;
	*mask |= UINT64_C(1) << bit;
	return true;
}

/* One name more. */
static bool add_feature(struct vdpam_doc_maker *maker,
			const struct vdpam_doc_value *value,
			struct vdpam_doc_features *features)
{
	bool is_text = json_object_is_type(value->json, json_type_string);
	const char *name = is_text ? json_object_get_string(value->json) : "";
	bool is_net = add_bit(VIRTIO_ID_NET, name, &features->net);
	bool is_block = add_bit(VIRTIO_ID_BLOCK, name, &features->block);

	features->is_net &= is_net;
	features->is_block &= is_block;
	if (!is_net && !is_block)
		vdpam_doc_wrong(maker, value, "a feature such as MTU, FLUSH or bit-40");
	return is_net || is_block;
}

static bool is_there_before(struct json_object *list, size_t index)
{
	struct json_object *item = json_object_array_get_idx(list, index);

	for (size_t i = 0; i < index; i++) {
		if (json_object_equal(item, json_object_array_get_idx(list, i)))
			return true;
	}
	return false;
}

enum vdpam_doc_verdict vdpam_doc_read_features(struct vdpam_doc_maker *maker,
					       const struct vdpam_doc_value *value)
{
	struct vdpam_doc_features *features = value->member;
	bool is_right = true;
	size_t count;

	if (!vdpam_doc_read_size(maker, value, &count))
		return VDPAM_DOC_WRONG;
	*features = (struct vdpam_doc_features){ .is_net = true, .is_block = true };
	for (size_t i = 0; i < count; i++) {
		const struct vdpam_doc_value item = {
			.path = VDPAM_PATH_INDEX(value->path, i),
			.json = json_object_array_get_idx(value->json, i),
		};

		is_right &= add_feature(maker, &item, features);
		if (is_there_before(value->json, i)) {
			VDPAM_DOC_FAULT(maker, item.path, "this is there twice");
			is_right = false;
		}
	}
	if (is_right && !features->is_net && !features->is_block) {
		VDPAM_DOC_FAULT(
			maker, value->path,
			"features of net and of block devices do not go together");
		is_right = false;
	}
	return is_right ? VDPAM_DOC_RIGHT : VDPAM_DOC_WRONG;
}

int vdpam_doc_features_of(const struct vdpam_doc_features *features, uint32_t virtio_id,
			  uint64_t *ret_features)
{
	bool is_known =
		virtio_id == VIRTIO_ID_BLOCK ? features->is_block : features->is_net;

	/* What both call the same is a feature of any class; MQ alone is two. */
	if (virtio_id != VIRTIO_ID_NET && virtio_id != VIRTIO_ID_BLOCK)
		is_known &= features->is_block && features->net == features->block;
	if (!is_known)
		return -EINVAL;
	*ret_features = virtio_id == VIRTIO_ID_BLOCK ? features->block : features->net;
	return 0;
}
