// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hints from devlink's notifications: of the family and of others, several in a datagram, damaged,
 * too long for us. The kernel is a socket; uevents, which libudev reads, are for the test machine.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/devlink.h>

#include "datagrams.h"
#include "monitor.h"

#define FAMILY 0x23 /* that of reply_begin() */

struct fixture {
	struct vdpam_monitor *monitor;
	int kernel;
};

static int setup(void **state)
{
	static struct fixture f;
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		0);
	f.kernel = fds[1];
	assert_int_equal(vdpam_monitor_new_from_fd(fds[0], FAMILY, &f.monitor), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vdpam_monitor_free(f->monitor);
	close(f->kernel);
	return 0;
}

static void make(struct reply *reply, uint8_t command, const char *device)
{
	reply_begin(reply, 0, command, 0);
	reply_put_text(reply, DEVLINK_ATTR_BUS_NAME, "pci");
	if (device)
		reply_put_text(reply, DEVLINK_ATTR_DEV_NAME, device);
}

static void say(const struct fixture *f, const void *bytes, size_t size)
{
	assert_int_equal(send(f->kernel, bytes, size, 0), size);
}

static int hear(const struct fixture *f, struct vdpam_hint *ret_hint)
{
	return vdpam_monitor_receive(f->monitor, VDPAM_MONITOR_DEVLINK, ret_hint);
}

static void notifications(void **state)
{
	const struct fixture *f = *state;
	struct vdpam_hint hint;
	struct reply first, second;
	char both[1024];

	assert_int_equal(hear(f, &hint), 0);
	make(&first, DEVLINK_CMD_PORT_NEW, "0000:01:00.0");
	make(&second, DEVLINK_CMD_PORT_DEL, "0000:02:00.0");
	memcpy(both, first.bytes, first.header.nlmsg_len);
	memcpy(both + NLMSG_ALIGN(first.header.nlmsg_len), second.bytes,
	       second.header.nlmsg_len);
	say(f, both, NLMSG_ALIGN(first.header.nlmsg_len) + second.header.nlmsg_len);
	assert_int_equal(hear(f, &hint), 1);
	assert_string_equal(hint.subsystem, "devlink");
	assert_string_equal(hint.action, "new");
	assert_string_equal(hint.name, "pci/0000:01:00.0");
	assert_int_equal(hear(f, &hint), 1);
	assert_string_equal(hint.action, "del");
	assert_string_equal(hint.name, "pci/0000:02:00.0");
	assert_int_equal(hear(f, &hint), 0);
}

static void what_is_none_is_passed_over(void **state)
{
	const struct fixture *f = *state;
	struct vdpam_hint hint;
	struct reply reply;

	make(&reply, DEVLINK_CMD_NEW, NULL);
	say(f, reply.bytes, reply.header.nlmsg_len);
	make(&reply, DEVLINK_CMD_NEW, "a");
	reply.header.nlmsg_type = FAMILY + 1;
	say(f, reply.bytes, reply.header.nlmsg_len);
	make(&reply, DEVLINK_CMD_NEW, "b");
	reply.header.nlmsg_len += 4;
	say(f, reply.bytes, reply.header.nlmsg_len - 4);
	say(f, "x", 1);
	make(&reply, DEVLINK_CMD_NEW, "c");
	say(f, reply.bytes, reply.header.nlmsg_len);
	assert_int_equal(hear(f, &hint), 1);
	assert_string_equal(hint.name, "pci/c");
	assert_int_equal(hear(f, &hint), 0);
}

static void what_is_lost_means_everything(void **state)
{
	const struct fixture *f = *state;
	static char bytes[100 * 1024];
	struct vdpam_hint hint;

	say(f, bytes, sizeof(bytes));
	assert_int_equal(hear(f, &hint), 1);
	assert_null(hint.subsystem);
	assert_int_equal(hear(f, &hint), 0);
	assert_int_equal(vdpam_monitor_get_fd(f->monitor, VDPAM_MONITOR_UEVENTS),
			 -EOPNOTSUPP);
	assert_int_equal(vdpam_monitor_receive(f->monitor, VDPAM_MONITOR_UEVENTS, &hint),
			 -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(notifications, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_none_is_passed_over, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_lost_means_everything, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
