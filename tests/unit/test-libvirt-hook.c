// SPDX-License-Identifier: GPL-2.0-or-later
/* The hook for libvirt, but for its calls: what it reads of a domain, and what it decides. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../integration/libvirt/hook.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* ---- The domain ---- */

static struct hook_device *devices;
static size_t count;

static int read_domain(const char *text)
{
	hook_devices_free(devices, count);
	devices = NULL;
	count = 0;
	return hook_read_domain(text, strlen(text), &devices, &count);
}

static int forget(void **state)
{
	(void)state;
	hook_devices_free(devices, count);
	devices = NULL;
	count = 0;
	return 0;
}

static void test_domain(void **state)
{
	(void)state;
	assert_int_equal(
		read_domain(
			"<?xml version='1.0' encoding='utf-8'?>\n"
			"<domain type='kvm' id='3'><name>edge</name><devices>"
			"<interface type='vdpa'><source dev='/dev/vhost-vdpa-12'/></interface>"
			"<interface type='network'><source network='default'/></interface>"
			"<disk type='vhostvdpa' device='disk'><driver name='qemu'/>"
			"<source dev=\"/dev/vhost-vdpa/by-name/b0\"/><target dev='vda'/></disk>"
			"</devices><qemu:commandline xmlns:qemu='http://libvirt.org/x'/></domain>"),
		0);
	assert_int_equal(count, 2);
	assert_string_equal(devices[0].source, "/dev/vhost-vdpa-12");
	assert_string_equal(devices[0].chardev, "/dev/vhost-vdpa-12");
	assert_null(devices[0].name);
	assert_string_equal(devices[1].source, "/dev/vhost-vdpa/by-name/b0");
	assert_string_equal(devices[1].name, "b0");
	assert_null(devices[1].chardev);
}

static void test_names_are_escaped(void **state)
{
	(void)state;
	assert_int_equal(
		read_domain("<domain><devices><interface type='vdpa'>"
			    "<source dev='/dev/vhost-vdpa/by-name/a&#27;[2J\\b'/>"
			    "</interface></devices></domain>"),
		-EBADMSG); /* no such character in XML 1.0 */
	assert_int_equal(
		read_domain("<domain><devices><interface type='vdpa'>"
			    "<source dev='/dev/vhost-vdpa/by-name/a&#10;\\b\xc3\xa9'/>"
			    "</interface></devices></domain>"),
		0);
	assert_int_equal(count, 1);
	assert_string_equal(devices[0].name, "a\\x0a\\x5cb\\xc3\\xa9");
}

/* Not for us: other kinds, other places, other paths. */
static void test_nothing_to_look_at(void **state)
{
	static const char *const texts[] = {
		"<domain/>",
		"<domain><devices/></domain>",
		"<domain><devices><interface type='vdpa'/></devices></domain>",
		"<domain><devices><interface type='vdpa'><source/></interface></devices></domain>",
		"<domain><interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface></domain>",
		"<domain><metadata><devices><interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/>"
		"</interface></devices></metadata></domain>",
		"<domain><devices><interface type='ethernet'><source dev='/dev/vhost-vdpa-0'/>"
		"</interface></devices></domain>",
		"<domain><devices><disk type='block'><source dev='/dev/vhost-vdpa-0'/></disk></devices></domain>",
		"<domain><devices><disk type='vdpa'><source dev='/dev/vhost-vdpa-0'/></disk></devices></domain>",
		"<domain><devices><x:interface xmlns:x='urn:x' type='vdpa'><source dev='/dev/vhost-vdpa-0'/>"
		"</x:interface></devices></domain>",
	};
	static const char *const paths[] = {
		"",
		"/dev/vhost-vdpa",
		"/dev/vhost-vdpa-",
		"/dev/vhost-vdpa-x",
		"/dev/vhost-vdpa--1",
		"/dev/vhost-vdpa-0x0",
		"/dev/vhost-vdpa-12345678901",
		"/dev/vhost-vdpa-0/../../etc/passwd",
		"/dev/vhost-vdpa/by-name/",
		"/dev/vhost-vdpa/by-name/../../etc/passwd",
		"/dev/vhost-net",
		"vhost-vdpa-0",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		assert_int_equal(read_domain(texts[i]), 0);
		assert_int_equal(count, 0);
	}
	for (size_t i = 0; i < LENGTH(paths); i++) {
		snprintf(text, sizeof(text),
			 "<domain><devices><interface type='vdpa'><source dev='%s'/>"
			 "</interface></devices></domain>",
			 paths[i]);
		assert_int_equal(read_domain(text), 0);
		assert_int_equal(count, 0);
	}
}

#define DEVICE(path) \
	"<devices><interface type='vdpa'><source dev='" path "'/></interface></devices>"

static void test_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"\n",
		"domain",
		"<domain>",
		"<domain><devices></domain>",
		"<domain></domain><domain></domain>",
		"<network/>",
		"<domain xmlns='urn:other'/>",
		("<domain>" DEVICE("/dev/vhost-vdpa-0")),
		"<domain>" DEVICE("&unknown;") "</domain>",
		"<domain>\xff\xfe</domain>",
		"{\"domain\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		assert_int_equal(read_domain(texts[i]), -EBADMSG);
		assert_int_equal(count, 0);
	}
	/* NULs are not XML, whatever their number. */
	assert_int_equal(hook_read_domain("\0\0\0\0", 4, &devices, &count), -EBADMSG);
}

/* Nothing of a document type is read: neither what it would expand nor what it would load. */
static void test_document_type(void **state)
{
	static const char *const texts[] = {
		"<!DOCTYPE domain><domain/>",
		"<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>",
		"<!DOCTYPE domain SYSTEM 'http://127.0.0.1:1/x.dtd'><domain/>",
		"<!DOCTYPE domain [<!ENTITY n '/dev/vhost-vdpa-0'>]><domain>" DEVICE(
			"&n;") "</domain>",
		"<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
		"<domain><name>&x;</name>" DEVICE("/dev/vhost-vdpa-0") "</domain>",
		"<!DOCTYPE domain [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/'> %x;]><domain/>",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		assert_int_equal(read_domain(texts[i]), -EBADMSG);
}

/* A billion laughs, in the text and in an attribute; a hundred levels of it. */
static void test_entity_bomb(void **state)
{
	char text[16384];
	size_t length = 0;
	clock_t begin = clock();

	(void)state;
	length += (size_t)snprintf(text, sizeof(text),
				   "<!DOCTYPE domain [<!ENTITY e0 'ha'>");
	for (int i = 1; i < 100; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "<!ENTITY e%d '&e%d;&e%d;&e%d;&e%d;'>", i,
					   i - 1, i - 1, i - 1, i - 1);
	snprintf(text + length, sizeof(text) - length,
		 "]><domain><name>&e99;</name>%s</domain>", DEVICE("&e99;"));
	assert_int_equal(read_domain(text), -EBADMSG);
	assert_true(clock() - begin < CLOCKS_PER_SEC);
}

/* Words into the text, without an end. */
static void put(char *text, const char *word)
{
	while (*word)
		*text++ = *word++;
}

/* As large as it may be, and beyond that; and as deep as it gets. */
static void test_limits(void **state)
{
	size_t size = HOOK_XML_MAX + 1;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	put(text, "<domain>");
	put(text + HOOK_XML_MAX - strlen("</domain>"), "</domain>");
	assert_int_equal(hook_read_domain(text, HOOK_XML_MAX, &devices, &count), 0);
	assert_int_equal(hook_read_domain(text, size, &devices, &count), -EBADMSG);
	for (size_t i = 0; i + 3 <= HOOK_XML_MAX; i += 3)
		put(text + i, "<a>");
	assert_int_equal(hook_read_domain(text, HOOK_XML_MAX, &devices, &count),
			 -EBADMSG);
	free(text);
}

/* ---- What the daemon said ---- */

static void test_devices_are_taken(void **state)
{
	static const char listing[] =
		"{\"version\":1,\"devices\":["
		"{\"name\":\"n0\",\"driver\":\"vhost_vdpa\",\"chardev\":\"/dev/vhost-vdpa-1\","
		"\"managed\":true,\"document\":\"d\",\"state\":\"ready\"},"
		"{\"name\":\"n1\",\"driver\":null,\"chardev\":null,\"managed\":false,"
		"\"document\":null,\"state\":\"foreign\"}]}";

	(void)state;
	assert_int_equal(
		read_domain("<domain>" DEVICE("/dev/vhost-vdpa-1")
				    DEVICE("/dev/vhost-vdpa/by-name/n1") DEVICE(
					    "/dev/vhost-vdpa/by-name/n2") "</domain>"),
		0);
	assert_int_equal(count, 3);
	assert_int_equal(hook_take_devices(listing, devices, count), 0);
	assert_true(devices[0].is_known && devices[0].is_managed);
	assert_string_equal(devices[0].name, "n0");
	assert_string_equal(devices[0].driver, "vhost_vdpa");
	assert_string_equal(devices[0].state, "ready");
	assert_true(devices[1].is_known && !devices[1].is_managed);
	assert_null(devices[1].driver);
	assert_false(devices[2].is_known);

	assert_int_equal(
		hook_take_holders(
			"{\"devices\":[{\"name\":\"n0\",\"in_use\":true,\"holders\":"
			"[{\"pid\":171,\"comm\":\"qemu\"},{\"pid\":9,\"comm\":\"x\"}]},"
			"{\"name\":\"n1\",\"in_use\":null,\"holders\":null}]}",
			devices, count),
		0);
	assert_true(devices[0].in_use);
	assert_int_equal(devices[0].n_holders, 2);
	assert_string_equal(devices[0].holder, "pid 171 (qemu)");
	assert_false(devices[1].in_use);
}

static void test_wrong_answers(void **state)
{
	static const char *const answers[] = {
		"",      "null", "[]",    "{}", "{\"devices\":null}", "{\"devices\":{}}",
		"{\"de", "7",    "\"x\"",
	};

	(void)state;
	assert_int_equal(read_domain("<domain>" DEVICE("/dev/vhost-vdpa-1") "</domain>"),
			 0);
	for (size_t i = 0; i < LENGTH(answers); i++) {
		assert_int_equal(hook_take_devices(answers[i], devices, count), -EBADMSG);
		assert_int_equal(hook_take_holders(answers[i], devices, count), -EBADMSG);
	}
	/* Rows of the wrong types are none of a device. */
	assert_int_equal(hook_take_devices("{\"devices\":[1,null,[],{},{\"name\":5}]}",
					   devices, count),
			 0);
	assert_false(devices[0].is_known);
	assert_int_equal(
		hook_take_devices("{\"devices\":[{\"chardev\":\"/dev/vhost-vdpa-1\"}]}",
				  devices, count),
		-EBADMSG);
}

/* ---- What is decided ---- */

#define BY_NAME .source = (char *)"/dev/vhost-vdpa/by-name/n0", .name = (char *)"n0"
#define NUMBERED                                                                       \
	.source = (char *)"/dev/vhost-vdpa-0", .chardev = (char *)"/dev/vhost-vdpa-0", \
	.name = (char *)"n0"
#define KNOWN .is_known = true
#define MANAGED .is_known = true, .is_managed = true
#define ON(name) .driver = (char *)(name)
#define IS(name) .state = (char *)(name)

static const struct {
	struct hook_device device;
	enum hook_verdict verdict;
	const char *sentence;
} cases[] = {
	{ { BY_NAME },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: there is no such vDPA device" },
	/* Bound to it, and free. */
	{ { BY_NAME, KNOWN, ON("vhost_vdpa"), IS("foreign") }, HOOK_USABLE, NULL },
	{ { BY_NAME, MANAGED, ON("vhost_vdpa"), IS("ready") }, HOOK_USABLE, NULL },
	{ { BY_NAME, MANAGED, ON("vhost_vdpa"), IS("differs") }, HOOK_USABLE, NULL },
	{ { NUMBERED, MANAGED, ON("vhost_vdpa"), IS("diverted") }, HOOK_USABLE, NULL },
	/* Bound to it, and not free. */
	{ { NUMBERED, KNOWN, ON("vhost_vdpa"), IS("foreign"), .in_use = true,
	    .n_holders = 1, .holder = (char *)"pid 171 (qemu)" },
	  HOOK_REFUSED,
	  "domain vm cannot use n0 (/dev/vhost-vdpa-0): it is in use: pid 171 (qemu) has it open" },
	{ { BY_NAME, KNOWN, ON("vhost_vdpa"), IS("foreign"), .in_use = true,
	    .n_holders = 3, .holder = (char *)"pid 171 (qemu)" },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is in use: pid 171 (qemu) and 2 more have it open" },
	{ { BY_NAME, KNOWN, ON("vhost_vdpa"), IS("foreign"), .in_use = true },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is in use" },
	{ { BY_NAME, MANAGED, ON("vhost_vdpa"), IS("unbinding") },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is being taken away" },
	{ { BY_NAME, MANAGED, IS("deleting") },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is being taken away" },
	/* On another driver, or none: nobody's to change, or as its document says. */
	{ { BY_NAME, KNOWN, ON("virtio_vdpa"), IS("foreign") },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is bound to virtio_vdpa, and not to vhost_vdpa" },
	{ { BY_NAME, KNOWN, IS("foreign") },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is not bound to vhost_vdpa" },
	{ { BY_NAME, MANAGED, ON("virtio_vdpa"), IS("ready") },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is bound to virtio_vdpa, and not to vhost_vdpa" },
	{ { BY_NAME, MANAGED, ON("virtio_vdpa"), IS("diverted") },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is bound to virtio_vdpa, and not to vhost_vdpa" },
	/* What its document may yet make of it. */
	{ { BY_NAME, MANAGED, ON("virtio_vdpa"), IS("differs") }, HOOK_ASK, NULL },
	{ { BY_NAME, MANAGED, IS("absent") }, HOOK_ASK, NULL },
	{ { BY_NAME, MANAGED, IS("waiting") }, HOOK_ASK, NULL },
	{ { BY_NAME, MANAGED, IS("creating") }, HOOK_ASK, NULL },
	{ { BY_NAME, MANAGED, IS("failed") }, HOOK_ASK, NULL },
	{ { BY_NAME, MANAGED, IS("ready") }, HOOK_ASK, NULL },
	/* Once. */
	{ { BY_NAME, MANAGED, IS("waiting"), .was_asked = true,
	    .error = (char *)"n0: its management device is not there" },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: n0: its management device is not there" },
	{ { BY_NAME, MANAGED, ON("virtio_vdpa"), IS("differs"), .was_asked = true },
	  HOOK_REFUSED,
	  "domain vm cannot use /dev/vhost-vdpa/by-name/n0: it is bound to virtio_vdpa, and not to vhost_vdpa" },
	{ { BY_NAME, MANAGED, ON("vhost_vdpa"), IS("ready"), .was_asked = true },
	  HOOK_USABLE,
	  NULL },
};

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *sentence = NULL;

		if (hook_decide("vm", &cases[i].device, &sentence) != cases[i].verdict)
			fail_msg("case %zu", i);
		if (cases[i].sentence)
			assert_string_equal(sentence, cases[i].sentence);
		else
			assert_null(sentence);
		free(sentence);
	}
}

static void test_guest_is_escaped(void **state)
{
	const struct hook_device device = { BY_NAME };
	char *sentence = NULL;

	(void)state;
	assert_int_equal(hook_decide("a\nb\x1b[2J", &device, &sentence), HOOK_REFUSED);
	assert_string_equal(
		sentence,
		"domain a\\x0ab\\x1b[2J cannot use /dev/vhost-vdpa/by-name/n0: there is no such vDPA device");
	free(sentence);
}

static void test_what_is_given_back(void **state)
{
	const struct hook_device there = { BY_NAME, MANAGED, ON("vhost_vdpa") };
	const struct hook_device held = { BY_NAME, MANAGED, ON("vhost_vdpa"),
					  .in_use = true };
	const struct hook_device foreign = { BY_NAME, KNOWN, ON("vhost_vdpa") };

	(void)state;
	assert_true(hook_is_given_back(&there));
	assert_true(hook_is_given_back(&held));
	assert_false(hook_is_given_back(&foreign));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_domain, forget),
		cmocka_unit_test_teardown(test_names_are_escaped, forget),
		cmocka_unit_test_teardown(test_nothing_to_look_at, forget),
		cmocka_unit_test_teardown(test_malformed, forget),
		cmocka_unit_test_teardown(test_document_type, forget),
		cmocka_unit_test_teardown(test_entity_bomb, forget),
		cmocka_unit_test_teardown(test_limits, forget),
		cmocka_unit_test_teardown(test_devices_are_taken, forget),
		cmocka_unit_test_teardown(test_wrong_answers, forget),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_guest_is_escaped),
		cmocka_unit_test(test_what_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
