// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl status: how many of what there is, and what one look tells to be wrong. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "bus.h"

#define EXIT_PARTLY 3

static char *format_age(struct json_object *usec)
{
	char *text;

	return asprintf(&text, "%llu s",
			(unsigned long long)(json_object_get_uint64(usec) /
					     USEC_PER_SEC)) < 0
		       ? NULL
		       : text;
}

static const struct column state_columns[] = {
	{ "STATE", "state", NULL },
	{ "DEVICES", "devices", NULL },
	{ NULL, NULL, NULL },
};

static const struct column driver_columns[] = {
	{ "DRIVER", "driver", NULL },
	{ "DEVICES", "devices", NULL },
	{ NULL, NULL, NULL },
};

static const struct column problem_columns[] = {
	{ "DEVICE", "target", NULL },
	{ "PROBLEM", "message", NULL },
	{ NULL, NULL, NULL },
};

/* One row for each different value that `rows` have under `key`, with how many there are. */
static struct json_object *count_by(struct json_object *rows, const char *key)
{
	struct json_object *counts = must(json_object_new_array());

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *value =
			json_get(json_object_array_get_idx(rows, i), key);
		struct json_object *row = NULL;

		for (size_t j = 0; j < json_object_array_length(counts) && !row; j++) {
			row = json_object_array_get_idx(counts, j);
			if (!json_object_equal(json_get(row, key), value))
				row = NULL;
		}
		if (!row) {
			row = must(json_object_new_object());
			json_set(row, key, json_object_get(value));
			json_set(row, "devices", must(json_object_new_int(0)));
			json_append(counts, row);
		}
		json_object_int_inc(json_get(row, "devices"), 1);
	}
	return counts;
}

static struct json_object *problem_new(const char *name, const char *message)
{
	struct json_object *problem = must(json_object_new_object());

	json_set(problem, "code", json_text(vdpam_error_code_name(VDPAM_ERROR_KERNEL)));
	json_set(problem, "target", json_escaped(name));
	json_set(problem, "message", json_text(message));
	return problem;
}

static struct json_object *find_problems(const struct vdpam_snapshot *snapshot)
{
	struct json_object *problems = must(json_object_new_array());
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(snapshot, device))) {
		const char *fault = view_fault(device);

		if (fault)
			json_append(problems,
				    problem_new(vdpam_device_get_name(device), fault));
	}
	return problems;
}

static int count_mgmtdevs(const struct vdpam_snapshot *snapshot)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	int count = 0;

	while ((mgmtdev = vdpam_mgmtdev_next(snapshot, mgmtdev)))
		count++;
	return count;
}

static struct json_object *status_new(const struct view *view)
{
	struct json_object *status = must(json_object_new_object());
	struct json_object *rows = view_device_rows(view, false);
	int autoprobe = vdpam_snapshot_get_autoprobe(view->snapshot);

	json_set(status, "version", must(json_object_new_int(1)));
	json_set(status, "mgmtdevs",
		 must(json_object_new_int(count_mgmtdevs(view->snapshot))));
	json_set(status, "devices",
		 must(json_object_new_uint64(json_object_array_length(rows))));
	json_set(status, "drivers_autoprobe",
		 autoprobe < 0 ? NULL : must(json_object_new_boolean(autoprobe)));
	json_set(status, "states", count_by(rows, "state"));
	json_set(status, "drivers", count_by(rows, "driver"));
	json_set(status, "problems", find_problems(view->snapshot));
	json_object_put(rows);
	return status;
}

static const struct column lane_columns[] = {
	{ "STUCK-LANE", "lane", NULL }, { "OPERATION", "operation", NULL },
	{ "TARGET", "target", NULL },   { "AGE", "age_usec", format_age },
	{ "PID", "pid", NULL },         { "WCHAN", "wchan", NULL },
	{ NULL, NULL, NULL },
};

static void print_table(const struct column *columns, struct json_object *rows)
{
	if (!rows || !json_object_array_length(rows))
		return;
	putchar('\n');
	table_print(stdout, columns, rows);
}

static void print(struct json_object *status)
{
	AUTO_FREE char *mgmtdevs = cell_text(json_get(status, "mgmtdevs"));
	AUTO_FREE char *devices = cell_text(json_get(status, "devices"));
	AUTO_FREE char *autoprobe = cell_text(json_get(status, "drivers_autoprobe"));

	printf("management devices: %s, devices: %s, drivers_autoprobe: %s\n", mgmtdevs,
	       devices, autoprobe);
	print_table(state_columns, json_get(status, "states"));
	print_table(driver_columns, json_get(status, "drivers"));
	print_table(lane_columns, json_get(status, "lanes"));
	print_table(problem_columns, json_get(status, "problems"));
}

/* ---- By the daemon ---- */

static uint64_t devices_in(struct json_object *status, const char *state)
{
	struct json_object *row = daemon_find(json_get(status, "states"), "state", state);

	return row ? json_object_get_uint64(json_get(row, "devices")) : 0;
}

static uint64_t devices_in_any(struct json_object *status, const char *const *states)
{
	uint64_t count = 0;

	for (; *states; states++)
		count += devices_in(status, *states);
	return count;
}

/* Before the first look nothing is known of devices, neither good nor bad. */
static bool is_settled(struct json_object *status)
{
	static const char *const moving[] = { "unknown", "absent",    "creating",
					      "differs", "unbinding", "deleting",
					      NULL };
	struct json_object *state = json_get(status, "state");

	return state && strcmp(json_object_get_string(state), "unknown") &&
	       !devices_in_any(status, moving);
}

static int settled_status(struct json_object *status)
{
	static const char *const wrong[] = { "waiting", "failed", NULL };

	return devices_in_any(status, wrong) ? EXIT_PARTLY : 0;
}

/* Plainly: what somebody has to look after. */
static int plain_status(struct json_object *status)
{
	struct json_object *documents = json_get(status, "documents");
	struct json_object *lanes = json_get(status, "lanes");
	bool wrong = devices_in(status, "failed") ||
		     (lanes && json_object_array_length(lanes));

	if (documents)
		wrong |= json_object_get_int64(json_get(documents, "faulty")) > 0 ||
			 json_object_get_int64(json_get(documents, "lost")) > 0;
	return wrong ? EXIT_PARTLY : 0;
}

/* Once, or with --wait until it has settled or the time is over. */
static struct cli_error *ask_daemon(const struct command *cmd,
				    struct json_object **ret_status)
{
	static const struct timespec pause = { .tv_nsec = 100000000 };
	struct json_object *status = NULL;
	struct cli_error *error = daemon_snapshot(cmd, "status", &status);

	while (!error && cmd->options[OPTION_WAIT] && !is_settled(status) &&
	       left_usec(cmd->deadline_usec) && !guard_is_interrupted()) {
		nanosleep(&pause, NULL);
		json_object_put(status);
		status = NULL;
		error = daemon_snapshot(cmd, "status", &status);
	}
	if (!error)
		*ret_status = status;
	return error;
}

static int show_daemon(const struct command *cmd)
{
	struct json_object *status = NULL;
	struct cli_error *error = ask_daemon(cmd, &status);
	bool settled;
	int result;

	if (error)
		return fail(cmd, error);
	settled = is_settled(status);
	result =
		cmd->options[OPTION_WAIT] ? settled_status(status) : plain_status(status);
	if (cmd->json)
		json_print(json_object_get(status));
	else if (!cmd->quiet)
		print(status);
	json_object_put(status);
	if (cmd->options[OPTION_WAIT] && !settled)
		return fail(cmd,
			    cli_error_new(VDPAM_ERROR_TIMEOUT, ETIMEDOUT, NULL,
					  "status: not converged in time; 'vdpactl list' "
					  "shows which devices are not"));
	return result;
}

/* What --wait can wait for. */
static struct cli_error *check_wait(const struct command *cmd)
{
	const char *word = cmd->options[OPTION_WAIT];
	AUTO_FREE char *shown = word ? must(vdpam_name_escape(word)) : NULL;

	if (word && strcmp(word, "converged"))
		return cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
				     "status --wait '%s': what can be waited for is "
				     "converged",
				     shown);
	if (word && !cmd->daemon)
		return cli_error_new(
			VDPAM_ERROR_DAEMON_UNREACHABLE, 0, NULL,
			"status --wait: it is the daemon vdpad that converges, "
			"and it cannot be reached");
	return NULL;
}

static int run_status(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	struct json_object *status;
	struct cli_error *error = check_wait(cmd);
	int r;

	if (error)
		return fail(cmd, error);
	if (cmd->daemon)
		return show_daemon(cmd);
	r = view_open(cmd, VDPAM_LOOK_WHOLE, &view);
	if (r)
		return r;
	status = status_new(&view);
	if (cmd->json) {
		json_print(status);
		return 0;
	}
	print(status);
	json_object_put(status);
	return 0;
}

const struct verb status_verb = {
	.name = "status",
	.usage = "[--wait converged]",
	.summary = "Show what there is and what is wrong (the verb when none is given)",
	.options = OPTION_BIT(OPTION_WAIT),
	.daemon = DAEMON_IF_THERE,
	.run = run_status,
};
