// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl vf set: what a PF enforces on one of its VFs. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

static struct cli_error *parse_switch(const char *word, const char *text,
				      uint64_t *ret_number)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(text));

	if (strcmp(text, "on") && strcmp(text, "off"))
		return cli_error_new(VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
				     "%s '%s' is neither on nor off", word, shown);
	*ret_number = !strcmp(text, "on");
	return NULL;
}

static struct cli_error *parse_link_state(const char *text, uint64_t *ret_number)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(text));

	if (vdpam_vf_link_state_parse(text, ret_number) < 0)
		return cli_error_new(VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
				     "--link-state '%s' is none of auto, enable, disable",
				     shown);
	return NULL;
}

static const struct {
	enum vdpam_vf_attr attr;
	enum option_id option;
	uint64_t max; /* of a number */
} settings[] = {
	{ VDPAM_VF_MAC, OPTION_MAC, 0 },
	{ VDPAM_VF_VLAN, OPTION_VLAN, 4094 },
	{ VDPAM_VF_QOS, OPTION_QOS, 7 },
	{ VDPAM_VF_TRUST, OPTION_TRUST, 0 },
	{ VDPAM_VF_SPOOFCHK, OPTION_SPOOFCHK, 0 },
	{ VDPAM_VF_LINK_STATE, OPTION_LINK_STATE, 0 },
	{ VDPAM_VF_MIN_TX_RATE, OPTION_MIN_TX_RATE, UINT32_MAX },
	{ VDPAM_VF_MAX_TX_RATE, OPTION_MAX_TX_RATE, UINT32_MAX },
};
#define SETTING_COUNT (sizeof(settings) / sizeof(*settings))

static struct cli_error *parse_setting(const struct command *cmd, size_t i,
				       struct vdpam_vf_wish *wish)
{
	const char *text = cmd->options[settings[i].option];
	const char *word = option_texts[settings[i].option].word;
	uint64_t *number = &wish->number[settings[i].attr];

	if (!text)
		return NULL;
	wish->present |= 1U << settings[i].attr;
	switch (settings[i].attr) {
	case VDPAM_VF_MAC:
		return value_mac(text, number);
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		return parse_switch(word, text, number);
	case VDPAM_VF_LINK_STATE:
		return parse_link_state(text, number);
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		break;
	}
	return value_number(word, text, 0, settings[i].max, number);
}

static void say_set(const char *name, struct json_object *steps,
		    struct json_object *device)
{
	struct json_object *index = step_argument(steps, 0, VDPAM_ARG_VF_INDEX);

	(void)device;
	if (index)
		printf("changed VF %s of %s\n", json_object_get_string(index), name);
	else
		printf("that VF of %s is so already\n", name);
}

static void append_setting(const struct command *cmd, const struct vdpam_vf_wish *wish,
			   size_t i, sd_bus_message *call)
{
	enum vdpam_vf_attr attr = settings[i].attr;
	const char *key = vdpam_vf_attr_name(attr),
		   *text = cmd->options[settings[i].option];

	switch (attr) {
	case VDPAM_VF_MAC:
	case VDPAM_VF_LINK_STATE:
		daemon_append_option(call, key, "s", text);
		break;
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		daemon_append_option(call, key, "b", (int)wish->number[attr]);
		break;
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		daemon_append_option(call, key, "u", (uint32_t)wish->number[attr]);
		break;
	}
}

static int ask_daemon(const struct command *cmd, const char *pf, uint32_t index,
		      const struct vdpam_vf_wish *wish)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(pf));
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "SetVf");

	daemon_append(call, "su", shown, index);
	daemon_open_options(call);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (cmd->options[settings[i].option])
			append_setting(cmd, wish, i, call);
	}
	daemon_close_options(call);
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, pf, call, say_set);
}

static int set_vf(struct command *cmd, const char *pf, uint32_t index,
		  const struct vdpam_vf_wish *wish)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, pf, index, wish);
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	r = vdpam_plan_new_vf_set(view.snapshot, pf, index, wish, &plan, &error);
	jobs_add(jobs, pf, VDPAM_VF_SET, r, plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_set);
}

static int run_vf_set(struct command *cmd)
{
	AUTO_FREE char *pf = NULL;
	struct vdpam_vf_wish wish = {};
	uint64_t index = 0;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &pf);

	if (!error)
		error = value_number("vf set: INDEX", cmd->arguments[1], 0,
				     UINT16_MAX - 1, &index);
	for (size_t i = 0; !error && i < SETTING_COUNT; i++)
		error = parse_setting(cmd, i, &wish);
	if (!error && !wish.present)
		error = cli_error_new(
			VDPAM_ERROR_USAGE, 0, NULL,
			"vf set: what is to change is missing; see 'vdpactl vf set --help'");
	return error ? fail(cmd, error) : set_vf(cmd, pf, (uint32_t)index, &wish);
}

const struct verb vf_set_verb = {
	.name = "vf set",
	.usage = "PF INDEX [--mac M] [--vlan N] [--qos N] [--trust on|off] "
		 "[--spoofchk on|off] [--link-state STATE] [--min-tx-rate MBIT] "
		 "[--max-tx-rate MBIT]",
	.summary = "Change what a PF enforces on one of its VFs",
	.options = OPTION_BIT(OPTION_MAC) | OPTION_BIT(OPTION_VLAN) |
		   OPTION_BIT(OPTION_QOS) | OPTION_BIT(OPTION_TRUST) |
		   OPTION_BIT(OPTION_SPOOFCHK) | OPTION_BIT(OPTION_LINK_STATE) |
		   OPTION_BIT(OPTION_MIN_TX_RATE) | OPTION_BIT(OPTION_MAX_TX_RATE),
	.min_arguments = 2,
	.max_arguments = 2,
	.daemon = DAEMON_IF_THERE,
	.run = run_vf_set,
};
