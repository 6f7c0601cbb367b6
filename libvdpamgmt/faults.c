// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The list of what is wrong with a document. Bounded: a document can have more faults than anybody
 * reads, so the first ones are kept and the rest is counted.
 */
#include "faults.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

#define QUOTE_LIMIT 48 /* bytes of a value that a message repeats */

struct fault {
	char *file, *path, *message;
};

struct vdpam_faults {
	struct fault kept[VDPAM_FAULTS_MAX];
	size_t count; /* of those kept */
	size_t total;
	bool no_memory;
};

struct vdpam_faults *vdpam_faults_new(void)
{
	return calloc(1, sizeof(struct vdpam_faults));
}

struct vdpam_faults *vdpam_faults_free(struct vdpam_faults *faults)
{
	if (faults) {
		for (size_t i = 0; i < faults->count; i++) {
			free(faults->kept[i].file);
			free(faults->kept[i].path);
			free(faults->kept[i].message);
		}
		free(faults);
	}
	return NULL;
}

size_t vdpam_faults_count(const struct vdpam_faults *faults)
{
	return faults->count;
}

size_t vdpam_faults_total(const struct vdpam_faults *faults)
{
	return faults->total;
}

const char *vdpam_faults_get_file(const struct vdpam_faults *faults, size_t index)
{
	return index < faults->count ? faults->kept[index].file : NULL;
}

const char *vdpam_faults_get_path(const struct vdpam_faults *faults, size_t index)
{
	return index < faults->count ? faults->kept[index].path : NULL;
}

const char *vdpam_faults_get_message(const struct vdpam_faults *faults, size_t index)
{
	return index < faults->count ? faults->kept[index].message : NULL;
}

int vdpam_faults_check(const struct vdpam_faults *faults)
{
	if (faults->no_memory)
		return -ENOMEM;
	return faults->total ? -EINVAL : 0;
}

/* ---- Paths --------------------------------------------------------------------------------- */

static bool is_plain_key(const struct vdpam_path *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	for (size_t i = 0; i < path->key_size; i++) {
		if (!path->key[i] || !strchr(plain, path->key[i]))
			return false;
	}
	return path->key_size > 0;
}

static void print_step(FILE *stream, const struct vdpam_path *path)
{
	if (!path->key) {
		fprintf(stream, "[%zu]", path->index);
	} else if (is_plain_key(path)) {
		fprintf(stream, "%s%.*s", path->up ? "." : "", (int)path->key_size,
			path->key);
	} else {
		char *key = vdpam_quote(path->key, path->key_size);

		fprintf(stream, "[%s]", key ? key : "?");
		free(key);
	}
}

static void print_path(FILE *stream, const struct vdpam_path *path)
{
	if (path) {
		/* As deep as a document may be nested, no deeper. */
		print_path(stream, path->up);
		print_step(stream, path);
	}
}

char *vdpam_path_format(const struct vdpam_path *path)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	print_path(stream, path);
	if (fclose(stream)) {
		free(text);
		return NULL;
	}
	return text;
}

char *vdpam_quote(const char *text, size_t size)
{
	size_t kept = size < QUOTE_LIMIT ? size : QUOTE_LIMIT;
	char *quoted = malloc(4 * kept + sizeof("\"...\""));
	char *end = quoted;

	if (!quoted)
		return NULL;
	*end++ = '"';
	for (size_t i = 0; i < kept; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool as_is = byte >= 0x20 && byte <= 0x7e && byte != '\\';

		end += sprintf(end, as_is ? "%c" : "\\x%02x", byte);
	}
	stpcpy(end, kept < size ? "...\"" : "\"");
	return quoted;
}

/* ---- One more ------------------------------------------------------------------------------ */

void vdpam_fault(struct vdpam_faults *faults, const char *file,
		 const struct vdpam_path *path, const char *format, ...)
{
	struct fault *fault;
	va_list args;

	if (faults->total++ >= VDPAM_FAULTS_MAX)
		return;
	fault = &faults->kept[faults->count++];
	fault->file = strdup(file);
	fault->path = vdpam_path_format(path);
	va_start(args, format);
	if (vasprintf(&fault->message, format, args) < 0)
		fault->message = NULL;
	va_end(args);
	if (!fault->file || !fault->path || !fault->message)
		faults->no_memory = true;
}

struct json_object *vdpam_faults_to_json(const struct vdpam_faults *faults)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->kept[i];
		struct json_object *object = json_object_new_object();
		VDPAM_ESCAPED(file, fault->file);

		json_object_object_add(object, "file", json_object_new_string(file));
		json_object_object_add(object, "path",
				       json_object_new_string(fault->path));
		json_object_object_add(object, "message",
				       json_object_new_string(fault->message));
		json_object_array_add(array, object);
	}
	return array;
}
