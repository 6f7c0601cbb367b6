// SPDX-License-Identifier: GPL-2.0-or-later
/* All that can be the answer to a request: captured from kernels, and written by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "datagrams.h"
#include "peer.h"
#include "request.h"

#define FAMILY 0x23
#define MULTI NLM_F_MULTI
#define COMMAND 1

/* One that a dump asks, and one that does not. */
static struct nlmsghdr dump_request, one_request;

struct heard {
	int messages;
	int fails_at; /* the message that the callback does not like; 0: none */
	char *text;
};

static int setup(void **state)
{
	static struct peer peer;

	dump_request = (struct nlmsghdr){ .nlmsg_len = sizeof(dump_request),
					  .nlmsg_type = FAMILY,
					  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP };
	one_request = dump_request;
	one_request.nlmsg_flags = NLM_F_REQUEST;
	peer_begin(&peer);
	*state = &peer;
	return 0;
}

static int teardown(void **state)
{
	peer_end(*state);
	return 0;
}

static int count(const struct nlmsghdr *message, void *userdata)
{
	struct heard *heard = userdata;

	assert_int_equal(message->nlmsg_type, FAMILY);
	if (++heard->messages == heard->fails_at)
		return -EILSEQ;
	return 0;
}

/* Asks; the text is freed by the next question. */
static int ask(struct peer *peer, struct nlmsghdr *request, struct heard *heard)
{
	static char *text;
	int r;

	free(text);
	text = NULL;
	r = vdpam_request(&peer->transport, request, count, heard, &text);
	heard->text = text;
	return r;
}

/* Nothing of the answer is left for the next request to stumble over. */
static void check_drained(struct peer *peer)
{
	assert_int_equal(vdpam_transport_receive(&peer->transport), -ETIMEDOUT);
}

/* Control messages: `length` bytes of payload are a number, and `text` goes behind. */
static void say_control(struct peer *peer, uint32_t sequence, uint16_t type,
			uint16_t flags, int32_t number, size_t length, const char *text)
{
	struct reply reply;
	size_t payload = type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : length;

	memset(&reply, 0, sizeof(reply));
	reply.header.nlmsg_len = NLMSG_LENGTH(payload);
	reply.header.nlmsg_type = type;
	reply.header.nlmsg_flags = flags;
	reply.header.nlmsg_seq = sequence;
	if (length)
		memcpy(NLMSG_DATA(&reply.header), &number, sizeof(number));
	if (type == NLMSG_ERROR)
		((struct nlmsgerr *)NLMSG_DATA(&reply.header))->msg.nlmsg_len =
			sizeof(struct nlmsghdr);
	if (text) {
		reply.header.nlmsg_flags |= NLM_F_ACK_TLVS;
		reply_put_text(&reply, NLMSGERR_ATTR_MSG, text);
	}
	peer_say(peer, &reply, reply.header.nlmsg_len);
}

static void say_done(struct peer *peer, int32_t number)
{
	say_control(peer, 1, NLMSG_DONE, MULTI, number, sizeof(number), NULL);
}

static void say_ack(struct peer *peer, int32_t number)
{
	say_control(peer, 1, NLMSG_ERROR, NLM_F_CAPPED, number, sizeof(number), NULL);
}

static void say_data(struct peer *peer, uint32_t sequence, uint16_t flags)
{
	struct reply reply;

	reply_begin(&reply, sequence, COMMAND, flags);
	reply_put_u32(&reply, 1, 42);
	peer_say(peer, &reply, reply.header.nlmsg_len);
}

/* ---- what kernels really answer ---- */

static void test_captured(void **state)
{
	static const struct {
		const char *name;
		bool is_dump;
		int messages, r;
		const char *text;
	} cases[] = {
		{ "mgmtdev-get-6.12", true, 4, 0, NULL },
		{ "device-get-6.12", true, 3, 0, NULL },
		{ "config-get-6.12", true, 3, 0, NULL },
		{ "device-get-none-6.12", true, 0, 0, NULL },
		{ "device-get-net-6.12", false, 1, 0, NULL },
		{ "config-get-block-6.12", false, 1, 0, NULL },
		{ "stats-get-6.12", false, 1, 0, NULL },
		{ "device-new-6.12", false, 0, 0, NULL },
		{ "device-del-6.12", false, 0, 0, NULL },
		{ "device-get-absent-6.12", false, 0, -ENODEV, "vdpa: device not found" },
		{ "device-get-absent-uncapped-6.12", false, 0, -ENODEV,
		  "vdpa: device not found" },
		{ "device-new-policy-6.12", false, 0, -ERANGE, "integer out of range" },
		{ "device-new-policy-uncapped-6.12", false, 0, -ERANGE,
		  "integer out of range" },
		{ "stats-get-early-6.12", false, 0, -EAGAIN,
		  "vdpa: feature negotiation not complete" },
		{ "attr-set-6.12", false, 0, -EOPNOTSUPP,
		  "vdpa: Operation not supported by the device." },
		{ "attr-set-warning-6.12", false, 0, 0,
		  "vdpa: blk0 device not supported" },
		{ "family-absent-6.12", false, 0, -ENOENT, NULL },
	};
	struct peer *peer = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard heard = { 0 };
		int r;

		print_message("# %s\n", cases[i].name);
		peer->transport.sequence = 0;
		peer_replay(peer, cases[i].name);
		r = ask(peer, cases[i].is_dump ? &dump_request : &one_request, &heard);
		assert_int_equal(r, cases[i].r);
		assert_int_equal(heard.messages, cases[i].messages);
		if (cases[i].text)
			assert_string_equal(heard.text, cases[i].text);
		else
			assert_null(heard.text);
		check_drained(peer);
	}
}

static void test_without_callback_and_text(void **state)
{
	struct peer *peer = *state;

	peer_replay(peer, "device-get-6.12");
	assert_int_equal(vdpam_request(&peer->transport, &dump_request, NULL, NULL, NULL),
			 0);
	peer->transport.sequence = 0;
	peer_replay(peer, "device-get-absent-6.12");
	assert_int_equal(vdpam_request(&peer->transport, &one_request, NULL, NULL, NULL),
			 -ENODEV);
}

/* ---- what is sent ---- */

static void test_flags(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;
	struct nlmsghdr got;

	say_ack(peer, 0);
	assert_int_equal(ask(peer, &one_request, &heard), 0);
	assert_int_equal(peer_hear(peer, &got, sizeof(got)), sizeof(got));
	assert_int_equal(got.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(got.nlmsg_seq, 1);

	say_control(peer, 2, NLMSG_DONE, MULTI, 0, 4, NULL);
	assert_int_equal(ask(peer, &dump_request, &heard), 0);
	peer_hear(peer, &got, sizeof(got));
	assert_int_equal(got.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(got.nlmsg_seq, 2);
}

static void test_not_sent(void **state)
{
	char nothing, *text = &nothing;
	struct peer *peer = *state;

	vdpam_transport_fini(&peer->transport);
	assert_int_equal(vdpam_request(&peer->transport, &one_request, NULL, NULL, &text),
			 -EBADF);
	assert_null(text);
}

/* ---- whose answer it is ---- */

static void test_sequence(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	peer->transport.sequence = 6;
	say_data(peer, 6, MULTI);
	say_control(peer, 6, NLMSG_DONE, MULTI, 0, 4, NULL);
	say_control(peer, 5, NLMSG_ERROR, NLM_F_CAPPED, -EPERM, 4, "of another");
	say_data(peer, 0, 0);
	say_data(peer, 8, 0);
	say_data(peer, 7, 0);
	say_control(peer, 7, NLMSG_ERROR, NLM_F_CAPPED, 0, 4, NULL);
	assert_int_equal(ask(peer, &one_request, &heard), 0);
	assert_int_equal(heard.messages, 1);
	assert_null(heard.text);
}

static void test_port(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;
	struct reply reply;

	peer->transport.port = 77;
	say_data(peer, 1, 0);
	reply_begin(&reply, 1, COMMAND, 0);
	reply.header.nlmsg_pid = 77;
	peer_say(peer, &reply, reply.header.nlmsg_len);
	assert_int_equal(ask(peer, &one_request, &heard), -ETIMEDOUT);
	assert_int_equal(heard.messages, 1);
}

/* ---- dumps ---- */

static void test_parts(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;
	struct reply reply;
	char both[256];

	for (int i = 0; i < 5; i++)
		say_data(peer, 1, MULTI);
	/* Two in one datagram, something between them that says nothing. */
	memset(both, 0, sizeof(both));
	reply_begin(&reply, 1, COMMAND, MULTI);
	memcpy(both, &reply, 20);
	memcpy(both + 36, &reply, 20);
	reply.header.nlmsg_type = NLMSG_NOOP;
	reply.header.nlmsg_len = 16;
	memcpy(both + 20, &reply, 16);
	peer_say(peer, both, 56);
	say_done(peer, 0);
	assert_int_equal(ask(peer, &dump_request, &heard), 0);
	assert_int_equal(heard.messages, 7);
}

static void test_done_with_error(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	say_data(peer, 1, MULTI);
	say_control(peer, 1, NLMSG_DONE, MULTI, -ENODEV, 4, "it went away");
	assert_int_equal(ask(peer, &dump_request, &heard), -ENODEV);
	assert_int_equal(heard.messages, 1);
	assert_string_equal(heard.text, "it went away");
}

static void test_done_with_warning(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	say_control(peer, 1, NLMSG_DONE, MULTI, 0, 4, "not all were asked");
	assert_int_equal(ask(peer, &dump_request, &heard), 0);
	assert_string_equal(heard.text, "not all were asked");
}

static void test_done_damaged(void **state)
{
	static const struct {
		int32_t number;
		size_t length;
	} cases[] = {
		{ 0, 0 }, { 1, 4 }, { INT32_MAX, 4 }, { -4096, 4 }, { INT32_MIN, 4 }
	};
	struct peer *peer = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard heard = { 0 };

		peer->transport.sequence = 0;
		say_control(peer, 1, NLMSG_DONE, MULTI, cases[i].number, cases[i].length,
			    NULL);
		assert_int_equal(ask(peer, &dump_request, &heard), -EBADMSG);
	}
}

static void test_interrupted(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	say_data(peer, 1, MULTI | NLM_F_DUMP_INTR);
	say_data(peer, 1, MULTI);
	say_done(peer, 0);
	assert_int_equal(ask(peer, &dump_request, &heard), -EAGAIN);
	assert_int_equal(heard.messages, 2);

	peer->transport.sequence = 0;
	say_data(peer, 1, MULTI);
	say_control(peer, 1, NLMSG_DONE, MULTI | NLM_F_DUMP_INTR, 0, 4, NULL);
	assert_int_equal(ask(peer, &dump_request, &heard), -EAGAIN);

	peer->transport.sequence = 0;
	say_control(peer, 1, NLMSG_DONE, MULTI | NLM_F_DUMP_INTR, -ENODEV, 4, NULL);
	assert_int_equal(ask(peer, &dump_request, &heard), -ENODEV);

	/* Not that of an earlier dump. */
	peer->transport.sequence = 1;
	say_data(peer, 1, MULTI | NLM_F_DUMP_INTR);
	say_control(peer, 2, NLMSG_DONE, MULTI, 0, 4, NULL);
	assert_int_equal(ask(peer, &dump_request, &heard), 0);
}

static void test_dump_refused(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	say_control(peer, 1, NLMSG_ERROR, NLM_F_CAPPED, -EPERM, 4, NULL);
	assert_int_equal(ask(peer, &dump_request, &heard), -EPERM);

	/* A list without its end is not the whole list. */
	peer->transport.sequence = 0;
	say_data(peer, 1, MULTI);
	say_ack(peer, 0);
	assert_int_equal(ask(peer, &dump_request, &heard), -EBADMSG);
}

/* ---- errors and ends ---- */

static void test_error_damaged(void **state)
{
	static const int32_t numbers[] = { 1, INT32_MAX, -4096, INT32_MIN };
	struct peer *peer = *state;
	struct nlmsghdr bare = { .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 1 };
	char bytes[NLMSG_LENGTH(sizeof(struct nlmsgerr))] = { 0 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct heard heard = { 0 };

		peer->transport.sequence = 0;
		say_ack(peer, numbers[i]);
		assert_int_equal(ask(peer, &one_request, &heard), -EBADMSG);
	}

	for (uint32_t length = sizeof(bare); length < sizeof(bytes); length++) {
		struct heard heard = { 0 };

		bare.nlmsg_len = length;
		memcpy(bytes, &bare, sizeof(bare));
		peer->transport.sequence = 0;
		peer_say(peer, bytes, length);
		assert_int_equal(ask(peer, &one_request, &heard), -EBADMSG);
	}
}

/* Damaged words never hide the error. */
static void test_text_damaged(void **state)
{
	struct peer *peer = *state;
	struct datagrams datagrams;
	struct nlmsghdr *message;

	datagrams_load(&datagrams, "device-get-absent-uncapped-6.12");
	message = (struct nlmsghdr *)datagrams.bytes[0];
	for (uint32_t length = NLMSG_LENGTH(sizeof(struct nlmsgerr));
	     length < datagrams.size[0]; length++) {
		struct heard heard = { 0 };

		message->nlmsg_len = length;
		peer->transport.sequence = 0;
		peer_say(peer, message, length);
		assert_int_equal(ask(peer, &one_request, &heard), -ENODEV);
		/* What is cut off at the very end may be padding. */
		if (length + 4 <= datagrams.size[0])
			assert_null(heard.text);
	}

	/* The length that the kernel gives for our request. */
	message->nlmsg_len = (uint32_t)datagrams.size[0];
	for (uint64_t length = 0; length <= UINT32_MAX; length = length * 5 / 4 + 1) {
		struct heard heard = { 0 };

		((struct nlmsgerr *)NLMSG_DATA(message))->msg.nlmsg_len =
			(uint32_t)length;
		peer->transport.sequence = 0;
		peer_say(peer, message, datagrams.size[0]);
		assert_int_equal(ask(peer, &one_request, &heard), -ENODEV);
	}
	datagrams_free(&datagrams);
}

/* Without the flag there are no words, whatever the bytes look like. */
static void test_text_not_announced(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;
	struct datagrams datagrams;

	datagrams_load(&datagrams, "device-get-absent-6.12");
	((struct nlmsghdr *)datagrams.bytes[0])->nlmsg_flags &= ~NLM_F_ACK_TLVS;
	peer_say(peer, datagrams.bytes[0], datagrams.size[0]);
	datagrams_free(&datagrams);
	assert_int_equal(ask(peer, &one_request, &heard), -ENODEV);
	assert_null(heard.text);
}

static void test_done_without_dump(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	say_data(peer, 1, MULTI);
	say_done(peer, 0);
	say_ack(peer, 0);
	assert_int_equal(ask(peer, &one_request, &heard), 0);
	assert_int_equal(heard.messages, 1);
	check_drained(peer);
}

static void test_overrun(void **state)
{
	struct heard heard = { 0 };
	struct peer *peer = *state;

	say_data(peer, 1, MULTI);
	say_control(peer, 1, NLMSG_OVERRUN, MULTI, 0, 0, NULL);
	say_data(peer, 1, MULTI);
	say_done(peer, 0);
	assert_int_equal(ask(peer, &dump_request, &heard), -ENOBUFS);
	assert_int_equal(heard.messages, 1);
	check_drained(peer);
}

static void test_other_type(void **state)
{
	static const uint16_t types[] = { 0, 5, 15, FAMILY - 1, FAMILY + 1, UINT16_MAX };
	struct peer *peer = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct heard heard = { 0 };
		struct reply reply;

		reply_begin(&reply, 1, COMMAND, 0);
		reply.header.nlmsg_type = types[i];
		peer->transport.sequence = 0;
		peer_say(peer, &reply, reply.header.nlmsg_len);
		say_ack(peer, 0);
		assert_int_equal(ask(peer, &one_request, &heard), -EBADMSG);
		assert_int_equal(heard.messages, 0);
		check_drained(peer);
	}
}

/* A datagram that ends within a message: whatever went before has been handed on. */
static void test_cut_off(void **state)
{
	struct peer *peer = *state;
	struct datagrams datagrams;

	datagrams_load(&datagrams, "device-get-6.12");
	assert_int_equal(datagrams.size[0], 88 + 88 + 96);
	for (size_t length = 1; length < datagrams.size[0]; length++) {
		struct heard heard = { 0 };
		bool is_whole = length == 88 || length == 88 + 88;

		peer->transport.sequence = 0;
		peer_say(peer, datagrams.bytes[0], length);
		if (is_whole)
			say_done(peer, 0);
		assert_int_equal(ask(peer, &dump_request, &heard),
				 is_whole ? 0 : -EBADMSG);
		assert_int_equal(heard.messages, (length >= 88) + (length >= 88 + 88));
	}
	datagrams_free(&datagrams);
}

static void test_message_length(void **state)
{
	static const uint32_t lengths[] = {
		0, 1, 15, 89, 97, INT32_MAX, INT32_MIN, UINT32_MAX - 88, UINT32_MAX,
	};
	struct peer *peer = *state;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct heard heard = { 0 };
		struct datagrams datagrams;

		datagrams_load(&datagrams, "device-get-6.12");
		((struct nlmsghdr *)(datagrams.bytes[0] + 88 + 88))->nlmsg_len =
			lengths[i];
		peer->transport.sequence = 0;
		/* 89 is padded to 92, which leaves four bytes that are no message. */
		peer_say(peer, datagrams.bytes[0], datagrams.size[0]);
		assert_int_equal(ask(peer, &dump_request, &heard), -EBADMSG);
		assert_in_range(heard.messages, 2, 3);
		datagrams_free(&datagrams);
	}
}

static void test_too_big(void **state)
{
	static char bytes[64 * 1024 + 4];
	struct heard heard = { 0 };
	struct peer *peer = *state;

	peer_say(peer, bytes, sizeof(bytes));
	say_done(peer, 0);
	assert_int_equal(ask(peer, &dump_request, &heard), -EMSGSIZE);
	check_drained(peer);
}

/* The rest of an answer is read away: the kernel would refuse the next dump otherwise. */
static void test_callback_fails(void **state)
{
	struct heard heard = { .fails_at = 2 };
	struct peer *peer = *state;

	peer_replay(peer, "mgmtdev-get-6.12");
	assert_int_equal(ask(peer, &dump_request, &heard), -EILSEQ);
	assert_int_equal(heard.messages, 2);
	assert_null(heard.text);
	check_drained(peer);

	heard = (struct heard){ .fails_at = 1 };
	peer->transport.sequence = 0;
	peer_replay(peer, "device-get-net-6.12");
	assert_int_equal(ask(peer, &one_request, &heard), -EILSEQ);
	check_drained(peer);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_captured),
		TEST(test_without_callback_and_text),
		TEST(test_flags),
		TEST(test_not_sent),
		TEST(test_sequence),
		TEST(test_port),
		TEST(test_parts),
		TEST(test_done_with_error),
		TEST(test_done_with_warning),
		TEST(test_done_damaged),
		TEST(test_interrupted),
		TEST(test_dump_refused),
		TEST(test_error_damaged),
		TEST(test_text_damaged),
		TEST(test_text_not_announced),
		TEST(test_done_without_dump),
		TEST(test_overrun),
		TEST(test_other_type),
		TEST(test_cut_off),
		TEST(test_message_length),
		TEST(test_too_big),
		TEST(test_callback_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
