// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON as D-Bus types and back, and memory files. Knows nothing of what is in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus.h"

#define DOCUMENT_MAX (8U << 20) /* bytes */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* since Linux 6.3 */
#endif

/* ---- Writing ---- */

static int append_strings(sd_bus_message *message, struct json_object *array)
{
	size_t count = array ? json_object_array_length(array) : 0;
	int r = sd_bus_message_open_container(message, 'a', "s");

	for (size_t i = 0; r >= 0 && i < count; i++)
		r = sd_bus_message_append(
			message, "s",
			json_object_get_string(json_object_array_get_idx(array, i)));
	return r < 0 ? r : sd_bus_message_close_container(message);
}

/* The D-Bus type that a value in an a{sv} has; NULL: it is left out. */
static const char *type_of(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		return "s";
	case json_type_boolean:
		return "b";
	case json_type_int:
		return "t";
	case json_type_array:
		return "as";
	case json_type_object:
		return "a{sv}";
	case json_type_null:
	case json_type_double:
		break;
	}
	return NULL;
}

static int append_entry(sd_bus_message *message, const char *key,
			struct json_object *value)
{
	const char *type = type_of(value);
	int r;

	if (!type)
		return 0;
	r = sd_bus_message_open_container(message, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append(message, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', type);
	if (r >= 0)
		r = bus_append_json(message, type, value);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_object(sd_bus_message *message, struct json_object *object)
{
	int r = sd_bus_message_open_container(message, 'a', "{sv}");

	if (object && r >= 0) {
		json_object_object_foreach(object, key, value)
		{
			r = append_entry(message, key, value);
			if (r < 0)
				break;
		}
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_keys(sd_bus_message *message, struct json_object *object,
		       const char *const *keys)
{
	int r = sd_bus_message_open_container(message, 'a', "{sv}");

	for (; r >= 0 && *keys; keys++)
		r = append_entry(message, *keys, json_object_object_get(object, *keys));
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int bus_append_json(sd_bus_message *message, const char *type, struct json_object *value)
{
	const char *text;

	if (!strcmp(type, "as"))
		return append_strings(message, value);
	if (!strcmp(type, "a{sv}"))
		return append_object(message, value);
	if (!strcmp(type, "b"))
		return sd_bus_message_append(message, "b",
					     (int)json_object_get_boolean(value));
	if (!strcmp(type, "t"))
		return sd_bus_message_append(message, "t", json_object_get_uint64(value));
	text = value ? json_object_get_string(value) : "";
	return sd_bus_message_append(message, "s", text);
}

int bus_append_property(sd_bus_message *reply, const struct bus_property *properties,
			const char *name, struct json_object *object, sd_bus_error *error)
{
	if (!object)
		return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_OBJECT,
					"there is no such object");
	while (properties->name && strcmp(properties->name, name))
		properties++;
	if (!properties->name)
		return -ENOENT;
	if (properties->keys[1])
		return append_keys(reply, object, properties->keys);
	return bus_append_json(reply, properties->type,
			       json_object_object_get(object, properties->keys[0]));
}

int bus_reply_json(sd_bus_message *reply, struct json_object *result)
{
	return sd_bus_message_append(
		reply, "s",
		result ? json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN)
		       : "{}");
}

/* ---- Reading ---- */

static int read_option(sd_bus_message *call, const struct bus_option *option)
{
	const char type[] = { option->type, '\0' };
	int r = sd_bus_message_enter_container(call, 'v', type);

	if (r < 0)
		return -EINVAL;
	r = sd_bus_message_read_basic(call, option->type, option->value);
	if (r < 0)
		return r;
	if (option->present)
		*option->present = true;
	return sd_bus_message_exit_container(call);
}

static int read_entry(sd_bus_message *call, const struct bus_option *options,
		      size_t count)
{
	const char *key;
	int r = sd_bus_message_read(call, "s", &key);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(options[i].key, key))
			return read_option(call, &options[i]);
	}
	return -EINVAL;
}

int bus_read_options(sd_bus_message *call, const struct bus_option *options, size_t count)
{
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = read_entry(call, options, count);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* ---- Files ---- */

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t count = write(fd, text, size);

		if (count < 0)
			return -errno;
		text += count;
		size -= (size_t)count;
	}
	return 0;
}

int bus_memory_file(const char *text, size_t size)
{
	int fd = memfd_create("vdpad", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	int r;

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("vdpad", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, size);
	if (!r && fcntl(fd, F_ADD_SEALS,
			F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		r = -errno;
	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (!r)
		return fd;
	close(fd);
	return r;
}

/*
 * Only what cannot keep us waiting nor change under us: a memory file that is sealed against both.
 */
static int check_file(int fd, size_t *ret_size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;

	if (seals < 0 ||
	    (seals & (F_SEAL_SHRINK | F_SEAL_WRITE)) != (F_SEAL_SHRINK | F_SEAL_WRITE))
		return -EINVAL;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size > DOCUMENT_MAX)
		return -EFBIG;
	*ret_size = (size_t)status.st_size;
	return 0;
}

int bus_read_file(int fd, char **ret_text, size_t *ret_size)
{
	size_t size = 0, done = 0;
	ssize_t count = 1;
	char *text;
	int r = check_file(fd, &size);

	if (r < 0)
		return r;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	while (done < size &&
	       (count = pread(fd, text + done, size - done, (off_t)done)) > 0)
		done += (size_t)count;
	if (count < 0) {
		r = -errno;
		free(text);
		return r;
	}
	*ret_text = text;
	*ret_size = done;
	return 0;
}
