// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of a method call: found in the table, asked about at polkit, handed to the manager, answered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus-private.h"

/* ---- Requests ---- */

const struct bus_method *bus_find_method(const char *interface, const char *member)
{
	static const struct bus_method *const tables[] = { bus_manager_methods,
							   bus_device_methods };

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (const struct bus_method *method = tables[i]; method->member;
		     method++) {
			if (!strcmp(method->interface, interface) &&
			    !strcmp(method->member, member))
				return method;
		}
	}
	return NULL;
}

void bus_call_free(struct bus_call *request)
{
	struct bus_call **at = &request->bus->requests;

	while (*at && *at != request)
		at = &(*at)->next;
	if (*at)
		*at = request->next;
	sd_bus_slot_unref(request->slot);
	sd_bus_message_unref(request->call);
	for (size_t i = 0; i < BUS_DETAIL_COUNT; i++)
		free(request->details[i]);
	free(request);
}

/* Sends and ends; the caller may be gone, which is no fault of ours. */
void bus_call_send(struct bus_call *request, sd_bus_message *reply, int r)
{
	if (r >= 0)
		r = sd_bus_send(request->bus->connection, reply, NULL);
	if (r < 0)
		sd_bus_reply_method_errno(request->call, r, NULL);
	sd_bus_message_unref(reply);
	bus_call_free(request);
}

/* "in-use" as "org.vdpad1.Error.InUse". */
static void error_name(enum vdpam_error_code code, char name[64])
{
	const char *text = vdpam_error_code_name(code);
	size_t length = (size_t)snprintf(name, 64, BUS_NAME ".Error.");
	bool upper = true;

	for (; *text && length < 63; text++) {
		if (*text != '-')
			name[length++] = (char)(upper ? *text - 'a' + 'A' : *text);
		upper = *text == '-';
	}
	name[length] = '\0';
}

/* The error object, and beside it what was done nevertheless. */
static char *error_json(const struct vdpam_error *error, struct json_object *result)
{
	struct json_object *json = vdpam_error_to_json(error);
	const char *text;
	char *copy;

	if (json && result) {
		json_object_object_foreach(result, key, value)
		{
			json_object_object_add(json, key, json_object_get(value));
		}
	}
	text = json ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN) : NULL;
	copy = text ? strdup(text) : NULL;
	json_object_put(json);
	return copy;
}

static int error_reply(const struct bus_call *request, const struct vdpam_error *error,
		       struct json_object *result, sd_bus_message **ret_reply)
{
	sd_bus_error wrong = SD_BUS_ERROR_NULL;
	char *json = error_json(error, result);
	char name[64];
	int r;

	error_name(vdpam_error_get_code(error), name);
	r = sd_bus_error_set(&wrong, name, vdpam_error_get_message(error));
	if (r != -ENOMEM)
		r = sd_bus_message_new_method_error(request->call, ret_reply, &wrong);
	if (r >= 0 && json)
		r = sd_bus_message_append(*ret_reply, "s", json);
	sd_bus_error_free(&wrong);
	free(json);
	return r;
}

void bus_call_answer(struct bus_call *request, const struct vdpam_error *error,
		     struct json_object *result)
{
	sd_bus_message *reply = NULL;
	int r;

	if (error) {
		r = error_reply(request, error, result, &reply);
	} else {
		r = sd_bus_message_new_method_return(request->call, &reply);
		if (r >= 0 && request->method->reply)
			r = request->method->reply(reply, result);
	}
	bus_call_send(request, reply, r);
}

void bus_call_fail(struct bus_call *request, enum vdpam_error_code code,
		   const char *sentence)
{
	struct vdpam_error *error = vdpam_error_new(code, 0, NULL, NULL, sentence);

	if (error)
		bus_call_answer(request, error, NULL);
	else
		bus_call_send(request, NULL, -ENOMEM);
	vdpam_error_free(error);
}

void bus_call_refuse(struct bus_call *request)
{
	const char *action = request->actions[request->asked];
	char sentence[160];

	snprintf(sentence, sizeof(sentence),
		 "%s is not allowed: it needs the authorization " BUS_NAME ".%s",
		 request->method->member, action ? action : "of root");
	bus_call_fail(request, VDPAM_ERROR_NOT_AUTHORIZED, sentence);
}

static void manager_replied(void *userdata, const struct vdpam_error *error,
			    struct json_object *result)
{
	bus_call_answer(userdata, error, result);
}

struct manager_reply bus_call_reply(struct bus_call *request, uint64_t timeout_usec)
{
	return (struct manager_reply){
		.fn = manager_replied,
		.userdata = request,
		.timeout_usec = timeout_usec ? timeout_usec : MANAGER_TIMEOUT_USEC,
	};
}

char *bus_call_device(const struct bus_call *request)
{
	char *name = NULL;

	if (sd_bus_path_decode(sd_bus_message_get_path(request->call), BUS_DEVICES,
			       &name) <= 0)
		return NULL;
	return name;
}

int bus_call_set_detail(struct bus_call *request, enum bus_detail detail,
			const char *text)
{
	char *name = NULL;
	int r = vdpam_name_unescape(text, &name);

	if (r < 0)
		return r;
	free(request->details[detail]);
	request->details[detail] = vdpam_name_escape(name);
	free(name);
	return request->details[detail] ? 0 : -ENOMEM;
}

static int copy_detail(struct bus_call *request, enum bus_detail detail,
		       struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return value ? bus_call_set_detail(request, detail, json_object_get_string(value))
		     : 0;
}

int bus_call_describe_device(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	struct json_object *object = name ? bus_get_device(request->bus, name) : NULL;
	int r = 0;

	(void)call;
	if (!name)
		return -ENOMEM;
	request->details[BUS_DETAIL_DEVICE] = vdpam_name_escape(name);
	free(name);
	if (!request->details[BUS_DETAIL_DEVICE])
		return -ENOMEM;
	if (object)
		r = copy_detail(request, BUS_DETAIL_MGMTDEV, object, "mgmtdev");
	if (object && r >= 0)
		r = copy_detail(request, BUS_DETAIL_DRIVER, object, "driver");
	return r;
}

char *bus_call_read_name(struct bus_call *request, const char *text)
{
	char *name = NULL;
	int r = vdpam_name_unescape(text, &name);

	if (!r)
		return name;
	if (r == -EINVAL)
		bus_call_fail(request, VDPAM_ERROR_INVALID_NAME,
			      "a name has a backslash that does not begin \\xHH");
	else
		bus_call_send(request, NULL, r);
	return NULL;
}

int bus_call_set_claim(struct bus_call *request, const char *word)
{
	if (!*word)
		request->claim = MANAGER_CLAIM_NONE;
	else if (!strcmp(word, "persist"))
		request->claim = MANAGER_CLAIM_PERSIST;
	else if (!strcmp(word, "force"))
		request->claim = MANAGER_CLAIM_FORCE;
	else
		return -EINVAL;
	return 0;
}

/* What is needed beside the action of the method itself. */
static void list_actions(struct bus_call *request)
{
	size_t count = 0;

	if (request->method->action)
		request->actions[count++] = request->method->action;
	switch (request->claim) {
	case MANAGER_CLAIM_NONE:
		break;
	case MANAGER_CLAIM_PERSIST:
		request->actions[count++] = "document-apply";
		break;
	case MANAGER_CLAIM_FORCE:
		request->actions[count++] = "force";
		break;
	}
}

/* What is wrong with the call as such. */
static void refuse_call(struct bus_call *request, int r)
{
	char sentence[160];

	if (r != -EINVAL) {
		bus_call_send(request, NULL, r);
		return;
	}
	snprintf(sentence, sizeof(sentence),
		 "%s: an argument is none that it takes; org.vdpad1.xml says which do",
		 request->method->member);
	bus_call_fail(request, VDPAM_ERROR_INVALID_VALUE, sentence);
}

void bus_call_run(struct bus_call *request)
{
	sd_bus_message *call = request->call;
	int r = sd_bus_message_rewind(call, true);

	/* It may end the request, and with it the call. */
	if (r >= 0)
		r = request->method->run(request, call);
	if (r < 0)
		refuse_call(request, r);
}

/* ---- Calls ---- */

int bus_method(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct bus *bus = userdata;
	const struct bus_method *method = bus_find_method(
		sd_bus_message_get_interface(call), sd_bus_message_get_member(call));
	struct bus_call *request;
	int r = 0;

	if (!method)
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
					"nobody may call this");
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	*request = (struct bus_call){
		.bus = bus,
		.next = bus->requests,
		.call = sd_bus_message_ref(call),
		.method = method,
	};
	bus->requests = request;
	if (!bus_caller_may_ask(request))
		return bus_caller_refuse(request);
	if (method->describe)
		r = method->describe(request, call);
	if (r < 0) {
		refuse_call(request, r);
		return 1;
	}
	list_actions(request);
	r = bus_caller_find(request);
	if (r < 0)
		bus_call_send(request, NULL, r);
	return 1;
}
