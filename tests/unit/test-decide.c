// SPDX-License-Identifier: GPL-2.0-or-later
/* Which steps of a plan may run: functions and what they cost, what waits for them, what is nobody's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "plan.h"
#include "snapshots.h"
#include "step.h"
#include "targets.h"

#define PF "pci/0000:01:00.0"
#define NOW UINT64_C(1000000)

struct fixture {
	struct vdpam_document *document;
	struct vdpam_snapshot *snapshot;
	struct targets targets;
	struct vdpam_plan *plan;
};

static bool is_frozen(void *userdata, const char *file)
{
	(void)file;
	return *(bool *)userdata;
}

/* A document that names n0; the kernel has what nobody asked for. */
static void observe(struct fixture *f, bool frozen)
{
	assert_int_equal(targets_observe(&f->targets, f->document, f->snapshot, is_frozen,
					 &frozen, NOW),
			 0);
}

static int setup(void **state)
{
	static const char text[] =
		"{\"version\":1,\"devices\":[{\"name\":\"n0\",\"mgmtdev\":"
		"{\"pf\":\"" PF "\",\"vf\":0}}]}";
	const struct vdpam_document_source source = { "f", text, sizeof(text) - 1 };
	struct json_object *json = json_tokener_parse(
		"{\"mgmtdevs\":[{\"handle\":\"vdpasim_net\",\"classes\":[\"net\"],"
		"\"function\":\"simulator\"}],\"devices\":[{\"name\":\"other\",\"class\":"
		"\"net\",\"mgmtdev\":\"vdpasim_net\"}]}");
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(vdpam_document_new(&source, 1, &f->document, NULL), 0);
	f->snapshot = snapshot_from_json(json);
	json_object_put(json);
	assert_int_equal(targets_init(&f->targets), 0);
	f->plan = calloc(1, sizeof(*f->plan));
	assert_non_null(f->plan);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vdpam_plan_free(f->plan);
	targets_fini(&f->targets);
	vdpam_snapshot_unref(f->snapshot);
	vdpam_document_unref(f->document);
	free(f);
	return 0;
}

static struct vdpam_step *add(struct fixture *f, enum vdpam_operation operation,
			      const char *target)
{
	struct vdpam_step *step;

	assert_int_equal(vdpam_plan_add(f->plan, operation, target, "test", &step), 0);
	return step;
}

static int decide(struct fixture *f, unsigned int flags)
{
	uint64_t wake;

	return targets_decide(&f->targets, f->document, f->plan, flags, NOW, &wake);
}

static void expect(const struct fixture *f, size_t index, enum vdpam_step_status status)
{
	assert_int_equal(vdpam_plan_get_status(f->plan, index), status);
}

static enum device_state state_of(const struct fixture *f, const char *name)
{
	return targets_find(&f->targets, name)->r.state;
}

static void test_function_and_its_device(void **state)
{
	struct fixture *f = *state;

	observe(f, false);
	add(f, VDPAM_VF_COUNT, PF);
	add(f, VDPAM_DEVICE_CREATE, "n0");
	vdpam_plan_require_previous(f->plan);
	/* The device's turn comes when its function is there. */
	assert_int_equal(decide(f, 0), 2);
	expect(f, 0, VDPAM_STEP_PENDING);
	expect(f, 1, VDPAM_STEP_PENDING);
	assert_true(targets_is_busy(&f->targets, f->plan));
	assert_true(targets_find_function(&f->targets, PF)->is_function);
}

/* What it costs others is only done where that was allowed; what is to be on it waits. */
static void test_cost_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct target *function;

	observe(f, false);
	assert_int_equal(vdpam_step_add_collateral(add(f, VDPAM_VF_COUNT, PF), "other"),
			 0);
	add(f, VDPAM_DEVICE_CREATE, "n0");
	vdpam_plan_require_previous(f->plan);
	assert_int_equal(decide(f, 0), 0);
	expect(f, 0, VDPAM_STEP_SKIPPED);
	expect(f, 1, VDPAM_STEP_SKIPPED);
	function = targets_find_function(&f->targets, PF);
	assert_int_equal(vdpam_error_get_code(function->error), VDPAM_ERROR_COLLATERAL);
	assert_int_equal(state_of(f, "n0"), STATE_WAITING);
	assert_false(targets_is_busy(&f->targets, f->plan));
}

static void test_cost_is_allowed(void **state)
{
	struct fixture *f = *state;

	observe(f, false);
	assert_int_equal(vdpam_step_add_collateral(add(f, VDPAM_VF_COUNT, PF), "other"),
			 0);
	assert_int_equal(decide(f, DECIDE_COLLATERAL), 1);
	expect(f, 0, VDPAM_STEP_PENDING);
}

/* The document became faulty: what it named stays as it is. */
static void test_frozen(void **state)
{
	struct fixture *f = *state;

	observe(f, true);
	add(f, VDPAM_DEVICE_CREATE, "n0");
	assert_int_equal(decide(f, 0), 0);
	expect(f, 0, VDPAM_STEP_SKIPPED);
}

static void test_nobodys(void **state)
{
	struct fixture *f = *state;

	observe(f, false);
	assert_int_equal(state_of(f, "other"), STATE_FOREIGN);
	add(f, VDPAM_DEVICE_DELETE, "other");
	assert_int_equal(decide(f, 0), 0);
	expect(f, 0, VDPAM_STEP_SKIPPED);
}

static void test_pruned(void **state)
{
	struct fixture *f = *state;

	observe(f, false);
	add(f, VDPAM_DEVICE_DELETE, "other");
	assert_int_equal(decide(f, DECIDE_PRUNE), 1);
	expect(f, 0, VDPAM_STEP_PENDING);
}

/* A verb was judged before: all of it runs, and it is known to be under way. */
static void test_admitted(void **state)
{
	struct fixture *f = *state;

	observe(f, false);
	add(f, VDPAM_VF_COUNT, PF);
	add(f, VDPAM_DEVICE_DELETE, "other");
	assert_int_equal(targets_admit(&f->targets, f->plan, NOW), 0);
	expect(f, 0, VDPAM_STEP_PENDING);
	expect(f, 1, VDPAM_STEP_PENDING);
	assert_true(targets_find_function(&f->targets, PF)->r.busy);
	assert_true(targets_find(&f->targets, "other")->r.busy);
	for (size_t i = 0; i < 2; i++) {
		vdpam_plan_set_result(f->plan, i, VDPAM_STEP_DONE, NULL);
		targets_step_ends(&f->targets, f->plan, i, NOW);
	}
	assert_false(targets_is_busy(&f->targets, f->plan));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(function_and_its_device),
		TEST(cost_is_refused),
		TEST(cost_is_allowed),
		TEST(frozen),
		TEST(nobodys),
		TEST(pruned),
		TEST(admitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
