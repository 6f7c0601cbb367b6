// SPDX-License-Identifier: GPL-2.0-or-later
/* Single values of the configuration, and what is said of one that is wrong. Pure. */
#include "config-values.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kube_config_say_fault(const struct kube_config_reader *reader, const char *format,
			   ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(reader->ret_message, format, args) < 0)
		*reader->ret_message = NULL;
	va_end(args);
}

bool kube_config_is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (!strcmp(text, *words))
			return true;
	}
	return false;
}

int kube_config_check_keys(const struct kube_config_reader *reader,
			   struct json_object *object, const char *path,
			   const char *const *known)
{
	if (!json_object_is_type(object, json_type_object))
		return kube_config_fault(reader, "%s: an object is wanted", path);
	json_object_object_foreach(object, key, value)
	{
		(void)value;
		if (!kube_config_is_one_of(key, known)) {
			char *shown = vdpam_name_escape(key);
			int r = kube_config_fault(reader, "%s: there is no key '%.80s'",
						  path, shown ? shown : "?");
			free(shown);
			return r;
		}
	}
	return 0;
}

struct json_object *kube_config_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

int kube_config_read_text(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path, const char *key,
			  const char **ret_text)
{
	struct json_object *value = kube_config_get(object, key);
	const char *text;

	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return kube_config_fault(reader, "%s.%s: a string is wanted", path, key);
	text = json_object_get_string(value);
	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return kube_config_fault(reader, "%s.%s: there is a NUL in it", path,
					 key);
	if (*text)
		*ret_text = text;
	return 0;
}

int kube_config_read_flag(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path, const char *key,
			  bool *ret_flag)
{
	struct json_object *value = kube_config_get(object, key);

	if (value && !json_object_is_type(value, json_type_boolean))
		return kube_config_fault(reader, "%s.%s: true or false is wanted", path,
					 key);
	*ret_flag = value && json_object_get_boolean(value);
	return 0;
}

int kube_config_read_list(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path, const char *key,
			  struct vdpam_match_list *ret_list)
{
	struct json_object *value = kube_config_get(object, key);
	size_t count = value && json_object_is_type(value, json_type_array)
			       ? json_object_array_length(value)
			       : 0;
	const char **texts;

	if (value && !json_object_is_type(value, json_type_array))
		return kube_config_fault(reader, "%s.%s: a list of strings is wanted",
					 path, key);
	if (!count)
		return 0;
	texts = calloc(count, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	ret_list->texts = texts;
	ret_list->count = count;
	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(value, i);

		texts[i] = json_object_get_string(entry);
		if (!json_object_is_type(entry, json_type_string) || !*texts[i])
			return kube_config_fault(reader, "%s.%s[%zu]: a string is wanted",
						 path, key, i);
	}
	return 0;
}
