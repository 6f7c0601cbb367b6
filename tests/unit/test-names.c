// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of devices, classes and feature bits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vdpamgmt.h"

#define NET 1
#define BLOCK 2
#define CONSOLE 3
#define FS 26

#define LONGEST "a23456789b123456789c123456789d123456789e123456789f123456789g123"
#define TOO_LONG "a23456789b123456789c123456789d123456789e123456789f123456789g1234"

static void test_valid(void **state)
{
	static const char *const right[] = {
		"a",   "0",     "vdpa0", "edge-12", "A.b_c:d-e", "pci-0000:01:00.2",
		"a..", LONGEST,
	};
	static const char *const wrong[] = {
		"",         ".",         "..",    "-a",     ":a",   "_a",
		"a/b",      "../x",      "a b",   " a",     "a ",   "a\n",
		"a\\x41",   "a\tb",      "a%s",   "a;b",    "a\"b", "a{n}",
		"\xc3\xa9", "a\xc3\xa9", "a\x7f", TOO_LONG,
	};

	(void)state;
	assert_int_equal(strlen(LONGEST), 63);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (!vdpam_name_is_valid(right[i]))
			fail_msg("'%s' is refused", right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (vdpam_name_is_valid(wrong[i]))
			fail_msg("'%s' is taken", wrong[i]);
}

static void check_escape(const char *name, const char *text)
{
	char *escaped = vdpam_name_escape(name), *back;

	assert_non_null(escaped);
	assert_string_equal(escaped, text);
	assert_int_equal(vdpam_name_unescape(escaped, &back), 0);
	assert_string_equal(back, name);
	free(escaped);
	free(back);
}

static void test_escape(void **state)
{
	char name[256];

	(void)state;
	check_escape("", "");
	check_escape("vdpa0", "vdpa0");
	check_escape("a b~!", "a b~!");
	check_escape("x\n", "x\\x0a");
	check_escape("a\\b", "a\\x5cb");
	check_escape("\\x41", "\\x5cx41");
	check_escape("\xc3\xa9", "\\xc3\\xa9");
	check_escape("\x01\x1f\x7f\x80\xff", "\\x01\\x1f\\x7f\\x80\\xff");

	for (int i = 0; i < 255; i++)
		name[i] = (char)(i + 1);
	name[255] = 0;
	char *escaped = vdpam_name_escape(name), *back;
	for (const char *c = escaped; *c; c++)
		assert_in_range(*c, 0x20, 0x7e);
	assert_int_equal(vdpam_name_unescape(escaped, &back), 0);
	assert_string_equal(back, name);
	free(escaped);
	free(back);
}

static void test_unescape(void **state)
{
	static const char *const wrong[] = {
		"\\",    "\\x",     "\\x4",  "\\x4g",  "\\xg4",   "\\x 4", "\\x+4",
		"\\x-4", "\\n",     "\\X41", "\\\\",   "a\\",     "\\x00", "a\\x00b",
		"\\x0x", "\\x41\\", "\\041", "\\x4\\", "\\x\\41",
	};
	char *name = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (vdpam_name_unescape(wrong[i], &name) != -EINVAL)
			fail_msg("'%s' is taken", wrong[i]);
	assert_null(name);

	assert_int_equal(vdpam_name_unescape("\\x4A\\x4a-\\xFF", &name), 0);
	assert_string_equal(name, "JJ-\xff");
	free(name);
}

static void test_class(void **state)
{
	(void)state;
	assert_null(vdpam_class_name(0));
	assert_string_equal(vdpam_class_name(NET), "net");
	assert_string_equal(vdpam_class_name(BLOCK), "block");
	assert_string_equal(vdpam_class_name(CONSOLE), "console");
	assert_string_equal(vdpam_class_name(4), "rng");
	assert_null(vdpam_class_name(14));
	assert_string_equal(vdpam_class_name(FS), "fs");
	assert_string_equal(vdpam_class_name(41), "gpio");
	assert_null(vdpam_class_name(42));
	assert_null(vdpam_class_name(UINT32_MAX));
}

static void check_feature(uint32_t class, unsigned int bit, const char *name)
{
	const char *is = vdpam_feature_name(class, bit);

	if (!name) {
		assert_null(is);
		return;
	}
	assert_non_null(is);
	assert_string_equal(is, name);
}

/* The numbers are those of the virtio specification, not taken from a header. */
static void test_feature_name(void **state)
{
	(void)state;
	check_feature(NET, 0, "CSUM");
	check_feature(NET, 3, "MTU");
	check_feature(NET, 5, "MAC");
	check_feature(NET, 6, NULL);
	check_feature(NET, 16, "STATUS");
	check_feature(NET, 17, "CTRL_VQ");
	check_feature(NET, 22, "MQ");
	check_feature(NET, 23, "CTRL_MAC_ADDR");
	check_feature(NET, 24, "NOTIFY_ON_EMPTY");
	check_feature(NET, 27, "ANY_LAYOUT");
	check_feature(NET, 28, "RING_INDIRECT_DESC");
	check_feature(NET, 32, "VERSION_1");
	check_feature(NET, 33, "ACCESS_PLATFORM");
	check_feature(NET, 38, "NOTIFICATION_DATA");
	check_feature(NET, 40, NULL);
	check_feature(NET, 57, "HASH_REPORT");
	check_feature(NET, 60, "RSS");
	check_feature(NET, 61, "RSC_EXT");
	check_feature(NET, 62, "STANDBY");
	check_feature(NET, 63, "SPEED_DUPLEX");
	check_feature(NET, 64, NULL);

	check_feature(BLOCK, 0, "BARRIER");
	check_feature(BLOCK, 1, "SIZE_MAX");
	check_feature(BLOCK, 2, "SEG_MAX");
	check_feature(BLOCK, 3, NULL);
	check_feature(BLOCK, 4, "GEOMETRY");
	check_feature(BLOCK, 5, "RO");
	check_feature(BLOCK, 6, "BLK_SIZE");
	check_feature(BLOCK, 7, "SCSI");
	check_feature(BLOCK, 9, "FLUSH");
	check_feature(BLOCK, 10, "TOPOLOGY");
	check_feature(BLOCK, 11, "CONFIG_WCE");
	check_feature(BLOCK, 12, "MQ");
	check_feature(BLOCK, 13, "DISCARD");
	check_feature(BLOCK, 14, "WRITE_ZEROES");
	check_feature(BLOCK, 15, "LIFETIME");
	check_feature(BLOCK, 16, "SECURE_ERASE");
	check_feature(BLOCK, 17, "ZONED");
	check_feature(BLOCK, 29, "RING_EVENT_IDX");
	check_feature(BLOCK, 63, NULL);

	check_feature(FS, 3, NULL);
	check_feature(FS, 34, "RING_PACKED");
	check_feature(0, 5, NULL);
	check_feature(0, 35, "IN_ORDER");
	check_feature(0, 36, "ORDER_PLATFORM");
	check_feature(0, 37, "SR_IOV");
	check_feature(0, UINT32_MAX, NULL);
}

static void test_feature_parse(void **state)
{
	static const uint32_t classes[] = { 0, NET, BLOCK, FS };
	static const char *const wrong[] = {
		"",        "mtu",      "MTU ",   " MTU",  "bit-",
		"bit-64",  "bit-040",  "bit-+4", "BIT-4", "bit--1",
		"bit-4 ",  "bit-0x4",  "bit_40", "40",    "bit-18446744073709551616",
		"bit-400", "TOPOLOGY",
	};
	unsigned int bit = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (vdpam_feature_parse(NET, wrong[i], &bit) != -EINVAL)
			fail_msg("'%s' is taken", wrong[i]);
	assert_int_equal(bit, 99);
	assert_int_equal(vdpam_feature_parse(0, "MTU", &bit), -EINVAL);
	assert_int_equal(vdpam_feature_parse(BLOCK, "TOPOLOGY", &bit), 0);
	assert_int_equal(bit, 10);
	assert_int_equal(vdpam_feature_parse(BLOCK, "MQ", &bit), 0);
	assert_int_equal(bit, 12);

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		for (unsigned int wanted = 0; wanted < 64; wanted++) {
			const char *name = vdpam_feature_name(classes[i], wanted);
			char number[16];

			snprintf(number, sizeof(number), "bit-%u", wanted);
			assert_int_equal(vdpam_feature_parse(classes[i], number, &bit),
					 0);
			assert_int_equal(bit, wanted);
			if (!name)
				continue;
			assert_int_equal(vdpam_feature_parse(classes[i], name, &bit), 0);
			assert_int_equal(bit, wanted);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),        cmocka_unit_test(test_escape),
		cmocka_unit_test(test_unescape),     cmocka_unit_test(test_class),
		cmocka_unit_test(test_feature_name), cmocka_unit_test(test_feature_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
