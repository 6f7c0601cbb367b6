// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How plans are run: in order, in batches, in turn, up to a deadline, and beyond it. The plan is
 * real; what running one step does is said by the test, to which the linker redirects these calls.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "batch.h"
#include "plan.h"
#include "private.h"

#define MSEC 1000ULL

static struct vdpam_ctx ctx;
static struct vdpam_plan *plan;
static char log_text[512];
static bool locked;          /* no batch can be begun */
static int held;             /* how often steps on "held" still time out */
static bool waited_in_batch; /* for longer than a moment */
static bool long_in_batch;   /* a step on a function ran in a batch */
static int batches;          /* begun so far */
static int stop_after;       /* so many steps have begun; below 0: never */

static void log_word(const char *what, const char *target)
{
	size_t used = strlen(log_text);

	snprintf(log_text + used, sizeof(log_text) - used, "%s%s-%s", used ? " " : "",
		 what, target);
}

/* ---- What the runner calls ---- */

int __wrap_vdpam_batch_begin(struct vdpam_ctx *c, uint64_t timeout_usec,
			     struct vdpam_error **ret_error);
int __wrap_vdpam_batch_end(struct vdpam_ctx *c);
void __wrap_vdpam_batch_recover(struct vdpam_ctx *c, uint64_t timeout_usec);
void __wrap_vdpam_step_recover_autoprobe(struct vdpam_ctx *c);
int __wrap_vdpam_step_run(struct vdpam_ctx *c, struct vdpam_step *step,
			  uint64_t timeout_usec, struct vdpam_error **ret_error);

int __wrap_vdpam_batch_begin(struct vdpam_ctx *c, uint64_t timeout_usec,
			     struct vdpam_error **ret_error)
{
	(void)timeout_usec;
	if (locked)
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, -EACCES, NULL,
				  NULL, "locked");
	assert_null(c->batch);
	c->batch = (struct vdpam_batch *)&batches; /* never looked into */
	batches++;
	return 0;
}

int __wrap_vdpam_batch_end(struct vdpam_ctx *c)
{
	c->batch = NULL;
	return 0;
}

void __wrap_vdpam_batch_recover(struct vdpam_ctx *c, uint64_t timeout_usec)
{
	(void)c;
	(void)timeout_usec;
	log_word("recover", "all");
}

void __wrap_vdpam_step_recover_autoprobe(struct vdpam_ctx *c)
{
	(void)c;
	log_word("recover", "vfs");
}

static int time_out(const struct vdpam_ctx *c, uint64_t timeout_usec,
		    struct vdpam_error **ret_error)
{
	const struct timespec pause = { .tv_nsec = (long)(timeout_usec * 1000 / 20) };

	held--;
	waited_in_batch |= c->batch && timeout_usec > 500 * MSEC;
	nanosleep(&pause, NULL); /* a part of it is enough to let a deadline pass */
	return vdpam_fail(ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, "held", NULL,
			  "held");
}

/*
 * "held" times out while it is held, "busy" is in use, "slow" takes its time, all others do what they
 * are told.
 */
int __wrap_vdpam_step_run(struct vdpam_ctx *c, struct vdpam_step *step,
			  uint64_t timeout_usec, struct vdpam_error **ret_error)
{
	const char *target = vdpam_step_get_target(step);

	if (!strcmp(target, "busy"))
		return vdpam_fail(ret_error, VDPAM_ERROR_IN_USE, -EBUSY, target, NULL,
				  "busy");
	if (!strcmp(target, "slow"))
		nanosleep(&(struct timespec){ .tv_nsec = 520 * 1000 * 1000 }, NULL);
	if (!strcmp(target, "held") && held)
		return time_out(c, timeout_usec, ret_error);
	long_in_batch |= c->batch && vdpam_step_get_operation(step) == VDPAM_SF_ADD;
	if (vdpam_step_get_operation(step) == VDPAM_DEVICE_CREATE)
		vdpam_step_set_number(step, VDPAM_ARG_IDENTITY, 4711);
	log_word(vdpam_operation_name(vdpam_step_get_operation(step)), target);
	return 0;
}

/* ---- Plans ---- */

static void add(enum vdpam_operation operation, const char *target, int needs)
{
	struct vdpam_step *step;

	assert_int_equal(vdpam_plan_add(plan, operation, target, "test", &step), 0);
	if (needs >= 0)
		vdpam_plan_require(plan, (size_t)needs);
}

/* An unbind, and a delete that needs it. */
static void add_destroy(const char *target)
{
	add(VDPAM_DRIVER_UNBIND, target, -1);
	add(VDPAM_DEVICE_DELETE, target, (int)plan->count - 1);
}

static bool stop(void *userdata)
{
	(void)userdata;
	if (stop_after > 0)
		return stop_after--, false;
	return !stop_after;
}

static int run(uint64_t timeout_usec)
{
	const struct vdpam_run_hooks hooks = { .stop = stop };

	return vdpam_plan_run(&ctx, plan, timeout_usec, &hooks, NULL);
}

static void expect_statuses(const char *letters)
{
	static const char of[] = {
		[VDPAM_STEP_PENDING] = 'p', [VDPAM_STEP_WAITING] = 'w',
		[VDPAM_STEP_DONE] = 'd',    [VDPAM_STEP_FAILED] = 'f',
		[VDPAM_STEP_SKIPPED] = 's',
	};
	char got[32] = "";

	for (size_t i = 0; i < plan->count; i++)
		got[i] = of[vdpam_plan_get_status(plan, i)];
	assert_string_equal(got, letters);
}

static int setup(void **state)
{
	(void)state;
	plan = calloc(1, sizeof(*plan));
	log_text[0] = 0;
	locked = waited_in_batch = long_in_batch = false;
	held = batches = 0;
	stop_after = -1;
	return !plan;
}

static int teardown(void **state)
{
	(void)state;
	assert_null(ctx.batch);
	plan = vdpam_plan_free(plan);
	return 0;
}

/* ---- Tests ---- */

static void test_in_order(void **state)
{
	(void)state;
	add_destroy("a");
	add_destroy("b");
	assert_int_equal(run(MSEC), 0);
	assert_string_equal(log_text,
			    "recover-all recover-vfs driver-unbind-a device-delete-a "
			    "driver-unbind-b device-delete-b");
	expect_statuses("dddd");
}

static void test_nothing_to_do(void **state)
{
	(void)state;
	assert_int_equal(run(MSEC), 0);
	assert_string_equal(log_text, "recover-all recover-vfs");
}

static void test_a_failure_ends_what_needs_it(void **state)
{
	(void)state;
	add_destroy("busy");
	add_destroy("a");
	add(VDPAM_DEVICE_CREATE, "c", 1);
	assert_int_equal(run(MSEC), 1);
	expect_statuses("fsdds");
	assert_int_equal(vdpam_error_get_code(vdpam_plan_get_error(plan, 0)),
			 VDPAM_ERROR_IN_USE);
	assert_null(vdpam_plan_get_error(plan, 1));
}

static void test_steps_on_devices_share_a_batch(void **state)
{
	(void)state;
	add(VDPAM_DEVICE_CREATE, "a", -1);
	add(VDPAM_DEVICE_CREATE, "b", -1);
	add(VDPAM_DRIVER_BIND, "a", 0);
	add(VDPAM_DRIVER_BIND, "b", 1);
	assert_int_equal(run(MSEC), 0);
	assert_int_equal(batches, 1);
}

static void test_a_long_plan_lets_others_in(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		add(VDPAM_DEVICE_CREATE, "slow", -1);
	assert_int_equal(run(60 * 1000 * MSEC), 0);
	assert_int_equal(batches, 3);
}

/* Those on functions last long: others are not kept waiting with them. */
static void test_functions_are_made_outside_of_a_batch(void **state)
{
	(void)state;
	add(VDPAM_DEVICE_DELETE, "a", -1);
	add(VDPAM_SF_ADD, "pf", 0);
	add(VDPAM_DEVICE_CREATE, "b", 1);
	assert_int_equal(run(MSEC), 0);
	assert_int_equal(batches, 2);
	assert_false(long_in_batch);
}

static void test_what_follows_is_for_the_very_device(void **state)
{
	uint64_t identity;

	(void)state;
	add(VDPAM_DEVICE_CREATE, "a", -1);
	add(VDPAM_DRIVER_BIND, "a", 0);
	add(VDPAM_DRIVER_BIND, "b", 0);
	assert_int_equal(run(MSEC), 0);
	assert_int_equal(vdpam_step_get_number(plan->entries[1].step, VDPAM_ARG_IDENTITY,
					       &identity),
			 0);
	assert_int_equal(identity, 4711);
	assert_int_equal(vdpam_step_get_number(plan->entries[2].step, VDPAM_ARG_IDENTITY,
					       &identity),
			 -ENODATA);
}

static void test_without_the_lock(void **state)
{
	(void)state;
	locked = true;
	add(VDPAM_DEVICE_CREATE, "a", -1);
	add(VDPAM_DRIVER_BIND, "a", 0);
	assert_int_equal(run(MSEC), 1);
	expect_statuses("fs");
	assert_int_equal(vdpam_error_get_code(vdpam_plan_get_error(plan, 0)),
			 VDPAM_ERROR_NOT_AUTHORIZED);
}

/* The others first; then it is waited for, and what needs it comes last. */
static void test_one_holds_up_no_other(void **state)
{
	(void)state;
	held = 2;
	add_destroy("a");
	add_destroy("held");
	add_destroy("b");
	assert_int_equal(run(60 * 1000 * MSEC), 0);
	assert_string_equal(log_text,
			    "recover-all recover-vfs driver-unbind-a device-delete-a "
			    "driver-unbind-b device-delete-b driver-unbind-held "
			    "device-delete-held");
	expect_statuses("dddddd");
	assert_null(vdpam_plan_get_error(plan, 2));
	assert_false(waited_in_batch);
}

static void test_at_the_deadline_and_beyond(void **state)
{
	(void)state;
	held = 1000;
	add(VDPAM_DEVICE_CREATE, "c", -1);
	add_destroy("held");
	assert_int_equal(run(50 * MSEC), 0);
	expect_statuses("dwp");
	assert_int_equal(vdpam_error_get_code(vdpam_plan_get_error(plan, 1)),
			 VDPAM_ERROR_TIMEOUT);
	held = 1;
	assert_int_equal(run(UINT64_MAX), 0);
	expect_statuses("ddd");
	assert_false(waited_in_batch);
}

/* What has begun is waited for; nothing else begins. */
static void test_stopped(void **state)
{
	(void)state;
	held = 2;
	stop_after = 1;
	add_destroy("held");
	add_destroy("a");
	assert_int_equal(run(60 * 1000 * MSEC), 0);
	expect_statuses("dsss");
}

static void test_joined(void **state)
{
	struct vdpam_plan *first = plan, *second, *joined;

	(void)state;
	add_destroy("a");
	second = plan = calloc(1, sizeof(*plan));
	assert_non_null(plan);
	add_destroy("busy");
	plan = NULL;
	assert_int_equal(
		vdpam_plan_new_joined((struct vdpam_plan *[]){ first, NULL, second }, 3,
				      &joined),
		0);
	plan = joined;
	assert_int_equal(run(MSEC), 1);
	expect_statuses("ddfs");
	vdpam_plan_free(first);
	vdpam_plan_free(second);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(test_in_order),
		test(test_nothing_to_do),
		test(test_a_failure_ends_what_needs_it),
		test(test_steps_on_devices_share_a_batch),
		test(test_a_long_plan_lets_others_in),
		test(test_functions_are_made_outside_of_a_batch),
		test(test_what_follows_is_for_the_very_device),
		test(test_without_the_lock),
		test(test_one_holds_up_no_other),
		test(test_at_the_deadline_and_beyond),
		test(test_stopped),
		test(test_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
