/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What allocate.c and prefer.c share: a question of the kubelet as JSON, with a request for each
 * container, and the answer to it.
 */
#ifndef KUBE_ANSWER_H
#define KUBE_ANSWER_H

#include <json-c/json.h>

#include "pool.h"

/* In sight of the analyzer: it is always an error. */
#define kube_refuse(ret_message, errnum, ...) \
	(kube_say_why(ret_message, __VA_ARGS__), (errnum))

void kube_say_why(char **ret_message, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* json-c's, for what may not be there: NULL has no members and no length. */
struct json_object *kube_get(struct json_object *object, const char *key);
size_t kube_length(struct json_object *array);
const char *kube_text_at(struct json_object *array, size_t index);
void kube_set(struct json_object *object, const char *key, struct json_object *value);
struct json_object *kube_string(const char *text);

/* The device of a resource that has this id. Returns 0 or -ENOENT. */
int kube_find(const struct kube_pool *pool, size_t resource, const char *id,
	      const struct kube_device **ret_device, char **ret_message);

/* Answers each of the requests of a question by one(). Returns what that does, or -ENOMEM. */
int kube_answer(const struct kube_pool *pool, size_t resource, const char *request,
		int (*one)(const struct kube_pool *pool, size_t resource,
			   struct json_object *request, struct json_object *reply,
			   char **ret_message),
		char **ret_reply, char **ret_message);

#endif
