// SPDX-License-Identifier: GPL-2.0-or-later
/* The forms that consumers take, from tests/data/consumer/forms.json: what of, which, what it gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "snapshots.h"
#include "vdpamgmt-consumer.h"

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

/* A text is a list of its lines. */
static struct json_object *lines_of(char *text)
{
	struct json_object *lines = json_object_new_array();
	char *rest = text, *line;

	while (*rest && (line = strsep(&rest, "\n")))
		json_object_array_add(lines, json_object_new_string(line));
	free(text);
	return lines;
}

static struct json_object *cdi_name(const struct vdpam_snapshot *snapshot,
				    const struct vdpam_device *device)
{
	char name[VDPAM_CDI_NAME];

	vdpam_device_get_cdi_name(snapshot, device, name);
	return json_object_new_string(name);
}

static int make(const struct vdpam_snapshot *snapshot, struct json_object *form,
		struct json_object **ret_given, struct vdpam_error **ret_error)
{
	const char *format = json_object_get_string(get(form, "format"));
	const char *of = json_object_get_string(get(form, "of"));
	const char *path = json_object_get_string(get(form, "path"));
	const struct vdpam_device *device = vdpam_snapshot_find_device(snapshot, of);
	char *text = NULL;
	int r = -1;

	if (!strcmp(format, "nova"))
		return vdpam_function_to_nova(snapshot,
					      vdpam_snapshot_find_function(snapshot, of),
					      ret_given, ret_error);
	assert_non_null(device);
	if (!strcmp(format, "device-info"))
		return vdpam_device_to_device_info(snapshot, device, ret_given,
						   ret_error);
	if (!strcmp(format, "cdi"))
		return vdpam_devices_to_cdi(snapshot, &device, 1, ret_given, ret_error);
	if (!strcmp(format, "cdi-name"))
		*ret_given = cdi_name(snapshot, device), r = 0;
	else if (!strcmp(format, "libvirt-xml"))
		r = vdpam_device_to_libvirt_xml(device, path, &text, ret_error);
	else if (!strcmp(format, "qemu"))
		r = vdpam_device_to_qemu(device, path, &text, ret_error);
	if (text)
		*ret_given = lines_of(text);
	return r;
}

static void check(const struct vdpam_snapshot *snapshot, struct json_object *form)
{
	struct json_object *given = NULL, *wanted = get(form, "gives");
	struct vdpam_error *error = NULL;
	int r = make(snapshot, form, &given, &error);

	if (!wanted) {
		assert_true(r < 0);
		assert_null(given);
		assert_string_equal(vdpam_error_code_name(vdpam_error_get_code(error)),
				    json_object_get_string(get(form, "refused")));
		vdpam_error_free(error);
		return;
	}
	if (r < 0)
		fail_msg("%s: refused: %s", json_object_to_json_string(form),
			 vdpam_error_get_message(error));
	if (!json_object_equal(given, wanted))
		fail_msg("%s\ngave %s", json_object_to_json_string(form),
			 json_object_to_json_string(given));
	json_object_put(given);
}

static void test_forms(void **state)
{
	struct json_object *file =
		json_object_from_file(TEST_DATA "/consumer/forms.json");
	struct json_object *forms = get(file, "forms");
	struct vdpam_snapshot *snapshot;

	(void)state;
	assert_non_null(file);
	snapshot = snapshot_from_json(get(file, "snapshot"));
	assert_in_range(json_object_array_length(forms), 20, 1000);
	for (size_t i = 0; i < json_object_array_length(forms); i++)
		check(snapshot, json_object_array_get_idx(forms, i));
	vdpam_snapshot_unref(snapshot);
	json_object_put(file);
}

/* One digit at the beginning of one name makes the whole file a later version. */
static void test_cdi_of_many(void **state)
{
	struct json_object *file =
		json_object_from_file(TEST_DATA "/consumer/forms.json");
	struct vdpam_snapshot *snapshot = snapshot_from_json(get(file, "snapshot"));
	const struct vdpam_device *devices[] = {
		vdpam_snapshot_find_device(snapshot, "sf88"),
		vdpam_snapshot_find_device(snapshot, "0000:05:00.0"),
		vdpam_snapshot_find_device(snapshot, "wrong"),
		vdpam_snapshot_find_device(snapshot, "idle"),
	};
	static const char *const versions[] = { "0.3.0", "0.5.0", "1.1.0" };
	struct json_object *spec = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
			vdpam_devices_to_cdi(snapshot, devices, i + 1, &spec, NULL), 0);
		assert_string_equal(json_object_get_string(get(spec, "cdiVersion")),
				    versions[i]);
		assert_int_equal(json_object_array_length(get(spec, "devices")), i + 1);
		json_object_put(spec);
	}
	assert_true(vdpam_devices_to_cdi(snapshot, devices, 4, &spec, NULL) < 0);
	vdpam_snapshot_unref(snapshot);
	json_object_put(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_cdi_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
