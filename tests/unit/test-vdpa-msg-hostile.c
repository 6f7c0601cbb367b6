// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages that no kernel would send: refused, and no byte outside of them is touched. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "datagrams.h"
#include "vdpa-msg.h"

/* The kernel's numbers, from its header of 6.12. */
#define MGMTDEV_NEW 1
#define DEV_NEW 3
#define STATS_GET 7

#define BUS_NAME 1
#define MGMTDEV_NAME 2
#define DEV_NAME 4
#define DEV_ID 5
#define QUEUE_INDEX 17
#define COUNTER_NAME 18
#define COUNTER 19

#define NET 1

static int parse_device(const struct reply *reply, struct vdpam_device_info *ret_info)
{
	struct nlmsghdr *message = reply_copy(reply);
	int r = vdpam_msg_parse_device(message, ret_info);

	free(message);
	return r;
}

static void test_other_command(void **state)
{
	struct nlmsghdr *device = datagrams_message("device-get-net-6.12", 0);
	struct nlmsghdr *config = datagrams_message("config-get-net-6.12", 0);
	struct nlmsghdr *mgmtdev = datagrams_message("mgmtdev-get-6.12", 0);
	struct nlmsghdr *stats = datagrams_message("stats-get-6.12", 0);
	struct vdpam_mgmtdev_info mgmtdev_info;
	struct vdpam_device_info device_info;
	struct vdpam_stats_info stats_info;

	(void)state;
	assert_int_equal(vdpam_msg_parse_device(mgmtdev, &device_info), -EBADMSG);
	assert_int_equal(vdpam_msg_parse_device(stats, &device_info), -EBADMSG);
	assert_int_equal(vdpam_msg_parse_mgmtdev(device, &mgmtdev_info), -EBADMSG);
	assert_int_equal(vdpam_msg_parse_mgmtdev(config, &mgmtdev_info), -EBADMSG);
	assert_int_equal(vdpam_msg_parse_stats(config, &stats_info), -EBADMSG);
	assert_int_equal(vdpam_msg_parse_stats(device, &stats_info), -EBADMSG);
	free(device);
	free(config);
	free(mgmtdev);
	free(stats);
}

static void test_names_damaged(void **state)
{
	static const struct {
		size_t size;
		const char *bytes;
	} wrong[] = { { 0, "" }, { 1, "" }, { 2, "n0" }, { 4, "n\0x" }, { 4, "n0\0" } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct vdpam_mgmtdev_info mgmtdev_info;
		struct vdpam_device_info device_info;
		struct nlmsghdr *message;
		struct reply reply;

		reply_begin(&reply, 1, DEV_NEW, 0);
		reply_put(&reply, DEV_NAME, wrong[i].bytes, wrong[i].size);
		assert_int_equal(parse_device(&reply, &device_info), -EBADMSG);

		for (uint16_t type = BUS_NAME; type <= MGMTDEV_NAME; type++) {
			reply_begin(&reply, 1, DEV_NEW, 0);
			reply_put_text(&reply, DEV_NAME, "n0");
			reply_put(&reply, type, wrong[i].bytes, wrong[i].size);
			assert_int_equal(parse_device(&reply, &device_info), -EBADMSG);

			reply_begin(&reply, 1, MGMTDEV_NEW, 0);
			if (type == BUS_NAME)
				reply_put_text(&reply, MGMTDEV_NAME, "m0");
			reply_put(&reply, type, wrong[i].bytes, wrong[i].size);
			message = reply_copy(&reply);
			assert_int_equal(vdpam_msg_parse_mgmtdev(message, &mgmtdev_info),
					 -EBADMSG);
			free(message);
		}
	}
}

static void test_names_missing(void **state)
{
	struct vdpam_mgmtdev_info mgmtdev_info;
	struct vdpam_device_info device_info;
	struct vdpam_stats_info stats_info;
	struct nlmsghdr *message;
	struct reply reply;

	(void)state;
	reply_begin(&reply, 1, DEV_NEW, 0);
	reply_put_u32(&reply, DEV_ID, NET);
	assert_int_equal(parse_device(&reply, &device_info), -EBADMSG);

	reply_begin(&reply, 1, MGMTDEV_NEW, 0);
	reply_put_text(&reply, BUS_NAME, "pci");
	message = reply_copy(&reply);
	assert_int_equal(vdpam_msg_parse_mgmtdev(message, &mgmtdev_info), -EBADMSG);
	free(message);

	reply_begin(&reply, 1, STATS_GET, 0);
	reply_put_u32(&reply, QUEUE_INDEX, 1);
	message = reply_copy(&reply);
	assert_int_equal(vdpam_msg_parse_stats(message, &stats_info), -EBADMSG);
	free(message);

	reply_begin(&reply, 1, STATS_GET, 0);
	reply_put_text(&reply, DEV_NAME, "n0");
	message = reply_copy(&reply);
	assert_int_equal(vdpam_msg_parse_stats(message, &stats_info), -EBADMSG);
	free(message);
}

/* Counters by a word: n is a name, v its value, V a value of 4 bytes, p is padding. */
static int parse_counters(const char *word, size_t *ret_count)
{
	struct vdpam_stats_info info;
	struct nlmsghdr *message;
	struct reply reply;
	int r;

	reply_begin(&reply, 1, STATS_GET, 0);
	reply_put_text(&reply, DEV_NAME, "n0");
	reply_put_u32(&reply, QUEUE_INDEX, 3);
	for (; *word; word++) {
		if (*word == 'n')
			reply_put_text(&reply, COUNTER_NAME, "received_desc");
		else if (*word == 'v')
			reply_put_u64(&reply, COUNTER, UINT64_MAX);
		else if (*word == 'V')
			reply_put_u32(&reply, COUNTER, 1);
		else
			reply_put(&reply, 0, NULL, 0);
	}
	message = reply_copy(&reply);
	r = vdpam_msg_parse_stats(message, &info);
	free(message);
	if (r < 0)
		return r;

	for (size_t i = 0; i < info.n_counters; i++) {
		assert_string_equal(info.counters[i].name, "received_desc");
		assert_int_equal(info.counters[i].value, UINT64_MAX);
	}
	*ret_count = info.n_counters;
	vdpam_stats_info_fini(&info);
	return 0;
}

static void test_counters(void **state)
{
	static const char *const wrong[] = { "n",   "v",  "nn",    "nvn",
					     "nvv", "vn", "nvnnv", "nV" };
	size_t n = 0;

	(void)state;
	assert_int_equal(parse_counters("", &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(parse_counters("nvnvnv", &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(parse_counters("pnpvppnv", &n), 0);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (parse_counters(wrong[i], &n) != -EBADMSG)
			fail_msg("'%s' is taken", wrong[i]);
}

/* ---- hostile bytes ---- */

/* All parsers on one message. Whether one takes it is told; nothing may be left behind. */
static bool parse_all(const struct nlmsghdr *message)
{
	struct vdpam_mgmtdev_info mgmtdev;
	struct vdpam_device_info device;
	struct vdpam_stats_info stats;
	bool taken = false;
	int r;

	r = vdpam_msg_parse_mgmtdev(message, &mgmtdev);
	assert_true(r == 0 || r == -EBADMSG);
	if (r == 0) {
		taken = mgmtdev.device[0];
		vdpam_mgmtdev_info_fini(&mgmtdev);
	}
	r = vdpam_msg_parse_device(message, &device);
	assert_true(r == 0 || r == -EBADMSG);
	if (r == 0) {
		taken = device.name[0];
		assert_int_equal(device.present >> VDPAM_ATTR_COUNT, 0);
		vdpam_device_info_fini(&device);
	}
	r = vdpam_msg_parse_stats(message, &stats);
	assert_true(r == 0 || r == -EBADMSG);
	if (r == 0) {
		taken = stats.device[0];
		for (size_t i = 0; i < stats.n_counters; i++)
			assert_int_not_equal(stats.counters[i].name[0], 0);
		vdpam_stats_info_fini(&stats);
	}
	return taken;
}

static const struct {
	const char *name;
	size_t messages;
} captures[] = {
	{ "mgmtdev-get-6.12", 4 }, { "device-get-6.12", 3 },
	{ "config-get-6.12", 3 },  { "config-get-net-6.12", 1 },
	{ "stats-get-6.12", 1 },   { "stats-get-control-6.12", 1 },
};
#define N_CAPTURES (sizeof(captures) / sizeof(captures[0]))

static void test_cut_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++) {
		for (size_t index = 0; index < captures[i].messages; index++) {
			struct nlmsghdr *whole =
				datagrams_message(captures[i].name, index);

			assert_true(parse_all(whole));
			for (uint32_t length = 16; length < whole->nlmsg_len; length++) {
				struct nlmsghdr *cut =
					memcpy(malloc(length), whole, length);

				cut->nlmsg_len = length;
				parse_all(cut);
				free(cut);
			}
			free(whole);
		}
	}
}

/* Each attribute of each message, with each small length and some large ones. */
static void test_attr_lengths(void **state)
{
	static const uint16_t lengths[] = { 0, 1,   2,   3,     4,     5,
					    7, 255, 256, 32767, 32768, 65535 };

	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++) {
		struct nlmsghdr *message = datagrams_message(captures[i].name, 0);
		char *end = (char *)message + message->nlmsg_len;

		for (char *at = (char *)message + 20; at < end;) {
			struct nlattr *attr = (struct nlattr *)at;
			uint16_t length = attr->nla_len;

			for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]);
			     j++) {
				attr->nla_len = lengths[j];
				if (parse_all(message) && lengths[j] < 4)
					fail_msg("nla_len %u is taken", lengths[j]);
				if (at + lengths[j] > end)
					assert_false(parse_all(message));
			}
			attr->nla_len = length;
			at += NLA_ALIGN(length);
		}
		free(message);
	}
}

static void test_mutations(void **state)
{
	uint32_t random = 20260101, taken = 0;

	(void)state;
	for (int round = 0; round < 10000; round++) {
		size_t i = random_next(&random) % N_CAPTURES;
		struct nlmsghdr *message = datagrams_message(
			captures[i].name, random_next(&random) % captures[i].messages);
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
	assert_in_range(taken, 1000, 9000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_command),
		cmocka_unit_test(test_names_damaged),
		cmocka_unit_test(test_names_missing),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_attr_lengths),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
