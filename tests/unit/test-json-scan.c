// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The strict scan: its limits, and that what it takes json-c takes too and reads the same. What it
 * says of each kind of wrong text is in tests/data/documents/invalid.jsonl.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "json-scan.h"
#include "json-string.h"

/* The number of faults; the last one's path and message in `path` and `message`, if not NULL. */
static size_t scan(const char *text, size_t size, char path[512], char message[512])
{
	struct vdpam_faults *faults = vdpam_faults_new();
	int r = vdpam_json_scan(text, size, "file", &vdpam_json_document, faults);
	size_t total = vdpam_faults_total(faults);

	assert_int_equal(r, total ? -EINVAL : 0);
	assert_int_equal(vdpam_faults_check(faults), r);
	for (size_t i = 0; i < vdpam_faults_count(faults); i++) {
		assert_string_equal(vdpam_faults_get_file(faults, i), "file");
		if (path)
			snprintf(path, 512, "%s", vdpam_faults_get_path(faults, i));
		if (message)
			snprintf(message, 512, "%s", vdpam_faults_get_message(faults, i));
	}
	vdpam_faults_free(faults);
	return total;
}

static bool takes(const char *text)
{
	return !scan(text, strlen(text), NULL, NULL);
}

/* As document.c reads what was scanned. */
static bool json_c_takes(const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(VDPAM_JSON_MAX_DEPTH + 1);
	struct json_object *json;
	bool took;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tokener, text, (int)size);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		json = json_tokener_parse_ex(tokener, "", -1);
	took = json_tokener_get_error(tokener) == json_tokener_success;
	json_object_put(json);
	json_tokener_free(tokener);
	return took;
}

static const char whole[] =
	"{\"a\": [1, -2, 0, -0, true, false, null, 18446744073709551615, "
	"-9223372036854775808],\r\n\t\"b\\n\\u00e9\\ud83d\\ude00\": {\"\": \"\xc3\xa9 "
	"\xe2\x82\xac \xf0\x9f\x98\x80 \\\"\\\\\\/\\b\\f\\n\\r\\t\"}, \"c\": [{}, []]} \n";

static void test_right(void **state)
{
	static const char *const right[] = {
		"0",
		"-0",
		"12",
		"null",
		" true ",
		"\"\"",
		"[]",
		"{}",
		"[[],{}]",
		"\"\x7f\"",
		"\"\xf4\x8f\xbf\xbf\"",
		"\"\xed\x9f\xbf\xee\x80\x80\"",
		"\"\\u0001\\uffff\\uDBFF\\uDFFF\"",
		"9223372036854775808",
		"{\"a\":1,\"A\":2,\"\":3,\"\\u00e0\":4,\"\\\"\":5}",
		whole,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		if (!takes(right[i]))
			fail_msg("refused: %s", right[i]);
		if (!json_c_takes(right[i], strlen(right[i])))
			fail_msg("refused by json-c: %s", right[i]);
	}
}

/* Every beginning of it is refused, and read no further than it is long. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t size = 0; size < strlen(whole) - 2; size++) {
		char *copy = malloc(size ? size : 1);

		memcpy(copy, whole, size);
		/* More than one where half an escape is left. */
		assert_in_range(scan(copy, size, NULL, NULL), 1, 3);
		free(copy);
	}
}

/* Every byte made every other: never taken unless json-c takes it. */
static void test_flipped(void **state)
{
	char copy[sizeof(whole)];
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < strlen(whole); i++) {
		for (unsigned int byte = 0; byte < 256; byte++) {
			memcpy(copy, whole, sizeof(whole));
			copy[i] = (char)byte;
			if (scan(copy, strlen(whole), NULL, NULL))
				continue;
			taken++;
			if (!json_c_takes(copy, strlen(whole)))
				fail_msg("byte %zu made 0x%02x", i, byte);
		}
	}
	/* The letters of strings, digits and blanks can be others. */
	assert_in_range(taken, 1000, 30000);
}

/* Many of `item` between `before` and `after`. */
static char *repeat(const char *before, const char *item, size_t count, const char *after)
{
	char *text = malloc(strlen(before) + strlen(item) * count + strlen(after) + 1);
	char *end = stpcpy(text, before);

	while (count--)
		end = stpcpy(end, item);
	stpcpy(end, after);
	return text;
}

static void check_limit(char *text, size_t faults, const char *path, const char *message)
{
	char last_path[512] = "", last_message[512] = "";

	assert_int_equal(scan(text, strlen(text), last_path, last_message), faults);
	assert_string_equal(last_path, path);
	if (!strstr(last_message, message))
		fail_msg("'%s' is not in '%s'", message, last_message);
	free(text);
}

static void test_strings(void **state)
{
	(void)state;
	check_limit(repeat("[\"", "x", 255, "\"]"), 0, "", "");
	check_limit(repeat("[\"", "x", 256, "\"]"), 1, "[0]", "longer than 255 bytes");
	check_limit(repeat("[\"", "\\u00e9", 127, "\"]"), 0, "", "");
	check_limit(repeat("[\"", "\\u00e9", 128, "\"]"), 1, "[0]", "longer than 255");
	check_limit(repeat("[\"", "\\ud83d\\ude00", 63, "\"]"), 0, "", "");
	check_limit(repeat("[\"", "\\ud83d\\ude00", 64, "\"]"), 1, "[0]", "longer than");
	check_limit(repeat("{\"", "k", 256, "\": 1}"), 1, "", "longer than 255 bytes");
}

static void test_depth(void **state)
{
	(void)state;
	check_limit(repeat("", "[", 16, "]]]]]]]]]]]]]]]]"), 0, "", "");
	check_limit(repeat("", "{\"a\":", 15, "{}}}}}}}}}}}}}}}}"), 0, "", "");
	check_limit(repeat("", "{\"a\":", 17, ""), 1, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a",
		    "line 1, column 81: more than 16 lists and objects in each other");
	check_limit(repeat("", "[", 1000000, ""), 1,
		    "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]", "more than 16");
	/* What is beside each other is not in each other. */
	check_limit(repeat("[0", ",[]", 1000, "]"), 0, "", "");
}

static void test_containers(void **state)
{
	(void)state;
	check_limit(repeat("[0", ",[]", VDPAM_JSON_MAX_CONTAINERS - 1, "]"), 0, "", "");
	check_limit(repeat("[0", ",{}", VDPAM_JSON_MAX_CONTAINERS, "]"), 1, "[200000]",
		    "more than 200000 lists and objects");
}

static char *many_keys(unsigned int count)
{
	char *text = malloc(count * 16 + 16), *end = text;

	for (unsigned int i = 0; i < count; i++)
		end += sprintf(end, "%s\"k%u\":1", i ? "," : "{", i);
	stpcpy(end, "}");
	return text;
}

static void test_keys(void **state)
{
	(void)state;
	check_limit(many_keys(VDPAM_JSON_MAX_KEYS), 0, "", "");
	check_limit(many_keys(VDPAM_JSON_MAX_KEYS + 1), 1, "", "more than 64 keys");
}

/* The bytes of what is too large are not so much as looked at. */
static void test_size(void **state)
{
	size_t size = 64U << 20;
	char *nothing = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *text = repeat("{}", " ", VDPAM_JSON_MAX_SIZE - 2, "");
	char message[512] = "";

	(void)state;
	assert_ptr_not_equal(nothing, MAP_FAILED);
	assert_int_equal(scan(nothing, size, NULL, message), 1);
	assert_string_equal(message, "more than 8 MiB of text");
	assert_int_equal(scan(nothing, VDPAM_JSON_MAX_SIZE + 1, NULL, NULL), 1);
	munmap(nothing, size);
	assert_int_equal(scan(text, VDPAM_JSON_MAX_SIZE, NULL, NULL), 0);
	free(text);
}

/* Faults that can be read past are all said, with the line and column of each. */
static void test_several(void **state)
{
	static const char text[] =
		"{\n\t\"a\": 1.5,\n  \"a\": 007, \"b\": \"\\q\\u0000\",\n"
		" \"c\": [\"\\ud800\", -1e3]\n}";
	static const char *const expected[] = {
		"a: line 2, column 7: \"1.5\" is not written as a whole number",
		"a: line 3, column 3: this key is there twice",
		"a: line 3, column 8: \"007\" begins with a zero too many",
		"b: line 3, column 19: no escape that JSON has",
		"b: line 3, column 21: \\u0000 is in no text that is taken here",
		"c[0]: line 4, column 9: half of a surrogate pair",
		"c[1]: line 4, column 18: \"-1e3\" is not written as a whole number",
	};
	struct vdpam_faults *faults = vdpam_faults_new();
	size_t count = sizeof(expected) / sizeof(*expected);

	(void)state;
	assert_int_equal(
		vdpam_json_scan(text, strlen(text), "f", &vdpam_json_document, faults),
		-EINVAL);
	assert_int_equal(vdpam_faults_count(faults), count);
	for (size_t i = 0; i < count; i++) {
		char said[512];

		snprintf(said, sizeof(said), "%s: %s", vdpam_faults_get_path(faults, i),
			 vdpam_faults_get_message(faults, i));
		assert_string_equal(said, expected[i]);
	}
	vdpam_faults_free(faults);
}

static bool equal(const char *a, const char *b)
{
	bool forth = vdpam_json_string_equal(a, strlen(a), b, strlen(b));

	assert_int_equal(forth, vdpam_json_string_equal(b, strlen(b), a, strlen(a)));
	return forth;
}

static void test_string_equal(void **state)
{
	(void)state;
	assert_true(equal("", ""));
	assert_true(equal("abc", "abc"));
	assert_true(equal("abc", "a\\u0062c"));
	assert_true(equal("\xc3\xa9", "\\u00E9"));
	assert_true(equal("\xf0\x9f\x98\x80", "\\ud83d\\ude00"));
	assert_true(equal("\\/", "/"));
	assert_true(equal("\\u002f\\u005c", "\\/\\\\"));
	assert_false(equal("abc", "abd"));
	assert_false(equal("abc", "ab"));
	assert_false(equal("", "\\u0061"));
	assert_false(equal("\\u0061b", "a"));
	assert_false(equal("n", "\\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flipped), cmocka_unit_test(test_strings),
		cmocka_unit_test(test_depth),   cmocka_unit_test(test_containers),
		cmocka_unit_test(test_keys),    cmocka_unit_test(test_size),
		cmocka_unit_test(test_several), cmocka_unit_test(test_string_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
