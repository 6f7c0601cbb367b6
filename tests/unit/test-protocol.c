// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The protocol between front and workers: frames in pieces, frames that are none, requests that are
 * not those of the list; and a worker at the other end of a socket, as far as it needs no kernel.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../vdpad/broker.h"
#include "../../vdpad/worker/worker.h"

#define STEP \
	"{\"operation\":\"device-create\",\"target\":\"n0\",\"arguments\":{\"mgmtdev\":\"m\"}}"

/* ---- Frames -------------------------------------------------------------------------------- */

static void put_bytes(struct protocol_buffer *buffer, const void *bytes, size_t size)
{
	assert_int_equal(protocol_buffer_reserve(buffer, size), 0);
	memcpy(buffer->bytes + buffer->end, bytes, size);
	buffer->end += size;
}

static void put_frame(struct protocol_buffer *buffer, const char *text)
{
	uint32_t head = htole32((uint32_t)strlen(text));

	put_bytes(buffer, &head, sizeof(head));
	put_bytes(buffer, text, strlen(text));
}

static void frames_come_in_pieces(void **state)
{
	struct protocol_buffer whole = { 0 }, in = { 0 };
	struct json_object *message;
	int count = 0;

	(void)state;
	put_frame(&whole, "{\"a\":1}");
	put_frame(&whole, "{\"a\":2}");
	for (size_t i = 0; i < whole.end; i++) {
		put_bytes(&in, whole.bytes + i, 1);
		if (protocol_read(&in, 64, &message) <= 0)
			continue;
		assert_int_equal(
			json_object_get_int(json_object_object_get(message, "a")),
			++count);
		json_object_put(message);
	}
	assert_int_equal(count, 2);
	assert_int_equal(in.start, in.end);
	protocol_buffer_fini(&in);
	protocol_buffer_fini(&whole);
}

static void frames_that_are_none(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"1",
		"{\"a\":1}x",
		"{\"a\":1,\"a\":2}",
		"{'a':1}",
		"{\"a\":NaN}",
		"{\"a\":1.5}",
		"{\"a\":",
		"{\"a\":\"\xff\"}",
	};
	const uint32_t large = htole32(65);

	(void)state;
	for (size_t i = 0; i <= sizeof(texts) / sizeof(*texts); i++) {
		struct protocol_buffer in = { 0 };
		struct json_object *message;

		if (i < sizeof(texts) / sizeof(*texts))
			put_frame(&in, texts[i]);
		else
			put_bytes(&in, &large, sizeof(large));
		assert_in_range(-protocol_read(&in, 64, &message), EINVAL, EMSGSIZE);
		protocol_buffer_fini(&in);
	}
}

static void what_is_too_long_is_not_sent(void **state)
{
	struct protocol_buffer out = { 0 };

	(void)state;
	assert_int_equal(protocol_write(&out, json_object_new_string("abcd"), 5), -E2BIG);
	assert_int_equal(out.end, 0);
	assert_int_equal(protocol_write(&out, json_object_new_string("abcd"), 6), 0);
	assert_int_equal(out.end, 10);
	protocol_buffer_fini(&out);
}

/* ---- Requests ------------------------------------------------------------------------------ */

static int parse(const char *text, struct protocol_request *ret_request)
{
	struct json_object *message = NULL;
	struct vdpam_error *error = NULL;
	int r;

	assert_int_equal(vdpam_json_parse(text, strlen(text), &message), 0);
	r = protocol_request_parse(message, ret_request, &error);
	if (r < 0) {
		assert_non_null(error);
		assert_int_equal(vdpam_error_get_code(error), VDPAM_ERROR_INVALID_VALUE);
	}
	vdpam_error_free(error);
	json_object_put(message);
	return r;
}

static void requests_of_the_list(void **state)
{
	struct protocol_request request;

	(void)state;
	assert_int_equal(parse("{\"request\":\"hello\",\"version\":1}", &request), 0);
	assert_int_equal(request.type, PROTOCOL_HELLO);
	assert_int_equal(parse("{\"request\":\"snapshot\",\"look\":\"whole\"}", &request),
			 0);
	assert_int_equal(request.look, VDPAM_LOOK_WHOLE);
	assert_int_equal(parse("{\"request\":\"watch\"}", &request), 0);
	assert_int_equal(request.type, PROTOCOL_WATCH);
	assert_int_equal(parse("{\"request\":\"await\",\"timeout_usec\":5}", &request),
			 0);
	assert_int_equal(request.timeout_usec, 5);
	assert_int_equal(
		parse("{\"request\":\"stats\",\"name\":\"a\\\\x20b\",\"queue\":3}",
		      &request),
		0);
	assert_string_equal(request.name, "a b");
	assert_int_equal(request.queue, 3);
	protocol_request_fini(&request);
	assert_int_equal(
		parse("{\"request\":\"holders\",\"devices\":[\"n0\",\"n1\"]}", &request),
		0);
	assert_int_equal(request.n_names, 2);
	protocol_request_fini(&request);
	assert_int_equal(
		parse("{\"request\":\"steps\",\"timeout_usec\":1,\"steps\":[" STEP "]}",
		      &request),
		0);
	assert_int_equal(vdpam_plan_count(request.plan), 1);
	protocol_request_fini(&request);
}

static void requests_that_are_none(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"request\":1}",
		"{\"request\":\"shell\"}",
		"{\"request\":\"watch\",\"more\":1}",
		"{\"request\":\"hello\"}",
		"{\"request\":\"hello\",\"version\":2}",
		"{\"request\":\"hello\",\"version\":\"1\"}",
		"{\"request\":\"hello\",\"version\":null}",
		"{\"request\":\"snapshot\",\"look\":\"all\"}",
		"{\"request\":\"await\",\"timeout_usec\":-1}",
		"{\"request\":\"await\",\"timeout_usec\":86400000001}",
		"{\"request\":\"holders\",\"devices\":\"n0\"}",
		"{\"request\":\"holders\",\"devices\":[1]}",
		"{\"request\":\"holders\",\"devices\":[\"\"]}",
		"{\"request\":\"holders\",\"devices\":[\"..\"]}",
		"{\"request\":\"holders\",\"devices\":[\"../../etc\"]}",
		"{\"request\":\"stats\",\"name\":\"a/b\",\"queue\":0}",
		"{\"request\":\"stats\",\"name\":\"a\",\"queue\":65536}",
		"{\"request\":\"steps\",\"timeout_usec\":1,\"steps\":{}}",
		"{\"request\":\"steps\",\"timeout_usec\":1,\"steps\":[1]}",
		"{\"request\":\"steps\",\"timeout_usec\":1,\"steps\":[{}]}",
		"{\"request\":\"steps\",\"timeout_usec\":\"1\",\"steps\":[]}",
	};
	struct protocol_request request;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(parse(texts[i], &request), -EINVAL);
}

/* ---- A worker ------------------------------------------------------------------------------- */

struct peer_of_worker {
	int fd;
	pid_t pid;
	struct protocol_buffer in;
};

static struct peer_of_worker start(bool shows_holders)
{
	struct peer_of_worker peer = { 0 };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	peer.pid = fork();
	if (!peer.pid) {
		close(fds[0]);
		_exit(worker_serve(fds[1], shows_holders) < 0);
	}
	close(fds[1]);
	peer.fd = fds[0];
	return peer;
}

static void say(const struct peer_of_worker *peer, const char *text)
{
	struct protocol_buffer out = { 0 };

	put_frame(&out, text);
	assert_int_equal(write(peer->fd, out.bytes, out.end), out.end);
	protocol_buffer_fini(&out);
}

/* Whether the next answer has this key. NULL: the worker has hung up. */
static void hears(struct peer_of_worker *peer, const char *key)
{
	struct json_object *message = NULL;
	ssize_t n = 1;
	int r;

	while ((r = protocol_read(&peer->in, PROTOCOL_REPLY_MAX, &message)) == 0 &&
	       n > 0) {
		assert_int_equal(protocol_buffer_reserve(&peer->in, 4096), 0);
		n = read(peer->fd, peer->in.bytes + peer->in.end, 4096);
		peer->in.end += n > 0 ? (size_t)n : 0;
	}
	if (!key) {
		assert_int_equal(n, 0);
		return;
	}
	assert_int_equal(r, 1);
	if (!json_object_object_get(message, key))
		fail_msg("no %s in %s", key, json_object_to_json_string(message));
	json_object_put(message);
}

static void end(struct peer_of_worker *peer, int should)
{
	int status;

	close(peer->fd);
	protocol_buffer_fini(&peer->in);
	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
	assert_int_equal(WEXITSTATUS(status), should);
	assert_true(WIFEXITED(status));
}

static void a_worker_greets_first(void **state)
{
	struct peer_of_worker peer = start(false);

	(void)state;
	say(&peer, "{\"request\":\"snapshot\",\"look\":\"brief\"}");
	hears(&peer, "error");
	say(&peer, "{\"request\":\"hello\",\"version\":1}");
	hears(&peer, "hello");
	say(&peer, "{\"request\":\"hello\",\"version\":1}");
	hears(&peer, "error");
	say(&peer, "{\"request\":\"holders\",\"devices\":[]}");
	hears(&peer, "error");
	say(&peer, "{\"request\":\"await\",\"timeout_usec\":1}");
	hears(&peer, "error");
	say(&peer, "{\"request\":\"rm -rf\"}");
	hears(&peer, "error");
	end(&peer, 0);
}

static void one_of_holders_does_nothing_else(void **state)
{
	struct peer_of_worker peer = start(true);

	(void)state;
	say(&peer, "{\"request\":\"hello\",\"version\":1}");
	hears(&peer, "hello");
	say(&peer, "{\"request\":\"steps\",\"timeout_usec\":1,\"steps\":[]}");
	hears(&peer, "error");
	say(&peer, "{\"request\":\"watch\"}");
	hears(&peer, "error");
	say(&peer, "{\"request\":\"holders\",\"devices\":[\"no-such-device\"]}");
	hears(&peer, "devices");
	end(&peer, 0);
}

static void a_worker_hangs_up_on_what_is_no_frame(void **state)
{
	static const unsigned char bytes[] = { 0xff, 0xff, 0xff, 0x7f, '{' };
	struct peer_of_worker peer = start(false);

	(void)state;
	assert_int_equal(write(peer.fd, bytes, sizeof(bytes)), sizeof(bytes));
	hears(&peer, "error");
	hears(&peer, NULL);
	end(&peer, 1);
}

/* ---- The broker ----------------------------------------------------------------------------- */

static void a_broker_makes_workers(void **state)
{
	struct peer_of_worker workers[BROKER_WORKERS_MAX] = { 0 };
	struct broker *broker;

	(void)state;
	assert_int_equal(broker_new("vdpad/vdpad-worker", &broker), 0);
	for (int i = 0; i < BROKER_WORKERS_MAX; i++) {
		workers[i].fd =
			broker_open(broker, i % 2 ? BROKER_HOLDERS : BROKER_WORKER);
		assert_true(workers[i].fd >= 0);
		/* The helpers here wait for their answers. */
		assert_int_equal(fcntl(workers[i].fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		assert_int_equal(fcntl(workers[i].fd, F_SETFL, 0), 0);
		assert_int_equal(fcntl(workers[i].fd, F_GETFD), FD_CLOEXEC);
		say(&workers[i], "{\"request\":\"hello\",\"version\":1}");
	}
	assert_int_equal(broker_open(broker, BROKER_WORKER), -EAGAIN);
	for (int i = 0; i < BROKER_WORKERS_MAX; i++) {
		hears(&workers[i], "hello");
		say(&workers[i], "{\"request\":\"holders\",\"devices\":[]}");
		hears(&workers[i], i % 2 ? "devices" : "error");
	}
	shutdown(workers[0].fd, SHUT_WR);
	hears(&workers[0], NULL);
	/* It hangs up a moment before it has ended. */
	close(workers[0].fd);
	workers[0].fd = -EAGAIN;
	for (int i = 0; i < 200 && workers[0].fd == -EAGAIN; i++) {
		usleep(50000);
		workers[0].fd = broker_open(broker, BROKER_WORKER);
	}
	assert_true(workers[0].fd >= 0);
	for (int i = 0; i < BROKER_WORKERS_MAX; i++) {
		close(workers[i].fd);
		protocol_buffer_fini(&workers[i].in);
	}
	broker_free(broker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_in_pieces),
		cmocka_unit_test(frames_that_are_none),
		cmocka_unit_test(what_is_too_long_is_not_sent),
		cmocka_unit_test(requests_of_the_list),
		cmocka_unit_test(requests_that_are_none),
		cmocka_unit_test(a_worker_greets_first),
		cmocka_unit_test(one_of_holders_does_nothing_else),
		cmocka_unit_test(a_worker_hangs_up_on_what_is_no_frame),
		cmocka_unit_test(a_broker_makes_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
