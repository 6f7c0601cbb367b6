// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lanes and their workers: the front's half of the conversation with the other half played here, on a
 * socket pair, by the same protocol functions that a worker has.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "plan.h"
#include "protocol.h"
#include "schedule.h"

#define WORKERS_MAX 4
#define TIMEOUT_USEC UINT64_C(30000000)

/* The other end of a connection. */
struct peer {
	int fd;
	struct protocol_buffer in;
	struct protocol_request request; /* the last one of steps */
	size_t requests;
};

struct fixture {
	struct worker_source source; /* first, to be found from it */
	sd_event *event;
	struct schedule *schedule;
	struct peer peers[WORKERS_MAX];
	size_t n_peers;
	size_t begun, ended, waited;
	struct vdpam_plan *done;
};

static int open_pair(struct worker_source *source, enum worker_kind kind)
{
	struct fixture *f = (struct fixture *)source;
	int fds[2];

	assert_int_equal(kind, WORKER_STEPS);
	if (f->n_peers == WORKERS_MAX)
		return -EAGAIN;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		0);
	f->peers[f->n_peers++].fd = fds[1];
	return fds[0];
}

static void on_begins(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	(void)plan;
	(void)index;
	((struct fixture *)userdata)->begun++;
}

static void on_ends(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	(void)plan;
	(void)index;
	((struct fixture *)userdata)->ended++;
}

static void on_waits(void *userdata, const struct vdpam_plan *plan,
		     const struct vdpam_error *error)
{
	(void)plan;
	assert_non_null(error);
	((struct fixture *)userdata)->waited++;
}

static void on_done(void *userdata, struct vdpam_plan *plan)
{
	((struct fixture *)userdata)->done = plan;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct schedule_hooks hooks = { f, on_begins, on_ends, on_waits };

	f->source.open = open_pair;
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(schedule_new(f->event, &f->source, &hooks, &f->schedule), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	schedule_free(f->schedule);
	for (size_t i = 0; i < f->n_peers; i++) {
		close(f->peers[i].fd);
		protocol_buffer_fini(&f->peers[i].in);
		protocol_request_fini(&f->peers[i].request);
	}
	vdpam_plan_free(f->done);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

/* Until nothing more is to do at once. */
static void settle(struct fixture *f)
{
	while (sd_event_run(f->event, 0) > 0)
		;
}

static struct peer *peer(struct fixture *f, size_t index)
{
	assert_true(index < f->n_peers);
	return &f->peers[index];
}

static void say(struct fixture *f, struct peer *peer, struct json_object *message)
{
	struct protocol_buffer out = {};

	assert_int_equal(protocol_write(&out, message, PROTOCOL_REPLY_MAX), 0);
	assert_int_equal(write(peer->fd, out.bytes, out.end), out.end);
	protocol_buffer_fini(&out);
	settle(f);
}

/* Reads all that came, answers hello; keeps the last request for steps, and counts all others. */
static void listen_to(struct fixture *f, struct peer *peer)
{
	struct json_object *message;
	ssize_t n;

	do {
		assert_int_equal(protocol_buffer_reserve(&peer->in, 65536), 0);
		n = read(peer->fd, peer->in.bytes + peer->in.end, 65536);
		peer->in.end += n > 0 ? (size_t)n : 0;
		settle(f);
	} while (n > 0);
	while (protocol_read(&peer->in, PROTOCOL_REQUEST_MAX, &message) == 1) {
		struct protocol_request request = {};
		struct vdpam_error *error = NULL;

		if (protocol_request_parse(message, &request, &error) < 0)
			fail_msg("%s", vdpam_error_get_message(error));
		json_object_put(message);
		if (request.type == PROTOCOL_HELLO) {
			say(f, peer, protocol_hello_reply(7));
		} else {
			peer->requests++;
		}
		if (request.type == PROTOCOL_STEPS) {
			protocol_request_fini(&peer->request);
			peer->request = request;
		} else {
			protocol_request_fini(&request);
		}
	}
}

static void answer(struct fixture *f, struct peer *peer, size_t index,
		   enum vdpam_step_status status)
{
	struct vdpam_error *error = NULL;

	if (status != VDPAM_STEP_DONE)
		error = vdpam_error_new(VDPAM_ERROR_TIMEOUT, ETIMEDOUT, NULL, NULL, "?");
	vdpam_plan_set_result(peer->request.plan, index, status, error);
	say(f, peer, protocol_result_reply(peer->request.plan, index));
}

/* A plan of one operation on many devices, "NAME" and a number each. */
static void run(struct fixture *f, enum vdpam_operation operation, const char *name,
		size_t count)
{
	struct vdpam_plan *plan = calloc(1, sizeof(*plan));
	char target[300];

	assert_non_null(plan);
	for (size_t i = 0; i < count; i++) {
		struct vdpam_step *step;

		snprintf(target, sizeof(target), "%s%zu", name, i);
		assert_int_equal(vdpam_plan_add(plan, operation, target, "test", &step),
				 0);
	}
	assert_int_equal(schedule_run(f->schedule, plan, TIMEOUT_USEC, on_done, f), 0);
	settle(f);
}

static size_t steps_of(const struct peer *peer)
{
	return vdpam_plan_count(peer->request.plan);
}

static void test_netlink_is_one_lane(void **state)
{
	struct fixture *f = *state;
	struct peer *first;

	run(f, VDPAM_DEVICE_DELETE, "n", 3);
	assert_int_equal(f->n_peers, 1);
	first = peer(f, 0);
	listen_to(f, first);
	assert_int_equal(steps_of(first), 3);
	for (size_t i = 0; i < 3; i++)
		answer(f, first, i, VDPAM_STEP_DONE);
	assert_int_equal(f->ended, 3);
	assert_non_null(f->done);
}

/* Names that others gave: 64 of them do not fit into a request, and nothing waits for ever. */
static void test_long_names(void **state)
{
	struct fixture *f = *state;
	char name[251];
	size_t seen = 0;
	struct peer *first;

	memset(name, 0xff, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	run(f, VDPAM_DEVICE_DELETE, name, 100);
	first = peer(f, 0);
	while (!f->done && seen < 100) {
		size_t count;

		listen_to(f, first);
		count = steps_of(first);
		assert_in_range(count, 1, 100 - seen);
		for (size_t i = 0; i < count; i++)
			answer(f, first, i, VDPAM_STEP_DONE);
		seen += count;
	}
	assert_int_equal(seen, 100);
	assert_true(first->requests > 2);
	assert_non_null(f->done);
}

/* What waits in the kernel frees its lane, and takes it again when it goes on. */
static void test_stuck_and_on(void **state)
{
	struct fixture *f = *state;
	struct peer *first;

	run(f, VDPAM_DEVICE_DELETE, "n", 2);
	first = peer(f, 0);
	listen_to(f, first);
	answer(f, first, 0, VDPAM_STEP_WAITING);
	assert_int_equal(f->waited, 1);
	assert_int_equal(schedule_count_stuck(f->schedule), 1);
	listen_to(f, first);
	assert_int_equal(first->requests, 2); /* steps, await */
	answer(f, first, 0, VDPAM_STEP_DONE);
	assert_int_equal(schedule_count_stuck(f->schedule), 0);
	assert_int_equal(schedule_count_abandoned(f->schedule), 1);
	/* Another plan on other devices has to wait for the lane. */
	run(f, VDPAM_DEVICE_DELETE, "m", 1);
	assert_int_equal(f->n_peers, 1);
	answer(f, first, 1, VDPAM_STEP_DONE);
	assert_non_null(f->done);
	vdpam_plan_free(f->done);
	f->done = NULL;
	listen_to(f, first);
	answer(f, first, 0, VDPAM_STEP_DONE);
	assert_non_null(f->done);
}

/* A stuck one keeps nobody else's devices waiting. */
static void test_others_go_on(void **state)
{
	struct fixture *f = *state;

	run(f, VDPAM_DRIVER_UNBIND, "n", 1);
	listen_to(f, peer(f, 0));
	answer(f, peer(f, 0), 0, VDPAM_STEP_WAITING);
	run(f, VDPAM_DRIVER_UNBIND, "m", 1);
	listen_to(f, peer(f, 1));
	answer(f, peer(f, 1), 0, VDPAM_STEP_DONE);
	assert_non_null(f->done);
	assert_string_equal(vdpam_step_get_target(vdpam_plan_get_step(f->done, 0)), "m0");
	assert_int_equal(schedule_count_stuck(f->schedule), 1);
}

/* The step that a lost worker was at has failed, those after it are done by another. */
static void test_worker_lost(void **state)
{
	struct fixture *f = *state;

	run(f, VDPAM_DEVICE_DELETE, "n", 3);
	listen_to(f, peer(f, 0));
	answer(f, peer(f, 0), 0, VDPAM_STEP_DONE);
	shutdown(peer(f, 0)->fd, SHUT_RDWR);
	settle(f);
	listen_to(f, peer(f, 1));
	assert_int_equal(steps_of(peer(f, 1)), 1);
	answer(f, peer(f, 1), 0, VDPAM_STEP_DONE);
	assert_non_null(f->done);
	assert_int_equal(vdpam_plan_get_status(f->done, 0), VDPAM_STEP_DONE);
	assert_int_equal(vdpam_plan_get_status(f->done, 1), VDPAM_STEP_FAILED);
	assert_non_null(vdpam_plan_get_error(f->done, 1));
	assert_int_equal(vdpam_plan_get_status(f->done, 2), VDPAM_STEP_DONE);
}

/* While a parent is removed, nothing asks the vdpa family. */
static void test_quiet(void **state)
{
	struct fixture *f = *state;

	run(f, VDPAM_FUNCTION_UNBIND, "pci/0000:01:00.", 1);
	assert_true(schedule_is_quiet(f->schedule));
	run(f, VDPAM_DEVICE_DELETE, "n", 1);
	assert_int_equal(f->n_peers, 1);
	listen_to(f, peer(f, 0));
	answer(f, peer(f, 0), 0, VDPAM_STEP_DONE);
	assert_false(schedule_is_quiet(f->schedule));
	vdpam_plan_free(f->done);
	f->done = NULL;
	listen_to(f, peer(f, 0));
	answer(f, peer(f, 0), 0, VDPAM_STEP_DONE);
	assert_non_null(f->done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_netlink_is_one_lane, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_long_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck_and_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_worker_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
