// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests and replies of a kubelet, as JSON; see answer.h. */
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

void kube_say_why(char **ret_message, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(ret_message, format, args) < 0)
		*ret_message = NULL;
	va_end(args);
}

struct json_object *kube_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

size_t kube_length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

const char *kube_text_at(struct json_object *array, size_t index)
{
	return json_object_get_string(json_object_array_get_idx(array, index));
}

void kube_set(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

struct json_object *kube_string(const char *text)
{
	return json_object_new_string(text);
}

/* Answers each of the requests of a container, one after the other. */
int kube_answer(const struct kube_pool *pool, size_t resource, const char *request,
		int (*one)(const struct kube_pool *pool, size_t resource,
			   struct json_object *request, struct json_object *reply,
			   char **ret_message),
		char **ret_reply, char **ret_message)
{
	struct json_object *question = json_tokener_parse(request);
	struct json_object *requests = kube_get(question, "container_requests");
	struct json_object *whole = json_object_new_object();
	struct json_object *replies = json_object_new_array();
	int r = question ? 0 : -ENOMEM;

	kube_set(whole, "container_responses", replies);
	for (size_t i = 0; !r && i < kube_length(requests); i++) {
		struct json_object *reply = json_object_new_object();

		json_object_array_add(replies, reply);
		r = one(pool, resource, json_object_array_get_idx(requests, i), reply,
			ret_message);
	}
	if (!r) {
		*ret_reply = strdup(json_object_to_json_string_ext(
			whole, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		r = *ret_reply ? 0 : -ENOMEM;
	}
	json_object_put(whole);
	json_object_put(question);
	return r;
}

int kube_find(const struct kube_pool *pool, size_t resource, const char *id,
	      const struct kube_device **ret_device, char **ret_message)
{
	const struct kube_device *device = kube_pool_find(pool, resource, id);

	if (!device)
		return kube_refuse(ret_message, -ENOENT, "%s has no device '%s'",
				   pool->config->resources[resource].name, id);
	*ret_device = device;
	return 0;
}
