// SPDX-License-Identifier: GPL-2.0-or-later
/* The devlink family: what is asked, byte by byte; answers as kernels give them, and hostile ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "datagrams.h"
#include "devlink-msg.h"

/* The kernel's numbers, from its header of 6.12. */
#define NEW 3
#define PORT_GET 5
#define PORT_SET 6
#define PORT_NEW 7
#define PORT_DEL 8
#define ESWITCH_GET 29
#define ESWITCH_SET 30
#define RELOAD 37
#define PARAM_GET 38
#define PARAM_SET 39

#define BUS_NAME 1
#define DEV_NAME 2
#define PORT_INDEX 3
#define NETDEV_NAME 7
#define ESWITCH_MODE 25
#define PORT_FLAVOUR 77
#define PORT_NUMBER 78
#define PARAM 80
#define PARAM_NAME 81
#define PARAM_TYPE 83
#define VALUES_LIST 84
#define VALUE 85
#define VALUE_DATA 86
#define VALUE_CMODE 87
#define PF_NUMBER 127
#define PORT_FUNCTION 145
#define PORT_EXTERNAL 149
#define CONTROLLER 150
#define RELOAD_ACTION 153
#define SF_NUMBER 164

#define HW_ADDR 1
#define STATE 2
#define OPSTATE 3

#define TYPE_U32 3
#define TYPE_BOOL 6

#define PF "pci/0000:06:00.0"

/* ---- Requests ------------------------------------------------------------------------------ */

/* One attribute of a request, at `*at`; what is inside follows it at once when it is nested. */
static const void *expect_attr(const struct vdpam_msg *msg, size_t *at, uint16_t type,
			       size_t size)
{
	const struct nlattr *attr = (const void *)(msg->bytes + *at);

	assert_true(*at + sizeof(*attr) + size <= msg->header.nlmsg_len);
	assert_int_equal(attr->nla_type, type);
	assert_int_equal(attr->nla_len, sizeof(*attr) + size);
	*at += type & NLA_F_NESTED ? sizeof(*attr) : NLA_ALIGN(sizeof(*attr) + size);
	return attr + 1;
}

static void expect_number(const struct vdpam_msg *msg, size_t *at, uint16_t type,
			  size_t size, uint32_t should)
{
	uint32_t number = 0;

	memcpy(&number, expect_attr(msg, at, type, size), size);
	assert_int_equal(number, should);
}

/* The header and the handle. */
static size_t expect_begin(const struct vdpam_msg *msg, uint8_t command, uint16_t flags)
{
	const struct genlmsghdr *header = (const void *)(&msg->header + 1);
	size_t at = 20;

	assert_int_equal(msg->header.nlmsg_type, 21);
	assert_int_equal(msg->header.nlmsg_flags, NLM_F_REQUEST | flags);
	assert_int_equal(header->cmd, command);
	assert_int_equal(header->version, 1);
	assert_int_equal(header->reserved, 0);
	assert_string_equal(expect_attr(msg, &at, BUS_NAME, 4), "pci");
	assert_string_equal(expect_attr(msg, &at, DEV_NAME, 13), "0000:06:00.0");
	return at;
}

static void expect_end(const struct vdpam_msg *msg, size_t at)
{
	assert_int_equal(at, msg->header.nlmsg_len);
}

static void test_requests_for_ports(void **state)
{
	const uint32_t index = 32768;
	struct vdpam_msg msg;
	size_t at;

	(void)state;
	assert_int_equal(vdpam_devlink_msg_port_get(&msg, 21, PF, &index), 0);
	at = expect_begin(&msg, PORT_GET, 0);
	expect_number(&msg, &at, PORT_INDEX, 4, index);
	expect_end(&msg, at);

	assert_int_equal(vdpam_devlink_msg_port_get(&msg, 21, PF, NULL), 0);
	expect_end(&msg, expect_begin(&msg, PORT_GET, NLM_F_DUMP));

	assert_int_equal(vdpam_devlink_msg_port_get(&msg, 21, NULL, NULL), 0);
	assert_int_equal(msg.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	expect_end(&msg, 20);

	assert_int_equal(vdpam_devlink_msg_port_new(&msg, 21, PF, 1, 88), 0);
	at = expect_begin(&msg, PORT_NEW, 0);
	expect_number(&msg, &at, PORT_FLAVOUR, 2, 7);
	expect_number(&msg, &at, PF_NUMBER, 2, 1);
	expect_number(&msg, &at, SF_NUMBER, 4, 88);
	expect_end(&msg, at);

	assert_int_equal(vdpam_devlink_msg_port_del(&msg, 21, PF, index), 0);
	at = expect_begin(&msg, PORT_DEL, 0);
	expect_number(&msg, &at, PORT_INDEX, 4, index);
	expect_end(&msg, at);
}

static void test_requests_for_functions(void **state)
{
	static const uint8_t mac[] = { 0x02, 0x00, 0x00, 0x00, 0x88, 0x01 };
	struct vdpam_msg msg;
	size_t at;

	(void)state;
	assert_int_equal(vdpam_devlink_msg_port_set_mac(&msg, 21, PF, 7, 0x020000008801),
			 0);
	at = expect_begin(&msg, PORT_SET, 0);
	expect_number(&msg, &at, PORT_INDEX, 4, 7);
	expect_attr(&msg, &at, PORT_FUNCTION | NLA_F_NESTED, 12);
	assert_memory_equal(expect_attr(&msg, &at, HW_ADDR, 6), mac, 6);
	expect_end(&msg, at);

	for (unsigned int active = 0; active <= 1; active++) {
		assert_int_equal(
			vdpam_devlink_msg_port_set_active(&msg, 21, PF, 7, active), 0);
		at = expect_begin(&msg, PORT_SET, 0);
		expect_number(&msg, &at, PORT_INDEX, 4, 7);
		expect_attr(&msg, &at, PORT_FUNCTION | NLA_F_NESTED, 8);
		expect_number(&msg, &at, STATE, 1, active);
		expect_end(&msg, at);
	}
}

static void test_requests_for_devices(void **state)
{
	struct vdpam_msg msg;
	size_t at;

	(void)state;
	assert_int_equal(vdpam_devlink_msg_eswitch_get(&msg, 21, PF), 0);
	expect_end(&msg, expect_begin(&msg, ESWITCH_GET, 0));

	assert_int_equal(
		vdpam_devlink_msg_eswitch_set(&msg, 21, PF, VDPAM_ESWITCH_SWITCHDEV), 0);
	at = expect_begin(&msg, ESWITCH_SET, 0);
	expect_number(&msg, &at, ESWITCH_MODE, 2, 1);
	expect_end(&msg, at);

	assert_int_equal(vdpam_devlink_msg_param_get(&msg, 21, PF, "enable_vnet"), 0);
	at = expect_begin(&msg, PARAM_GET, 0);
	assert_string_equal(expect_attr(&msg, &at, PARAM_NAME, 12), "enable_vnet");
	expect_end(&msg, at);

	for (unsigned int value = 0; value <= 1; value++) {
		assert_int_equal(vdpam_devlink_msg_param_set(&msg, 21, PF, "enable_vnet",
							     VDPAM_PARAM_DRIVERINIT,
							     value),
				 0);
		at = expect_begin(&msg, PARAM_SET, 0);
		assert_string_equal(expect_attr(&msg, &at, PARAM_NAME, 12),
				    "enable_vnet");
		expect_number(&msg, &at, PARAM_TYPE, 1, TYPE_BOOL);
		expect_number(&msg, &at, VALUE_CMODE, 1, 1);
		if (value)
			expect_attr(&msg, &at, VALUE_DATA, 0);
		expect_end(&msg, at);
	}

	assert_int_equal(vdpam_devlink_msg_reload(&msg, 21, PF), 0);
	at = expect_begin(&msg, RELOAD, 0);
	expect_number(&msg, &at, RELOAD_ACTION, 1, 1);
	expect_end(&msg, at);
}

static void test_handles_refused(void **state)
{
	static const char *const wrong[] = { "", "pci", "pci/", "/0000:06:00.0" };
	struct vdpam_msg msg;
	char big[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(vdpam_devlink_msg_eswitch_get(&msg, 21, wrong[i]),
				 -EINVAL);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	big[300] = '/';
	assert_int_equal(vdpam_devlink_msg_eswitch_get(&msg, 21, big), -ENAMETOOLONG);
	big[3] = '/';
	assert_int_equal(vdpam_devlink_msg_eswitch_get(&msg, 21, big), -ENAMETOOLONG);
	assert_int_equal(vdpam_devlink_msg_param_get(&msg, 21, PF, big), -ENAMETOOLONG);
}

/* ---- Replies ------------------------------------------------------------------------------- */

static struct nlattr *nest(struct reply *reply, uint16_t type)
{
	/* The kernel does not mark these as nested. */
	struct nlattr *attr = mnl_attr_nest_start(&reply->header, type);

	attr->nla_type = type;
	return attr;
}

static void nest_end(struct reply *reply, struct nlattr *attr)
{
	mnl_attr_nest_end(&reply->header, attr);
}

static void begin_port(struct reply *reply, uint8_t command)
{
	reply_begin(reply, 1, command, 0);
	reply_put_text(reply, BUS_NAME, "pci");
	reply_put_text(reply, DEV_NAME, "0000:06:00.0");
	reply_put_u32(reply, PORT_INDEX, 32768);
}

/* The port of an SF, as mlx5 has it. */
static void make_sf_port(struct reply *reply, uint8_t command)
{
	struct nlattr *function;

	begin_port(reply, command);
	reply_put_text(reply, NETDEV_NAME, "en6f0pf0sf88");
	reply_put_u16(reply, PORT_FLAVOUR, 7);
	reply_put_u32(reply, CONTROLLER, 0);
	reply_put_u16(reply, PF_NUMBER, 1);
	reply_put_u32(reply, SF_NUMBER, 88);
	function = nest(reply, PORT_FUNCTION);
	reply_put(reply, HW_ADDR, "\x02\0\0\0\x88\x01", 6);
	reply_put_u8(reply, STATE, 1);
	reply_put_u8(reply, OPSTATE, 0);
	nest_end(reply, function);
}

static int parse_port(const struct reply *reply, struct vdpam_port_info *ret_info)
{
	struct nlmsghdr *message = reply_copy(reply);
	int r = vdpam_devlink_msg_parse_port(message, ret_info);

	free(message);
	return r;
}

static void test_sf_port(void **state)
{
	static const uint8_t commands[] = { NEW, PORT_NEW };

	(void)state;
	for (size_t i = 0; i < sizeof(commands); i++) {
		struct vdpam_port_info info;
		struct reply reply;

		make_sf_port(&reply, commands[i]);
		assert_int_equal(parse_port(&reply, &info), 0);
		assert_string_equal(info.bus, "pci");
		assert_string_equal(info.device, "0000:06:00.0");
		assert_string_equal(info.netdev, "en6f0pf0sf88");
		assert_int_equal(info.index, 32768);
		assert_true(info.has_flavour && info.flavour == VDPAM_PORT_PCI_SF);
		assert_true(info.has_pfnum && info.pfnum == 1);
		assert_true(info.has_sfnum && info.sfnum == 88);
		assert_true(info.has_mac && info.mac == 0x020000008801);
		assert_true(info.has_state && info.active);
		assert_true(info.has_opstate && !info.attached);
		assert_false(info.has_number || info.is_external);
		vdpam_port_info_fini(&info);
	}
}

static void test_other_ports(void **state)
{
	struct vdpam_port_info info;
	struct reply reply;

	(void)state;
	begin_port(&reply, NEW);
	assert_int_equal(parse_port(&reply, &info), 0);
	assert_null(info.netdev);
	assert_false(info.has_flavour || info.has_number || info.has_pfnum ||
		     info.has_sfnum || info.has_mac || info.has_state ||
		     info.has_opstate || info.is_external);
	vdpam_port_info_fini(&info);

	reply_put_u16(&reply, PORT_FLAVOUR, 0);
	reply_put_u32(&reply, PORT_NUMBER, 1);
	assert_int_equal(parse_port(&reply, &info), 0);
	assert_true(info.has_flavour && info.flavour == VDPAM_PORT_PHYSICAL);
	assert_true(info.has_number && info.number == 1);
	vdpam_port_info_fini(&info);

	/* Of another host: told, or to be seen from its controller. */
	begin_port(&reply, NEW);
	reply_put_u8(&reply, PORT_EXTERNAL, 1);
	assert_int_equal(parse_port(&reply, &info), 0);
	assert_true(info.is_external);
	vdpam_port_info_fini(&info);
	begin_port(&reply, NEW);
	reply_put_u32(&reply, CONTROLLER, 1);
	assert_int_equal(parse_port(&reply, &info), 0);
	assert_true(info.is_external);
	vdpam_port_info_fini(&info);
}

static void test_infiniband_address_is_no_mac(void **state)
{
	struct vdpam_port_info info;
	struct nlattr *function;
	struct reply reply;

	(void)state;
	begin_port(&reply, NEW);
	function = nest(&reply, PORT_FUNCTION);
	reply_put(&reply, HW_ADDR, "12345678901234567890", 20);
	nest_end(&reply, function);
	assert_int_equal(parse_port(&reply, &info), 0);
	assert_false(info.has_mac);
	vdpam_port_info_fini(&info);
}

static void test_port_damaged(void **state)
{
	static const struct {
		uint16_t type;
		size_t size;
		bool inner;
	} wrong[] = {
		{ BUS_NAME, 3, false },     { DEV_NAME, 0, false },
		{ NETDEV_NAME, 1, false },  { PORT_INDEX, 2, false },
		{ PORT_FLAVOUR, 4, false }, { PORT_NUMBER, 2, false },
		{ CONTROLLER, 2, false },   { PF_NUMBER, 4, false },
		{ SF_NUMBER, 8, false },    { PORT_EXTERNAL, 4, false },
		{ STATE, 2, true },         { OPSTATE, 4, true },
		{ STATE, 0, true },
	};
	struct vdpam_port_info info;
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct nlattr *function = NULL;

		make_sf_port(&reply, NEW);
		if (wrong[i].inner)
			function = nest(&reply, PORT_FUNCTION);
		reply_put(&reply, wrong[i].type, "\1\1\1\1\1\1\1", wrong[i].size);
		if (function)
			nest_end(&reply, function);
		if (parse_port(&reply, &info) != -EBADMSG)
			fail_msg("attribute %u of %zu bytes is taken", wrong[i].type,
				 wrong[i].size);
	}

	reply_begin(&reply, 1, NEW, 0);
	reply_put_text(&reply, BUS_NAME, "pci");
	reply_put_text(&reply, DEV_NAME, "0000:06:00.0");
	assert_int_equal(parse_port(&reply, &info), -EBADMSG);
	make_sf_port(&reply, PARAM_GET);
	assert_int_equal(parse_port(&reply, &info), -EBADMSG);
}

static int parse_eswitch(const struct reply *reply, enum vdpam_eswitch_mode *ret_mode)
{
	struct nlmsghdr *message = reply_copy(reply);
	int r = vdpam_devlink_msg_parse_eswitch(message, ret_mode);

	free(message);
	return r;
}

static void test_eswitch(void **state)
{
	enum vdpam_eswitch_mode mode = VDPAM_ESWITCH_SWITCHDEV;
	struct reply reply;

	(void)state;
	reply_begin(&reply, 1, ESWITCH_GET, 0);
	assert_int_equal(parse_eswitch(&reply, &mode), -ENODATA);
	reply_put_u16(&reply, ESWITCH_MODE, 0);
	assert_int_equal(parse_eswitch(&reply, &mode), 0);
	assert_int_equal(mode, VDPAM_ESWITCH_LEGACY);
	for (uint16_t number = 1; number < 3; number++) {
		reply_put_u16(&reply, ESWITCH_MODE, number);
		assert_int_equal(parse_eswitch(&reply, &mode), 0);
		assert_int_equal(mode, VDPAM_ESWITCH_SWITCHDEV);
	}
	reply_put_u8(&reply, ESWITCH_MODE, 1);
	assert_int_equal(parse_eswitch(&reply, &mode), -EBADMSG);
	reply_begin(&reply, 1, PORT_NEW, 0);
	assert_int_equal(parse_eswitch(&reply, &mode), -EBADMSG);
}

/* A parameter with values by a word: r, d and p are false of a mode, capitals true. */
static void make_param(struct reply *reply, uint8_t type, const char *values)
{
	static const char modes[] = "rdpRDP";
	struct nlattr *param, *list, *value;

	reply_begin(reply, 1, PARAM_GET, 0);
	reply_put_text(reply, BUS_NAME, "auxiliary");
	reply_put_text(reply, DEV_NAME, "mlx5_core.sf.2");
	param = nest(reply, PARAM);
	reply_put_text(reply, PARAM_NAME, "enable_vnet");
	reply_put_u8(reply, PARAM_TYPE, type);
	list = nest(reply, VALUES_LIST);
	for (; *values; values++) {
		size_t at = (size_t)(strchr(modes, *values) - modes);

		value = nest(reply, VALUE);
		reply_put_u8(reply, VALUE_CMODE, at % 3);
		if (at >= 3)
			reply_put(reply, VALUE_DATA, "", 0);
		nest_end(reply, value);
	}
	nest_end(reply, list);
	nest_end(reply, param);
}

static int parse_param(const struct reply *reply, struct vdpam_param_info *ret_info)
{
	struct nlmsghdr *message = reply_copy(reply);
	int r = vdpam_devlink_msg_parse_param(message, ret_info);

	free(message);
	return r;
}

static void test_param(void **state)
{
	struct vdpam_param_info info;
	struct reply reply;

	(void)state;
	make_param(&reply, TYPE_BOOL, "d");
	assert_int_equal(parse_param(&reply, &info), 0);
	assert_true(info.has_value[VDPAM_PARAM_DRIVERINIT]);
	assert_false(info.value[VDPAM_PARAM_DRIVERINIT]);
	assert_false(info.has_value[VDPAM_PARAM_RUNTIME]);

	make_param(&reply, TYPE_BOOL, "PRd");
	assert_int_equal(parse_param(&reply, &info), 0);
	assert_true(info.has_value[VDPAM_PARAM_RUNTIME]);
	assert_true(info.value[VDPAM_PARAM_RUNTIME]);
	assert_true(info.has_value[VDPAM_PARAM_DRIVERINIT]);
	assert_false(info.value[VDPAM_PARAM_DRIVERINIT]);

	make_param(&reply, TYPE_U32, "D");
	assert_int_equal(parse_param(&reply, &info), 0);
	assert_false(info.has_value[VDPAM_PARAM_DRIVERINIT]);
}

static void test_param_damaged(void **state)
{
	struct vdpam_param_info info;
	struct nlattr *param, *list, *value;
	struct reply reply;

	(void)state;
	reply_begin(&reply, 1, PARAM_GET, 0);
	assert_int_equal(parse_param(&reply, &info), -EBADMSG);
	param = nest(&reply, PARAM);
	nest_end(&reply, param);
	assert_int_equal(parse_param(&reply, &info), -EBADMSG);

	for (unsigned int fault = 0; fault < 3; fault++) {
		reply_begin(&reply, 1, PARAM_GET, 0);
		param = nest(&reply, PARAM);
		reply_put_u8(&reply, PARAM_TYPE, TYPE_BOOL);
		list = nest(&reply, VALUES_LIST);
		value = nest(&reply, VALUE);
		if (fault == 1)
			reply_put_u16(&reply, VALUE_CMODE, 1);
		if (fault == 2) {
			reply_put_u8(&reply, VALUE_CMODE, 1);
			reply_put_u8(&reply, VALUE_DATA, 1);
		}
		nest_end(&reply, value);
		nest_end(&reply, list);
		nest_end(&reply, param);
		if (parse_param(&reply, &info) != -EBADMSG)
			fail_msg("fault %u is taken", fault);
	}
	make_param(&reply, TYPE_BOOL, "d");
	((struct genlmsghdr *)(&reply.header + 1))->cmd = PORT_NEW;
	assert_int_equal(parse_param(&reply, &info), -EBADMSG);
}

/* ---- Hostile bytes ------------------------------------------------------------------------- */

/* All parsers on one message; whether one takes it. */
static bool parse_all(const struct nlmsghdr *message)
{
	struct vdpam_param_info param;
	struct vdpam_port_info port;
	enum vdpam_eswitch_mode mode;
	bool taken = false;
	int r;

	r = vdpam_devlink_msg_parse_port(message, &port);
	assert_true(r == 0 || r == -EBADMSG);
	if (!r) {
		taken = port.bus[0] && port.device[0];
		vdpam_port_info_fini(&port);
	}
	r = vdpam_devlink_msg_parse_param(message, &param);
	assert_true(r == 0 || r == -EBADMSG);
	taken |= !r;
	r = vdpam_devlink_msg_parse_eswitch(message, &mode);
	assert_true(r == 0 || r == -EBADMSG || r == -ENODATA);
	return taken;
}

static struct nlmsghdr *make_any(unsigned int which)
{
	struct reply reply;

	if (which)
		make_param(&reply, TYPE_BOOL, "rDP");
	else
		make_sf_port(&reply, NEW);
	return reply_copy(&reply);
}

static void test_cut_off(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < 2; which++) {
		struct nlmsghdr *whole = make_any(which);

		assert_true(parse_all(whole));
		for (uint32_t length = 16; length < whole->nlmsg_len; length++) {
			struct nlmsghdr *cut = memcpy(malloc(length), whole, length);

			cut->nlmsg_len = length;
			parse_all(cut);
			free(cut);
		}
		free(whole);
	}
}

static void test_mutations(void **state)
{
	uint32_t random = 20260102, taken = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct nlmsghdr *message = make_any(random_next(&random) % 2);
		size_t size = message->nlmsg_len;

		for (uint32_t n = random_next(&random) % 4 + 1; n > 0; n--) {
			/* The length of the message is the caller's to check. */
			size_t at = 4 + random_next(&random) % (size - 4);

			((uint8_t *)message)[at] = (uint8_t)random_next(&random);
		}
		taken += parse_all(message);
		free(message);
	}
	/* Or else the mutations would have tested the first check alone. */
	assert_in_range(taken, 2000, 18000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_for_ports),
		cmocka_unit_test(test_requests_for_functions),
		cmocka_unit_test(test_requests_for_devices),
		cmocka_unit_test(test_handles_refused),
		cmocka_unit_test(test_sf_port),
		cmocka_unit_test(test_other_ports),
		cmocka_unit_test(test_infiniband_address_is_no_mac),
		cmocka_unit_test(test_port_damaged),
		cmocka_unit_test(test_eswitch),
		cmocka_unit_test(test_param),
		cmocka_unit_test(test_param_damaged),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
