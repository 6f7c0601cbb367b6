// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdpactl monitor: what the daemon tells on the bus, one event a line. An event has the object as it
 * is then, of one that was removed as it was: they are kept here for that.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "bus.h"

struct monitor {
	struct command *cmd;
	struct json_object *objects; /* by kind, and in that by name */
	bool changed;                /* something may be other than `objects` says */
	bool lost;                   /* the daemon is gone */
};

static const struct {
	const char *listing, *kind, *key, *prefix;
} kinds[] = {
	{ "devices", "device", "name", BUS_MANAGER "/device" },
	{ "mgmtdevs", "mgmtdev", "handle", BUS_MANAGER "/mgmtdev" },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

/* ---- Events ---- */

static struct json_object *now_text(void)
{
	struct timespec now;
	struct tm utc;
	char text[64], whole[80];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(whole, sizeof(whole), "%s.%06uZ", text,
		 (unsigned int)(now.tv_nsec / 1000) % 1000000);
	return json_text(whole);
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_get(object, key);

	return value ? json_object_get_string(value) : "-";
}

static void print_event(const struct command *cmd, const char *what, size_t kind,
			struct json_object *object)
{
	struct json_object *event;

	if (cmd->json) {
		event = must(json_object_new_object());
		json_set(event, "time", now_text());
		json_set(event, "event", json_text(what));
		json_set(event, "kind", json_text(kinds[kind].kind));
		json_set(event, "object", json_object_get(object));
		json_print(event);
	} else if (!kind) {
		printf("%s %s %s: driver %s, state %s\n", kinds[kind].kind,
		       text_of(object, "name"), what, text_of(object, "driver"),
		       text_of(object, "state"));
	} else {
		printf("%s %s %s\n", kinds[kind].kind, text_of(object, "handle"), what);
	}
}

/* ---- What is there ---- */

/* `{path: row}` of one kind. */
static struct cli_error *look_at_kind(const struct command *cmd, size_t kind,
				      struct json_object **ret_objects)
{
	struct json_object *listing = NULL, *rows, *objects;
	struct cli_error *error = daemon_snapshot(cmd, kinds[kind].listing, &listing);

	if (error)
		return error;
	objects = must(json_object_new_object());
	rows = json_get(listing, kinds[kind].listing);
	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		json_set(objects, text_of(row, kinds[kind].key), json_object_get(row));
	}
	json_object_put(listing);
	*ret_objects = objects;
	return NULL;
}

static void tell_differences(const struct command *cmd, size_t kind,
			     struct json_object *before, struct json_object *after)
{
	json_object_object_foreach(before, gone, old)
	{
		if (!json_get(after, gone))
			print_event(cmd, "removed", kind, old);
	}
	json_object_object_foreach(after, name, object)
	{
		struct json_object *was = json_get(before, name);

		if (!was)
			print_event(cmd, "added", kind, object);
		else if (!json_object_equal(was, object))
			print_event(cmd, "changed", kind, object);
	}
}

static struct cli_error *look(struct monitor *monitor, bool tell)
{
	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		struct json_object *after = NULL, *before;
		struct cli_error *error = look_at_kind(monitor->cmd, kind, &after);

		if (error)
			return error;
		before = json_get(monitor->objects, kinds[kind].kind);
		if (tell && before)
			tell_differences(monitor->cmd, kind, before, after);
		json_set(monitor->objects, kinds[kind].kind, after);
	}
	fflush(stdout);
	return NULL;
}

/* ---- Listening ---- */

static int on_signal(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct monitor *monitor = userdata;

	(void)signal;
	(void)error;
	monitor->changed = true;
	return 0;
}

static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct monitor *monitor = userdata;
	const char *after;

	(void)error;
	if (sd_bus_message_read(signal, "sss", NULL, NULL, &after) > 0 && !*after)
		monitor->lost = true;
	return 0;
}

static int listen(struct monitor *monitor)
{
	sd_bus *bus = daemon_bus(monitor->cmd);
	int r = sd_bus_add_match(bus, NULL,
				 "type='signal',sender='org.vdpad1',"
				 "path_namespace='/org/vdpad1'",
				 on_signal, monitor);

	if (r >= 0)
		r = sd_bus_add_match(bus, NULL,
				     "type='signal',sender='org.freedesktop.DBus',"
				     "member='NameOwnerChanged',arg0='org.vdpad1'",
				     on_owner, monitor);
	return r;
}

static struct cli_error *lost(const struct command *cmd, int r)
{
	return cli_error_new(VDPAM_ERROR_DAEMON_UNREACHABLE, r < 0 ? -r : 0, NULL,
			     "%s: the daemon vdpad is gone", cmd->verb->name);
}

/* Signals that come while a listing is asked for are seen by the next round. */
static struct cli_error *follow(struct monitor *monitor)
{
	sd_bus *bus = daemon_bus(monitor->cmd);
	struct cli_error *error = NULL;

	while (!error && !guard_is_interrupted()) {
		int r = sd_bus_process(bus, NULL);

		/* It ends when it is told to: the time is for each answer of the daemon. */
		guard_say("waiting for the daemon to tell something");
		monitor->cmd->deadline_usec = now_usec() + monitor->cmd->timeout_usec;
		if (!r && monitor->changed) {
			monitor->changed = false;
			error = look(monitor, true);
			continue;
		}
		if (!r)
			r = sd_bus_wait(bus, USEC_PER_SEC / 5);
		if ((r < 0 && r != -EINTR) || monitor->lost)
			error = lost(monitor->cmd, r);
	}
	return error;
}

static int run_monitor(struct command *cmd)
{
	struct monitor monitor = {
		.cmd = cmd,
		.objects = must(json_object_new_object()),
	};
	struct cli_error *error;
	int r;

	r = listen(&monitor);
	error = r < 0 ? lost(cmd, r) : look(&monitor, false);
	if (!error)
		error = follow(&monitor);
	json_object_put(monitor.objects);
	return error ? fail(cmd, error) : 0;
}

const struct verb monitor_verb = {
	.name = "monitor",
	.usage = "",
	.summary = "Show what changes, one event a line as it happens",
	.daemon = DAEMON_NEEDED,
	.run = run_monitor,
};
