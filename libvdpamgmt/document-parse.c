// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The objects and lists of a document: from JSON into structs, by the tables. Every fault is said;
 * what is right beside one is read all the same.
 */
#include "document-parse.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

static vdpam_doc_reader read_object_value, read_selector, read_list;

static vdpam_doc_reader *const readers[] = {
	[VDPAM_DOC_INTEGER] = vdpam_doc_read_integer,
	[VDPAM_DOC_INTEGER_OR_N] = vdpam_doc_read_integer_or_n,
	[VDPAM_DOC_BOOLEAN] = vdpam_doc_read_boolean,
	[VDPAM_DOC_WORD] = vdpam_doc_read_word,
	[VDPAM_DOC_TEXT] = vdpam_doc_read_text,
	[VDPAM_DOC_NAME] = vdpam_doc_read_name,
	[VDPAM_DOC_HANDLE] = vdpam_doc_read_handle,
	[VDPAM_DOC_PF] = vdpam_doc_read_pf,
	[VDPAM_DOC_UUID] = vdpam_doc_read_uuid,
	[VDPAM_DOC_BUS_DRIVER] = vdpam_doc_read_bus_driver,
	[VDPAM_DOC_MODE] = vdpam_doc_read_mode,
	[VDPAM_DOC_MAC] = vdpam_doc_read_mac,
	[VDPAM_DOC_FEATURES] = vdpam_doc_read_features,
	[VDPAM_DOC_OBJECT] = read_object_value,
	[VDPAM_DOC_SELECTOR] = read_selector,
	[VDPAM_DOC_LIST] = read_list,
	[VDPAM_DOC_TEXTS] = vdpam_doc_read_texts,
};

/* ---- Objects ------------------------------------------------------------------------------- */

static const struct vdpam_doc_field *find_field(const struct vdpam_doc_table *table,
						unsigned int where, const char *key)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->fields[i].where & where && !strcmp(table->fields[i].key, key))
			return &table->fields[i];
	}
	return NULL;
}

static void say_unknown(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			const struct vdpam_doc_table *table, unsigned int where)
{
	char known[200] = "";
	size_t used = 0;

	for (size_t i = 0; i < table->count && used < sizeof(known); i++) {
		if (table->fields[i].where & where)
			used += (size_t)snprintf(known + used, sizeof(known) - used,
						 "%s%s", used ? " " : "",
						 table->fields[i].key);
	}
	VDPAM_DOC_FAULT(maker, path, "there is no such key here; there are %s", known);
}

static void read_member(struct vdpam_doc_maker *maker,
			const struct vdpam_doc_value *value,
			const struct vdpam_doc_table *table, struct vdpam_doc_keys *keys)
{
	uint32_t bit = 1U << (value->field - table->fields);
	enum vdpam_doc_verdict verdict = readers[value->field->kind](maker, value);

	keys->present |= bit;
	if (verdict != VDPAM_DOC_WRONG)
		keys->given |= bit;
	if (verdict == VDPAM_DOC_TEMPLATED)
		keys->templated |= bit;
}

static void check_required(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			   const struct vdpam_doc_table *table, unsigned int where,
			   const struct vdpam_doc_keys *keys)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->fields[i].required & where && !(keys->present >> i & 1))
			VDPAM_DOC_FAULT(maker, path, "%s is missing",
					table->fields[i].key);
	}
}

/* `object` begins with its struct vdpam_doc_keys. */
static void read_object(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			struct json_object *json, const struct vdpam_doc_table *table,
			unsigned int where, void *object)
{
	struct vdpam_doc_keys *keys = object;
	struct json_object_iterator next = json_object_iter_begin(json);
	struct json_object_iterator end = json_object_iter_end(json);

	keys->file = maker->file;
	for (; !json_object_iter_equal(&next, &end); json_object_iter_next(&next)) {
		const char *key = json_object_iter_peek_name(&next);
		struct vdpam_doc_value value = {
			.path = VDPAM_PATH_KEY(path, key),
			.json = json_object_iter_peek_value(&next),
			.field = find_field(table, where, key),
			.where = where,
		};

		if (!value.field) {
			say_unknown(maker, value.path, table, where);
			continue;
		}
		value.member = vdpam_doc_member(object, value.field);
		read_member(maker, &value, table, keys);
	}
	check_required(maker, path, table, where, keys);
}

static enum vdpam_doc_verdict read_object_value(struct vdpam_doc_maker *maker,
						const struct vdpam_doc_value *value)
{
	/* The defaults are a device without those keys that tell devices apart. */
	unsigned int where =
		value->where == VDPAM_IN_ROOT ? VDPAM_IN_DEFAULTS : value->where;
	struct vdpam_doc_keys *keys = value->member;

	if (!json_object_is_type(value->json, json_type_object))
		return vdpam_doc_wrong(maker, value, "an object");
	read_object(maker, value->path, value->json, value->field->table, where,
		    value->member);
	return keys->present == keys->given ? VDPAM_DOC_RIGHT : VDPAM_DOC_WRONG;
}

static void check_selector(struct vdpam_doc_maker *maker,
			   const struct vdpam_doc_value *value,
			   const struct vdpam_doc_selector *selector)
{
	const uint32_t pf = 1 << VDPAM_DOC_SELECTOR_PF, vf = 1 << VDPAM_DOC_SELECTOR_VF,
		       sfnum = 1 << VDPAM_DOC_SELECTOR_SFNUM,
		       mdev = 1 << VDPAM_DOC_SELECTOR_MDEV;
	uint32_t present = selector->keys.present;

	if (value->where == VDPAM_IN_PROFILE_DEVICE) {
		if (present != vf && present != sfnum)
			VDPAM_DOC_FAULT(maker, value->path,
					"this has to be {vf} or {sfnum}");
	} else if (present != (pf | vf) && present != (pf | sfnum) && present != mdev) {
		VDPAM_DOC_FAULT(maker, value->path,
				"this has to be {pf, vf}, {pf, sfnum} or {mdev}");
	}
}

static enum vdpam_doc_verdict read_selector(struct vdpam_doc_maker *maker,
					    const struct vdpam_doc_value *value)
{
	struct vdpam_doc_selector *selector = value->member;
	struct vdpam_doc_value handle = *value;

	if (json_object_is_type(value->json, json_type_object)) {
		read_object(maker, value->path, value->json, value->field->table,
			    value->where, selector);
		check_selector(maker, value, selector);
		if (selector->keys.present != selector->keys.given)
			return VDPAM_DOC_WRONG;
		return selector->keys.templated ? VDPAM_DOC_TEMPLATED : VDPAM_DOC_RIGHT;
	}
	if (value->where == VDPAM_IN_PROFILE_DEVICE)
		return vdpam_doc_wrong(maker, value, "an object of vf or sfnum");
	handle.member = &selector->handle;
	return vdpam_doc_read_handle(maker, &handle);
}

/* ---- Lists --------------------------------------------------------------------------------- */

/* Where a function stands, by its type; 0 and a fault when it has none. */
static unsigned int function_place(struct vdpam_doc_maker *maker,
				   const struct vdpam_doc_value *value)
{
	static const unsigned int places[] = { VDPAM_IN_VF, VDPAM_IN_SF, VDPAM_IN_MDEV },
				  profile_places[] = { VDPAM_IN_PROFILE_VF,
						       VDPAM_IN_PROFILE_SF, 0 };
	bool is_in_profile = value->where == VDPAM_IN_PROFILE;
	struct json_object *type = NULL;

	json_object_object_get_ex(value->json, "type", &type);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		unsigned int place = is_in_profile ? profile_places[i] : places[i];

		if (place && json_object_is_type(type, json_type_string) &&
		    !strcmp(json_object_get_string(type), vdpam_doc_function_types[i]))
			return place;
	}
	if (!json_object_object_get_ex(value->json, "type", NULL)) {
		VDPAM_DOC_FAULT(maker, value->path, "type is missing");
	} else {
		const struct vdpam_doc_value wrong = {
			.path = VDPAM_PATH_KEY(value->path, "type"),
			.json = type,
		};

		vdpam_doc_wrong(maker, &wrong,
				is_in_profile ? "vf or sf" : "vf, sf or mdev");
	}
	return 0;
}

/* Where the items of a list stand. */
static unsigned int item_place(struct vdpam_doc_maker *maker,
			       const struct vdpam_doc_value *item)
{
	const struct vdpam_doc_table *table = item->field->table;

	if (table == &vdpam_doc_function_table)
		return function_place(maker, item);
	if (table == &vdpam_doc_device_table)
		return item->where == VDPAM_IN_PROFILE ? VDPAM_IN_PROFILE_DEVICE
						       : VDPAM_IN_DEVICE;
	if (table == &vdpam_doc_profile_table)
		return VDPAM_IN_PROFILE;
	return item->where;
}

static void read_item(struct vdpam_doc_maker *maker, const struct vdpam_doc_value *item,
		      size_t index)
{
	struct vdpam_doc_keys *keys = item->member;
	unsigned int where;

	keys->file = maker->file;
	keys->index = (uint32_t)index;
	if (!json_object_is_type(item->json, json_type_object)) {
		vdpam_doc_wrong(maker, item, "an object");
		return;
	}
	where = item_place(maker, item);
	if (where)
		read_object(maker, item->path, item->json, item->field->table, where,
			    item->member);
}

/* A list is right although an item is wrong: the others are looked at all the same. */
static enum vdpam_doc_verdict read_list(struct vdpam_doc_maker *maker,
					const struct vdpam_doc_value *value)
{
	const struct vdpam_doc_table *table = value->field->table;
	struct vdpam_doc_list *list = value->member;
	size_t count;

	if (!vdpam_doc_read_size(maker, value, &count))
		return VDPAM_DOC_WRONG;
	list->items = calloc(count ? count : 1, table->size);
	if (!list->items) {
		maker->no_memory = true;
		return VDPAM_DOC_WRONG;
	}
	for (; list->count < count; list->count++) {
		struct vdpam_doc_value item = *value;

		item.path = VDPAM_PATH_INDEX(value->path, list->count);
		item.json = json_object_array_get_idx(value->json, list->count);
		item.member = (char *)list->items + list->count * table->size;
		read_item(maker, &item, list->count);
	}
	return VDPAM_DOC_RIGHT;
}

/* ---- The whole ----------------------------------------------------------------------------- */

void vdpam_doc_read_root(struct vdpam_doc_maker *maker, struct json_object *json,
			 struct vdpam_doc_root *root)
{
	const struct vdpam_doc_value value = { .json = json };

	if (json_object_is_type(json, json_type_object))
		read_object(maker, NULL, json, &vdpam_doc_root_table, VDPAM_IN_ROOT,
			    root);
	else
		vdpam_doc_wrong(maker, &value, "an object");
}

void vdpam_doc_clear(const struct vdpam_doc_table *table, void *object)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct vdpam_doc_field *field = &table->fields[i];
		struct vdpam_doc_list *list = vdpam_doc_member(object, field);

		if (field->kind == VDPAM_DOC_OBJECT)
			vdpam_doc_clear(field->table, list);
		if (field->kind != VDPAM_DOC_LIST && field->kind != VDPAM_DOC_TEXTS)
			continue;
		for (size_t k = 0; field->kind == VDPAM_DOC_LIST && k < list->count; k++)
			vdpam_doc_clear(field->table,
					(char *)list->items + k * field->table->size);
		free(list->items);
		*list = (struct vdpam_doc_list){};
	}
}
