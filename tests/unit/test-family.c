// SPDX-License-Identifier: GPL-2.0-or-later
/* Family ids: from a captured reply, from damaged ones, and from this kernel. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "datagrams.h"
#include "family.h"
#include "peer.h"

static int setup(void **state)
{
	static struct peer peer;

	peer_begin(&peer);
	*state = &peer;
	return 0;
}

static int teardown(void **state)
{
	peer_end(*state);
	return 0;
}

static void test_captured(void **state)
{
	struct peer *peer = *state;
	uint16_t id = 0;
	struct {
		struct nlmsghdr header;
		struct genlmsghdr command;
		struct nlattr attr;
		char name[8];
	} request;

	peer_replay(peer, "family-6.12");
	assert_int_equal(vdpam_family_resolve(&peer->transport, "vdpa", &id), 0);
	assert_int_equal(id, 0x23);

	assert_int_equal(peer_hear(peer, &request, sizeof(request)), sizeof(request));
	assert_int_equal(request.header.nlmsg_type, GENL_ID_CTRL);
	assert_int_equal(request.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(request.command.cmd, CTRL_CMD_GETFAMILY);
	assert_int_equal(request.attr.nla_type, CTRL_ATTR_FAMILY_NAME);
	assert_int_equal(request.attr.nla_len, 4 + 5);
	assert_memory_equal(request.name, "vdpa\0\0\0", 8);
}

static void test_captured_absent(void **state)
{
	struct peer *peer = *state;
	uint16_t id = 42;

	peer_replay(peer, "family-absent-6.12");
	assert_int_equal(vdpam_family_resolve(&peer->transport, "no-such", &id), -ENOENT);
	assert_int_equal(id, 42);
}

static void test_this_kernel(void **state)
{
	struct vdpam_transport transport;
	uint16_t id = 42;

	(void)state;
	assert_int_equal(vdpam_transport_init(&transport, vdpam_transport_open()), 0);
	assert_int_equal(vdpam_family_resolve(&transport, "no-such-family", &id),
			 -ENOENT);
	assert_int_equal(id, 42);
	assert_int_equal(vdpam_family_resolve(&transport, "nlctrl", &id), 0);
	assert_int_equal(id, GENL_ID_CTRL);
	assert_int_equal(transport.forged, 0);
	vdpam_transport_fini(&transport);
}

/* An answer with `size` bytes of `number` for an id, and the ACK of a captured one. */
static int resolve(struct peer *peer, uint32_t number, size_t size)
{
	struct datagrams datagrams;
	struct reply reply;
	uint16_t id = 42;
	int r;

	reply_begin(&reply, 1, CTRL_CMD_NEWFAMILY, 0);
	reply.header.nlmsg_type = GENL_ID_CTRL;
	if (size)
		reply_put(&reply, CTRL_ATTR_FAMILY_ID, &number, size);
	peer->transport.sequence = 0;
	peer_say(peer, &reply, reply.header.nlmsg_len);
	datagrams_load(&datagrams, "family-6.12");
	peer_say(peer, datagrams.bytes[1], datagrams.size[1]);
	datagrams_free(&datagrams);
	r = vdpam_family_resolve(&peer->transport, "vdpa", &id);
	assert_int_equal(id, r == 0 ? number : 42);
	return r;
}

static void test_damaged(void **state)
{
	struct peer *peer = *state;
	struct datagrams datagrams;
	uint16_t id = 42;

	assert_int_equal(resolve(peer, 0x23, 2), 0);
	assert_int_equal(resolve(peer, 0x23, 0), -EBADMSG);
	assert_int_equal(resolve(peer, 0x23, 1), -EBADMSG);
	assert_int_equal(resolve(peer, 0x23, 4), -EBADMSG);
	assert_int_equal(resolve(peer, 0, 2), -EBADMSG);
	assert_int_equal(resolve(peer, 15, 2), -EBADMSG);
	assert_int_equal(resolve(peer, 16, 2), 0);

	/* The ACK alone. */
	datagrams_load(&datagrams, "family-6.12");
	peer->transport.sequence = 0;
	peer_say(peer, datagrams.bytes[1], datagrams.size[1]);
	assert_int_equal(vdpam_family_resolve(&peer->transport, "vdpa", &id), -EBADMSG);

	/* The reply ends before each of its bytes. */
	for (size_t length = sizeof(struct nlmsghdr); length < datagrams.size[0];
	     length++) {
		((struct nlmsghdr *)datagrams.bytes[0])->nlmsg_len = (uint32_t)length;
		peer->transport.sequence = 0;
		peer_say(peer, datagrams.bytes[0], length);
		peer_say(peer, datagrams.bytes[1], datagrams.size[1]);
		/* The captured id is the second attribute: cut behind it, it is there. */
		int r = vdpam_family_resolve(&peer->transport, "vdpa", &id);
		assert_true(r == -EBADMSG || (r == 0 && id == 0x23));
	}
	datagrams_free(&datagrams);
}

static void test_long_name(void **state)
{
	struct peer *peer = *state;
	uint16_t id = 42;
	char name[512];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(vdpam_family_resolve(&peer->transport, name, &id),
			 -ENAMETOOLONG);
	assert_int_equal(id, 42);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_captured), TEST(test_captured_absent), TEST(test_this_kernel),
		TEST(test_damaged),  TEST(test_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
