// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon answers is JSON: put into the words of the hook. Asks nobody. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "hook.h"

/* ---- Reading JSON ---- */

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *get_text(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	return json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : NULL;
}

static bool get_true(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	return json_object_is_type(value, json_type_boolean) &&
	       json_object_get_boolean(value);
}

/* Replaces a text by that of the key, or by NULL. */
static int take_text(char **text, struct json_object *object, const char *key)
{
	const char *value = get_text(object, key);

	free(*text);
	*text = value ? strdup(value) : NULL;
	return value && !*text ? -ENOMEM : 0;
}

/* Calls `take` with each row of "devices". */
static int each_row(const char *json,
		    int (*take)(struct json_object *row, struct hook_device *devices,
				size_t count),
		    struct hook_device *devices, size_t count)
{
	struct json_object *object = json_tokener_parse(json);
	struct json_object *rows = get(object, "devices");
	int r = json_object_is_type(rows, json_type_array) ? 0 : -EBADMSG;

	for (size_t i = 0; !r && i < json_object_array_length(rows); i++)
		r = take(json_object_array_get_idx(rows, i), devices, count);
	json_object_put(object);
	return r;
}

/* ---- Devices ---- */

static bool is_text(const char *text, const char *other)
{
	return text && other && !strcmp(text, other);
}

/* A path with a number is about whatever has that number now. */
static bool is_row_of(const struct hook_device *device, struct json_object *row)
{
	return device->chardev ? is_text(device->chardev, get_text(row, "chardev"))
			       : is_text(device->name, get_text(row, "name"));
}

static int take_device(struct json_object *row, struct hook_device *devices, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && !r; i++) {
		struct hook_device *device = &devices[i];

		if (!is_row_of(device, row))
			continue;
		device->is_known = true;
		device->is_managed = get_true(row, "managed");
		r = take_text(&device->name, row, "name");
		r = r ? r : take_text(&device->driver, row, "driver");
		r = r ? r : take_text(&device->state, row, "state");
		if (!r && !device->name)
			r = -EBADMSG;
	}
	return r;
}

int hook_take_devices(const char *json, struct hook_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++)
		devices[i].is_known = false;
	return each_row(json, take_device, devices, count);
}

/* ---- Holders ---- */

static int take_first(struct hook_device *device, struct json_object *holder)
{
	const char *comm = get_text(holder, "comm");

	free(device->holder);
	device->holder = NULL;
	if (asprintf(&device->holder, "pid %lld (%s)",
		     (long long)json_object_get_int64(get(holder, "pid")),
		     comm ? comm : "?") < 0) {
		device->holder = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Where it cannot be told, the kernel still lets only one have the char device open. */
static int take_holders_of(struct json_object *row, struct hook_device *devices,
			   size_t count)
{
	struct json_object *holders = get(row, "holders");
	size_t n_holders = json_object_is_type(holders, json_type_array)
				   ? json_object_array_length(holders)
				   : 0;
	int r = 0;

	for (size_t i = 0; i < count && !r; i++) {
		if (!is_text(devices[i].name, get_text(row, "name")))
			continue;
		devices[i].in_use = get_true(row, "in_use") || n_holders > 0;
		devices[i].n_holders = n_holders;
		if (n_holders > 0)
			r = take_first(&devices[i],
				       json_object_array_get_idx(holders, 0));
	}
	return r;
}

int hook_take_holders(const char *json, struct hook_device *devices, size_t count)
{
	return each_row(json, take_holders_of, devices, count);
}
