// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the vdpa family, read by libnl with the kernel's policy: a second reader, so that one
 * mistake cannot be on both sides.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vdpa-msg.h"

#define FAMILY 0x23

/* The kernel's numbers, from its header of 6.12. */
enum {
	MGMTDEV_GET = 2,
	DEV_NEW,
	DEV_DEL,
	DEV_GET,
	CONFIG_GET,
	STATS_GET,
	ATTR_SET
};
enum {
	BUS_NAME = 1,
	MGMTDEV_NAME = 2,
	DEV_NAME = 4,
	MAC = 10,
	MAX_VQP = 12,
	MTU = 13,
	QUEUE_INDEX = 17,
	FEATURES = 20,
	ATTR_MAX = 36,
};

/* As strict as the kernel's, and names with their NUL. */
static struct nla_policy policy[ATTR_MAX + 1] = {
	[BUS_NAME] = { .type = NLA_NUL_STRING, .minlen = 2 },
	[MGMTDEV_NAME] = { .type = NLA_NUL_STRING, .minlen = 2 },
	[DEV_NAME] = { .type = NLA_NUL_STRING, .minlen = 2 },
	[MAC] = { .minlen = 6, .maxlen = 6 },
	[MAX_VQP] = { .minlen = 2, .maxlen = 2 },
	[MTU] = { .minlen = 2, .maxlen = 2 },
	[QUEUE_INDEX] = { .minlen = 4, .maxlen = 4 },
	[FEATURES] = { .minlen = 8, .maxlen = 8 },
};

/* Checks the headers; leaves the attributes in `attrs` and their number in the result. */
static int parse(struct vdpam_msg *msg, uint8_t command, bool is_dump,
		 struct nlattr **attrs)
{
	struct genlmsghdr *header = genlmsg_hdr(&msg->header);
	int left = (int)msg->header.nlmsg_len, count = 0;

	assert_true(nlmsg_ok(&msg->header, left));
	assert_int_equal(msg->header.nlmsg_len % 4, 0);
	assert_int_equal(msg->header.nlmsg_type, FAMILY);
	assert_int_equal(msg->header.nlmsg_flags,
			 NLM_F_REQUEST | (is_dump ? NLM_F_DUMP : 0));
	assert_int_equal(header->cmd, command);
	assert_int_equal(header->version, 1);
	assert_int_equal(header->reserved, 0);
	assert_int_equal(genlmsg_validate(&msg->header, 0, ATTR_MAX, policy), 0);
	assert_int_equal(genlmsg_parse(&msg->header, 0, attrs, ATTR_MAX, policy), 0);
	for (int i = 0; i <= ATTR_MAX; i++)
		count += attrs[i] != NULL;
	return count;
}

static void check_text(const struct nlattr *attr, const char *text)
{
	assert_non_null(attr);
	assert_int_equal(nla_len(attr), strlen(text) + 1);
	assert_string_equal(nla_get_string(attr), text);
}

static void test_dumps(void **state)
{
	struct nlattr *attrs[ATTR_MAX + 1];
	struct vdpam_msg msg;

	(void)state;
	assert_int_equal(vdpam_msg_mgmtdev_get(&msg, FAMILY, NULL), 0);
	assert_int_equal(parse(&msg, MGMTDEV_GET, true, attrs), 0);
	assert_int_equal(vdpam_msg_device_get(&msg, FAMILY, NULL), 0);
	assert_int_equal(parse(&msg, DEV_GET, true, attrs), 0);
	assert_int_equal(vdpam_msg_config_get(&msg, FAMILY, NULL), 0);
	assert_int_equal(parse(&msg, CONFIG_GET, true, attrs), 0);
}

static void test_one(void **state)
{
	struct nlattr *attrs[ATTR_MAX + 1];
	struct vdpam_msg msg;

	(void)state;
	assert_int_equal(vdpam_msg_device_get(&msg, FAMILY, "vdpa0"), 0);
	assert_int_equal(parse(&msg, DEV_GET, false, attrs), 1);
	check_text(attrs[DEV_NAME], "vdpa0");
	assert_int_equal(vdpam_msg_config_get(&msg, FAMILY, "a b\n\xff"), 0);
	assert_int_equal(parse(&msg, CONFIG_GET, false, attrs), 1);
	check_text(attrs[DEV_NAME], "a b\n\xff");
	assert_int_equal(vdpam_msg_device_del(&msg, FAMILY, "vdpa0"), 0);
	assert_int_equal(parse(&msg, DEV_DEL, false, attrs), 1);
	check_text(attrs[DEV_NAME], "vdpa0");
	assert_int_equal(vdpam_msg_stats_get(&msg, FAMILY, "vdpa0", 0x10203), 0);
	assert_int_equal(parse(&msg, STATS_GET, false, attrs), 2);
	check_text(attrs[DEV_NAME], "vdpa0");
	assert_int_equal(nla_get_u32(attrs[QUEUE_INDEX]), 0x10203);
}

static void test_handles(void **state)
{
	static const struct {
		const char *handle, *bus, *device;
	} cases[] = {
		{ "vdpasim_net", NULL, "vdpasim_net" },
		{ "pci/0000:07:00.2", "pci", "0000:07:00.2" },
		{ "auxiliary/mlx5_core.sf.2", "auxiliary", "mlx5_core.sf.2" },
		{ "a/b/c", "a", "b/c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nlattr *attrs[ATTR_MAX + 1];
		struct vdpam_msg msg;

		assert_int_equal(vdpam_msg_mgmtdev_get(&msg, FAMILY, cases[i].handle), 0);
		assert_int_equal(parse(&msg, MGMTDEV_GET, false, attrs),
				 cases[i].bus ? 2 : 1);
		check_text(attrs[MGMTDEV_NAME], cases[i].device);
		if (cases[i].bus)
			check_text(attrs[BUS_NAME], cases[i].bus);
	}
}

static void test_new(void **state)
{
	static const uint8_t mac[] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

	(void)state;
	/* Every selection of the four. */
	for (unsigned int with = 0; with < 16; with++) {
		struct vdpam_new_attrs new = {
			.mac = UINT64_C(0x021122334455),
			.mtu = 9000,
			.max_vqp = 32768,
			.features = UINT64_C(0x8000000100000028),
			.has_mac = with & 1,
			.has_mtu = with & 2,
			.has_max_vqp = with & 4,
			.has_features = with & 8,
		};
		struct nlattr *attrs[ATTR_MAX + 1];
		struct vdpam_msg msg;

		assert_int_equal(vdpam_msg_device_new(&msg, FAMILY, "n0",
						      "pci/0000:07:00.2", &new),
				 0);
		assert_int_equal(parse(&msg, DEV_NEW, false, attrs),
				 3 + new.has_mac + new.has_mtu + new.has_max_vqp +
					 new.has_features);
		check_text(attrs[DEV_NAME], "n0");
		check_text(attrs[BUS_NAME], "pci");
		check_text(attrs[MGMTDEV_NAME], "0000:07:00.2");
		if (new.has_mac)
			assert_memory_equal(nla_data(attrs[MAC]), mac, sizeof(mac));
		if (new.has_mtu)
			assert_int_equal(nla_get_u16(attrs[MTU]), 9000);
		if (new.has_max_vqp)
			assert_int_equal(nla_get_u16(attrs[MAX_VQP]), 32768);
		if (new.has_features)
			assert_int_equal(nla_get_u64(attrs[FEATURES]), new.features);
	}
}

/* To provision no feature at all is something else than not to say. */
static void test_new_zero(void **state)
{
	const struct vdpam_new_attrs none = { .has_features = true };
	struct nlattr *attrs[ATTR_MAX + 1];
	struct vdpam_msg msg;

	(void)state;
	assert_int_equal(vdpam_msg_device_new(&msg, FAMILY, "n0", "vduse", &none), 0);
	assert_int_equal(parse(&msg, DEV_NEW, false, attrs), 3);
	assert_int_equal(nla_get_u64(attrs[FEATURES]), 0);
}

static void test_set(void **state)
{
	static const uint8_t mac[] = { 0x02, 0, 0, 0, 0, 0xff };
	struct nlattr *attrs[ATTR_MAX + 1];
	struct vdpam_msg msg;

	(void)state;
	assert_int_equal(vdpam_msg_attr_set(&msg, FAMILY, "n0", UINT64_C(0x0200000000ff)),
			 0);
	assert_int_equal(parse(&msg, ATTR_SET, false, attrs), 2);
	check_text(attrs[DEV_NAME], "n0");
	assert_memory_equal(nla_data(attrs[MAC]), mac, sizeof(mac));
}

static void test_long_names(void **state)
{
	const struct vdpam_new_attrs all = { .has_mac = true,
					     .has_mtu = true,
					     .has_max_vqp = true,
					     .has_features = true };
	char name[4096], handle[4 + sizeof(name)];

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(handle, 'h', sizeof(handle));
	memcpy(handle, "pci/", 4);
	for (size_t length = 1; length < sizeof(name); length += 101) {
		struct nlattr *attrs[ATTR_MAX + 1];
		struct vdpam_msg msg;
		int r;

		name[length] = handle[length + 4 < sizeof(handle) ? length + 4 : length] =
			0;
		r = vdpam_msg_device_new(&msg, FAMILY, name, handle, &all);
		if (length <= 1024)
			assert_int_equal(r, 0);
		else
			assert_true(r == 0 || r == -ENAMETOOLONG);
		if (r == 0) {
			assert_int_equal(parse(&msg, DEV_NEW, false, attrs), 7);
			check_text(attrs[DEV_NAME], name);
			check_text(attrs[MGMTDEV_NAME], handle + 4);
		}
		name[length] = 'n';
		handle[4 + length] = 'h';
	}

	name[sizeof(name) - 1] = 0;
	memset(handle, 'h', 300);
	memcpy(handle + 300, "/device", sizeof("/device"));
	struct vdpam_msg msg;
	assert_int_equal(vdpam_msg_device_get(&msg, FAMILY, name), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_config_get(&msg, FAMILY, name), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_mgmtdev_get(&msg, FAMILY, name), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_mgmtdev_get(&msg, FAMILY, handle), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_stats_get(&msg, FAMILY, name, 0), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_device_del(&msg, FAMILY, name), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_attr_set(&msg, FAMILY, name, 1), -ENAMETOOLONG);
	assert_int_equal(vdpam_msg_device_new(&msg, FAMILY, name, "vduse", &all),
			 -ENAMETOOLONG);
}

/* No byte of our memory goes to the kernel: the same request twice is the same bytes. */
static void test_padding(void **state)
{
	const struct vdpam_new_attrs new = { .mtu = 1500,
					     .has_mtu = true,
					     .has_mac = true };
	struct vdpam_msg a, b;

	(void)state;
	memset(&a, 0x55, sizeof(a));
	memset(&b, 0xaa, sizeof(b));
	assert_int_equal(vdpam_msg_device_new(&a, FAMILY, "vdpa0", "pci/x", &new), 0);
	assert_int_equal(vdpam_msg_device_new(&b, FAMILY, "vdpa0", "pci/x", &new), 0);
	assert_int_equal(a.header.nlmsg_len, b.header.nlmsg_len);
	assert_memory_equal(&a, &b, a.header.nlmsg_len);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dumps),      cmocka_unit_test(test_one),
		cmocka_unit_test(test_handles),    cmocka_unit_test(test_new),
		cmocka_unit_test(test_new_zero),   cmocka_unit_test(test_set),
		cmocka_unit_test(test_long_names), cmocka_unit_test(test_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
