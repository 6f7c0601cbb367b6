// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For the tests that are not in C. Each argument is a file, or several with newlines between them
 * that are one document: prints a line of JSON for each, its faults or the document expanded. With
 * --tables prints the tables of keys instead.
 */
#include <err.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document-fields.h"
#include "json-scan.h"

#define MAX_FILES 8

static void print(struct json_object *json)
{
	puts(json_object_to_json_string_ext(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static struct json_object *text(const char *string)
{
	return string ? json_object_new_string(string) : NULL;
}

/* ---- Documents ----------------------------------------------------------------------------- */

static void read_file(const char *path, struct vdpam_document_source *source)
{
	size_t room = VDPAM_JSON_MAX_SIZE + 1;
	FILE *file = fopen(path, "re");
	char *bytes = malloc(room), *exact;

	if (!file || !bytes)
		err(1, "%s", path);
	source->file = path;
	source->size = fread(bytes, 1, room, file);
	/* No longer than it is, so that the sanitizer sees who reads on. */
	exact = realloc(bytes, source->size ? source->size : 1);
	if (!exact)
		err(1, "%s", path);
	source->text = exact;
	fclose(file);
}

static void read_document(char *files)
{
	struct vdpam_document_source sources[MAX_FILES];
	struct json_object *line = json_object_new_object();
	struct vdpam_document *document;
	struct vdpam_faults *faults;
	size_t count = 0;
	int r;

	for (char *path; (path = strsep(&files, "\n")) && count < MAX_FILES; count++)
		read_file(path, &sources[count]);
	r = vdpam_document_new(sources, count, &document, &faults);
	if (r == -EINVAL) {
		add(line, "total", json_object_new_uint64(vdpam_faults_total(faults)));
		add(line, "faults", vdpam_faults_to_json(faults));
		vdpam_faults_free(faults);
	} else if (r) {
		errx(1, "%s", strerror(-r));
	} else {
		add(line, "document", vdpam_document_to_json(document));
		vdpam_document_unref(document);
	}
	print(line);
	for (size_t i = 0; i < count; i++)
		free((void *)sources[i].text);
}

/* ---- Tables -------------------------------------------------------------------------------- */

static const struct {
	enum vdpam_doc_place place;
	const char *name;
} places[] = {
	{ VDPAM_IN_ROOT, "root" },
	{ VDPAM_IN_DEFAULTS, "defaults" },
	{ VDPAM_IN_VF, "vf" },
	{ VDPAM_IN_SF, "sf" },
	{ VDPAM_IN_MDEV, "mdev" },
	{ VDPAM_IN_DEVICE, "device" },
	{ VDPAM_IN_PROFILE, "profile" },
	{ VDPAM_IN_PROFILE_VF, "profile-vf" },
	{ VDPAM_IN_PROFILE_SF, "profile-sf" },
	{ VDPAM_IN_PROFILE_DEVICE, "profile-device" },
};

static const char *const kinds[] = {
	[VDPAM_DOC_INTEGER] = "integer",   [VDPAM_DOC_INTEGER_OR_N] = "integer-or-n",
	[VDPAM_DOC_BOOLEAN] = "boolean",   [VDPAM_DOC_WORD] = "word",
	[VDPAM_DOC_TEXT] = "text",         [VDPAM_DOC_NAME] = "name",
	[VDPAM_DOC_HANDLE] = "handle",     [VDPAM_DOC_PF] = "pf",
	[VDPAM_DOC_UUID] = "uuid",         [VDPAM_DOC_BUS_DRIVER] = "bus-driver",
	[VDPAM_DOC_MODE] = "mode",         [VDPAM_DOC_MAC] = "mac",
	[VDPAM_DOC_FEATURES] = "features", [VDPAM_DOC_OBJECT] = "object",
	[VDPAM_DOC_SELECTOR] = "selector", [VDPAM_DOC_LIST] = "list",
	[VDPAM_DOC_TEXTS] = "texts",
};

static struct json_object *form_to_json(const struct vdpam_doc_form *form)
{
	struct json_object *json = json_object_new_object();

	add(json, "first", text(form->first));
	add(json, "rest", text(form->rest));
	add(json, "min", json_object_new_uint64(form->min));
	add(json, "max", json_object_new_uint64(form->max));
	return json;
}

static struct json_object *words_to_json(const char *const *words)
{
	struct json_object *json = json_object_new_array();

	for (; *words; words++)
		json_object_array_add(json, text(*words));
	return json;
}

static bool has_form(enum vdpam_doc_kind kind)
{
	return kind == VDPAM_DOC_TEXT || kind == VDPAM_DOC_NAME ||
	       kind == VDPAM_DOC_HANDLE || kind == VDPAM_DOC_BUS_DRIVER ||
	       kind == VDPAM_DOC_TEXTS;
}

static bool has_table(enum vdpam_doc_kind kind)
{
	return kind == VDPAM_DOC_OBJECT || kind == VDPAM_DOC_SELECTOR ||
	       kind == VDPAM_DOC_LIST;
}

static struct json_object *field_to_json(const struct vdpam_doc_field *field,
					 unsigned int place)
{
	struct json_object *json = json_object_new_object();

	add(json, "kind", text(kinds[field->kind]));
	add(json, "required", json_object_new_boolean((field->required & place) != 0));
	add(json, "min", json_object_new_uint64(field->min));
	add(json, "max", json_object_new_uint64(field->max));
	if (field->kind == VDPAM_DOC_SELECTOR)
		add(json, "form", form_to_json(&vdpam_doc_handle_form));
	else if (has_form(field->kind) && field->form)
		add(json, "form", form_to_json(field->form));
	if (has_table(field->kind))
		add(json, "table", text(field->table->name));
	if (field->kind == VDPAM_DOC_WORD)
		add(json, "words", words_to_json(field->words));
	return json;
}

/* The keys of a table at a place: null when it does not stand there. */
static struct json_object *table_to_json(const struct vdpam_doc_table *table,
					 unsigned int place)
{
	struct json_object *json = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct vdpam_doc_field *field = &table->fields[i];

		if (!(field->where & place))
			continue;
		if (!json)
			json = json_object_new_object();
		add(json, field->key, field_to_json(field, place));
	}
	return json;
}

static struct json_object *feature_names(uint32_t virtio_id)
{
	struct json_object *json = json_object_new_array();

	for (unsigned int bit = 0; bit < 64; bit++) {
		if (vdpam_feature_name(virtio_id, bit))
			json_object_array_add(json,
					      text(vdpam_feature_name(virtio_id, bit)));
	}
	return json;
}

static void print_tables(void)
{
	static const struct vdpam_doc_table *const tables[] = {
		&vdpam_doc_root_table,     &vdpam_doc_function_table,
		&vdpam_doc_vf_table,       &vdpam_doc_device_table,
		&vdpam_doc_selector_table, &vdpam_doc_chardev_table,
		&vdpam_doc_profile_table,  &vdpam_doc_match_table,
	};
	struct json_object *json = json_object_new_object();

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		struct json_object *table = json_object_new_object();

		for (size_t k = 0; k < sizeof(places) / sizeof(*places); k++) {
			struct json_object *keys =
				table_to_json(tables[i], places[k].place);

			if (keys)
				add(table, places[k].name, keys);
		}
		add(json, tables[i]->name, table);
	}
	add(json, "net-features", feature_names(1));
	add(json, "block-features", feature_names(2));
	add(json, "any-features", feature_names(0));
	print(json);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--tables"))
		print_tables();
	else
		for (int i = 1; i < argc; i++)
			read_document(argv[i]);
	return 0;
}
