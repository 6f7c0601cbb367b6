// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl stats: the vendor's counters of one queue, or of all that the device answers for. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

/* Each counter as a row of its own. */
static const struct column columns[] = {
	{ "QUEUE", "queue", NULL },
	{ "COUNTER", "counter", NULL },
	{ "VALUE", "value", NULL },
	{ NULL, NULL, NULL },
};

static struct json_object *counter_rows(struct json_object *stats)
{
	struct json_object *rows = must(json_object_new_array());

	for (size_t i = 0; i < json_object_array_length(stats); i++) {
		struct json_object *queue = json_object_array_get_idx(stats, i);

		json_object_object_foreach(json_get(queue, "counters"), counter, value)
		{
			struct json_object *row = must(json_object_new_object());

			json_set(row, "queue", json_object_get(json_get(queue, "queue")));
			json_set(row, "counter", json_text(counter));
			json_set(row, "value", json_object_get(value));
			json_append(rows, row);
		}
	}
	return rows;
}

static int add_queue(struct vdpam_ctx *ctx, const char *name, uint32_t queue,
		     struct json_object *rows, struct vdpam_error **ret_error)
{
	struct vdpam_stats *stats = NULL;
	int r;

	guard_say("asking for the statistics of queue %u", queue);
	r = vdpam_stats_new(ctx, name, queue, &stats, ret_error);
	if (r < 0)
		return r;
	json_append(rows, must(vdpam_stats_to_json(stats)));
	vdpam_stats_free(stats);
	return 0;
}

/* NULL when there is a queue that the device answered for, else why the first did not. */
static struct cli_error *add_all_queues(const struct view *view, const char *name,
					uint64_t count, struct json_object *rows)
{
	struct cli_error *first = NULL;

	for (uint32_t queue = 0; queue < count; queue++) {
		struct vdpam_error *error = NULL;
		int r = add_queue(view->ctx, name, queue, rows, &error);

		if (r == 0)
			continue;
		if (first)
			vdpam_error_free(error);
		else
			first = cli_error_from(error);
		/* The driver says EINVAL of one queue; anything else holds for all of them. */
		if (r != -EINVAL)
			break;
	}
	if (json_object_array_length(rows))
		first = cli_error_free(first);
	return first;
}

static struct cli_error *collect(const struct command *cmd, const struct view *view,
				 const char *name, const uint64_t *queue,
				 struct json_object *rows)
{
	const struct vdpam_device *device;
	struct vdpam_error *libs = NULL;
	uint64_t count;
	struct cli_error *error = view_find_device(cmd, view, name, &device);

	if (error)
		return error;
	if (queue)
		return add_queue(view->ctx, name, (uint32_t)*queue, rows, &libs) < 0
			       ? cli_error_from(libs)
			       : NULL;
	/* Where the kernel did not say how many queues there are, the first will do for an answer. */
	if (vdpam_device_get_number(device, VDPAM_ATTR_MAX_VQS, &count) < 0 || !count)
		count = 1;
	return add_all_queues(view, name, count, rows);
}

/* ---- By the daemon ---- */

static struct cli_error *ask_queue(const struct command *cmd, const char *name,
				   uint32_t queue, struct json_object *rows)
{
	sd_bus_message *call = daemon_device_call(cmd, name, "Statistics");
	sd_bus_message *reply = NULL;
	struct json_object *row;
	struct cli_error *error;
	const char *json;

	daemon_append(call, "u", queue);
	daemon_append_timeout(cmd, call);
	error = daemon_ask(cmd, call, &reply);
	if (error)
		return error;
	row = sd_bus_message_read(reply, "s", &json) > 0 ? json_tokener_parse(json)
							 : NULL;
	sd_bus_message_unref(reply);
	json_append(rows, must(row));
	return NULL;
}

/* How many queues the daemon knows it to have; 1 where it does not. */
static uint64_t count_queues(const struct command *cmd, const char *name)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(name));
	struct json_object *listing = NULL, *row, *number;
	uint64_t count;

	cli_error_free(daemon_snapshot(cmd, "devices", &listing));
	row = listing ? daemon_find(json_get(listing, "devices"), "name", shown) : NULL;
	number = row ? json_get(row, "max_vqs") : NULL;
	count = number ? json_object_get_uint64(number) : 1;
	json_object_put(listing);
	return count;
}

static struct cli_error *ask_all_queues(const struct command *cmd, const char *name,
					struct json_object *rows)
{
	struct cli_error *first = NULL;
	uint64_t count = count_queues(cmd, name);

	for (uint32_t queue = 0; queue < count; queue++) {
		struct cli_error *error = ask_queue(cmd, name, queue, rows);
		struct json_object *errnum =
			error ? json_get(cli_error_get_json(error), "errno") : NULL;
		bool of_one = errnum && !strcmp(json_object_get_string(errnum), "EINVAL");

		if (first)
			cli_error_free(error);
		else
			first = error;
		if (error && !of_one)
			break;
	}
	if (json_object_array_length(rows))
		first = cli_error_free(first);
	return first;
}

static void print(const struct command *cmd, struct json_object *stats)
{
	struct json_object *rows;

	if (cmd->json) {
		json_print(json_listing("stats", json_object_get(stats)));
		return;
	}
	rows = counter_rows(stats);
	table_print(stdout, columns, rows);
	json_object_put(rows);
}

static int run_stats(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *name = NULL;
	const char *text = cmd->options[OPTION_QUEUE];
	uint64_t queue = 0;
	struct json_object *stats;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &name);
	int status;

	if (!error && text)
		error = value_number("--queue", text, 0, UINT16_MAX, &queue);
	if (error)
		return fail(cmd, error);
	if (!cmd->daemon) {
		status = view_open(cmd, VDPAM_LOOK_BRIEF, &view);
		if (status)
			return status;
	}
	stats = must(json_object_new_array());
	if (!cmd->daemon)
		error = collect(cmd, &view, name, text ? &queue : NULL, stats);
	else if (text)
		error = ask_queue(cmd, name, (uint32_t)queue, stats);
	else
		error = ask_all_queues(cmd, name, stats);
	if (!error)
		print(cmd, stats);
	json_object_put(stats);
	return error ? fail(cmd, error) : 0;
}

const struct verb stats_verb = {
	.name = "stats",
	.usage = "NAME [--queue N]",
	.summary = "Show the vendor statistics of a device (root alone may)",
	.options = OPTION_BIT(OPTION_QUEUE),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_stats,
};
