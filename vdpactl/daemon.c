// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon knows, as JSON, and what came of what it was asked to do, as users see it. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus.h"

#define EXIT_PARTLY 3
#define REFRESH_USEC (2 * USEC_PER_SEC)
#define FILE_MAX (64U << 20) /* bytes: as much as a worker may say to the daemon */

/* ---- Reading ---- */

static int read_file(int fd, char **ret_text)
{
	struct stat status;
	size_t done = 0;
	ssize_t count = 1;
	char *text;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size < 0 || (uint64_t)status.st_size > FILE_MAX)
		return -EFBIG;
	text = must(malloc((size_t)status.st_size + 1));
	while (count > 0 && done < (size_t)status.st_size) {
		count = pread(fd, text + done, (size_t)status.st_size - done,
			      (off_t)done);
		done += count > 0 ? (size_t)count : 0;
	}
	text[done] = '\0';
	*ret_text = text;
	return 0;
}

struct cli_error *daemon_read_file(const struct command *cmd, sd_bus_message *call,
				   char **ret_text)
{
	sd_bus_message *reply = NULL;
	struct cli_error *error = daemon_ask(cmd, call, &reply);
	int fd, r;

	if (error)
		return error;
	r = sd_bus_message_read(reply, "h", &fd);
	if (r >= 0)
		r = read_file(fd, ret_text);
	sd_bus_message_unref(reply);
	return r < 0 ? cli_error_new(VDPAM_ERROR_INTERNAL, -r, NULL,
				     "%s: cannot read what the daemon vdpad knows: %s",
				     cmd->verb->name, strerror(-r))
		     : NULL;
}

struct cli_error *daemon_snapshot(const struct command *cmd, const char *kind,
				  struct json_object **ret_object)
{
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "Snapshot");
	AUTO_FREE char *text = NULL;
	struct json_object *object;
	struct cli_error *error;

	daemon_append(call, "s", kind);
	error = daemon_read_file(cmd, call, &text);
	if (error)
		return error;
	object = json_tokener_parse(text);
	if (!json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		return cli_error_new(VDPAM_ERROR_INTERNAL, EBADMSG, NULL,
				     "%s: the daemon vdpad did not answer with an object",
				     cmd->verb->name);
	}
	*ret_object = object;
	return NULL;
}

static struct cli_error *refresh_within(const struct command *cmd, uint64_t usec)
{
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "Refresh");
	sd_bus_message *reply = NULL;
	struct cli_error *error;

	daemon_append(call, "t", usec);
	error = daemon_ask(cmd, call, &reply);
	sd_bus_message_unref(reply);
	return error;
}

/* Whether it has not seen the kernel's answer yet: then that nothing is there is no answer either. */
static bool has_never_looked(const struct command *cmd)
{
	struct json_object *status = NULL, *state;
	bool never;

	cli_error_free(daemon_snapshot(cmd, "status", &status));
	state = status ? json_get(status, "state") : NULL;
	never = !state || !strcmp(json_object_get_string(state), "unknown");
	json_object_put(status);
	return never;
}

struct cli_error *daemon_refresh(const struct command *cmd)
{
	struct cli_error *error = refresh_within(cmd, REFRESH_USEC);
	uint64_t left = left_usec(cmd->deadline_usec);

	if (!error)
		return NULL;
	cli_error_free(error);
	return has_never_looked(cmd) ? refresh_within(cmd, left ? left : 1) : NULL;
}

uint64_t daemon_classes(struct json_object *names)
{
	uint64_t classes = 0;

	for (size_t i = 0; names && i < json_object_array_length(names); i++) {
		const char *name =
			json_object_get_string(json_object_array_get_idx(names, i));

		for (uint32_t id = 0; id < 64; id++) {
			const char *own = vdpam_class_name(id);

			if (own && !strcmp(own, name))
				classes |= UINT64_C(1) << id;
		}
	}
	return classes;
}

struct json_object *daemon_find(struct json_object *rows, const char *key,
				const char *escaped)
{
	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		struct json_object *value = json_get(row, key);

		if (value && !strcmp(json_object_get_string(value), escaped))
			return row;
	}
	return NULL;
}

/* Who may look at processes can do so here as well; who may not is not to learn it by the daemon. */
void daemon_add_holders(struct json_object *rows)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		struct vdpam_holders *holders = NULL;
		char *name = NULL;
		int in_use = vdpam_name_unescape(
			json_object_get_string(json_get(row, "name")), &name);

		if (!in_use)
			in_use = vdpam_find_holders(name, &holders);
		view_set_use(row, in_use, holders);
		free(name);
	}
}

/* ---- Changing ---- */

const char *daemon_claim(const struct command *cmd)
{
	return cmd->options[OPTION_PERSIST] ? "persist"
	       : cmd->options[OPTION_FORCE] ? "force"
					    : "";
}

/* What came of one call. */
struct outcome {
	const char *name;
	struct json_object *rows; /* the steps; never NULL */
	struct cli_error *error;  /* the first */
	bool done;                /* all of it, or some of it */
};

static struct json_object *parse_results(const struct daemon_answer *answer)
{
	struct json_object *object = json_object_get(answer->beside), *rows;
	const char *json;

	if (answer->reply && sd_bus_message_read(answer->reply, "s", &json) > 0)
		object = json_tokener_parse(json);
	rows = json_object_is_type(object, json_type_object) ? json_get(object, "results")
							     : NULL;
	rows = json_object_is_type(rows, json_type_array) ? json_object_get(rows)
							  : must(json_object_new_array());
	json_object_put(object);
	return rows;
}

static void look_at(struct outcome *outcome, struct daemon_answer *answer)
{
	outcome->rows = parse_results(answer);
	outcome->error = answer->error;
	answer->error = NULL;
	outcome->done = !outcome->error;
	for (size_t i = 0; i < json_object_array_length(outcome->rows); i++) {
		struct json_object *row = json_object_array_get_idx(outcome->rows, i);
		struct json_object *error = json_get(row, "error");

		if (error && !outcome->error)
			outcome->error = cli_error_from_json(error);
		if (!strcmp(json_object_get_string(json_get(row, "status")), "done"))
			outcome->done = true;
	}
}

static void print_results(const struct outcome *outcomes, size_t count)
{
	struct json_object *rows = must(json_object_new_array());

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < json_object_array_length(outcomes[i].rows); j++)
			json_append(rows, json_object_get(json_object_array_get_idx(
						  outcomes[i].rows, j)));
	}
	json_print(json_listing("results", rows));
}

static void say_all(const struct command *cmd, const struct outcome *outcomes,
		    size_t count, jobs_say_fn *say)
{
	struct json_object *listing = NULL;

	/* Without it the lines are only shorter. */
	cli_error_free(daemon_snapshot(cmd, "devices", &listing));
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *shown = must(vdpam_name_escape(outcomes[i].name));

		if (!outcomes[i].error)
			say(shown, outcomes[i].rows,
			    listing ? daemon_find(json_get(listing, "devices"), "name",
						  shown)
				    : NULL);
	}
	json_object_put(listing);
}

static bool is_same(const struct cli_error *error, const struct cli_error *before)
{
	return before &&
	       json_object_equal(cli_error_get_json(error), cli_error_get_json(before));
}

static int report(const struct command *cmd, const struct outcome *outcomes, size_t count,
		  jobs_say_fn *say)
{
	bool any_done = false, any_planned = count > 1;
	int status = 0;

	for (size_t i = 0; i < count; i++)
		any_planned |=
			!outcomes[i].error || json_object_array_length(outcomes[i].rows);
	if (cmd->json && any_planned)
		print_results(outcomes, count);
	else if (!cmd->json && !cmd->quiet)
		say_all(cmd, outcomes, count, say);
	for (size_t i = 0; i < count; i++) {
		const struct cli_error *error = outcomes[i].error;

		any_done |= outcomes[i].done;
		/* As JSON, standard error has one object; what stands against all is said once. */
		if (error &&
		    (!status || (!cmd->json && !is_same(error, outcomes[i - 1].error))))
			cli_error_print(cmd, error);
		if (error && !status)
			status = vdpam_error_code_exit_status(cli_error_get_code(error));
	}
	return status && count > 1 && any_done ? EXIT_PARTLY : status;
}

int daemon_changes(const struct command *cmd, char *const *names, sd_bus_message **calls,
		   size_t count, jobs_say_fn *say)
{
	AUTO_FREE struct daemon_answer *answers = must(calloc(count, sizeof(*answers)));
	AUTO_FREE struct outcome *outcomes = must(calloc(count, sizeof(*outcomes)));
	int status;

	daemon_ask_all(cmd, calls, count, answers);
	for (size_t i = 0; i < count; i++) {
		outcomes[i].name = names[i];
		look_at(&outcomes[i], &answers[i]);
		daemon_answer_clear(&answers[i]);
	}
	status = report(cmd, outcomes, count, say);
	for (size_t i = 0; i < count; i++) {
		cli_error_free(outcomes[i].error);
		json_object_put(outcomes[i].rows);
	}
	return status;
}

int daemon_change(const struct command *cmd, const char *name, sd_bus_message *call,
		  jobs_say_fn *say)
{
	char *names[] = { (char *)name };

	return daemon_changes(cmd, names, &call, 1, say);
}
