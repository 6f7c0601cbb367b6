// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors and JSON, as users see them. An error is one sentence, or the same as one JSON object. */
#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

#include "command.h"

struct cli_error {
	enum vdpam_error_code code;
	struct json_object *json;
};

void out_of_memory(void)
{
	fputs("vdpactl: out of memory\n", stderr);
	exit(vdpam_error_code_exit_status(VDPAM_ERROR_INTERNAL));
}

void *must(void *pointer)
{
	if (!pointer)
		out_of_memory();
	return pointer;
}

void json_set(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) < 0)
		out_of_memory();
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) < 0)
		out_of_memory();
}

struct json_object *json_text(const char *text)
{
	return text ? must(json_object_new_string(text)) : NULL;
}

struct json_object *json_escaped(const char *name)
{
	AUTO_FREE char *shown = name ? must(vdpam_name_escape(name)) : NULL;

	return json_text(shown);
}

struct json_object *json_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

struct json_object *json_listing(const char *kind, struct json_object *rows)
{
	struct json_object *listing = must(json_object_new_object());

	json_set(listing, "version", must(json_object_new_int(1)));
	json_set(listing, kind, rows);
	return listing;
}

static const char *json_line(struct json_object *object)
{
	return must((void *)json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

void json_print(struct json_object *object)
{
	puts(json_line(object));
	json_object_put(object);
}

struct cli_error *cli_error_new(enum vdpam_error_code code, int errnum,
				const char *target, const char *format, ...)
{
	struct cli_error *error = must(malloc(sizeof(*error)));
	AUTO_FREE char *message = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		out_of_memory();
	va_end(args);
	error->code = code;
	error->json = must(json_object_new_object());
	json_set(error->json, "code", json_text(vdpam_error_code_name(code)));
	json_set(error->json, "message", json_text(message));
	json_set(error->json, "errno",
		 json_text(errnum ? strerrorname_np(errnum) : NULL));
	json_set(error->json, "kernel", NULL);
	json_set(error->json, "target", json_text(target));
	return error;
}

struct cli_error *cli_error_copy(const struct vdpam_error *libs)
{
	struct cli_error *error = must(malloc(sizeof(*error)));
	struct json_object *outer = must(libs ? vdpam_error_to_json(libs) : NULL);

	error->code = vdpam_error_get_code(libs);
	error->json = json_object_get(must(json_get(outer, "error")));
	json_object_put(outer);
	return error;
}

struct cli_error *cli_error_from(struct vdpam_error *libs)
{
	struct cli_error *error = cli_error_copy(libs);

	vdpam_error_free(libs);
	return error;
}

struct cli_error *cli_error_from_json(struct json_object *object)
{
	struct cli_error *error = must(malloc(sizeof(*error)));
	struct json_object *code = json_get(object, "code");

	if (!code ||
	    vdpam_error_code_parse(json_object_get_string(code), &error->code) < 0)
		error->code = VDPAM_ERROR_INTERNAL;
	error->json = json_object_get(object);
	return error;
}

struct cli_error *cli_error_free(struct cli_error *error)
{
	if (error) {
		json_object_put(error->json);
		free(error);
	}
	return NULL;
}

enum vdpam_error_code cli_error_get_code(const struct cli_error *error)
{
	return error->code;
}

struct json_object *cli_error_get_json(const struct cli_error *error)
{
	return error->json;
}

int cli_error_print(const struct command *cmd, const struct cli_error *error)
{
	if (cmd->json) {
		struct json_object *outer = must(json_object_new_object());

		json_set(outer, "error", json_object_get(error->json));
		fprintf(stderr, "%s\n", json_line(outer));
		json_object_put(outer);
	} else {
		fprintf(stderr, "vdpactl: %s\n",
			json_object_get_string(json_get(error->json, "message")));
	}
	return vdpam_error_code_exit_status(error->code);
}

int fail(const struct command *cmd, struct cli_error *error)
{
	int status = cli_error_print(cmd, error);

	cli_error_free(error);
	return status;
}
