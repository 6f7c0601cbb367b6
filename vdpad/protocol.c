// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames, the reading of requests and the writing of answers. Pure: sends nothing, runs nothing. */
#include "protocol.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD sizeof(uint32_t)
#define KEPT_ROOM (256U << 10)
#define TIMEOUT_MAX_USEC (UINT64_C(24) * 3600 * 1000000)

/* ---- Buffers ------------------------------------------------------------------------------- */

void protocol_buffer_fini(struct protocol_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct protocol_buffer){ 0 };
}

int protocol_buffer_reserve(struct protocol_buffer *buffer, size_t size)
{
	size_t used = buffer->end - buffer->start, room = 4096;
	char *larger;

	if (buffer->room - buffer->end >= size)
		return 0;
	while (room < used + size)
		room *= 2;
	larger = malloc(room);
	if (!larger)
		return -ENOMEM;
	if (used)
		memcpy(larger, buffer->bytes + buffer->start, used);
	free(buffer->bytes);
	*buffer = (struct protocol_buffer){ .bytes = larger, .end = used, .room = room };
	return 0;
}

void protocol_buffer_drop(struct protocol_buffer *buffer, size_t size)
{
	buffer->start += size;
	if (buffer->start < buffer->end)
		return;
	if (buffer->room > KEPT_ROOM)
		protocol_buffer_fini(buffer);
	buffer->start = buffer->end = 0;
}

/* ---- Frames -------------------------------------------------------------------------------- */

static int write_text(struct protocol_buffer *buffer, const char *text, size_t size)
{
	uint32_t head = htole32((uint32_t)size);
	int r = protocol_buffer_reserve(buffer, HEAD + size);

	if (r < 0)
		return r;
	memcpy(buffer->bytes + buffer->end, &head, HEAD);
	memcpy(buffer->bytes + buffer->end + HEAD, text, size);
	buffer->end += HEAD + size;
	return 0;
}

int protocol_write(struct protocol_buffer *buffer, struct json_object *message,
		   size_t max)
{
	size_t size = 0;
	const char *text = message ? json_object_to_json_string_length(
					     message, JSON_C_TO_STRING_PLAIN, &size)
				   : NULL;
	int r = -ENOMEM;

	if (text)
		r = size > max ? -E2BIG : write_text(buffer, text, size);
	json_object_put(message);
	return r;
}

int protocol_read(struct protocol_buffer *buffer, size_t max,
		  struct json_object **ret_message)
{
	size_t used = buffer->end - buffer->start, size;
	struct json_object *message = NULL;
	uint32_t head;
	int r;

	if (used < HEAD)
		return 0;
	memcpy(&head, buffer->bytes + buffer->start, HEAD);
	size = le32toh(head);
	if (!size || size > max)
		return -EMSGSIZE;
	if (used - HEAD < size)
		return 0;
	r = vdpam_json_parse(buffer->bytes + buffer->start + HEAD, size, &message);
	if (r < 0)
		return r;
	if (!json_object_is_type(message, json_type_object)) {
		json_object_put(message);
		return -EINVAL;
	}
	protocol_buffer_drop(buffer, HEAD + size);
	*ret_message = message;
	return 1;
}

/* ---- Requests ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	const char *keys[2]; /* beside "request"; all have to be there */
} requests[PROTOCOL_TYPES] = {
	[PROTOCOL_HELLO] = { "hello", { "version" } },
	[PROTOCOL_SNAPSHOT] = { "snapshot", { "look" } },
	[PROTOCOL_STEPS] = { "steps", { "steps", "timeout_usec" } },
	[PROTOCOL_AWAIT] = { "await", { "timeout_usec" } },
	[PROTOCOL_WATCH] = { "watch", { NULL } },
	[PROTOCOL_HOLDERS] = { "holders", { "devices" } },
	[PROTOCOL_STATS] = { "stats", { "name", "queue" } },
};

static int refuse(struct vdpam_error **ret_error, const char *sentence)
{
	if (ret_error)
		*ret_error = vdpam_error_new(VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
					     NULL, sentence);
	return -EINVAL;
}

static const char *get_text(struct json_object *message, const char *key)
{
	struct json_object *value = json_object_object_get(message, key);

	return json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : NULL;
}

static bool get_number(struct json_object *message, const char *key, uint64_t max,
		       uint64_t *ret_number)
{
	struct json_object *value = json_object_object_get(message, key);

	if (!json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0 || json_object_get_uint64(value) > max)
		return false;
	*ret_number = json_object_get_uint64(value);
	return true;
}

/* Its type, if its keys are those of the type; -EINVAL. */
static int find_type(struct json_object *message)
{
	const char *name = get_text(message, "request");
	int count = 1;

	for (int type = 0; name && type < PROTOCOL_TYPES; type++) {
		if (strcmp(requests[type].name, name) != 0)
			continue;
		for (size_t i = 0; i < 2 && requests[type].keys[i]; i++, count++) {
			if (!json_object_object_get(message, requests[type].keys[i]))
				return -EINVAL;
		}
		return json_object_object_length(message) == count ? type : -EINVAL;
	}
	return -EINVAL;
}

static int read_look(struct json_object *message, enum vdpam_look *ret_look)
{
	static const char *const looks[] = {
		[VDPAM_LOOK_BRIEF] = "brief",
		[VDPAM_LOOK_WHOLE] = "whole",
		[VDPAM_LOOK_FUNCTIONS] = "functions",
	};
	const char *text = get_text(message, "look");

	for (size_t i = 0; text && i < sizeof(looks) / sizeof(*looks); i++) {
		if (!strcmp(looks[i], text)) {
			*ret_look = (enum vdpam_look)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* The kernel's bytes that can be one name below /sys. */
static char *read_name(struct json_object *value)
{
	char *name = NULL;

	if (!json_object_is_type(value, json_type_string) ||
	    vdpam_name_unescape(json_object_get_string(value), &name) < 0)
		return NULL;
	if (*name && strlen(name) <= 255 && !strchr(name, '/') &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		return name;
	free(name);
	return NULL;
}

static int read_names(struct json_object *list, struct protocol_request *request)
{
	size_t count = json_object_is_type(list, json_type_array)
			       ? json_object_array_length(list)
			       : SIZE_MAX;

	if (count > PROTOCOL_NAMES_MAX)
		return -EINVAL;
	request->names = calloc(count + 1, sizeof(*request->names));
	if (!request->names)
		return -ENOMEM;
	while (request->n_names < count) {
		char *name = read_name(json_object_array_get_idx(list, request->n_names));

		if (!name)
			return -EINVAL;
		request->names[request->n_names++] = name;
	}
	return 0;
}

static int read_values(struct json_object *message, struct protocol_request *request,
		       struct vdpam_error **ret_error)
{
	uint64_t number = 0;
	int r = 0;

	switch (request->type) {
	case PROTOCOL_HELLO:
		if (!get_number(message, "version", UINT32_MAX, &number) ||
		    number != PROTOCOL_VERSION)
			r = refuse(ret_error, "front and worker are of two versions; "
					      "restart the daemon");
		return r;
	case PROTOCOL_SNAPSHOT:
		r = read_look(message, &request->look);
		break;
	case PROTOCOL_STEPS:
		if (!get_number(message, "timeout_usec", TIMEOUT_MAX_USEC,
				&request->timeout_usec)) {
			r = -EINVAL;
			break;
		}
		return vdpam_plan_new_from_json(json_object_object_get(message, "steps"),
						&request->plan, ret_error);
	case PROTOCOL_AWAIT:
		if (get_number(message, "timeout_usec", TIMEOUT_MAX_USEC,
			       &request->timeout_usec))
			return 0;
		r = -EINVAL;
		break;
	case PROTOCOL_WATCH:
		return 0;
	case PROTOCOL_HOLDERS:
		r = read_names(json_object_object_get(message, "devices"), request);
		break;
	case PROTOCOL_STATS:
		request->name = read_name(json_object_object_get(message, "name"));
		if (!request->name || !get_number(message, "queue", UINT16_MAX, &number))
			r = -EINVAL;
		request->queue = (uint32_t)number;
		break;
	}
	return r == -EINVAL
		       ? refuse(ret_error, "a value of the request is of another type, "
					   "or out of range")
		       : r;
}

int protocol_request_parse(struct json_object *message,
			   struct protocol_request *ret_request,
			   struct vdpam_error **ret_error)
{
	struct protocol_request request = { 0 };
	int type = find_type(message);
	int r;

	if (type < 0)
		return refuse(ret_error,
			      "no request, or one whose keys are not those that it "
			      "has to have");
	request.type = (enum protocol_type)type;
	r = read_values(message, &request, ret_error);
	if (r < 0)
		protocol_request_fini(&request);
	else
		*ret_request = request;
	return r;
}

void protocol_request_fini(struct protocol_request *request)
{
	vdpam_plan_free(request->plan);
	for (size_t i = 0; i < request->n_names; i++)
		free(request->names[i]);
	free(request->names);
	free(request->name);
	*request = (struct protocol_request){ 0 };
}

/* ---- Answers ------------------------------------------------------------------------------- */

static struct json_object *wrap(const char *key, struct json_object *value)
{
	struct json_object *message = value ? json_object_new_object() : NULL;

	if (!message || json_object_object_add(message, key, value) < 0) {
		json_object_put(value);
		json_object_put(message);
		return NULL;
	}
	return message;
}

static void add_text(struct json_object *object, const char *key, const char *name)
{
	char *shown = name ? vdpam_name_escape(name) : NULL;

	json_object_object_add(object, key, shown ? json_object_new_string(shown) : NULL);
	free(shown);
}

struct json_object *protocol_hello_reply(pid_t pid)
{
	struct json_object *hello = json_object_new_object();

	json_object_object_add(hello, "version", json_object_new_int(PROTOCOL_VERSION));
	json_object_object_add(hello, "pid", json_object_new_int(pid));
	return wrap("hello", hello);
}

struct json_object *protocol_snapshot_reply(const struct vdpam_snapshot *snapshot)
{
	return wrap("snapshot", vdpam_snapshot_to_json(snapshot));
}

static const char *status_name(enum vdpam_step_status status)
{
	switch (status) {
	case VDPAM_STEP_PENDING:
	case VDPAM_STEP_WAITING:
		break;
	case VDPAM_STEP_DONE:
		return "done";
	case VDPAM_STEP_FAILED:
		return "failed";
	case VDPAM_STEP_SKIPPED:
		return "skipped";
	}
	return "waiting";
}

struct json_object *protocol_result_reply(const struct vdpam_plan *plan, size_t index)
{
	struct json_object *result = json_object_new_object();
	const struct vdpam_error *error = vdpam_plan_get_error(plan, index);
	struct json_object *outer = error ? vdpam_error_to_json(error) : NULL;
	uint64_t identity;

	json_object_object_add(result, "index", json_object_new_uint64(index));
	json_object_object_add(
		result, "status",
		json_object_new_string(status_name(vdpam_plan_get_status(plan, index))));
	if (outer)
		json_object_object_add(
			result, "error",
			json_object_get(json_object_object_get(outer, "error")));
	if (!vdpam_step_get_number(vdpam_plan_get_step(plan, index), VDPAM_ARG_IDENTITY,
				   &identity))
		json_object_object_add(result, "identity",
				       json_object_new_uint64(identity));
	json_object_put(outer);
	return wrap("result", result);
}

struct json_object *protocol_hint_reply(const struct vdpam_hint *hint)
{
	struct json_object *value;

	if (!hint->subsystem)
		return wrap("hint", json_object_new_string("everything"));
	value = json_object_new_object();
	add_text(value, "subsystem", hint->subsystem);
	add_text(value, "action", hint->action);
	add_text(value, "name", hint->name);
	return wrap("hint", value);
}

struct json_object *protocol_stats_reply(const struct vdpam_stats *stats)
{
	return wrap("stats", vdpam_stats_to_json(stats));
}

struct json_object *protocol_error_reply(const struct vdpam_error *error)
{
	return vdpam_error_to_json(error);
}

struct json_object *protocol_holders_reply(void)
{
	return wrap("devices", json_object_new_array());
}

void protocol_add_holders(struct json_object *reply, const char *name,
			  const struct vdpam_holders *holders)
{
	struct json_object *device = json_object_new_object();

	add_text(device, "name", name);
	/* Not false: disks and interfaces cannot be seen from there. */
	json_object_object_add(
		device, "in_use",
		vdpam_holders_count(holders) ? json_object_new_boolean(true) : NULL);
	json_object_object_add(device, "holders",
			       holders ? vdpam_holders_to_json(holders) : NULL);
	json_object_array_add(json_object_object_get(reply, "devices"), device);
}
