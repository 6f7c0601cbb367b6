// SPDX-License-Identifier: GPL-2.0-or-later
/* The bridge to libvirt, but for its calls: what it reads of node devices, and what it decides. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../integration/libvirt/bridge.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define SECOND UINT64_C(1000000)
/* A text that nobody writes to, of the type of one that can be freed. */
#define T(text) ((char[]){ text })

/* ---- Node devices ---- */

static int read_node(const char *text, struct bridge_node *ret_node)
{
	return bridge_read_node(text, strlen(text), ret_node);
}

static void test_node(void **state)
{
	struct bridge_node node;

	(void)state;
	assert_int_equal(
		read_node(
			"<device>\n  <name>vdpa_vdpa_0000_65_00_2</name>\n"
			"  <path>/sys/devices/pci0000:64/0000:65:00.2/vdpa:0000:65:00.2</path>\n"
			"  <parent>pci_0000_65_00_2</parent>\n"
			"  <driver><name>vhost_vdpa</name></driver>\n"
			"  <capability type='vdpa'><chardev>/dev/vhost-vdpa-0</chardev></capability>\n"
			"</device>",
			&node),
		0);
	assert_string_equal(node.libvirt_name, "vdpa_vdpa_0000_65_00_2");
	assert_string_equal(node.name, "vdpa:0000:65:00.2");
	assert_string_equal(node.chardev, "/dev/vhost-vdpa-0");
	bridge_node_fini(&node);
}

static void test_node_without_char_device(void **state)
{
	struct bridge_node node;

	(void)state;
	assert_int_equal(
		read_node("<device><name>vdpa_n0</name><path>/sys/devices/vdpa/n0</path>"
			  "<capability type='vdpa'/></device>",
			  &node),
		0);
	assert_string_equal(node.name, "n0");
	assert_null(node.chardev);
	bridge_node_fini(&node);
}

static void test_what_is_no_node(void **state)
{
	static const char *const texts[] = {
		"",
		"<device>",
		"<domain/>",
		"<device/>",
		"<device><name>vdpa_n0</name></device>",
		"<device><name>vdpa_n0</name><path>/sys/</path></device>",
		"<device><path>/sys/devices/n0</path></device>",
		"<!DOCTYPE device><device><name>n</name><path>/sys/n0</path></device>",
	};
	struct bridge_node node;

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		assert_int_equal(read_node(texts[i], &node), -EBADMSG);
}

/* ---- Decisions ---- */

static struct bridge_node nodes[] = {
	{ T("vdpa_n0"), T("n0"), T("/dev/vhost-vdpa-0") },
	{ T("vdpa_n1"), T("n1"), NULL },
};
static struct hook_device by_name[] = { { .name = T("n1") } };
static struct hook_device by_number[] = { { .chardev = T("/dev/vhost-vdpa-0") } };
static struct bridge_domain domains[] = {
	{ T("web"), by_number, 1 },
	{ T("edge"), by_name, 1 },
};
static const struct bridge_view view = { true, nodes, 2, domains, 2 };
static const struct bridge_view nothing;

static struct bridge_device device(char *name, char *chardev)
{
	static char none[] = "";

	return (struct bridge_device){
		.name = name,
		.bytes = name,
		.chardev = chardev,
		.is_present = true,
		.libvirt_name = none,
		.domain = none,
	};
}

static void forget(struct bridge_stale **stale)
{
	assert_int_equal(bridge_decide(&nothing, NULL, 0, stale, 0), UINT64_MAX);
	assert_null(*stale);
}

static void test_what_is_told(void **state)
{
	struct bridge_device devices[] = {
		device(T("n0"), T("/dev/vhost-vdpa-0")),
		device(T("n1"), NULL),
		device(T("n2"), NULL),
	};
	struct bridge_stale *stale = NULL;

	(void)state;
	bridge_decide(&view, devices, 3, &stale, SECOND);
	assert_string_equal(devices[0].new_libvirt_name, "vdpa_n0");
	assert_string_equal(devices[0].new_domain, "web");
	assert_string_equal(devices[1].new_domain, "edge");
	assert_false(devices[0].is_told || devices[1].is_told);
	assert_string_equal(devices[2].new_libvirt_name, "");
	assert_true(devices[2].is_told);

	devices[0].libvirt_name = T("vdpa_n0");
	devices[0].domain = T("web");
	devices[1].libvirt_name = T("vdpa_n1");
	bridge_decide(&view, devices, 3, &stale, SECOND);
	assert_true(devices[0].is_told);
	assert_false(devices[1].is_told);

	/* libvirt has gone, and what it said with it. */
	bridge_decide(&nothing, devices, 3, &stale, SECOND);
	assert_false(devices[0].is_told);
	assert_string_equal(devices[0].new_domain, "");
	forget(&stale);
}

/* Libvirt is given a second; then it is tried less and less often. */
static void test_what_is_announced(void **state)
{
	static const uint64_t waits[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct bridge_device devices[] = { device(T("n0"), T("/dev/vhost-vdpa-7")),
					   device(T("n1"), NULL) };
	struct bridge_stale *stale = NULL;
	uint64_t now = 100 * SECOND;

	(void)state;
	assert_int_equal(bridge_decide(&view, devices, 2, &stale, now), now + SECOND);
	for (size_t i = 0; i < LENGTH(waits); i++) {
		assert_int_equal(bridge_decide(&view, devices, 2, &stale, now),
				 now + waits[i] * SECOND);
		assert_false(devices[0].is_announced);
		now += waits[i] * SECOND;
		bridge_decide(&view, devices, 2, &stale, now - 1);
		assert_false(devices[0].is_announced);
		bridge_decide(&view, devices, 2, &stale, now);
		assert_true(devices[0].is_announced);
		assert_false(devices[1].is_announced);
	}
	/* It is as it should be, and what was is forgotten. */
	devices[0].chardev = T("/dev/vhost-vdpa-0");
	assert_int_equal(bridge_decide(&view, devices, 2, &stale, now), UINT64_MAX);
	assert_null(stale);
	assert_false(devices[0].is_announced);
}

static void test_what_libvirt_does_not_list(void **state)
{
	struct bridge_device missing = device(T("n2"), NULL),
			     absent = device(T("n3"), NULL);
	struct bridge_stale *stale = NULL;

	(void)state;
	absent.is_present = false;
	bridge_decide(&view, &missing, 1, &stale, SECOND);
	bridge_decide(&view, &missing, 1, &stale, 2 * SECOND);
	assert_true(missing.is_announced);
	forget(&stale);
	/* Nothing to announce, nobody to announce to. */
	assert_int_equal(bridge_decide(&view, &absent, 1, &stale, SECOND), UINT64_MAX);
	assert_int_equal(bridge_decide(&nothing, &missing, 1, &stale, SECOND),
			 UINT64_MAX);
}

static void test_names_that_become_one(void **state)
{
	struct bridge_device devices[] = {
		device(T("a-b"), NULL), device(T("a_b"), NULL),  device(T("ab"), NULL),
		device(T("a.b"), NULL), device(T("a-bc"), NULL), device(T("acb"), NULL),
		device(T("x1z"), NULL), device(T("x-z"), NULL),
	};

	(void)state;
	assert_null(bridge_find_double(devices, 0));
	assert_ptr_equal(bridge_find_double(devices, 1), &devices[0]);
	assert_null(bridge_find_double(devices, 2));
	assert_ptr_equal(bridge_find_double(devices, 3), &devices[0]);
	assert_null(bridge_find_double(devices, 4));
	/* A letter is no sign, on either side. */
	for (size_t i = 5; i < LENGTH(devices); i++)
		assert_null(bridge_find_double(devices, i));
	devices[0].is_present = false;
	assert_null(bridge_find_double(devices, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_node_without_char_device),
		cmocka_unit_test(test_what_is_no_node),
		cmocka_unit_test(test_what_is_told),
		cmocka_unit_test(test_what_is_announced),
		cmocka_unit_test(test_what_libvirt_does_not_list),
		cmocka_unit_test(test_names_that_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
