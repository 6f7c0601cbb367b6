// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon thinks of a device: the table of states, row by row, and two hours of random events
 * in virtual time with the real planner, a kernel that fails at times, and another tool at work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "snapshots.h"
#include "targets.h"

#define SECOND UINT64_C(1000000)

/* ---- The table ----------------------------------------------------------------------------- */

static const struct row {
	enum device_state from;
	enum reconcile_event event;
	enum device_state to;
	unsigned int action;
} rows[] = {
	{ STATE_UNKNOWN, EVENT_SEEN_FOREIGN, STATE_FOREIGN, 0 },
	{ STATE_UNKNOWN, EVENT_SEEN_RIGHT, STATE_READY, 0 },
	{ STATE_UNKNOWN, EVENT_SEEN_WAITING, STATE_WAITING, 0 },
	{ STATE_UNKNOWN, EVENT_SEEN_MISSING, STATE_ABSENT, ACTION_RUN },
	{ STATE_UNKNOWN, EVENT_SEEN_OTHER, STATE_DIFFERS, ACTION_RUN },
	{ STATE_WAITING, EVENT_SEEN_MISSING, STATE_ABSENT, ACTION_RUN },
	{ STATE_READY, EVENT_SEEN_OTHER, STATE_DIFFERS, ACTION_RUN },
	{ STATE_READY, EVENT_SEEN_FOREIGN, STATE_FOREIGN, 0 },
	{ STATE_READY, EVENT_SEEN_GONE, STATE_UNKNOWN, ACTION_FORGET },
	{ STATE_ABSENT, EVENT_CREATE_BEGINS, STATE_CREATING, 0 },
	{ STATE_CREATING, EVENT_CHANGE_BEGINS, STATE_CREATING, 0 },
	{ STATE_READY, EVENT_UNBIND_BEGINS, STATE_UNBINDING, 0 },
	{ STATE_UNBINDING, EVENT_DELETE_BEGINS, STATE_DELETING, 0 },
	{ STATE_CREATING, EVENT_RUN_FAILS, STATE_FAILED, ACTION_WAIT },
	{ STATE_FAILED, EVENT_SEEN_MISSING, STATE_FAILED, ACTION_RUN },
	{ STATE_FAILED, EVENT_SEEN_RIGHT, STATE_READY, 0 },
	{ STATE_READY, EVENT_DIVERT, STATE_DIVERTED, 0 },
	{ STATE_DIVERTED, EVENT_SEEN_OTHER, STATE_DIVERTED, 0 },
	{ STATE_DIVERTED, EVENT_SEEN_MISSING, STATE_DIVERTED, 0 },
	{ STATE_DIVERTED, EVENT_RESUME, STATE_UNKNOWN, 0 },
	{ STATE_DIVERTED, EVENT_SEEN_FOREIGN, STATE_FOREIGN, 0 },
	{ STATE_FOREIGN, EVENT_DIVERT, STATE_FOREIGN, 0 },
	{ STATE_FOREIGN, EVENT_SEEN_UNBINDING, STATE_UNBINDING, 0 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reconcile r = { .state = rows[i].from };
		unsigned int action = reconcile(&r, rows[i].event, 1, SECOND);

		if (r.state != rows[i].to || action != rows[i].action)
			fail_msg("row %zu: %s, action %u", i, device_state_name(r.state),
				 action);
	}
}

/* What is seen while its own steps run is half of it. */
static void test_busy(void **state)
{
	struct reconcile r = { .state = STATE_ABSENT };

	(void)state;
	reconcile(&r, EVENT_CREATE_BEGINS, 0, SECOND);
	assert_int_equal(reconcile(&r, EVENT_SEEN_OTHER, 1, SECOND), 0);
	assert_int_equal(reconcile(&r, EVENT_SEEN_GONE, 0, SECOND), 0);
	assert_int_equal(r.state, STATE_CREATING);
	reconcile(&r, EVENT_RUN_ENDS, 0, SECOND);
	reconcile(&r, EVENT_SEEN_RIGHT, 0, SECOND);
	assert_int_equal(r.state, STATE_READY);
}

/* 1 s, 2 s, 4 s, … 5 min, and from the beginning after a hint. */
static void test_backoff(void **state)
{
	struct reconcile r = { .state = STATE_UNKNOWN };
	uint64_t now = SECOND, expected = SECOND;

	(void)state;
	for (int i = 0; i < 12; i++) {
		reconcile(&r, EVENT_CREATE_BEGINS, 0, now);
		reconcile(&r, EVENT_RUN_FAILS, 0, now);
		assert_int_equal(r.retry_usec - now, expected);
		assert_int_equal(reconcile(&r, EVENT_SEEN_MISSING, 1, now), ACTION_WAIT);
		expected = expected * 2 < 300 * SECOND ? expected * 2 : 300 * SECOND;
	}
	reconcile(&r, EVENT_HINT, 0, now);
	assert_true(r.retry_usec > now); /* an echo of what we did ourselves */
	reconcile(&r, EVENT_HINT, 0, now + 2 * SECOND);
	assert_int_equal(r.retry_usec, 0);
}

/* Mended at once three times, then less and less often; said once. */
static void test_fight(void **state)
{
	struct reconcile r = { .state = STATE_READY };
	unsigned int fights = 0, runs = 0;

	(void)state;
	for (uint64_t now = SECOND; now < 60 * SECOND; now += SECOND / 10) {
		unsigned int action = reconcile(&r, EVENT_SEEN_OTHER, 1, now);

		fights += (action & ACTION_FIGHT) != 0;
		if (!(action & ACTION_RUN))
			continue;
		runs++;
		reconcile(&r, EVENT_CHANGE_BEGINS, 0, now);
		reconcile(&r, EVENT_RUN_ENDS, 0, now);
		reconcile(&r, EVENT_SEEN_RIGHT, 0, now);
	}
	assert_int_equal(fights, 1);
	assert_in_range(runs, RECONCILE_MENDS_FREE + 1, 10);
	/* The other has given up: the next drift is mended at once again. */
	assert_true(reconcile(&r, EVENT_SEEN_OTHER, 1, 1000 * SECOND) & ACTION_RUN);
}

/* ---- Two hours ----------------------------------------------------------------------------- */

#define DEVICES 6
#define HOURS (2 * 3600 * SECOND)

struct device {
	bool present;
	const char *driver; /* NULL: none */
	uint32_t mac;       /* the last byte */
};

struct world {
	struct device devices[DEVICES]; /* the document's */
	struct device other;            /* nobody's */
	bool parent;
	unsigned int fail_percent;
	unsigned int seed;
};

static unsigned int dice(struct world *world, unsigned int sides)
{
	world->seed = world->seed * 1103515245 + 12345;
	return (world->seed >> 16) % sides;
}

static void add_device(struct json_object *list, const char *name,
		       const struct device *device)
{
	struct json_object *row = json_object_new_object();
	struct json_object *config = json_object_new_object();
	char mac[18];

	snprintf(mac, sizeof(mac), "02:00:00:00:00:%02x", device->mac);
	json_object_object_add(row, "name", json_object_new_string(name));
	json_object_object_add(row, "class", json_object_new_string("net"));
	json_object_object_add(row, "mgmtdev", json_object_new_string("vdpasim_net"));
	if (device->driver)
		json_object_object_add(row, "driver",
				       json_object_new_string(device->driver));
	json_object_object_add(config, "mac", json_object_new_string(mac));
	json_object_object_add(row, "config", config);
	json_object_array_add(list, row);
}

static struct vdpam_snapshot *look(const struct world *world)
{
	struct json_object *json = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	struct json_object *mgmtdevs = json_tokener_parse(
		world->parent ? "[{\"handle\":\"vdpasim_net\",\"classes\":[\"net\"],"
				"\"function\":\"simulator\"}]"
			      : "[]");
	struct vdpam_snapshot *snapshot;
	char name[8];

	for (unsigned int i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		if (world->devices[i].present)
			add_device(devices, name, &world->devices[i]);
	}
	if (world->other.present)
		add_device(devices, "other", &world->other);
	json_object_object_add(json, "mgmtdevs", mgmtdevs);
	json_object_object_add(json, "devices", devices);
	snapshot = snapshot_from_json(json);
	json_object_put(json);
	return snapshot;
}

/* What a step does to the world; false when it fails. */
static bool do_step(struct world *world, const struct vdpam_step *step)
{
	const char *target = vdpam_step_get_target(step);
	struct device *device;
	uint64_t mac = 0;

	assert_int_equal(target[0], 'd'); /* never on what is nobody's */
	device = &world->devices[target[1] - '0'];
	if (dice(world, 100) < world->fail_percent)
		return false;
	vdpam_step_get_number(step, VDPAM_ARG_MAC, &mac);
	switch (vdpam_step_get_operation(step)) {
	case VDPAM_DEVICE_CREATE:
		if (!world->parent || device->present)
			return false;
		*device = (struct device){ .present = true, .mac = mac & 0xff };
		break;
	case VDPAM_DEVICE_DELETE:
		assert_null(device->driver);
		device->present = false;
		break;
	case VDPAM_DEVICE_SET:
		device->mac = mac & 0xff;
		break;
	case VDPAM_DRIVER_BIND:
		if (!device->present || device->driver)
			return false;
		device->driver = "vhost_vdpa";
		break;
	case VDPAM_DRIVER_UNBIND:
		device->driver = NULL;
		break;
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_VF_COUNT:
	case VDPAM_VF_SET:
	case VDPAM_SF_ADD:
	case VDPAM_SF_DEL:
	case VDPAM_MDEV_CREATE:
	case VDPAM_MDEV_REMOVE:
	case VDPAM_FUNCTION_BIND:
	case VDPAM_FUNCTION_UNBIND:
		fail_msg("%s was not planned for",
			 vdpam_operation_name(vdpam_step_get_operation(step)));
	}
	return true;
}

static void run(struct world *world, struct targets *targets, struct vdpam_plan *plan,
		uint64_t now)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);
		enum vdpam_step_status status = VDPAM_STEP_SKIPPED;

		if (vdpam_plan_get_status(plan, i) != VDPAM_STEP_PENDING)
			continue;
		if (vdpam_plan_prepare(plan, i) > 0) {
			targets_step_begins(targets, step, now);
			status = do_step(world, step) ? VDPAM_STEP_DONE
						      : VDPAM_STEP_FAILED;
		}
		vdpam_plan_set_result(plan, i, status, NULL);
		targets_step_ends(targets, plan, i, now);
	}
}

static uint64_t turn(struct world *world, struct targets *targets,
		     struct vdpam_document *document, uint64_t now)
{
	struct vdpam_snapshot *snapshot = look(world);
	struct vdpam_plan *plan = NULL;
	uint64_t wake = 0;

	assert_int_equal(targets_observe(targets, document, snapshot, NULL, NULL, now),
			 0);
	assert_int_equal(vdpam_plan_new(document, snapshot, &vdpam_plan_options_default,
					&plan, NULL),
			 0);
	assert_true(targets_decide(targets, document, plan, 0, now, &wake) >= 0);
	run(world, targets, plan, now);
	vdpam_plan_free(plan);
	vdpam_snapshot_unref(snapshot);
	return wake;
}

/* Another tool, and hardware that comes and goes. */
static void disturb(struct world *world, struct targets *targets, uint64_t now)
{
	struct device *device = &world->devices[dice(world, DEVICES)];
	struct device *gone = NULL;

	switch (dice(world, 6)) {
	case 0:
		device->driver = NULL;
		break;
	case 1:
		device->mac = 0x77;
		break;
	case 2:
		gone = device;
		break;
	case 3:
		world->parent = !world->parent;
		for (unsigned int i = 0; i < DEVICES && !world->parent; i++)
			world->devices[i] = (struct device){};
		break;
	case 4:
		world->fail_percent = dice(world, 3) ? 0 : 60;
		break;
	default:
		targets_event_all(targets, EVENT_HINT, now);
		break;
	}
	if (gone)
		*gone = (struct device){};
}

static void check_end(const struct world *world, const struct targets *targets)
{
	char name[8];

	for (unsigned int i = 0; i < DEVICES; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		assert_true(world->devices[i].present);
		assert_string_equal(world->devices[i].driver, "vhost_vdpa");
		assert_int_equal(world->devices[i].mac, i);
		assert_int_equal(targets_find(targets, name)->r.state, STATE_READY);
	}
	assert_true(world->other.present);
	assert_null(world->other.driver);
	assert_int_equal(world->other.mac, 0x99);
	assert_int_equal(targets_find(targets, "other")->r.state, STATE_FOREIGN);
}

static void live(unsigned int seed)
{
	static const char text[] =
		"{\"version\":1,\"devices\":[{\"name\":\"d{n}\",\"count\":6,\"mgmtdev\":"
		"\"vdpasim_net\",\"mac\":\"02:00:00:00:00:{n}\",\"driver\":\"vhost_vdpa\"}]}";
	const struct vdpam_document_source source = { "d", text, sizeof(text) - 1 };
	struct world world = { .seed = seed, .parent = true };
	struct targets targets = {};
	struct vdpam_document *document = NULL;
	uint64_t now = SECOND;

	world.other = (struct device){ .present = true, .mac = 0x99 };
	assert_int_equal(targets_init(&targets), 0);
	assert_int_equal(vdpam_document_new(&source, 1, &document, NULL), 0);
	while (now < HOURS) {
		turn(&world, &targets, document, now);
		if (!dice(&world, 3))
			disturb(&world, &targets, now);
		now += SECOND / 2 + dice(&world, 3 * SECOND);
	}
	/* They leave it alone: it comes to rest within the longest pause, by its own timer. */
	world.parent = true;
	world.fail_percent = 0;
	for (int i = 0; i < 40; i++) {
		uint64_t wake = turn(&world, &targets, document, now);

		now = wake > now ? wake : now + 30 * SECOND;
	}
	check_end(&world, &targets);
	vdpam_document_unref(document);
	targets_fini(&targets);
}

static void test_two_hours(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 10; seed++)
		live(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),     cmocka_unit_test(test_busy),
		cmocka_unit_test(test_backoff),   cmocka_unit_test(test_fight),
		cmocka_unit_test(test_two_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
