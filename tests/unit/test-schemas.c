// SPDX-License-Identifier: GPL-2.0-or-later
/* The words in schemas/snapshot-1 and plan-1 are those of the library's tables, each of them and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "vdpamgmt-provision.h"

/* "$defs", "step", …: what is at the end of these keys. */
static struct json_object *find(struct json_object *schema, const char *const *keys)
{
	for (; *keys; keys++) {
		if (!json_object_object_get_ex(schema, *keys, &schema))
			fail_msg("the schema has no %s", *keys);
	}
	return schema;
}
#define at(schema, ...) find(schema, (const char *const[]){ __VA_ARGS__, NULL })

static struct json_object *read_schema(const char *name)
{
	struct json_object *schema = json_object_from_file(name);

	if (!schema)
		fail_msg("%s: %s", name, json_util_get_last_err());
	return schema;
}

static bool has_word(struct json_object *words, const char *word)
{
	if (json_object_is_type(words, json_type_object))
		return json_object_object_get_ex(words, word, NULL);
	for (size_t i = 0; i < json_object_array_length(words); i++) {
		const char *one =
			json_object_get_string(json_object_array_get_idx(words, i));

		if (one && !strcmp(one, word))
			return true;
	}
	return false;
}

static size_t count_of(struct json_object *words)
{
	return json_object_is_type(words, json_type_object)
		       ? (size_t)json_object_object_length(words)
		       : json_object_array_length(words);
}

/* `words` (an enum, or properties) are names[0] to names[count - 1], in any order. */
static void expect_words(struct json_object *words, const char *(*name)(int index),
			 int count)
{
	for (int i = 0; i < count; i++) {
		if (!has_word(words, name(i)))
			fail_msg("the schema does not know %s", name(i));
	}
	assert_int_equal(count_of(words), count);
}

static const char *operation(int index)
{
	return vdpam_operation_name((enum vdpam_operation)index);
}

static const char *argument(int index)
{
	return vdpam_argument_name((enum vdpam_argument)index);
}

static const char *error_code(int index)
{
	return vdpam_error_code_name((enum vdpam_error_code)index);
}

static const char *attr(int index)
{
	return vdpam_attr_name((enum vdpam_attr)index);
}

static const char *vf_attr(int index)
{
	return vdpam_vf_attr_name((enum vdpam_vf_attr)index);
}

static void test_steps(void **state)
{
	struct json_object *schema = read_schema(SCHEMAS "/plan-1.schema.json");
	struct json_object *step = at(schema, "$defs", "step", "properties");
	struct json_object *result = at(schema, "$defs", "result", "properties");

	(void)state;
	expect_words(at(step, "operation", "enum"), operation, VDPAM_OPERATION_COUNT);
	expect_words(at(step, "arguments", "properties"), argument, VDPAM_ARG_COUNT);
	/* A result is a step with what came of it. */
	json_object_object_foreach(step, key, value)
	{
		assert_true(json_object_equal(value, at(result, key)));
	}
	assert_int_equal(json_object_object_length(result),
			 json_object_object_length(step) + 2);
	json_object_put(schema);
}

static void test_errors(void **state)
{
	struct json_object *schema = read_schema(SCHEMAS "/plan-1.schema.json");

	(void)state;
	expect_words(at(schema, "$defs", "error", "properties", "code", "enum"),
		     error_code, VDPAM_ERROR_INTERNAL + 1);
	json_object_put(schema);
}

static void test_attributes(void **state)
{
	struct json_object *schema = read_schema(SCHEMAS "/snapshot-1.schema.json");
	struct json_object *device = at(schema, "$defs", "device", "properties");
	struct json_object *config = at(schema, "$defs", "config", "properties");
	struct json_object *vf = at(schema, "$defs", "vf", "properties");

	(void)state;
	for (int i = 0; i < VDPAM_ATTR_COUNT; i++) {
		struct json_object *words =
			vdpam_attr_is_config((enum vdpam_attr)i) ? config : device;

		if (!has_word(words, attr(i)))
			fail_msg("the schema does not know %s", attr(i));
	}
	for (int i = 0; i < VDPAM_VF_ATTR_COUNT; i++) {
		if (!has_word(vf, vf_attr(i)))
			fail_msg("the schema does not know %s", vf_attr(i));
	}
	assert_int_equal(json_object_object_length(vf), VDPAM_VF_ATTR_COUNT + 1);
	json_object_put(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
