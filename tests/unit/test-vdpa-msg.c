// SPDX-License-Identifier: GPL-2.0-or-later
/* Replies of the vdpa family: captured ones, and what kernels that nobody captured would say. */
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
#define CONFIG_GET 6

#define MGMTDEV_NAME 2
#define CLASSES 3
#define DEV_NAME 4
#define DEV_ID 5
#define NET_STATUS 11
#define NUMBER_21 21
#define FEATURES 20

#define NET 1
#define BLOCK 2

static void check_text(const char *is, const char *should)
{
	if (!should) {
		assert_null(is);
		return;
	}
	assert_non_null(is);
	assert_string_equal(is, should);
}

/* ---- what kernels really say ---- */

static void check_mgmtdev(const char *capture, size_t index,
			  const struct vdpam_mgmtdev_info *should)
{
	struct nlmsghdr *message = datagrams_message(capture, index);
	struct vdpam_mgmtdev_info info;

	assert_int_equal(vdpam_msg_parse_mgmtdev(message, &info), 0);
	check_text(info.bus, should->bus);
	check_text(info.device, should->device);
	assert_int_equal(info.classes, should->classes);
	assert_true(info.has_max_vqs);
	assert_int_equal(info.max_vqs, should->max_vqs);
	assert_true(info.has_features);
	assert_int_equal(info.features, should->features);
	vdpam_mgmtdev_info_fini(&info);
	assert_null(info.device);
	free(message);
}

static void test_mgmtdev(void **state)
{
	const struct vdpam_mgmtdev_info sim_net = { .device = (char[]){ "vdpasim_net" },
						    .classes = 1 << NET,
						    .max_vqs = 3,
						    .features = 0x308830028 };
	const struct vdpam_mgmtdev_info sim_blk = { .device = (char[]){ "vdpasim_blk" },
						    .classes = 1 << BLOCK };
	const struct vdpam_mgmtdev_info vduse = { .device = (char[]){ "vduse" },
						  .classes = 1 << NET | 1 << BLOCK };
	const struct vdpam_mgmtdev_info pci = { .bus = (char[]){ "pci" },
						.device = (char[]){ "0000:00:04.0" },
						.classes = 1 << NET,
						.max_vqs = 3,
						.features = 0x10130bf8024 };

	(void)state;
	check_mgmtdev("mgmtdev-get-6.12", 0, &sim_net);
	check_mgmtdev("mgmtdev-get-6.12", 1, &sim_blk);
	check_mgmtdev("mgmtdev-get-6.12", 2, &vduse);
	check_mgmtdev("mgmtdev-get-6.12", 3, &pci);
	check_mgmtdev("mgmtdev-get-pci-6.12", 0, &pci);
}

struct number {
	enum vdpam_attr attr;
	uint64_t number;
};

/* All numbers that are there, and no other. */
static void check_numbers(const struct vdpam_device_info *info,
			  const struct number *numbers, size_t count)
{
	uint32_t present = 0;

	for (size_t i = 0; i < count; i++) {
		present |= UINT32_C(1) << numbers[i].attr;
		if (info->number[numbers[i].attr] != numbers[i].number)
			fail_msg("%s is %llu, not %llu", vdpam_attr_name(numbers[i].attr),
				 (unsigned long long)info->number[numbers[i].attr],
				 (unsigned long long)numbers[i].number);
	}
	assert_int_equal(info->present, present);
}

#define CHECK_NUMBERS(info, ...)                                                    \
	do {                                                                        \
		static const struct number numbers[] = { __VA_ARGS__ };             \
		check_numbers(info, numbers, sizeof(numbers) / sizeof(numbers[0])); \
	} while (0)

static void load_device(const char *capture, size_t index, const char *name,
			uint32_t class, struct vdpam_device_info *ret_info)
{
	struct nlmsghdr *message = datagrams_message(capture, index);

	assert_int_equal(vdpam_msg_parse_device(message, ret_info), 0);
	check_text(ret_info->name, name);
	assert_int_equal(ret_info->virtio_id, class);
	free(message);
}

static void test_device(void **state)
{
	struct vdpam_device_info info;

	(void)state;
	load_device("device-get-6.12", 0, "net0", NET, &info);
	check_text(info.mgmtdev_bus, NULL);
	check_text(info.mgmtdev_device, "vdpasim_net");
	CHECK_NUMBERS(&info, { VDPAM_ATTR_VENDOR_ID, 0 }, { VDPAM_ATTR_MAX_VQS, 3 },
		      { VDPAM_ATTR_MAX_VQ_SIZE, 256 }, { VDPAM_ATTR_MIN_VQ_SIZE, 1 });
	vdpam_device_info_fini(&info);

	load_device("device-get-6.12", 1, "blk0", BLOCK, &info);
	check_text(info.mgmtdev_device, "vdpasim_blk");
	vdpam_device_info_fini(&info);

	load_device("device-get-6.12", 2, "vp0", NET, &info);
	check_text(info.mgmtdev_bus, "pci");
	check_text(info.mgmtdev_device, "0000:00:04.0");
	CHECK_NUMBERS(&info, { VDPAM_ATTR_VENDOR_ID, 0x1af4 }, { VDPAM_ATTR_MAX_VQS, 3 },
		      { VDPAM_ATTR_MAX_VQ_SIZE, 256 }, { VDPAM_ATTR_MIN_VQ_SIZE, 1 });
	vdpam_device_info_fini(&info);

	load_device("device-get-net-6.12", 0, "net0", NET, &info);
	check_text(info.mgmtdev_device, "vdpasim_net");
	vdpam_device_info_fini(&info);
	assert_null(info.name);
	assert_null(info.mgmtdev_device);
}

static void test_config_net(void **state)
{
	struct vdpam_device_info info;

	(void)state;
	load_device("config-get-6.12", 0, "net0", NET, &info);
	check_text(info.mgmtdev_bus, NULL);
	check_text(info.mgmtdev_device, NULL);
	CHECK_NUMBERS(&info, { VDPAM_ATTR_FEATURES, 0x308830028 },
		      { VDPAM_ATTR_MTU, 1400 }, { VDPAM_ATTR_MAC, 0x020000000001 },
		      { VDPAM_ATTR_LINK, 1 }, { VDPAM_ATTR_LINK_ANNOUNCE, 0 });
	vdpam_device_info_fini(&info);

	/* Once a driver has negotiated. */
	load_device("config-get-net-6.12", 0, "net0", NET, &info);
	CHECK_NUMBERS(&info, { VDPAM_ATTR_FEATURES, 0x308830028 },
		      { VDPAM_ATTR_MTU, 1400 }, { VDPAM_ATTR_MAC, 0x020000000001 },
		      { VDPAM_ATTR_LINK, 1 }, { VDPAM_ATTR_LINK_ANNOUNCE, 0 },
		      { VDPAM_ATTR_NEGOTIATED_FEATURES, 0x300830028 });
	vdpam_device_info_fini(&info);

	load_device("config-get-6.12", 2, "vp0", NET, &info);
	CHECK_NUMBERS(&info, { VDPAM_ATTR_FEATURES, 0x10130bf8024 },
		      { VDPAM_ATTR_MAC, 0x525400123457 }, { VDPAM_ATTR_LINK, 1 },
		      { VDPAM_ATTR_LINK_ANNOUNCE, 0 });
	vdpam_device_info_fini(&info);
}

static void test_config_block(void **state)
{
	static const struct {
		const char *capture;
		size_t index;
	} where[] = { { "config-get-6.12", 1 }, { "config-get-block-6.12", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		struct vdpam_device_info info;

		load_device(where[i].capture, where[i].index, "blk0", BLOCK, &info);
		CHECK_NUMBERS(
			&info, { VDPAM_ATTR_FEATURES, 0x308007646 },
			{ VDPAM_ATTR_CAPACITY, 0x40000 }, { VDPAM_ATTR_SIZE_MAX, 4096 },
			{ VDPAM_ATTR_BLOCK_SIZE, 512 }, { VDPAM_ATTR_SEG_MAX, 32 },
			{ VDPAM_ATTR_NUM_QUEUES, 1 },
			{ VDPAM_ATTR_PHYSICAL_BLOCK_EXP, 0 },
			{ VDPAM_ATTR_ALIGNMENT_OFFSET, 0 }, { VDPAM_ATTR_MIN_IO_SIZE, 1 },
			{ VDPAM_ATTR_OPT_IO_SIZE, 1 },
			{ VDPAM_ATTR_MAX_DISCARD_SECTORS, UINT32_MAX },
			{ VDPAM_ATTR_MAX_DISCARD_SEG, 1 },
			{ VDPAM_ATTR_DISCARD_SECTOR_ALIGNMENT, 512 },
			{ VDPAM_ATTR_MAX_WRITE_ZEROES_SECTORS, UINT32_MAX },
			{ VDPAM_ATTR_MAX_WRITE_ZEROES_SEG, 1 },
			{ VDPAM_ATTR_READ_ONLY, 0 }, { VDPAM_ATTR_FLUSH, 1 });
		vdpam_device_info_fini(&info);
	}
}

static void check_stats(const char *capture, uint32_t queue, const char *const *names,
			size_t count)
{
	struct nlmsghdr *message = datagrams_message(capture, 0);
	struct vdpam_stats_info info;

	assert_int_equal(vdpam_msg_parse_stats(message, &info), 0);
	check_text(info.device, "net0");
	assert_int_equal(info.queue, queue);
	assert_int_equal(info.n_counters, count);
	for (size_t i = 0; i < count; i++) {
		check_text(info.counters[i].name, names[i]);
		assert_int_equal(info.counters[i].value, 0);
	}
	vdpam_stats_info_fini(&info);
	assert_null(info.counters);
	free(message);
}

static void test_stats(void **state)
{
	static const char *const rx[] = { "rx packets", "rx bytes", "rx errors",
					  "rx overruns", "rx drops" };
	static const char *const control[] = { "cvq requests", "cvq successes",
					       "cvq errors" };

	(void)state;
	check_stats("stats-get-6.12", 0, rx, 5);
	check_stats("stats-get-control-6.12", 2, control, 3);
}

/* ---- what other kernels, or none, would say ---- */

/* A reply to CONFIG_GET with a name and a class (0: without). */
static void begin_config(struct reply *reply, uint32_t class)
{
	reply_begin(reply, 1, CONFIG_GET, 0);
	reply_put_text(reply, DEV_NAME, "n0");
	if (class)
		reply_put_u32(reply, DEV_ID, class);
}

static int parse_device(const struct reply *reply, struct vdpam_device_info *ret_info)
{
	struct nlmsghdr *message = reply_copy(reply);
	int r = vdpam_msg_parse_device(message, ret_info);

	free(message);
	return r;
}

static void check_device(const struct reply *reply, const struct number *numbers,
			 size_t count)
{
	struct vdpam_device_info info;

	assert_int_equal(parse_device(reply, &info), 0);
	check_numbers(&info, numbers, count);
	vdpam_device_info_fini(&info);
}

#define CHECK_DEVICE(reply, ...)                                                    \
	do {                                                                        \
		static const struct number numbers[] = { __VA_ARGS__ };             \
		check_device(reply, numbers, sizeof(numbers) / sizeof(numbers[0])); \
	} while (0)

/* 6.1 says the features of a net device where later kernels say the capacity of a disk. */
static void test_number_21(void **state)
{
	struct reply reply;

	(void)state;
	begin_config(&reply, NET);
	reply_put_u64(&reply, NUMBER_21, 0x308820028);
	CHECK_DEVICE(&reply, { VDPAM_ATTR_FEATURES, 0x308820028 });

	begin_config(&reply, BLOCK);
	reply_put_u64(&reply, NUMBER_21, 2048);
	CHECK_DEVICE(&reply, { VDPAM_ATTR_CAPACITY, 2048 });

	/* The class behind it. */
	begin_config(&reply, 0);
	reply_put_u64(&reply, NUMBER_21, 0x308820028);
	reply_put_u32(&reply, DEV_ID, NET);
	CHECK_DEVICE(&reply, { VDPAM_ATTR_FEATURES, 0x308820028 });
	begin_config(&reply, 0);
	reply_put_u64(&reply, NUMBER_21, 2048);
	reply_put_u32(&reply, DEV_ID, BLOCK);
	CHECK_DEVICE(&reply, { VDPAM_ATTR_CAPACITY, 2048 });

	/* What has a name of its own wins, in whatever order. */
	begin_config(&reply, NET);
	reply_put_u64(&reply, FEATURES, 5);
	reply_put_u64(&reply, NUMBER_21, 6);
	CHECK_DEVICE(&reply, { VDPAM_ATTR_FEATURES, 5 });

	/* Neither class, or none told: it means nothing to us, of whatever size. */
	begin_config(&reply, 26);
	reply_put_u32(&reply, NUMBER_21, 6);
	check_device(&reply, NULL, 0);
	begin_config(&reply, 0);
	reply_put_u64(&reply, NUMBER_21, 6);
	check_device(&reply, NULL, 0);
}

static void test_status(void **state)
{
	(void)state;
	for (uint16_t status = 0; status < 8; status++) {
		const struct number numbers[] = {
			{ VDPAM_ATTR_LINK, status & 1 },
			{ VDPAM_ATTR_LINK_ANNOUNCE, status >> 1 & 1 },
		};
		struct reply reply;

		begin_config(&reply, NET);
		reply_put_u16(&reply, NET_STATUS, status);
		check_device(&reply, numbers, 2);
		begin_config(&reply, NET);
		reply_put_u8(&reply, NET_STATUS, (uint8_t)status);
		check_device(&reply, numbers, 2);
	}
}

/* Each number: its place on the wire, its size, the class that it needs. */
static const struct {
	uint16_t wire;
	size_t size;
	uint32_t class;
	enum vdpam_attr attr;
} sizes[] = {
	{ 6, 4, NET, VDPAM_ATTR_VENDOR_ID },
	{ 7, 4, NET, VDPAM_ATTR_MAX_VQS },
	{ 8, 2, NET, VDPAM_ATTR_MAX_VQ_SIZE },
	{ 9, 2, NET, VDPAM_ATTR_MIN_VQ_SIZE },
	{ 10, 6, NET, VDPAM_ATTR_MAC },
	{ 12, 2, NET, VDPAM_ATTR_MAX_VQ_PAIRS },
	{ 13, 2, NET, VDPAM_ATTR_MTU },
	{ 14, 8, NET, VDPAM_ATTR_NEGOTIATED_FEATURES },
	{ 20, 8, NET, VDPAM_ATTR_FEATURES },
	{ 21, 8, NET, VDPAM_ATTR_FEATURES },
	{ 6, 4, BLOCK, VDPAM_ATTR_VENDOR_ID },
	{ 14, 8, BLOCK, VDPAM_ATTR_NEGOTIATED_FEATURES },
	{ 20, 8, BLOCK, VDPAM_ATTR_FEATURES },
	{ 21, 8, BLOCK, VDPAM_ATTR_CAPACITY },
	{ 22, 4, BLOCK, VDPAM_ATTR_SIZE_MAX },
	{ 23, 4, BLOCK, VDPAM_ATTR_BLOCK_SIZE },
	{ 24, 4, BLOCK, VDPAM_ATTR_SEG_MAX },
	{ 25, 2, BLOCK, VDPAM_ATTR_NUM_QUEUES },
	{ 26, 1, BLOCK, VDPAM_ATTR_PHYSICAL_BLOCK_EXP },
	{ 27, 1, BLOCK, VDPAM_ATTR_ALIGNMENT_OFFSET },
	{ 28, 2, BLOCK, VDPAM_ATTR_MIN_IO_SIZE },
	{ 29, 4, BLOCK, VDPAM_ATTR_OPT_IO_SIZE },
	{ 30, 4, BLOCK, VDPAM_ATTR_MAX_DISCARD_SECTORS },
	{ 31, 4, BLOCK, VDPAM_ATTR_MAX_DISCARD_SEG },
	{ 32, 4, BLOCK, VDPAM_ATTR_DISCARD_SECTOR_ALIGNMENT },
	{ 33, 4, BLOCK, VDPAM_ATTR_MAX_WRITE_ZEROES_SECTORS },
	{ 34, 4, BLOCK, VDPAM_ATTR_MAX_WRITE_ZEROES_SEG },
	{ 35, 1, BLOCK, VDPAM_ATTR_READ_ONLY },
	{ 36, 1, BLOCK, VDPAM_ATTR_FLUSH },
};

static void test_sizes(void **state)
{
	static const uint8_t one[16] = { 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t size = 0; size <= sizeof(one); size++) {
			bool is_right = size == sizes[i].size;
			struct vdpam_device_info info;
			struct reply reply;

			begin_config(&reply, sizes[i].class);
			reply_put(&reply, sizes[i].wire, one, size);
			if (parse_device(&reply, &info) != (is_right ? 0 : -EBADMSG))
				fail_msg("attribute %u of %zu bytes", sizes[i].wire,
					 size);
			if (!is_right)
				continue;
			assert_int_equal(info.present, UINT32_C(1) << sizes[i].attr);
			assert_int_not_equal(info.number[sizes[i].attr], 0);
			vdpam_device_info_fini(&info);
		}
	}
}

/* What belongs to the other class is no number of this device, whatever its size. */
static void test_other_class(void **state)
{
	(void)state;
	for (uint16_t wire = 10; wire <= 36; wire++) {
		bool is_any = (wire >= 14 && wire <= 21);
		struct reply reply;

		if (is_any)
			continue;
		begin_config(&reply, wire < 14 ? BLOCK : NET);
		reply_put_u32(&reply, wire, 1);
		check_device(&reply, NULL, 0);
		begin_config(&reply, 0);
		reply_put_u32(&reply, wire, 1);
		check_device(&reply, NULL, 0);
	}
}

static void test_unknown_attributes(void **state)
{
	struct vdpam_mgmtdev_info mgmtdev;
	struct nlmsghdr *message;
	struct reply reply;

	(void)state;
	begin_config(&reply, NET);
	reply_put_text(&reply, 37, "new in a later kernel");
	reply_put_u16(&reply, 13, 1500);
	reply_put(&reply, 0, NULL, 0);
	reply_put_u32(&reply, 0x3fff, 1);
	CHECK_DEVICE(&reply, { VDPAM_ATTR_MTU, 1500 });

	/* 5.12 did not say more. */
	reply_begin(&reply, 1, MGMTDEV_NEW, 0);
	reply_put_text(&reply, MGMTDEV_NAME, "vdpasim_net");
	reply_put_u64(&reply, CLASSES, 2);
	message = reply_copy(&reply);
	assert_int_equal(vdpam_msg_parse_mgmtdev(message, &mgmtdev), 0);
	assert_false(mgmtdev.has_max_vqs);
	assert_false(mgmtdev.has_features);
	vdpam_mgmtdev_info_fini(&mgmtdev);
	free(message);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mgmtdev),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_config_net),
		cmocka_unit_test(test_config_block),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_number_21),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_other_class),
		cmocka_unit_test(test_unknown_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
