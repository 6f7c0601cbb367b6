// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of attributes, and MAC addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vdpamgmt.h"

static const struct {
	const char *name;
	enum vdpam_attr_kind kind;
	bool is_config;
} expected[] = {
	/* In the order of the enum: the JSON keys are fixed. */
	{ "vendor_id", VDPAM_KIND_NUMBER, false },
	{ "max_vqs", VDPAM_KIND_NUMBER, false },
	{ "max_vq_size", VDPAM_KIND_NUMBER, false },
	{ "min_vq_size", VDPAM_KIND_NUMBER, false },
	{ "features", VDPAM_KIND_FEATURES, false },
	{ "mac", VDPAM_KIND_MAC, true },
	{ "mtu", VDPAM_KIND_NUMBER, true },
	{ "max_vq_pairs", VDPAM_KIND_NUMBER, true },
	{ "link", VDPAM_KIND_LINK, true },
	{ "link_announce", VDPAM_KIND_BOOL, true },
	{ "negotiated_features", VDPAM_KIND_FEATURES, true },
	{ "capacity", VDPAM_KIND_NUMBER, true },
	{ "block_size", VDPAM_KIND_NUMBER, true },
	{ "size_max", VDPAM_KIND_NUMBER, true },
	{ "seg_max", VDPAM_KIND_NUMBER, true },
	{ "num_queues", VDPAM_KIND_NUMBER, true },
	{ "physical_block_exp", VDPAM_KIND_NUMBER, true },
	{ "alignment_offset", VDPAM_KIND_NUMBER, true },
	{ "min_io_size", VDPAM_KIND_NUMBER, true },
	{ "opt_io_size", VDPAM_KIND_NUMBER, true },
	{ "max_discard_sectors", VDPAM_KIND_NUMBER, true },
	{ "max_discard_seg", VDPAM_KIND_NUMBER, true },
	{ "discard_sector_alignment", VDPAM_KIND_NUMBER, true },
	{ "max_write_zeroes_sectors", VDPAM_KIND_NUMBER, true },
	{ "max_write_zeroes_seg", VDPAM_KIND_NUMBER, true },
	{ "read_only", VDPAM_KIND_BOOL, true },
	{ "flush", VDPAM_KIND_BOOL, true },
};

static void test_table(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), VDPAM_ATTR_COUNT);
	for (int i = 0; i < VDPAM_ATTR_COUNT; i++) {
		assert_string_equal(vdpam_attr_name(i), expected[i].name);
		assert_int_equal(vdpam_attr_kind(i), expected[i].kind);
		assert_int_equal(vdpam_attr_is_config(i), expected[i].is_config);
	}
}

static void test_mac_format(void **state)
{
	char text[VDPAM_MAC_TEXT + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	vdpam_mac_format(UINT64_C(0x0200000000a1), text);
	assert_string_equal(text, "02:00:00:00:00:a1");
	assert_int_equal(text[VDPAM_MAC_TEXT], 'x');
	vdpam_mac_format(UINT64_C(0xfedcba987654), text);
	assert_string_equal(text, "fe:dc:ba:98:76:54");
}

static void test_mac_parse(void **state)
{
	static const char *const wrong[] = {
		"",
		"02",
		"02:",
		"00:11:22",
		"10.0.0.1",
		"02:00:00:00:00",
		"02:00:00:00:00:",
		"02:00:00:00:00:0",
		"02:00:00:00:00:001",
		"02:00:00:00:00:01:",
		"02:00:00:00:00:01:02",
		"02:00:00:00:00:01 ",
		" 02:00:00:00:00:01",
		"02:00:00:00:00:0g",
		"02:00:00:00:00:+1",
		"02:00:00:00:00: 1",
		"02-00-00-00-00-01",
		"020000000001",
		"0x02:00:00:00:00:01",
		"2:0:0:0:0:1",
		"02:00:00:00:00:0\xb1",
	};
	uint64_t mac = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (vdpam_mac_parse(wrong[i], &mac) != -EINVAL)
			fail_msg("'%s' is taken", wrong[i]);
	assert_int_equal(mac, 42);

	assert_int_equal(vdpam_mac_parse("02:00:00:00:00:01", &mac), 0);
	assert_int_equal(mac, UINT64_C(0x020000000001));
	assert_int_equal(vdpam_mac_parse("fE:Dc:bA:98:76:54", &mac), 0);
	assert_int_equal(mac, UINT64_C(0xfedcba987654));
	assert_int_equal(vdpam_mac_parse("ff:ff:ff:ff:ff:ff", &mac), 0);
	assert_int_equal(mac, UINT64_C(0xffffffffffff));
}

static void test_mac_is_unicast(void **state)
{
	(void)state;
	assert_true(vdpam_mac_is_unicast(UINT64_C(0x020000000001)));
	assert_true(vdpam_mac_is_unicast(UINT64_C(0x525400123457)));
	assert_true(vdpam_mac_is_unicast(1));
	assert_false(vdpam_mac_is_unicast(0));
	assert_false(vdpam_mac_is_unicast(UINT64_C(0x01005e000001)));
	assert_false(vdpam_mac_is_unicast(UINT64_C(0x030000000000)));
	assert_false(vdpam_mac_is_unicast(UINT64_C(0xffffffffffff)));
	assert_false(vdpam_mac_is_unicast(UINT64_C(0x1020000000001)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_mac_format),
		cmocka_unit_test(test_mac_parse),
		cmocka_unit_test(test_mac_is_unicast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
