// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What vdpactl says of the plans that it runs, at the deadline and beyond it. The steps are real,
 * but what running them does is said by the test, which stands in for the library's runner.
 */
#include "cli.h"

#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_MAX 16
#define STEPS_OF_ONE 2

struct vdpam_plan {
	struct vdpam_step *steps[STEPS_MAX];
	enum vdpam_step_status statuses[STEPS_MAX];
	struct vdpam_error *errors[STEPS_MAX];
	size_t count;
	bool is_joined; /* its steps are others' */
};

struct vdpam_error {
	enum vdpam_error_code code;
};

/* What the child that runs the jobs and the test both see. */
static struct shared {
	volatile pid_t child;
	volatile bool held;      /* steps on "held" time out */
	volatile bool locked;    /* nothing may be changed */
	volatile bool interrupt; /* the next step interrupts the command */
	char log[512];
} * shared;

/* In the child an assertion of cmocka would go on with the next test. */
static void check(bool right)
{
	if (!right)
		abort();
}

static void log_word(const char *word)
{
	size_t used = strlen(shared->log), size = sizeof(shared->log) - used;

	check((size_t)snprintf(shared->log + used, size, "%s%s", used ? " " : "", word) <
	      size);
}

/* ---- In place of the library ---- */

static int fail_with(struct vdpam_error **ret_error, enum vdpam_error_code code, int r)
{
	if (!ret_error)
		return r;
	*ret_error = calloc(1, sizeof(**ret_error));
	check(*ret_error);
	(*ret_error)->code = code;
	return r;
}

struct vdpam_error *vdpam_error_free(struct vdpam_error *error)
{
	free(error);
	return NULL;
}

enum vdpam_error_code vdpam_error_get_code(const struct vdpam_error *error)
{
	return error->code;
}

struct json_object *vdpam_error_to_json(const struct vdpam_error *error)
{
	struct json_object *inner = json_object_new_object();
	struct json_object *outer = json_object_new_object();
	const char *name = vdpam_error_code_name(error->code);

	json_object_object_add(inner, "code", json_object_new_string(name));
	json_object_object_add(inner, "message", json_object_new_string(name));
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

struct vdpam_plan *vdpam_plan_free(struct vdpam_plan *plan)
{
	for (size_t i = 0; plan && i < plan->count; i++) {
		if (!plan->is_joined)
			vdpam_step_unref(plan->steps[i]);
		free(plan->errors[i]);
	}
	free(plan);
	return NULL;
}

int vdpam_plan_new_joined(struct vdpam_plan *const *plans, size_t count,
			  struct vdpam_plan **ret_plan)
{
	struct vdpam_plan *joined = calloc(1, sizeof(*joined));

	check(joined);
	joined->is_joined = true;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; plans[i] && j < plans[i]->count; j++)
			joined->steps[joined->count++] = plans[i]->steps[j];
	}
	*ret_plan = joined;
	return 0;
}

int vdpam_snapshot_new(struct vdpam_ctx *ctx, enum vdpam_look look,
		       struct vdpam_snapshot **ret_snapshot,
		       struct vdpam_error **ret_error)
{
	(void)ctx;
	(void)look;
	(void)ret_snapshot;
	(void)ret_error;
	return -EOPNOTSUPP;
}

/* "held" times out while it is held, "busy" is in use, all others do what they are told. */
static enum vdpam_step_status run_step(const struct vdpam_step *step, uint64_t deadline,
				       struct vdpam_error **ret_error)
{
	const char *target = vdpam_step_get_target(step);
	bool unbind = vdpam_step_get_operation(step) == VDPAM_DRIVER_UNBIND;
	char word[64];

	free(*ret_error);
	*ret_error = NULL;
	if (shared->locked || !strcmp(target, "busy")) {
		fail_with(ret_error,
			  shared->locked ? VDPAM_ERROR_NOT_AUTHORIZED
					 : VDPAM_ERROR_IN_USE,
			  -EBUSY);
		return VDPAM_STEP_FAILED;
	}
	if (shared->interrupt)
		raise(SIGTERM);
	shared->interrupt = false;
	while (!strcmp(target, "held") && unbind && shared->held) {
		if (!left_usec(deadline)) {
			fail_with(ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT);
			return VDPAM_STEP_WAITING;
		}
		usleep(1000);
	}
	snprintf(word, sizeof(word), "%s-%s", unbind ? "unbind" : "delete", target);
	log_word(word);
	return VDPAM_STEP_DONE;
}

/* A delete needs the unbind before it. */
static bool can_begin(struct vdpam_plan *plan, size_t index,
		      const struct vdpam_run_hooks *hooks)
{
	enum vdpam_step_status before =
		index % STEPS_OF_ONE ? plan->statuses[index - 1] : VDPAM_STEP_DONE;

	if (plan->statuses[index] == VDPAM_STEP_WAITING)
		return true;
	if (before == VDPAM_STEP_FAILED || before == VDPAM_STEP_SKIPPED ||
	    hooks->stop(hooks->userdata))
		plan->statuses[index] = VDPAM_STEP_SKIPPED;
	return plan->statuses[index] == VDPAM_STEP_PENDING && before == VDPAM_STEP_DONE;
}

int vdpam_plan_run(struct vdpam_ctx *ctx, struct vdpam_plan *plan, uint64_t timeout_usec,
		   const struct vdpam_run_hooks *hooks, struct vdpam_error **ret_error)
{
	uint64_t now = now_usec();
	uint64_t deadline =
		timeout_usec < UINT64_MAX - now ? now + timeout_usec : UINT64_MAX;

	(void)ctx;
	(void)ret_error;
	shared->child = getpid();
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->statuses[i] > VDPAM_STEP_WAITING || !can_begin(plan, i, hooks))
			continue;
		hooks->begin(hooks->userdata, plan, i);
		plan->statuses[i] = run_step(plan->steps[i], deadline, &plan->errors[i]);
	}
	return 0;
}

/* ---- A command that destroys ---- */

static const char *names;

static void say(const char *name, struct json_object *steps, struct json_object *device)
{
	check(json_object_array_length(steps) == STEPS_OF_ONE && !device);
	printf("destroyed %s\n", name);
}

static void add(struct jobs *jobs, const char *name)
{
	struct vdpam_plan *plan = calloc(1, sizeof(*plan));
	struct vdpam_error *error = NULL;

	if (!strncmp(name, "absent", 6)) {
		free(plan);
		fail_with(&error, VDPAM_ERROR_NO_SUCH_DEVICE, -ENODEV);
		jobs_add(jobs, name, VDPAM_DEVICE_DELETE, -ENODEV, NULL, error);
		return;
	}
	check(plan);
	check(!vdpam_step_new(VDPAM_DRIVER_UNBIND, name, &plan->steps[0]));
	check(!vdpam_step_new(VDPAM_DEVICE_DELETE, name, &plan->steps[1]));
	plan->count = STEPS_OF_ONE;
	jobs_add(jobs, name, VDPAM_DEVICE_DELETE, 0, plan, NULL);
}

static int run_destroy(struct command *cmd)
{
	AUTO_JOBS struct jobs *jobs = jobs_new();
	char copy[64], *rest = copy, *name;

	snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&rest, " ")))
		add(jobs, name);
	return jobs_run(cmd, NULL, jobs, say);
}

static int guard_verb(void *userdata)
{
	struct command *cmd = userdata;

	return guard_run(cmd);
}

static struct printed printed;

static void destroy(const char *what, bool json)
{
	const struct verb verb = { .name = "destroy", .run = run_destroy };
	struct command cmd = { .verb = &verb,
			       .json = json,
			       .timeout_usec = USEC_PER_SEC };

	names = what;
	catch_output(guard_verb, &cmd, &printed);
}

static int group_setup(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int setup(void **state)
{
	(void)state;
	memset(shared, 0, sizeof(*shared));
	return 0;
}

/* ---- Tests ---- */

static void test_all(void **state)
{
	(void)state;
	destroy("a b", false);
	assert_int_equal(printed.status, 0);
	assert_string_equal(printed.out, "destroyed a\ndestroyed b\n");
	assert_string_equal(printed.err, "");
	assert_string_equal(shared->log, "unbind-a delete-a unbind-b delete-b");
}

static void test_failure_ends_a_job(void **state)
{
	(void)state;
	destroy("busy", false);
	assert_int_equal(printed.status, 5);
	assert_string_equal(printed.out, "");
	assert_string_equal(printed.err, "vdpactl: in-use\n");
	assert_string_equal(shared->log, "");
}

static void test_each_is_tried(void **state)
{
	(void)state;
	destroy("a absent busy b", false);
	assert_int_equal(printed.status, 3);
	assert_string_equal(printed.out, "destroyed a\ndestroyed b\n");
	assert_string_equal(printed.err, "vdpactl: no-such-device\nvdpactl: in-use\n");
}

static void test_nothing_done(void **state)
{
	(void)state;
	destroy("absent absent2", false);
	assert_int_equal(printed.status, 4);
	destroy("busy absent", false);
	assert_int_equal(printed.status, 5);
}

static void test_not_allowed(void **state)
{
	(void)state;
	shared->locked = true;
	destroy("a b", false);
	assert_int_equal(printed.status, 77);
	assert_string_equal(printed.out, "");
	assert_string_equal(printed.err, "vdpactl: not-authorized\n");
	assert_string_equal(shared->log, "");
}

static void expect_result(struct json_object *results, size_t index,
			  const char *operation, const char *target, const char *status,
			  const char *code)
{
	struct json_object *row = json_object_array_get_idx(results, index);
	struct json_object *error = json_get(row, "error");

	assert_non_null(row);
	assert_string_equal(json_object_get_string(json_get(row, "operation")),
			    operation);
	assert_string_equal(json_object_get_string(json_get(row, "target")), target);
	assert_string_equal(json_object_get_string(json_get(row, "status")), status);
	assert_true(json_object_object_get_ex(row, "error", NULL));
	if (code)
		assert_string_equal(json_object_get_string(json_get(error, "code")),
				    code);
	else
		assert_null(error);
}

static void test_json(void **state)
{
	struct json_object *listing, *results;

	(void)state;
	destroy("a absent busy", true);
	assert_int_equal(printed.status, 3);
	listing = json_tokener_parse(printed.out);
	assert_non_null(listing);
	assert_int_equal(json_object_get_int(json_get(listing, "version")), 1);
	results = json_get(listing, "results");
	assert_int_equal(json_object_array_length(results), 5);
	expect_result(results, 0, "driver-unbind", "a", "done", NULL);
	expect_result(results, 1, "device-delete", "a", "done", NULL);
	expect_result(results, 2, "device-delete", "absent", "failed", "no-such-device");
	expect_result(results, 3, "driver-unbind", "busy", "failed", "in-use");
	expect_result(results, 4, "device-delete", "busy", "skipped", NULL);
	json_object_put(listing);
	/* One object, whatever the number of failures. */
	assert_string_equal(printed.err, "{\"error\":{\"code\":\"no-such-device\","
					 "\"message\":\"no-such-device\"}}\n");
}

/* The test's signal that the device was closed, and the end of the child that waited for it. */
static void let_go_and_wait(int expected)
{
	int status;

	shared->held = false;
	assert_int_equal(waitpid(shared->child, &status, 0), shared->child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static void test_goes_on_after_the_deadline(void **state)
{
	uint64_t before = now_usec();

	(void)state;
	shared->held = true;
	destroy("held", false);
	assert_in_range(now_usec() - before, 900000, 2900000);
	assert_int_equal(printed.status, 75);
	assert_string_equal(printed.out, "");
	assert_string_equal(printed.err, "vdpactl: timeout\n");
	assert_string_equal(shared->log, "");
	let_go_and_wait(75);
	assert_string_equal(shared->log, "unbind-held delete-held");
}

static void test_one_holds_up_no_other(void **state)
{
	(void)state;
	shared->held = true;
	destroy("a held b absent", false);
	assert_int_equal(printed.status, 75);
	assert_string_equal(printed.out, "destroyed a\ndestroyed b\n");
	assert_string_equal(printed.err, "vdpactl: timeout\nvdpactl: no-such-device\n");
	let_go_and_wait(75);
	assert_string_equal(
		shared->log,
		"unbind-a delete-a unbind-b delete-b unbind-held delete-held");
}

static void test_interrupted(void **state)
{
	(void)state;
	shared->interrupt = true;
	destroy("a b", false);
	assert_int_equal(printed.status, 1);
	assert_string_equal(shared->log, "unbind-a");
	assert_string_equal(printed.out, "done: driver-unbind a\n");
	expect_words(printed.err, "destroy: interrupted");
}

/* What is under way goes on behind the caller's back, but nothing is begun after it. */
static void test_interrupted_and_late(void **state)
{
	(void)state;
	shared->interrupt = true;
	shared->held = true;
	destroy("held a", false);
	assert_int_equal(printed.status, 75);
	let_go_and_wait(1);
	assert_string_equal(shared->log, "unbind-held");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all, setup),
		cmocka_unit_test_setup(test_failure_ends_a_job, setup),
		cmocka_unit_test_setup(test_each_is_tried, setup),
		cmocka_unit_test_setup(test_nothing_done, setup),
		cmocka_unit_test_setup(test_not_allowed, setup),
		cmocka_unit_test_setup(test_json, setup),
		cmocka_unit_test_setup(test_goes_on_after_the_deadline, setup),
		cmocka_unit_test_setup(test_one_holds_up_no_other, setup),
		cmocka_unit_test_setup(test_interrupted, setup),
		cmocka_unit_test_setup(test_interrupted_and_late, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
