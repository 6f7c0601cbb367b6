// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of JSON as tables. */
#include "cli.h"

#include <json-c/json.h>

static char *format_length(struct json_object *value)
{
	char *text;

	return asprintf(&text, "%d letters", json_object_get_string_len(value)) < 0
		       ? NULL
		       : text;
}

static char *format_row(struct json_object *row)
{
	return cell_text(json_get(row, "number"));
}

static const struct column columns[] = {
	{ "NAME", "name", NULL },
	{ "NUMBER", "number", NULL },
	{ "INNER", "inner.name", NULL },
	{ "LIST", "list", NULL },
	{ "LENGTH", "name", format_length },
	{ "ROW", "", format_row },
	{ NULL, NULL, NULL },
};

struct job {
	const char *json;
	bool object;
};

static int print(void *userdata)
{
	const struct job *job = userdata;
	struct json_object *json = json_tokener_parse(job->json);

	assert_non_null(json);
	if (job->object)
		table_print_object(stdout, json);
	else
		table_print(stdout, columns, json);
	json_object_put(json);
	return 0;
}

static void expect_text(const char *json, bool object, const char *text)
{
	static struct printed printed;
	struct job job = { json, object };

	catch_output(print, &job, &printed);
	assert_string_equal(printed.out, text);
}

static void test_empty(void **state)
{
	(void)state;
	expect_text("[]", false, "NAME  NUMBER  INNER  LIST  LENGTH  ROW\n");
}

static void test_aligned(void **state)
{
	(void)state;
	expect_text(
		"[{\"name\":\"a\",\"number\":1,\"inner\":{\"name\":\"b\"},\"list\":[1,\"x\"]},"
		"{\"name\":\"longer name\",\"number\":18446744073709551615,\"inner\":null,"
		"\"list\":[]}]",
		false,
		"NAME         NUMBER                INNER  LIST  LENGTH      ROW\n"
		"a            1                     b      1,x   1 letters   1\n"
		"longer name  18446744073709551615  -      -     11 letters  "
		"18446744073709551615\n");
}

/* What is not there, or is of another type than the path has it, is shown as null. */
static void test_missing(void **state)
{
	(void)state;
	expect_text("[{},{\"name\":null,\"inner\":7,\"list\":[true,false,null]}]", false,
		    "NAME  NUMBER  INNER  LIST      LENGTH  ROW\n"
		    "-     -       -      -         -       -\n"
		    "-     -       -      yes,no,-  -       -\n");
}

static void test_object(void **state)
{
	(void)state;
	expect_text(
		"{\"name\":\"n0\",\"none\":null,\"config\":{\"mtu\":1500,\"deep\":{\"x\":-1}},"
		"\"empty\":{},\"holders\":[{\"pid\":1,\"comm\":\"a b\"},{\"pid\":2,\"comm\":\"c\"}]}",
		true,
		"name           n0\n"
		"none           -\n"
		"config.mtu     1500\n"
		"config.deep.x  -1\n"
		"holders        1 a b,2 c\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
