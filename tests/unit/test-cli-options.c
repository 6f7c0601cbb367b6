// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of vdpactl: what is taken, and which error each mistake is. */
#include "cli.h"

#include <json-c/json.h>

static void expect_option(const struct command *cmd, enum option_id id, const char *value)
{
	if (!value) {
		assert_null(cmd->options[id]);
		return;
	}
	assert_non_null(cmd->options[id]);
	assert_string_equal(cmd->options[id], value);
}

/* Parses a line that is right. */
static void take(struct command *cmd, const char *line, const char *verb,
		 size_t arguments)
{
	struct cli_error *error = parse_line(cmd, line);

	if (error)
		fail_msg("'%s': %s", line,
			 json_object_get_string(cli_error_get_json(error)));
	assert_string_equal(cmd->verb->name, verb);
	assert_int_equal(cmd->argument_count, arguments);
}

/* Parses a line that is wrong; the message has these words in it. */
static void refuse(const char *line, enum vdpam_error_code code, const char *words)
{
	struct command cmd;
	struct cli_error *error = parse_line(&cmd, line);

	if (!error)
		fail_msg("'%s' is taken", line);
	assert_int_equal(cli_error_get_code(error), code);
	expect_words(
		json_object_get_string(json_get(cli_error_get_json(error), "message")),
		words);
	cli_error_free(error);
	command_clear(&cmd);
}

static void test_no_verb(void **state)
{
	struct command cmd;

	(void)state;
	take(&cmd, "", "status", 0);
	assert_false(cmd.json);
	assert_int_equal(cmd.timeout_usec, 30 * USEC_PER_SEC);
	command_clear(&cmd);
	take(&cmd, "--json", "status", 0);
	assert_true(cmd.json);
	command_clear(&cmd);
}

static void test_options_anywhere(void **state)
{
	static const char *const lines[] = {
		"create n0 --mgmtdev h --mtu 1500 -j",
		"-j create --mtu 1500 --mgmtdev h n0",
		"--mtu=1500 --mgmtdev=h create n0 --json",
		"--mtu 1500 -j --mgmtdev h -- create n0",
	};
	struct command cmd;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		take(&cmd, lines[i], "create", 1);
		assert_string_equal(cmd.arguments[0], "n0");
		expect_option(&cmd, OPTION_MGMTDEV, "h");
		expect_option(&cmd, OPTION_MTU, "1500");
		expect_option(&cmd, OPTION_MAC, NULL);
		assert_true(cmd.json);
		assert_false(cmd.quiet);
		command_clear(&cmd);
	}
}

/* Also where the user's environment has POSIXLY_CORRECT, which makes getopt stop at the verb. */
static void test_posixly_correct(void **state)
{
	setenv("POSIXLY_CORRECT", "1", 1);
	test_options_anywhere(state);
	unsetenv("POSIXLY_CORRECT");
}

static void test_flags(void **state)
{
	struct command cmd;

	(void)state;
	take(&cmd, "-qj --direct destroy a b c --force --timeout 5", "destroy", 3);
	assert_true(cmd.json);
	assert_true(cmd.quiet);
	expect_option(&cmd, OPTION_DIRECT, "");
	expect_option(&cmd, OPTION_FORCE, "");
	expect_option(&cmd, OPTION_PERSIST, NULL);
	assert_int_equal(cmd.timeout_usec, 5 * USEC_PER_SEC);
	assert_string_equal(cmd.arguments[2], "c");
	command_clear(&cmd);
}

static void test_names_that_look_like_options(void **state)
{
	struct command cmd;

	(void)state;
	refuse("destroy -rf", VDPAM_ERROR_USAGE, "unknown option '-r'");
	refuse("create -rf --mgmtdev h", VDPAM_ERROR_USAGE, "unknown option '-r'");
	take(&cmd, "destroy -- -rf --force", "destroy", 2);
	assert_string_equal(cmd.arguments[0], "-rf");
	expect_option(&cmd, OPTION_FORCE, NULL);
	command_clear(&cmd);
}

static void test_help(void **state)
{
	struct command cmd;

	(void)state;
	/* Of a verb, whatever else is missing. */
	take(&cmd, "create --help", "create", 0);
	expect_option(&cmd, OPTION_HELP, "");
	command_clear(&cmd);
	assert_null(parse_line(&cmd, "--help"));
	assert_null(cmd.verb);
	assert_null(cmd.noun);
	command_clear(&cmd);
	/* Of the verbs that begin with this word. */
	assert_null(parse_line(&cmd, "vf --help"));
	assert_null(cmd.verb);
	assert_string_equal(cmd.noun, "vf");
	command_clear(&cmd);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *line, *words;
	} lines[] = {
		{ "frobnicate", "no verb 'frobnicate'" },
		{ "frobnicate list", "no verb 'frobnicate'" },
		{ "lst", "did you mean 'list'?" },
		{ "desrtoy n0", "did you mean 'destroy'?" },
		{ "statsu", "did you mean 'stat" },
		{ "li\nst", "did you mean 'list'?" },
		{ "x\ny", "no verb 'x\\x0ay'" },
		{ "bind n0", "too few arguments, it wants 'NAME DRIVER" },
		{ "bind n0 vhost_vdpa x", "one argument too many: 'x'" },
		{ "status x", "one argument too many: 'x'" },
		{ "show", "too few arguments" },
		{ "list --force", "no option '--force'" },
		{ "list --frob", "unknown option '--frob'" },
		{ "list -x", "unknown option '-x'" },
		{ "list -jx", "unknown option '-x'" },
		{ "list --json=yes", "no value is wanted in '--json=yes'" },
		{ "create n0 --mgmtdev", "a value is missing after '--mgmtdev'" },
		{ "--timeout", "a value is missing after '--timeout'" },
	};
	static const char *const timeouts[] = {
		"0",  "-1",  "1.5",   "5s", "0x10",
		"+5", "\t5", "86401", "",   "99999999999999999999",
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		refuse(lines[i].line, VDPAM_ERROR_USAGE, lines[i].words);
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(*timeouts); i++) {
		snprintf(line, sizeof(line), "--timeout %s list", timeouts[i]);
		refuse(line, VDPAM_ERROR_INVALID_VALUE, "--timeout");
	}
}

/* The first mistake is told, in JSON even if --json comes after it. */
static void test_json_after_mistake(void **state)
{
	struct command cmd;
	struct cli_error *error = parse_line(&cmd, "list --frob --nope --json");

	(void)state;
	assert_non_null(error);
	assert_true(cmd.json);
	expect_words(json_object_get_string(cli_error_get_json(error)), "--frob");
	cli_error_free(error);
	command_clear(&cmd);
}

static void expect_taken(struct cli_error *error, bool right, const char *text)
{
	if (!error != right)
		fail_msg("'%s' is %s", text, right ? "refused" : "taken");
	if (error)
		assert_int_equal(cli_error_get_code(error), VDPAM_ERROR_INVALID_VALUE);
	cli_error_free(error);
}

static void test_macs(void **state)
{
	static const char *const wrong[] = {
		"",
		"02:00:00:00:00",
		"02:00:00:00:00:01:02",
		"02-00-00-00-00-01",
		"2:0:0:0:0:1",
		"ff:ff:ff:ff:ff:ff",
		"00:00:00:00:00:00",
		"01:00:5e:00:00:01",
		"02:00:00:00:00:0g",
	};
	uint64_t mac;

	(void)state;
	expect_taken(value_mac("02:00:00:00:00:aF", &mac), true, "aF");
	assert_int_equal(mac, 0x0200000000af);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_taken(value_mac(wrong[i], &mac), false, wrong[i]);
}

#define NET (1 << 1)
#define BLOCK (1 << 2)

static void test_features(void **state)
{
	uint64_t features;

	(void)state;
	expect_taken(value_features("MTU,MAC,bit-40", NET, &features), true, "net");
	assert_int_equal(features, 1 << 3 | 1 << 5 | 1ULL << 40);
	/* MQ is another bit of another class. */
	expect_taken(value_features("MQ", NET, &features), true, "MQ");
	assert_int_equal(features, 1 << 22);
	expect_taken(value_features("MQ", BLOCK, &features), true, "MQ");
	assert_int_equal(features, 1 << 12);
	/* All of them of one class. */
	expect_taken(value_features("SEG_MAX,FLUSH", NET | BLOCK, &features), true,
		     "both");
	expect_taken(value_features("SEG_MAX,MAC", NET | BLOCK, &features), false,
		     "mixed");
	expect_taken(value_features("", NET, &features), true, "none");
	assert_int_equal(features, 0);
	expect_taken(value_features("MTU,", NET, &features), false, "MTU,");
	expect_taken(value_features("mtu", NET, &features), false, "mtu");
	expect_taken(value_features("bit-64", NET, &features), false, "bit-64");
	expect_taken(value_features("MTU", 0, &features), false, "no class");
}

/* The name that is told is the one that no class has. */
static void test_unknown_feature(void **state)
{
	uint64_t features;
	struct cli_error *error = value_features("MTU,FOO,MAC", UINT64_MAX, &features);

	(void)state;
	assert_non_null(error);
	expect_words(json_object_get_string(cli_error_get_json(error)), "'FOO'");
	cli_error_free(error);
}

static void test_names(void **state)
{
	static const char *const wrong[] = {
		"", "\\", "\\x", "\\x0", "\\x00", "\\n", "a\\xg0",
	};
	struct command cmd = { .verb = &show_verb };
	char *name;

	(void)state;
	assert_null(value_name(&cmd, "a b\\x0a\\x5c", &name));
	assert_string_equal(name, "a b\n\\");
	free(name);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct cli_error *error = value_name(&cmd, wrong[i], &name);

		if (!error)
			fail_msg("'%s' is taken", wrong[i]);
		assert_int_equal(cli_error_get_code(error), VDPAM_ERROR_INVALID_NAME);
		cli_error_free(error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_verb),
		cmocka_unit_test(test_options_anywhere),
		cmocka_unit_test(test_posixly_correct),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_names_that_look_like_options),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_json_after_mistake),
		cmocka_unit_test(test_macs),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_unknown_feature),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
