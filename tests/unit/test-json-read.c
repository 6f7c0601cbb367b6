// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snapshots and steps read back from JSON: what was written comes back as it was, and one changed
 * value after the other does no harm.
 */
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snapshots.h"
#include "vdpamgmt-provision.h"

/* ---- Snapshots ------------------------------------------------------------------------------ */

/* The snapshots of the fixtures of plans, each written by the library. */
static void for_each_snapshot(void (*check)(struct json_object *json))
{
	DIR *dir = opendir(TEST_DATA "/plan");
	const struct dirent *d;
	int count = 0;

	assert_non_null(dir);
	while ((d = readdir(dir))) {
		char path[512];
		struct json_object *fixture;
		struct json_object_iter iter;

		if (!strstr(d->d_name, ".json"))
			continue;
		snprintf(path, sizeof(path), TEST_DATA "/plan/%s", d->d_name);
		fixture = json_object_from_file(path);
		assert_non_null(fixture);
		json_object_object_foreachC(fixture, iter)
		{
			struct json_object *hand =
				json_object_object_get(iter.val, "snapshot");
			struct vdpam_snapshot *snapshot;
			struct json_object *json;

			if (!hand)
				continue;
			snapshot = snapshot_from_json(hand);
			json = vdpam_snapshot_to_json(snapshot);
			check(json);
			json_object_put(json);
			vdpam_snapshot_unref(snapshot);
			count++;
		}
		json_object_put(fixture);
	}
	closedir(dir);
	assert_true(count > 10);
}

static void check_round_trip(struct json_object *json)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct json_object *again;

	assert_int_equal(vdpam_snapshot_new_from_json(json, &snapshot), 0);
	again = vdpam_snapshot_to_json(snapshot);
	assert_string_equal(json_object_to_json_string(again),
			    json_object_to_json_string(json));
	json_object_put(again);
	vdpam_snapshot_unref(snapshot);
}

static void snapshots_come_back(void **state)
{
	(void)state;
	for_each_snapshot(check_round_trip);
}

/* What does not belong where it stands. */
static struct json_object *intruder(int kind)
{
	switch (kind) {
	case 0:
		return NULL;
	case 1:
		return json_object_new_string("");
	case 2:
		return json_object_new_string("no-such-thing");
	case 3:
		return json_object_new_int64(-1);
	case 4:
		return json_object_new_array();
	case 5:
		return json_object_new_object();
	}
	return json_object_new_boolean(1);
}

/* Puts each intruder in the place of each value, and has the whole read. */
static void intrude(struct json_object *root, struct json_object *at)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct json_object_iter iter;

	if (json_object_is_type(at, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(at); i++)
			intrude(root, json_object_array_get_idx(at, i));
		return;
	}
	if (!json_object_is_type(at, json_type_object))
		return;
	json_object_object_foreachC(at, iter)
	{
		struct json_object *was = json_object_get(iter.val);
		char *key = strdup(iter.key);

		intrude(root, was);
		for (int kind = 0; kind < 7; kind++) {
			int r;

			json_object_object_add(at, key, intruder(kind));
			r = vdpam_snapshot_new_from_json(root, &snapshot);
			assert_true(r == 0 || r == -EINVAL);
			if (!r)
				json_object_put(vdpam_snapshot_to_json(snapshot));
			if (!r)
				vdpam_snapshot_unref(snapshot);
		}
		json_object_object_add(at, key, was);
		free(key);
	}
}

static void check_intruders(struct json_object *json)
{
	static int count;

	if (count++ < 12)
		intrude(json, json);
}

static void snapshots_that_are_none(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{}",
		"{\"version\":2}",
		"{\"version\":1,\"devices\":[{}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"driver\":\"d\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"class\":\"nothing\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"\\\\x00\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"class\":\"id-4294967296\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"devnum\":\"1:\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"devnum\":\"1:2x\"}]}",
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"chardev_access\":{\"mode\":\"0999\"}}]}",
		"{\"version\":1,\"functions\":[{\"handle\":\"h\",\"mgmtdev\":\"m\"}]}",
		"{\"version\":1,\"mgmtdevs\":[null]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct vdpam_snapshot *snapshot = NULL;
		struct json_object *json = json_tokener_parse(texts[i]);

		assert_int_equal(vdpam_snapshot_new_from_json(json, &snapshot), -EINVAL);
		json_object_put(json);
	}
	for_each_snapshot(check_intruders);
}

/* ---- Steps --------------------------------------------------------------------------------- */

static int read_step(const char *text, struct vdpam_step **ret_step)
{
	struct json_object *json = NULL;
	struct vdpam_error *error = NULL;
	int r;

	assert_int_equal(vdpam_json_parse(text, strlen(text), &json), 0);
	r = vdpam_step_new_from_json(json, ret_step, &error);
	assert_true(!r == !error);
	vdpam_error_free(error);
	json_object_put(json);
	return r;
}

static void steps_come_back(void **state)
{
	struct vdpam_step *step, *again;
	struct json_object *json, *twice;

	(void)state;
	assert_int_equal(vdpam_step_new(VDPAM_DEVICE_CREATE, "n0", &step), 0);
	vdpam_step_set_text(step, VDPAM_ARG_MGMTDEV, "pci/0000:01:00.2");
	vdpam_step_set_number(step, VDPAM_ARG_MAC, 0x020000000001);
	vdpam_step_set_number(step, VDPAM_ARG_FEATURES, UINT64_MAX);
	vdpam_step_set_number(step, VDPAM_ARG_IDENTITY, UINT64_MAX - 1);
	vdpam_step_set_number(step, VDPAM_ARG_PROBE, 1);
	vdpam_step_set_number(step, VDPAM_ARG_FORCE, 0);
	vdpam_step_set_why(step, "the document wants it");
	json = vdpam_step_to_json(step);
	assert_int_equal(vdpam_step_new_from_json(json, &again, NULL), 0);
	twice = vdpam_step_to_json(again);
	assert_string_equal(json_object_to_json_string(json),
			    json_object_to_json_string(twice));
	json_object_put(json);
	json_object_put(twice);
	vdpam_step_unref(step);
	vdpam_step_unref(again);
}

static void steps_that_are_none(void **state)
{
	static const char *const texts[] = {
		"{\"operation\":\"reboot\",\"target\":\"n0\",\"arguments\":{}}",
		"{\"operation\":\"device-delete\",\"target\":\"\",\"arguments\":{}}",
		"{\"operation\":\"device-delete\",\"target\":\"../n0\",\"arguments\":{}}",
		"{\"operation\":\"device-delete\",\"target\":\"..\",\"arguments\":{}}",
		"{\"operation\":\"device-delete\",\"target\":\"a\\\\x0ab\",\"arguments\":{}}",
		"{\"operation\":\"device-create\",\"target\":\"a b\",\"arguments\":{}}",
		"{\"operation\":\"device-delete\",\"target\":\"n0\"}",
		"{\"operation\":\"device-delete\",\"target\":\"n0\",\"arguments\":[]}",
		"{\"operation\":\"device-delete\",\"target\":\"n0\",\"arguments\":{},\"x\":1}",
		"{\"operation\":\"device-set\",\"target\":\"n0\",\"arguments\":{\"x\":1}}",
		"{\"operation\":\"device-set\",\"target\":\"n0\",\"arguments\":{\"mtu\":67}}",
		"{\"operation\":\"device-set\",\"target\":\"n0\",\"arguments\":{\"mtu\":null}}",
		"{\"operation\":\"device-set\",\"target\":\"n0\",\"arguments\":{\"mtu\":\"9\"}}",
		"{\"operation\":\"device-set\",\"target\":\"n0\",\"arguments\":{\"mac\":1}}",
		("{\"operation\":\"driver-bind\",\"target\":\"n0\","
		 "\"arguments\":{\"driver\":\"../vhost_vdpa\"}}"),
		"{\"operation\":\"driver-bind\",\"target\":\"n0\",\"arguments\":{\"driver\":1}}",
		"{\"operation\":\"driver-unbind\",\"target\":\"n0\",\"arguments\":{\"force\":1}}",
		"{\"operation\":\"vf-count\",\"target\":\"pci/../x/y\",\"arguments\":{}}",
		"{\"operation\":\"vf-count\",\"target\":\"/etc\",\"arguments\":{}}",
	};
	struct vdpam_step *step;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (read_step(texts[i], &step) != -EINVAL)
			fail_msg("was taken: %s", texts[i]);
	}
}

#define STEP "{\"operation\":\"device-delete\",\"target\":\"n0\",\"arguments\":{}"

static int read_plan(const char *text, struct vdpam_plan **ret_plan)
{
	struct json_object *json = NULL;
	int r;

	assert_int_equal(vdpam_json_parse(text, strlen(text), &json), 0);
	r = vdpam_plan_new_from_json(json, ret_plan, NULL);
	json_object_put(json);
	return r;
}

static void needs_go_back_only(void **state)
{
	struct vdpam_plan *plan = NULL;

	(void)state;
	assert_int_equal(read_plan("[]", &plan), 0);
	vdpam_plan_free(plan);
	assert_int_equal(read_plan("[" STEP "}," STEP ",\"needs\":[0]}]", &plan), 0);
	assert_int_equal(vdpam_plan_count(plan), 2);
	vdpam_plan_free(plan);
	assert_int_equal(read_plan("[" STEP "}," STEP ",\"needs\":[1]}]", &plan),
			 -EINVAL);
	assert_int_equal(read_plan("[" STEP ",\"needs\":[0]}]", &plan), -EINVAL);
	assert_int_equal(read_plan("[" STEP ",\"needs\":[-1]}]", &plan), -EINVAL);
	assert_int_equal(read_plan("[" STEP ",\"needs\":{}}]", &plan), -EINVAL);
	assert_int_equal(read_plan("{}", &plan), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_come_back),
		cmocka_unit_test(snapshots_that_are_none),
		cmocka_unit_test(steps_come_back),
		cmocka_unit_test(steps_that_are_none),
		cmocka_unit_test(needs_go_back_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
