// SPDX-License-Identifier: GPL-2.0-or-later
/* The words between front and worker. Pure: JSON in, values out. */
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

/* ---- Requests ------------------------------------------------------------------------------ */

static struct json_object *new_request(const char *name)
{
	struct json_object *request = json_object_new_object();

	if (request)
		json_object_object_add(request, "request", json_object_new_string(name));
	return request;
}

static void add_name(struct json_object *array, const char *name)
{
	char *shown = vdpam_name_escape(name);

	json_object_array_add(array, shown ? json_object_new_string(shown) : NULL);
	free(shown);
}

struct json_object *wire_hello(void)
{
	struct json_object *request = new_request("hello");

	json_object_object_add(request, "version", json_object_new_int(PROTOCOL_VERSION));
	return request;
}

struct json_object *wire_snapshot(enum vdpam_look look)
{
	static const char *const looks[] = {
		[VDPAM_LOOK_BRIEF] = "brief",
		[VDPAM_LOOK_WHOLE] = "whole",
		[VDPAM_LOOK_FUNCTIONS] = "functions",
	};
	struct json_object *request = new_request("snapshot");

	json_object_object_add(request, "look", json_object_new_string(looks[look]));
	return request;
}

struct json_object *wire_steps(uint64_t timeout_usec)
{
	struct json_object *request = new_request("steps");

	json_object_object_add(request, "timeout_usec",
			       json_object_new_uint64(timeout_usec));
	json_object_object_add(request, "steps", json_object_new_array());
	return request;
}

/* What it is told and on what; what it changes from what is for people. */
void wire_add_step(struct json_object *request, const struct vdpam_step *step)
{
	static const char *const for_people[] = { "why", "before", "after",
						  "collateral" };
	struct json_object *json = vdpam_step_to_json(step);

	for (size_t i = 0; i < sizeof(for_people) / sizeof(*for_people); i++)
		json_object_object_del(json, for_people[i]);
	json_object_array_add(json_object_object_get(request, "steps"), json);
}

struct json_object *wire_await(uint64_t timeout_usec)
{
	struct json_object *request = new_request("await");

	json_object_object_add(request, "timeout_usec",
			       json_object_new_uint64(timeout_usec));
	return request;
}

struct json_object *wire_watch(void)
{
	return new_request("watch");
}

struct json_object *wire_holders(const char *const *names, size_t count)
{
	struct json_object *request = new_request("holders");
	struct json_object *devices = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		add_name(devices, names[i]);
	json_object_object_add(request, "devices", devices);
	return request;
}

struct json_object *wire_stats(const char *name, uint32_t queue)
{
	struct json_object *request = new_request("stats");
	char *shown = vdpam_name_escape(name);

	json_object_object_add(request, "name",
			       shown ? json_object_new_string(shown) : NULL);
	json_object_object_add(request, "queue", json_object_new_uint64(queue));
	free(shown);
	return request;
}

/* ---- Answers ------------------------------------------------------------------------------- */

static struct json_object *get(struct json_object *object, const char *key,
			       json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

static const char *get_text(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

int wire_parse_hello(struct json_object *message, pid_t *ret_pid)
{
	struct json_object *hello = get(message, "hello", json_type_object);
	struct json_object *version = get(hello, "version", json_type_int);
	struct json_object *pid = get(hello, "pid", json_type_int);

	if (!version || json_object_get_int64(version) != PROTOCOL_VERSION)
		return -EBADMSG;
	*ret_pid = pid ? json_object_get_int(pid) : 0;
	return 0;
}

struct vdpam_error *wire_parse_error(struct json_object *message)
{
	struct json_object *inner = get(message, "error", json_type_object);

	return inner ? vdpam_error_new_from_json(inner) : NULL;
}

const char *wire_get_message(struct json_object *message)
{
	const char *text = get_text(get(message, "error", json_type_object), "message");

	return text ? text : "the answer of its worker makes no sense";
}

int wire_parse_result(struct json_object *message, struct wire_result *ret_result)
{
	struct json_object *result = get(message, "result", json_type_object);
	struct json_object *index = get(result, "index", json_type_int);
	struct json_object *identity = get(result, "identity", json_type_int);
	const char *status = get_text(result, "status");

	if (!index || !status || json_object_get_int64(index) < 0)
		return -EBADMSG;
	*ret_result = (struct wire_result){
		.index = json_object_get_uint64(index),
		.identity = identity ? json_object_get_uint64(identity) : 0,
		.is_waiting = !strcmp(status, "waiting"),
		.status = VDPAM_STEP_FAILED,
	};
	if (!strcmp(status, "done"))
		ret_result->status = VDPAM_STEP_DONE;
	else if (strcmp(status, "failed") != 0 && strcmp(status, "skipped") != 0 &&
		 !ret_result->is_waiting)
		return -EBADMSG;
	if (ret_result->is_waiting || ret_result->status == VDPAM_STEP_FAILED)
		ret_result->error = wire_parse_error(result);
	return 0;
}

struct vdpam_holders *wire_find_holders(struct json_object *message, const char *name)
{
	struct json_object *devices = get(message, "devices", json_type_array);
	char *shown = vdpam_name_escape(name);
	struct vdpam_holders *holders = NULL;

	for (size_t i = 0;
	     devices && shown && !holders && i < json_object_array_length(devices); i++) {
		struct json_object *device = json_object_array_get_idx(devices, i);
		const char *own = get_text(device, "name");

		if (own && !strcmp(own, shown))
			holders = vdpam_holders_new_from_json(
				get(device, "holders", json_type_array));
	}
	free(shown);
	return holders;
}

int wire_parse_snapshot(struct json_object *message, struct vdpam_snapshot **ret_snapshot)
{
	struct json_object *snapshot = get(message, "snapshot", json_type_object);

	return snapshot ? vdpam_snapshot_new_from_json(snapshot, ret_snapshot) : -EBADMSG;
}

int wire_parse_hint(struct json_object *message, struct wire_hint *ret_hint)
{
	struct json_object *hint = get(message, "hint", json_type_object);
	const char *everything = get_text(message, "hint"), *name;

	*ret_hint = (struct wire_hint){};
	if (everything) {
		ret_hint->is_everything = true;
		return strcmp(everything, "everything") ? -EBADMSG : 0;
	}
	ret_hint->subsystem = get_text(hint, "subsystem");
	ret_hint->action = get_text(hint, "action");
	name = get_text(hint, "name");
	if (!ret_hint->subsystem)
		return -EBADMSG;
	return name ? vdpam_name_unescape(name, &ret_hint->name) : 0;
}
