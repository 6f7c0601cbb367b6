// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a document of one file, or of two with a NUL between them. What is taken is printed and
 * read again, and has to be the same; what is said of the rest has to be printable.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "fuzz.h"
#include "json-scan.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_text(const char *text)
{
	require(text != NULL);
	for (; *text; text++)
		require(*text >= 0x20 && *text <= 0x7e);
}

static void check_faults(const struct vdpam_faults *faults)
{
	require(vdpam_faults_count(faults) > 0);
	require(vdpam_faults_count(faults) <= vdpam_faults_total(faults));
	for (size_t i = 0; i < vdpam_faults_count(faults); i++) {
		check_text(vdpam_faults_get_path(faults, i));
		check_text(vdpam_faults_get_message(faults, i));
	}
}

static void check_devices(const struct vdpam_document *document)
{
	for (size_t i = 0; i < document->n_devices; i++) {
		const struct vdpam_doc_device *device = &document->devices[i];

		require(vdpam_name_is_valid(device->name));
		require(device->keys.present == device->keys.given);
		require(!device->keys.templated && !device->mgmtdev.keys.templated);
		require(vdpam_doc_has(&device->keys, VDPAM_DOC_DEVICE_MGMTDEV));
		require(!vdpam_doc_has(&device->keys, VDPAM_DOC_DEVICE_MAC) ||
			vdpam_mac_is_unicast(device->mac.value));
	}
}

/* A document that is all templates may print longer than one may be. */
static void check_round(const struct vdpam_document *document)
{
	struct json_object *first = vdpam_document_to_json(document), *second;
	const char *text = json_object_to_json_string_ext(first, JSON_C_TO_STRING_PLAIN);
	const struct vdpam_document_source source = {
		.file = "again",
		.text = text,
		.size = strlen(text),
	};
	struct vdpam_document *again;

	if (source.size <= VDPAM_JSON_MAX_SIZE) {
		require(vdpam_document_new(&source, 1, &again, NULL) == 0);
		second = vdpam_document_to_json(again);
		require(json_object_equal(first, second));
		json_object_put(second);
		vdpam_document_unref(again);
	}
	json_object_put(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size ? memchr(bytes, 0, size) : NULL;
	size_t first = end ? (size_t)(end - bytes) : size;
	const struct vdpam_document_source sources[] = {
		{ .file = "first", .text = (const char *)bytes, .size = first },
		{ .file = "second",
		  .text = (const char *)bytes + first + 1,
		  .size = size - first - 1 },
	};
	struct vdpam_document *document;
	struct vdpam_faults *faults;
	int r;

	r = vdpam_document_new(sources, end ? 2 : 1, &document, &faults);
	require(r == 0 || r == -EINVAL);
	if (r < 0) {
		check_faults(faults);
		vdpam_faults_free(faults);
		return 0;
	}
	check_devices(document);
	check_round(document);
	vdpam_document_unref(document);
	return 0;
}
