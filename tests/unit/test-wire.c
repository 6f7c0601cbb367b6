// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes of hostile messages: nothing outside the message is read, and what is odd is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "datagrams.h"
#include "wire.h"

#define OFFSET 4 /* of a generic netlink header */
#define FIRST 20 /* where the first attribute of a reply is */

/* Collects from a copy that ends where the message ends. */
static int collect(const struct reply *reply, uint32_t length,
		   const struct nlattr **attrs, size_t count, struct nlmsghdr **ret_copy)
{
	struct nlmsghdr *copy = malloc(length);

	memcpy(copy, reply, length);
	copy->nlmsg_len = length;
	*ret_copy = copy;
	return vdpam_wire_collect(copy, OFFSET, attrs, count);
}

static void test_collect(void **state)
{
	const struct nlattr *attrs[4];
	struct nlmsghdr *copy;
	struct reply reply;
	uint64_t number;

	(void)state;
	reply_begin(&reply, 1, 1, 0);
	reply_put_u32(&reply, 2, 7);
	reply_put_u32(&reply, 4, 8);
	reply_put_u32(&reply, 200, 9);
	reply_put_u32(&reply, 2 | NLA_F_NESTED, 10);
	assert_int_equal(collect(&reply, reply.header.nlmsg_len, attrs, 4, &copy), 0);
	assert_null(attrs[0]);
	assert_null(attrs[1]);
	assert_null(attrs[3]);
	assert_int_equal(vdpam_wire_number(attrs[2], 4, &number), 0);
	assert_int_equal(number, 10);
	free(copy);
}

static void test_bounds(void **state)
{
	const struct nlattr *attrs[4];
	struct nlmsghdr *copy;
	struct reply reply;

	(void)state;
	reply_begin(&reply, 1, 1, 0);
	reply_put_u8(&reply, 1, 7);
	reply_put_u64(&reply, 2, 7);
	/* 20 bytes of headers, 8 of the first attribute (3 are padding), 12 of the second. */
	assert_int_equal(reply.header.nlmsg_len, 40);
	for (uint32_t length = 16; length <= 40; length++) {
		bool is_whole = length == 20 || length == 25 || length == 26 ||
				length == 27 || length == 28 || length == 40;
		int r = collect(&reply, length, attrs, 4, &copy);

		if (r != (is_whole ? 0 : -EBADMSG))
			fail_msg("%u bytes: %d", length, r);
		if (r == 0) {
			assert_int_equal(!!attrs[1], length >= 25);
			assert_int_equal(!!attrs[2], length == 40);
		}
		free(copy);
	}
}

static void test_attr_length(void **state)
{
	const struct nlattr *attrs[4];
	struct nlmsghdr *copy;
	struct reply reply;
	struct nlattr *attr;

	(void)state;
	reply_begin(&reply, 1, 1, 0);
	reply_put_u32(&reply, 1, 7);
	attr = (struct nlattr *)(reply.bytes + FIRST);
	for (unsigned int length = 0; length <= UINT16_MAX; length++) {
		bool fits = length >= 5 && length <= 8;
		int r;

		attr->nla_len = (uint16_t)length;
		r = collect(&reply, reply.header.nlmsg_len, attrs, 4, &copy);
		/* 4 is an empty attribute, and then four bytes that begin one of 7. */
		if (r != (fits ? 0 : -EBADMSG))
			fail_msg("nla_len %u: %d", length, r);
		free(copy);
	}
}

static int read_text(const void *bytes, size_t size, char **ret_text)
{
	const struct nlattr *attrs[2];
	struct nlmsghdr *copy;
	struct reply reply;
	int r;

	reply_begin(&reply, 1, 1, 0);
	reply_put(&reply, 1, bytes, size);
	/* Without the padding, so that the text ends where the memory ends. */
	assert_int_equal(collect(&reply, FIRST + 4 + (uint32_t)size, attrs, 2, &copy), 0);
	r = vdpam_wire_string(attrs[1], ret_text);
	free(copy);
	return r;
}

static void test_string(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(vdpam_wire_string(NULL, &text), -EBADMSG);
	assert_int_equal(read_text("", 0, &text), -EBADMSG);
	assert_int_equal(read_text("", 1, &text), -EBADMSG);
	assert_int_equal(read_text("abc", 3, &text), -EBADMSG);
	assert_int_equal(read_text("abcd", 4, &text), -EBADMSG);
	assert_int_equal(read_text("ab\0d", 5, &text), -EBADMSG);
	assert_int_equal(read_text("abc\0", 5, &text), -EBADMSG);
	assert_null(text);
	assert_int_equal(read_text("a", 2, &text), 0);
	assert_string_equal(text, "a");
	free(text);
	assert_int_equal(read_text("a/\n\xff b", 7, &text), 0);
	assert_string_equal(text, "a/\n\xff b");
	free(text);
}

static void test_number(void **state)
{
	static const uint8_t bytes[16] = {
		0x02, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70
	};
	uint64_t number;

	(void)state;
	assert_int_equal(vdpam_wire_number(NULL, 4, &number), -EBADMSG);
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		const struct nlattr *attrs[2];
		struct nlmsghdr *copy;
		struct reply reply;

		reply_begin(&reply, 1, 1, 0);
		reply_put(&reply, 1, bytes, size);
		assert_int_equal(
			collect(&reply, FIRST + 4 + (uint32_t)size, attrs, 2, &copy), 0);
		for (size_t wanted = 0; wanted <= sizeof(bytes); wanted++) {
			bool is_right =
				wanted == size && (size == 1 || size == 2 || size == 4 ||
						   size == 6 || size == 8);
			uint64_t native = 0;

			number = 42;
			assert_int_equal(vdpam_wire_number(attrs[1], wanted, &number),
					 is_right ? 0 : -EBADMSG);
			memcpy(&native, bytes, size <= 8 ? size : 8);
			if (is_right && size == 6)
				assert_int_equal(number, UINT64_C(0x021020304050));
			else if (is_right && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
				assert_int_equal(number, native);
			else if (!is_right)
				assert_int_equal(number, 42);
		}
		free(copy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collect),     cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_attr_length), cmocka_unit_test(test_string),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
