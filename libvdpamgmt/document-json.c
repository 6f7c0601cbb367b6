// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A document as JSON: what vdpam_document_new() reads gives the same document again. By the tables
 * that it is read by.
 */
#include <json-c/json.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <string.h>

#include "document-fields.h"
#include "private.h"

static struct json_object *print_object(const struct vdpam_doc_table *table,
					const void *object);

static struct json_object *print_integer(const uint32_t *number)
{
	return json_object_new_int64(*number);
}

static struct json_object *print_number(const struct vdpam_doc_number *number)
{
	return number->step ? json_object_new_string("{n}")
			    : json_object_new_int64(number->value);
}

static struct json_object *print_text(const char *const *text)
{
	return json_object_new_string(*text);
}

static struct json_object *print_mode(const uint32_t *mode)
{
	char text[16];

	snprintf(text, sizeof(text), "%04o", *mode);
	return json_object_new_string(text);
}

static struct json_object *print_mac(const struct vdpam_doc_mac *mac)
{
	char text[6 * sizeof("{n}:")], *end = text;

	for (int shift = 40; shift >= 0; shift -= 8) {
		if (mac->step >> shift & 1)
			end += sprintf(end, "{n}:");
		else
			end += sprintf(
				end, "%02x:", (unsigned int)(mac->value >> shift & 0xff));
	}
	return json_object_new_string_len(text, (int)(end - text) - 1);
}

/*
 * By names that give the same bits again for each class: what is the same bit of both is not
 * called what one of them alone calls it.
 */
static struct json_object *print_features(const struct vdpam_doc_features *features)
{
	struct json_object *array = json_object_new_array();
	uint32_t virtio_id = features->is_net ? VIRTIO_ID_NET : VIRTIO_ID_BLOCK;
	uint64_t mask = features->is_net ? features->net : features->block;
	uint64_t common = features->is_net && features->is_block
				  ? features->net & features->block
				  : 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name =
			vdpam_feature_name(common >> bit & 1 ? 0 : virtio_id, bit);
		char number[sizeof("bit-63")];

		if (!(mask >> bit & 1))
			continue;
		snprintf(number, sizeof(number), "bit-%u", bit);
		json_object_array_add(array,
				      json_object_new_string(name ? name : number));
	}
	return array;
}

static struct json_object *print_selector(const struct vdpam_doc_selector *selector)
{
	return selector->handle ? json_object_new_string(selector->handle)
				: print_object(&vdpam_doc_selector_table, selector);
}

static struct json_object *print_list(const struct vdpam_doc_table *table,
				      const void *items, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(
			array,
			print_object(table, (const char *)items + i * table->size));
	return array;
}

static struct json_object *print_texts(const struct vdpam_doc_list *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->texts[i]));
	return array;
}

static struct json_object *print_member(const struct vdpam_doc_field *field,
					const void *member)
{
	const struct vdpam_doc_list *list = member;

	switch (field->kind) {
	case VDPAM_DOC_INTEGER:
		return print_integer(member);
	case VDPAM_DOC_INTEGER_OR_N:
		return print_number(member);
	case VDPAM_DOC_BOOLEAN:
		return json_object_new_boolean(*(const bool *)member);
	case VDPAM_DOC_WORD:
		return json_object_new_string(field->words[*(const uint32_t *)member]);
	case VDPAM_DOC_TEXT:
	case VDPAM_DOC_NAME:
	case VDPAM_DOC_HANDLE:
	case VDPAM_DOC_PF:
	case VDPAM_DOC_UUID:
	case VDPAM_DOC_BUS_DRIVER:
		return print_text(member);
	case VDPAM_DOC_MODE:
		return print_mode(member);
	case VDPAM_DOC_MAC:
		return print_mac(member);
	case VDPAM_DOC_FEATURES:
		return print_features(member);
	case VDPAM_DOC_OBJECT:
		return print_object(field->table, member);
	case VDPAM_DOC_SELECTOR:
		return print_selector(member);
	case VDPAM_DOC_LIST:
		return print_list(field->table, list->items, list->count);
	case VDPAM_DOC_TEXTS:
		return print_texts(list);
	}
	return NULL;
}

static struct json_object *print_object(const struct vdpam_doc_table *table,
					const void *object)
{
	const struct vdpam_doc_keys *keys = object;
	struct json_object *json = json_object_new_object();

	for (size_t i = 0; i < table->count; i++) {
		const struct vdpam_doc_field *field = &table->fields[i];

		if (vdpam_doc_has(keys, (unsigned int)i))
			json_object_object_add(
				json, field->key,
				print_member(field, vdpam_doc_member(object, field)));
	}
	return json;
}

struct json_object *vdpam_document_to_json(const struct vdpam_document *document)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "version", json_object_new_int(1));
	if (document->n_functions)
		json_object_object_add(json, "functions",
				       print_list(&vdpam_doc_function_table,
						  document->functions,
						  document->n_functions));
	json_object_object_add(json, "devices",
			       print_list(&vdpam_doc_device_table, document->devices,
					  document->n_devices));
	if (document->n_profiles)
		json_object_object_add(json, "profiles",
				       print_list(&vdpam_doc_profile_table,
						  document->profiles,
						  document->n_profiles));
	return json;
}
