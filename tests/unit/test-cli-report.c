// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What vdpactl apply says of a plan that has been run, and the exit status that it makes of it. The
 * steps are real, what became of them is said by the test.
 */
#include "cli.h"

#include <errno.h>
#include <json-c/json.h>

#include "../../vdpactl/plan.h"

#define STEPS_MAX 8

struct vdpam_error {
	enum vdpam_error_code code;
	const char *kernel;
};

struct vdpam_plan {
	size_t count;
	struct vdpam_step *steps[STEPS_MAX];
	enum vdpam_step_status statuses[STEPS_MAX];
	const struct vdpam_error *errors[STEPS_MAX];
};

/* ---- In place of the library ---- */

enum vdpam_error_code vdpam_error_get_code(const struct vdpam_error *error)
{
	return error->code;
}

struct json_object *vdpam_error_to_json(const struct vdpam_error *error)
{
	struct json_object *inner = json_object_new_object();
	struct json_object *outer = json_object_new_object();

	json_object_object_add(
		inner, "code",
		json_object_new_string(vdpam_error_code_name(error->code)));
	json_object_object_add(inner, "message",
			       json_object_new_string("what was tried, and why not"));
	json_object_object_add(inner, "kernel",
			       error->kernel ? json_object_new_string(error->kernel)
					     : NULL);
	json_object_object_add(outer, "error", inner);
	return outer;
}

size_t vdpam_plan_count(const struct vdpam_plan *plan)
{
	return plan->count;
}

struct vdpam_step *vdpam_plan_get_step(const struct vdpam_plan *plan, size_t index)
{
	return plan->steps[index];
}

enum vdpam_step_status vdpam_plan_get_status(const struct vdpam_plan *plan, size_t index)
{
	return plan->statuses[index];
}

const struct vdpam_error *vdpam_plan_get_error(const struct vdpam_plan *plan,
					       size_t index)
{
	return plan->errors[index];
}

size_t vdpam_plan_count_notes(const struct vdpam_plan *plan)
{
	(void)plan;
	return 0;
}

/* ---- The tests ---- */

static const struct vdpam_error in_use = { VDPAM_ERROR_IN_USE, NULL };
static const struct vdpam_error refused = { VDPAM_ERROR_KERNEL, "no room left" };
static const struct vdpam_error late = { VDPAM_ERROR_TIMEOUT, NULL };

static void add(struct vdpam_plan *plan, enum vdpam_operation operation,
		const char *target, enum vdpam_step_status status,
		const struct vdpam_error *error)
{
	size_t index = plan->count++;

	assert_true(index < STEPS_MAX);
	assert_int_equal(vdpam_step_new(operation, target, &plan->steps[index]), 0);
	plan->statuses[index] = status;
	plan->errors[index] = error;
}

static const struct command plain = { .verb = &apply_verb };
static const struct command quiet = { .verb = &apply_verb, .quiet = true };
static const struct command detailed = {
	.verb = &apply_verb,
	.quiet = true,
	.options[OPTION_EXITCODE] = "",
};
static const struct command json = { .verb = &apply_verb, .json = true };

static const struct command *command;

static int report(void *plan)
{
	return plan_report(command, plan);
}

/* The plan is the caller's; its steps end here. */
static const struct printed *reported(const struct command *cmd, struct vdpam_plan *plan)
{
	static struct printed printed;

	command = cmd;
	catch_output(report, plan, &printed);
	for (size_t i = 0; i < plan->count; i++)
		vdpam_step_unref(plan->steps[i]);
	return &printed;
}

static void test_nothing(void **state)
{
	struct vdpam_plan plan = {};
	const struct printed *printed = reported(&plain, &plan);

	(void)state;
	assert_int_equal(printed->status, 0);
	assert_string_equal(printed->out, "nothing to do\n");
}

static void test_done(void **state)
{
	static const struct {
		const struct command *cmd;
		const char *out;
		int status;
	} cases[] = {
		{ &plain,
		  "OPERATION      DONE  FAILED  SKIPPED\n"
		  "device-create  1     0       0\n"
		  "driver-bind    1     0       0\n"
		  "2 done, 0 failed, 0 skipped\n",
		  0 },
		{ &quiet, "", 0 },
		{ &detailed, "", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vdpam_plan plan = {};
		const struct printed *printed;

		add(&plan, VDPAM_DEVICE_CREATE, "n0", VDPAM_STEP_DONE, NULL);
		add(&plan, VDPAM_DRIVER_BIND, "n0", VDPAM_STEP_DONE, NULL);
		printed = reported(cases[i].cmd, &plan);
		assert_string_equal(printed->out, cases[i].out);
		assert_string_equal(printed->err, "");
		assert_int_equal(printed->status, cases[i].status);
	}
}

static void test_failed(void **state)
{
	struct vdpam_plan plan = {};
	const struct printed *printed;

	(void)state;
	add(&plan, VDPAM_DRIVER_UNBIND, "held", VDPAM_STEP_FAILED, &in_use);
	add(&plan, VDPAM_DEVICE_CREATE, "n0", VDPAM_STEP_DONE, NULL);
	add(&plan, VDPAM_DEVICE_CREATE, "bad\\x20", VDPAM_STEP_FAILED, &refused);
	add(&plan, VDPAM_DRIVER_BIND, "bad\\x20", VDPAM_STEP_SKIPPED, NULL);
	add(&plan, VDPAM_DRIVER_BIND, "slow", VDPAM_STEP_PENDING, NULL);
	printed = reported(&plain, &plan);
	assert_string_equal(printed->out,
			    "OPERATION      DONE  FAILED  SKIPPED\n"
			    "driver-unbind  0     1       0\n"
			    "device-create  1     1       0\n"
			    "driver-bind    0     0       2\n"
			    "FAILED      OPERATION      CODE    KERNEL\n"
			    "held        driver-unbind  in-use  -\n"
			    "bad\\x5cx20  device-create  kernel  no room left\n"
			    "1 done, 2 failed, 2 skipped\n");
	assert_string_equal(printed->err, "vdpactl: what was tried, and why not\n"
					  "vdpactl: what was tried, and why not\n");
	assert_int_equal(printed->status, 3);
}

/* As JSON there is one error, and each step has its own. */
static void test_json(void **state)
{
	struct vdpam_plan plan = {};
	const struct printed *printed;

	(void)state;
	add(&plan, VDPAM_DEVICE_CREATE, "a", VDPAM_STEP_FAILED, &refused);
	add(&plan, VDPAM_DEVICE_CREATE, "b", VDPAM_STEP_FAILED, &in_use);
	add(&plan, VDPAM_DEVICE_CREATE, "c", VDPAM_STEP_DONE, NULL);
	printed = reported(&json, &plan);
	expect_words(printed->out, "\"status\":\"failed\",\"error\":{\"code\":\"kernel\","
				   "\"message\":\"what was tried, and why not\","
				   "\"kernel\":\"no room left\"}");
	expect_words(printed->out, "\"status\":\"done\",\"error\":null");
	expect_words(printed->err, "\"code\":\"kernel\"");
	assert_ptr_equal(strchr(printed->err, '\n'),
			 printed->err + strlen(printed->err) - 1);
}

static void test_status(void **state)
{
	static const struct {
		enum vdpam_step_status status[3];
		const struct vdpam_error *error[3];
		int expected, of_failures;
	} cases[] = {
		/* Devices in use alone: 5 when nothing could be done, else 3. */
		{ { VDPAM_STEP_FAILED, VDPAM_STEP_FAILED, VDPAM_STEP_SKIPPED },
		  { &in_use, &in_use, NULL },
		  5,
		  5 },
		{ { VDPAM_STEP_FAILED, VDPAM_STEP_DONE, VDPAM_STEP_SKIPPED },
		  { &in_use, NULL, NULL },
		  3,
		  5 },
		/* Failures that differ. */
		{ { VDPAM_STEP_FAILED, VDPAM_STEP_FAILED, VDPAM_STEP_SKIPPED },
		  { &in_use, &refused, NULL },
		  1,
		  1 },
		/* What the kernel still works on comes before all. */
		{ { VDPAM_STEP_FAILED, VDPAM_STEP_DONE, VDPAM_STEP_WAITING },
		  { &in_use, NULL, &late },
		  75,
		  75 },
		/* Interrupted: whoever interrupts it says so. */
		{ { VDPAM_STEP_DONE, VDPAM_STEP_SKIPPED, VDPAM_STEP_SKIPPED },
		  { NULL, NULL, NULL },
		  0,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vdpam_plan plan = {};

		for (size_t j = 0; j < 3; j++)
			add(&plan, VDPAM_DEVICE_CREATE, "n0", cases[i].status[j],
			    cases[i].error[j]);
		assert_int_equal(reported(&quiet, &plan)->status, cases[i].expected);
		assert_int_equal(plan_failure_status(&plan), cases[i].of_failures);
		assert_int_equal(plan_goes_on(&plan), cases[i].expected == 75);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_done),
		cmocka_unit_test(test_failed),  cmocka_unit_test(test_json),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
