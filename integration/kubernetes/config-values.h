/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an object of the configuration has under a key. An int is 0, -EINVAL when it is something
 * else and that was said, or -ENOMEM. A key that is not there leaves *ret_... as it was.
 */
#ifndef KUBE_CONFIG_VALUES_H
#define KUBE_CONFIG_VALUES_H

#include "config.h"

struct kube_config_reader {
	struct json_object *json;
	char **ret_message;
};

/* In sight of the analyzer: it is always an error. */
#define kube_config_fault(reader, ...) \
	(kube_config_say_fault(reader, __VA_ARGS__), -EINVAL)

void kube_config_say_fault(const struct kube_config_reader *reader, const char *format,
			   ...) __attribute__((format(printf, 2, 3)));

bool kube_config_is_one_of(const char *text, const char *const *words);
/* It has to be an object, and all its keys known. */
int kube_config_check_keys(const struct kube_config_reader *reader,
			   struct json_object *object, const char *path,
			   const char *const *known);
/* NULL when it is not there. */
struct json_object *kube_config_get(struct json_object *object, const char *key);
/* A text, "" counting as none, as it does where these files come from. */
int kube_config_read_text(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path, const char *key,
			  const char **ret_text);
/* False when it is not there. */
int kube_config_read_flag(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path, const char *key,
			  bool *ret_flag);
/* Strings, none of them empty; the texts belong to `object`, the list is to be freed. */
int kube_config_read_list(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path, const char *key,
			  struct vdpam_match_list *ret_list);

#endif
