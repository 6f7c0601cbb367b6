// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How three dumps and the list of the bus become one snapshot: dumps that lose devices, tell of one
 * twice, or end too early, as the kernel's do. /sys is a folder, netlink a socket pair.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "datagrams.h"
#include "folder.h"
#include "vdpamgmt.h"

enum {
	MGMTDEV_NAME = 2,
	CLASSES,
	NAME,
	ID,
	VENDOR,
	MAX_VQS,
	MAX_VQ_SIZE,
	MTU = 13
};
enum {
	MGMTDEV_NEW = 1,
	DEV_NEW = 3,
	CONFIG_GET = 6
};

struct fixture {
	char root[64];
	int kernel; /* its end of the socket pair */
	uint32_t sequence;
	struct vdpam_ctx *ctx;
};

static void make_folder(const struct fixture *f, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	assert_int_equal(mkdir(full, 0755), 0);
}

static int setup(void **state)
{
	static const char *const folders[] = { "bus", "bus/vdpa", "bus/vdpa/devices",
					       "bus/vdpa/drivers",
					       "bus/vdpa/drivers/vhost_vdpa" };
	static struct fixture fixture;
	struct timeval patience = { .tv_usec = 50000 };
	struct fixture *f = *state = &fixture;
	struct reply reply;
	int fds[2];

	*f = (struct fixture){ .root = "/tmp/test-snapshot.XXXXXX", .sequence = 1 };
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		make_folder(f, folders[i]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	f->kernel = fds[1];
	assert_int_equal(
		vdpam_new_from_fds(&f->ctx, fds[0],
				   open(f->root, O_PATH | O_DIRECTORY | O_CLOEXEC)),
		0);

	reply_begin(&reply, f->sequence, CTRL_CMD_NEWFAMILY, 0);
	reply.header.nlmsg_type = GENL_ID_CTRL;
	reply_put_u16(&reply, CTRL_ATTR_FAMILY_ID, 0x23);
	assert_true(send(f->kernel, &reply, reply.header.nlmsg_len, 0) > 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vdpam_unref(f->ctx);
	close(f->kernel);
	return folder_remove(f->root);
}

/* ---- What the kernel says ---- */

static void say(struct fixture *f, struct reply *reply)
{
	assert_true(send(f->kernel, reply, reply->header.nlmsg_len, 0) > 0);
}

/* Ends the answer to a request, and the next message answers the next one. */
static void say_end(struct fixture *f, uint16_t type, int error)
{
	struct {
		struct nlmsghdr header;
		int error;
		struct nlmsghdr request;
	} end = { .header = { .nlmsg_len = sizeof(end),
			      .nlmsg_type = type,
			      .nlmsg_seq = f->sequence++,
			      .nlmsg_flags = NLM_F_MULTI },
		  .error = error };

	assert_true(send(f->kernel, &end, sizeof(end), 0) > 0);
}

static void say_done(struct fixture *f)
{
	say_end(f, NLMSG_DONE, 0);
}

static void say_mgmtdevs(struct fixture *f)
{
	struct reply reply;

	say_end(f, NLMSG_ERROR, 0); /* of the question for the family */
	reply_begin(&reply, f->sequence, MGMTDEV_NEW, NLM_F_MULTI);
	reply_put_text(&reply, MGMTDEV_NAME, "vdpasim_net");
	reply_put_u64(&reply, CLASSES, 1 << 1);
	say(f, &reply);
	say_done(f);
}

static void say_device(struct fixture *f, const char *name, uint32_t id)
{
	struct reply reply;

	reply_begin(&reply, f->sequence, DEV_NEW, NLM_F_MULTI);
	reply_put_text(&reply, MGMTDEV_NAME, "vdpasim_net");
	reply_put_text(&reply, NAME, name);
	reply_put_u32(&reply, ID, id);
	say(f, &reply);
}

static void say_config(struct fixture *f, const char *name, uint16_t mtu)
{
	struct reply reply;

	reply_begin(&reply, f->sequence, CONFIG_GET, NLM_F_MULTI);
	reply_put_text(&reply, NAME, name);
	reply_put_u32(&reply, ID, 1);
	reply_put_u16(&reply, MTU, mtu);
	say(f, &reply);
}

static void bus_has(const struct fixture *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "bus/vdpa/devices/%s", name);
	make_folder(f, path);
}

/* ---- What comes of it ---- */

static struct vdpam_snapshot *look(struct fixture *f)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct vdpam_error *error = NULL;

	if (vdpam_snapshot_new(f->ctx, VDPAM_LOOK_BRIEF, &snapshot, &error) < 0)
		fail_msg("%s", vdpam_error_get_message(error));
	return snapshot;
}

/* All names in order, with a blank between them. */
static void expect_names(const struct vdpam_snapshot *snapshot, const char *names)
{
	const struct vdpam_device *device = NULL;
	char all[256] = "";
	size_t used = 0;

	while ((device = vdpam_device_next(snapshot, device)))
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 used ? " " : "", vdpam_device_get_name(device));
	assert_string_equal(all, names);
}

static void expect_mtu(const struct vdpam_snapshot *snapshot, const char *name,
		       uint64_t mtu)
{
	const struct vdpam_device *device = vdpam_snapshot_find_device(snapshot, name);
	uint64_t number = 0;

	assert_non_null(device);
	assert_int_equal(vdpam_device_get_number(device, VDPAM_ATTR_MTU, &number), 0);
	assert_int_equal(number, mtu);
}

static void test_agreeing(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot;
	char link[128];

	bus_has(f, "b");
	bus_has(f, "a");
	snprintf(link, sizeof(link), "%s/bus/vdpa/drivers/vhost_vdpa/a", f->root);
	assert_int_equal(symlink("../../devices/a", link), 0);
	say_mgmtdevs(f);
	say_device(f, "b", 1);
	say_device(f, "a", 1);
	say_done(f);
	say_config(f, "b", 1500);
	say_config(f, "a", 9000);
	say_done(f);

	snapshot = look(f);
	expect_names(snapshot, "b a");
	expect_mtu(snapshot, "a", 9000);
	expect_mtu(snapshot, "b", 1500);
	assert_string_equal(
		vdpam_device_get_driver(vdpam_snapshot_find_device(snapshot, "a")),
		"vhost_vdpa");
	assert_null(vdpam_device_get_driver(vdpam_snapshot_find_device(snapshot, "b")));
	assert_null(vdpam_snapshot_find_device(snapshot, "c"));
	assert_non_null(vdpam_snapshot_find_mgmtdev(snapshot, "vdpasim_net"));
	vdpam_snapshot_unref(snapshot);
}

static void test_dump_loses_devices(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot;

	bus_has(f, "a");
	bus_has(f, "lost");
	say_mgmtdevs(f);
	say_device(f, "a", 1);
	say_done(f);
	say_device(f, "lost", 1); /* asked for by name */
	say_end(f, NLMSG_ERROR, 0);
	say_config(f, "a", 1500);
	say_done(f);
	say_config(f, "lost", 1400); /* its configuration too */
	say_end(f, NLMSG_ERROR, 0);

	snapshot = look(f);
	expect_names(snapshot, "a lost");
	expect_mtu(snapshot, "lost", 1400);
	vdpam_snapshot_unref(snapshot);
}

static void test_gone_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot;

	bus_has(f, "a");
	bus_has(f, "going");
	say_mgmtdevs(f);
	say_device(f, "gone", 1);
	say_device(f, "a", 1);
	say_done(f);
	say_end(f, NLMSG_ERROR, -ENODEV); /* gone */
	say_end(f, NLMSG_ERROR, -ENODEV); /* going */
	say_config(f, "a", 1500);
	say_done(f);

	snapshot = look(f);
	expect_names(snapshot, "a");
	assert_null(vdpam_snapshot_find_device(snapshot, "gone"));
	vdpam_snapshot_unref(snapshot);
}

static void test_told_twice(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot;

	bus_has(f, "a");
	bus_has(f, "b");
	say_mgmtdevs(f);
	say_device(f, "a", 1);
	say_device(f, "b", 1);
	say_device(f, "a", 1);
	say_done(f);
	say_config(f, "a", 1500);
	say_config(f, "b", 1501);
	say_done(f);

	snapshot = look(f);
	expect_mtu(snapshot, "a", 1500);
	expect_mtu(snapshot, "b", 1501);
	expect_names(snapshot, "a b");
	vdpam_snapshot_unref(snapshot);
}

/* eni and snet devices: on the bus, and no dump tells of them. */
static void test_no_mgmtdev(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot;
	const struct vdpam_device *device;

	bus_has(f, "vdpa0");
	say_mgmtdevs(f);
	say_done(f);
	say_end(f, NLMSG_ERROR, -EINVAL);
	say_done(f);

	snapshot = look(f);
	device = vdpam_snapshot_find_device(snapshot, "vdpa0");
	assert_non_null(device);
	assert_null(vdpam_device_get_mgmtdev(device));
	assert_int_equal(vdpam_device_get_virtio_id(device), 0);
	vdpam_snapshot_unref(snapshot);
}

/* The dump of configurations ends at the first device that is neither net nor block. */
static void test_config_ends_early(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot;

	bus_has(f, "a");
	bus_has(f, "fs");
	bus_has(f, "b");
	say_mgmtdevs(f);
	say_device(f, "a", 1);
	say_device(f, "fs", 26);
	say_device(f, "b", 1);
	say_done(f);
	say_config(f, "a", 1500);
	say_done(f);
	say_config(f, "b", 1300);
	say_end(f, NLMSG_ERROR, 0);

	snapshot = look(f);
	expect_names(snapshot, "a fs b");
	expect_mtu(snapshot, "b", 1300);
	vdpam_snapshot_unref(snapshot);
}

static void test_no_family(void **state)
{
	struct fixture *f = *state;
	struct vdpam_snapshot *snapshot = NULL;
	struct vdpam_error *error = NULL;
	int fds[2];

	vdpam_unref(f->ctx); /* with the answer that setup() has queued */
	close(f->kernel);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	f->kernel = fds[1];
	assert_int_equal(
		vdpam_new_from_fds(&f->ctx, fds[0],
				   open(f->root, O_PATH | O_DIRECTORY | O_CLOEXEC)),
		0);
	f->sequence = 1;
	say_end(f, NLMSG_ERROR, -ENOENT);
	assert_int_equal(vdpam_snapshot_new(f->ctx, VDPAM_LOOK_BRIEF, &snapshot, &error),
			 -EOPNOTSUPP);
	assert_int_equal(vdpam_error_get_code(error), VDPAM_ERROR_NO_KERNEL_SUPPORT);
	assert_int_equal(vdpam_error_code_exit_status(vdpam_error_get_code(error)), 69);
	assert_null(snapshot);
	vdpam_error_free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_agreeing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dump_loses_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_mgmtdev, setup, teardown),
		cmocka_unit_test_setup_teardown(test_config_ends_early, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_family, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
