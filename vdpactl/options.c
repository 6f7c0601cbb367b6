// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line: options anywhere, then a verb and its arguments. One pass over the options of
 * all verbs, because an option may stand before the verb that it belongs to.
 */
#include <getopt.h>
#include <string.h>

#include "command.h"

const struct option_text option_texts[OPTION_COUNT] = {
	[OPTION_JSON] = { "--json", 'j', NULL, "print JSON" },
	[OPTION_QUIET] = { NULL, 'q', NULL, "say nothing on success" },
	[OPTION_DIRECT] = { "--direct", 0, NULL,
			    "use the library even if the daemon runs" },
	[OPTION_TIMEOUT] = { "--timeout", 0, "SECONDS",
			     "how long to wait for the kernel (30)" },
	[OPTION_VERSION] = { "--version", 0, NULL, "print the version" },
	[OPTION_HELP] = { "--help", 0, NULL, "print this" },
	[OPTION_HOLDERS] = { "--holders", 0, NULL,
			     "say which processes hold each device" },
	[OPTION_MGMTDEV] = { "--mgmtdev", 0, "H", "handle of the management device" },
	[OPTION_MAC] = { "--mac", 0, "M", "MAC address, such as 02:00:00:00:00:01" },
	[OPTION_MTU] = { "--mtu", 0, "N", "68 to 65535 bytes" },
	[OPTION_MAX_VQP] = { "--max-vqp", 0, "N", "1 to 32768 pairs of queues" },
	[OPTION_FEATURES] = { "--features", 0, "F,F...",
			      "the features to offer, such as MTU,MAC,MQ" },
	[OPTION_DRIVER] = { "--driver", 0, "D",
			    "vhost_vdpa, virtio_vdpa, or none; left out: what the host does" },
	[OPTION_QUEUE] = { "--queue", 0, "N", "this queue alone" },
	[OPTION_FORCE] = { "--force", 0, NULL,
			   "wait for whoever uses the device to let it go" },
	[OPTION_DOT] = { "--dot", 0, NULL, "print a graph for Graphviz" },
	[OPTION_VLAN] = { "--vlan", 0, "N", "0 (none) to 4094" },
	[OPTION_QOS] = { "--qos", 0, "N", "priority in the VLAN tag, 0 to 7" },
	[OPTION_TRUST] = { "--trust", 0, "on|off",
			   "whether the VF may do what needs trust" },
	[OPTION_SPOOFCHK] = { "--spoofchk", 0, "on|off",
			      "whether what the VF sends is checked for its own address" },
	[OPTION_LINK_STATE] = { "--link-state", 0, "STATE", "auto, enable or disable" },
	[OPTION_MIN_TX_RATE] = { "--min-tx-rate", 0, "MBIT", "in Mbit/s, 0 for none" },
	[OPTION_MAX_TX_RATE] = { "--max-tx-rate", 0, "MBIT", "in Mbit/s, 0 for none" },
	[OPTION_SFNUM] = { "--sfnum", 0, "N", "number of the scalable function" },
	[OPTION_ESWITCH] = { "--eswitch", 0, "switchdev",
			     "change the mode of the PF's e-switch first, if it is another" },
	[OPTION_UUID] = { "--uuid", 0, "U", "under this UUID instead of a new one" },
	[OPTION_WAIT] = { "--wait", 0, "converged",
			  "wait until the daemon has made true what it can" },
	[OPTION_FORMAT] = { "--format", 0, "FORMAT",
			    "libvirt-xml, device-info, cdi, qemu; nova, for a PF" },
	[OPTION_PERSIST] = { "--persist", 0, NULL,
			     "keep it so in a document (needs the daemon)" },
	[OPTION_NAME] = { "--name", 0, "N", "keep the document under this name" },
	[OPTION_PRUNE] = { "--prune", 0, NULL,
			   "remove what the document named before and no longer does" },
	[OPTION_CHECK] = { "--check", 0, NULL, "change nothing, show the plan" },
	[OPTION_EXITCODE] = { "--detailed-exitcode", 0, NULL,
			      "exit with 2 when something was changed" },
	[OPTION_ROLLBACK] = { "--rollback-on-failure", 0, NULL,
			      "put devices back as they were when a step fails" },
	[OPTION_COLLATERAL] = { "--allow-collateral", 0, NULL,
				"even if others lose VFs or devices by it" },
};

#define DEFAULT_TIMEOUT_SEC 30
#define MAX_TIMEOUT_SEC 86400
#define LONG_OPTION 256 /* what getopt_long() returns: this + option_id */

/* `which`, as typed, stands after `what`. */
static struct cli_error *usage_error(const struct command *cmd, const char *what,
				     const char *which)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(which));

	return cli_error_new(
		VDPAM_ERROR_USAGE, 0, NULL, "%s%s%s '%s'; see 'vdpactl %s%s--help'",
		cmd->verb ? cmd->verb->name : "", cmd->verb ? ": " : "", what, shown,
		cmd->verb ? cmd->verb->name : "", cmd->verb ? " " : "");
}

/* How many letters are to be added, dropped or exchanged to make `b` of `a`. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[len];
}

/* "sf" and "add" as "sf add"; to be freed. */
static char *join_words(const char *noun, const char *word)
{
	char *joined = NULL;

	if (asprintf(&joined, "%s%s%s", noun ? noun : "", noun ? " " : "", word) < 0)
		out_of_memory();
	return joined;
}

static struct cli_error *unknown_verb(const struct command *cmd, const char *word)
{
	AUTO_FREE char *typed = join_words(cmd->noun, word);
	AUTO_FREE char *shown = must(vdpam_name_escape(typed));
	const char *nearest = NULL;
	size_t best = 3;

	for (size_t i = 0; cmd->verbs[i]; i++) {
		size_t d = distance(typed, cmd->verbs[i]->name);

		if (d < best) {
			best = d;
			nearest = cmd->verbs[i]->name;
		}
	}
	if (nearest)
		return cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
				     "there is no verb '%s'; did you mean '%s'?", shown,
				     nearest);
	return cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
			     "there is no verb '%s'; see 'vdpactl --help'", shown);
}

static const struct verb *find_verb(const struct verb *const *verbs, const char *name)
{
	for (size_t i = 0; verbs[i]; i++) {
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	}
	return NULL;
}

bool verb_is_of(const struct verb *verb, const char *noun)
{
	size_t length = strlen(noun);

	return !strncmp(verb->name, noun, length) && verb->name[length] == ' ';
}

static bool is_noun(const struct verb *const *verbs, const char *word)
{
	for (size_t i = 0; verbs[i]; i++) {
		if (verb_is_of(verbs[i], word))
			return true;
	}
	return false;
}

/* Of a noun alone: what could have followed it. */
static struct cli_error *missing_verb(const struct command *cmd)
{
	char words[128] = "";

	for (size_t i = 0; cmd->verbs[i]; i++) {
		size_t used = strlen(words);

		if (verb_is_of(cmd->verbs[i], cmd->noun))
			snprintf(words + used, sizeof(words) - used, "%s%s",
				 used ? ", " : "",
				 cmd->verbs[i]->name + strlen(cmd->noun) + 1);
	}
	return cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
			     "%s: what to do is missing, one of: %s", cmd->noun, words);
}

static struct cli_error *take_word(struct command *cmd, const char *word)
{
	if (!cmd->verb && !cmd->argument_count) {
		AUTO_FREE char *typed = join_words(cmd->noun, word);

		cmd->verb = find_verb(cmd->verbs, typed);
		if (cmd->verb)
			return NULL;
		if (!cmd->noun && is_noun(cmd->verbs, word)) {
			cmd->noun = word;
			return NULL;
		}
	}
	cmd->arguments[cmd->argument_count++] = word;
	return cmd->verb ? NULL : unknown_verb(cmd, word);
}

static void take_option(struct command *cmd, enum option_id id)
{
	cmd->options[id] = optarg ? optarg : "";
	if (id == OPTION_JSON)
		cmd->json = true;
	if (id == OPTION_QUIET)
		cmd->quiet = true;
}

/* What getopt_long() made of the next word. */
static struct cli_error *take_result(struct command *cmd, int result, char **argv)
{
	char letter[3] = { '-', (char)optopt, '\0' };

	switch (result) {
	case 1:
		return take_word(cmd, optarg);
	case ':':
		return usage_error(cmd, "a value is missing after", argv[optind - 1]);
	case '?':
		if (optopt >= LONG_OPTION)
			return usage_error(cmd, "no value is wanted in",
					   argv[optind - 1]);
		return usage_error(cmd, "unknown option",
				   optopt ? letter : argv[optind - 1]);
	default:
		for (int id = 0; id < OPTION_COUNT; id++) {
			if (result == LONG_OPTION + id ||
			    result == option_texts[id].letter)
				take_option(cmd, (enum option_id)id);
		}
		return NULL;
	}
}

/* Goes through all of the line, so that --json counts wherever it stands; keeps the first error. */
static struct cli_error *take_all(struct command *cmd, int argc, char **argv)
{
	struct option longs[OPTION_COUNT + 1] = {};
	struct cli_error *first = NULL;
	size_t count = 0;
	int result;

	for (int id = 0; id < OPTION_COUNT; id++) {
		if (option_texts[id].word)
			longs[count++] = (struct option){
				.name = option_texts[id].word + 2,
				.has_arg = option_texts[id].value ? required_argument
								  : no_argument,
				.val = LONG_OPTION + id,
			};
	}
	optind = 0;
	opterr = 0;
	while ((result = getopt_long(argc, argv, "-:jq", longs, NULL)) != -1) {
		struct cli_error *error = take_result(cmd, result, argv);

		if (!first)
			first = error;
		else
			cli_error_free(error);
	}
	for (; optind < argc && !first; optind++)
		first = take_word(cmd, argv[optind]);
	return first;
}

static struct cli_error *check_verb(const struct command *cmd)
{
	const struct verb *verb = cmd->verb;
	uint64_t foreign = ~(verb->options | GLOBAL_OPTIONS);

	for (int id = 0; id < OPTION_COUNT; id++) {
		if (cmd->options[id] && (foreign & OPTION_BIT(id)))
			return usage_error(cmd, "it has no option",
					   option_texts[id].word);
	}
	if (cmd->argument_count > verb->max_arguments)
		return usage_error(cmd, "one argument too many:",
				   cmd->arguments[verb->max_arguments]);
	if (cmd->argument_count < verb->min_arguments)
		return usage_error(cmd, "too few arguments, it wants", verb->usage);
	return NULL;
}

struct cli_error *command_parse(struct command *cmd, const struct verb *const *verbs,
				int argc, char **argv)
{
	struct cli_error *error;
	uint64_t seconds = DEFAULT_TIMEOUT_SEC;

	*cmd = (struct command){ .verbs = verbs };
	cmd->arguments = must(calloc((size_t)argc + 1, sizeof(*cmd->arguments)));
	error = take_all(cmd, argc, argv);
	if (error || cmd->options[OPTION_HELP])
		return error;
	if (!cmd->verb && cmd->noun)
		return missing_verb(cmd);
	if (!cmd->verb)
		cmd->verb = find_verb(verbs, "status");
	error = check_verb(cmd);
	if (!error && cmd->options[OPTION_TIMEOUT])
		error = value_number("--timeout", cmd->options[OPTION_TIMEOUT], 1,
				     MAX_TIMEOUT_SEC, &seconds);
	cmd->timeout_usec = seconds * USEC_PER_SEC;
	return error;
}

void command_clear(struct command *cmd)
{
	for (size_t i = 0; cmd->files && i < cmd->argument_count; i++)
		free((void *)cmd->files[i].text);
	free(cmd->files);
	free(cmd->arguments);
	cmd->files = NULL;
	cmd->arguments = NULL;
}
