/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of vdpactl share: the parsed command, errors and output, views, jobs, the guard. */
#ifndef VDPACTL_COMMAND_H
#define VDPACTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "vdpamgmt-provision.h"

struct json_object;

#define USEC_PER_SEC 1000000ULL

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}
#define AUTO_FREE __attribute__((cleanup(cleanup_free)))

/* ---- Verbs and options (main.c, options.c, help.c) ---- */

enum option_id {
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_DIRECT,
	OPTION_TIMEOUT,
	OPTION_VERSION,
	OPTION_HELP,
	OPTION_HOLDERS,
	OPTION_MGMTDEV,
	OPTION_MAC,
	OPTION_MTU,
	OPTION_MAX_VQP,
	OPTION_FEATURES,
	OPTION_DRIVER,
	OPTION_QUEUE,
	OPTION_FORCE,
	OPTION_PERSIST,
	OPTION_NAME,
	OPTION_PRUNE,
	OPTION_CHECK,
	OPTION_EXITCODE,
	OPTION_ROLLBACK,
	OPTION_COLLATERAL,
	OPTION_DOT,
	OPTION_VLAN,
	OPTION_QOS,
	OPTION_TRUST,
	OPTION_SPOOFCHK,
	OPTION_LINK_STATE,
	OPTION_MIN_TX_RATE,
	OPTION_MAX_TX_RATE,
	OPTION_SFNUM,
	OPTION_ESWITCH,
	OPTION_UUID,
	OPTION_WAIT,
	OPTION_FORMAT,
};
#define OPTION_COUNT (OPTION_FORMAT + 1)
#define OPTION_BIT(id) (UINT64_C(1) << (id))
#define GLOBAL_OPTIONS (OPTION_BIT(OPTION_HELP + 1) - 1)

struct option_text {
	const char *word;  /* the long form, "--json"; NULL: none */
	char letter;       /* short, 0: none */
	const char *value; /* what stands for its value in help, NULL: it has none */
	const char *help;
};
extern const struct option_text option_texts[OPTION_COUNT];

struct command;
struct daemon;

/* What the daemon is to a verb. */
enum daemon_use {
	DAEMON_UNUSED,
	DAEMON_IF_THERE, /* does it if it runs, and is started for --persist */
	DAEMON_NEEDED,
	DAEMON_STARTED, /* needed, and started if need be */
};

struct verb {
	const char *name;  /* one word, or two: "sf add" */
	const char *usage; /* what follows the name in the usage line */
	const char *summary;
	uint64_t options; /* OPTION_BIT() of its own, beside the global ones */
	size_t min_arguments, max_arguments;
	bool reads_files; /* its arguments are documents, which are read before it runs */
	enum daemon_use daemon;
	int (*run)(struct command *cmd); /* returns the exit status */
};

extern const struct verb adopt_verb, document_list_verb, document_remove_verb,
	document_show_verb, metrics_verb, monitor_verb;
extern const struct verb apply_verb, bind_verb, create_verb, destroy_verb, doctor_verb,
	export_verb, function_bind_verb, function_unbind_verb, info_verb, list_verb,
	mdev_create_verb, mdev_list_verb, mdev_remove_verb, mdev_types_verb, path_verb,
	plan_verb, set_verb, sf_add_verb, sf_del_verb, sf_list_verb, show_verb,
	stats_verb, status_verb, tree_verb, unbind_verb, validate_verb, vduse_list_verb,
	vf_count_verb, vf_list_verb, vf_set_verb;

struct command {
	const struct verb *const *verbs; /* all there are, then NULL */
	const struct verb *verb;
	const char *noun; /* the first word of a verb of two, NULL: none */
	const char **arguments;
	size_t argument_count;
	struct vdpam_document_source
		*files; /* of a verb that reads them: one an argument */
	const char *options[OPTION_COUNT]; /* NULL: not given; "": given without value */
	bool json, quiet;
	bool on_terminal;    /* what is printed on standard output is for a terminal */
	bool shows_progress; /* what guard_progress() is told is seen */
	uint64_t timeout_usec;
	uint64_t deadline_usec; /* of CLOCK_MONOTONIC; set when the verb starts to run */
	struct daemon *daemon;  /* NULL: the library does it (bus.h) */
};

/*
 * Parses the command line into `cmd`. Returns NULL, or what is wrong with it; `cmd->json` and
 * `cmd->verb` are then set as far as they were seen. Free with command_clear() in any case.
 */
struct cli_error *command_parse(struct command *cmd, const struct verb *const *verbs,
				int argc, char **argv);
void command_clear(struct command *cmd);
/* Whether its name is this word and another one. */
bool verb_is_of(const struct verb *verb, const char *noun);

/* Of all verbs, or with a noun of those that begin with it. */
void help_print(const struct verb *const *verbs, const char *noun);
void help_print_verb(const struct verb *verb);

/* ---- Errors and output (output.c) ---- */

struct cli_error;

/* `errnum` is positive or 0, `target` escaped already or NULL; without memory they end the process. */
struct cli_error *cli_error_new(enum vdpam_error_code code, int errnum,
				const char *target, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Takes what the library gave, which may be NULL: then it had no memory. */
struct cli_error *cli_error_from(struct vdpam_error *error);
struct cli_error *cli_error_copy(
	const struct vdpam_error *error); /* the same, and leaves it */
/* `{"code","message",…}`, as it came from elsewhere. */
struct cli_error *cli_error_from_json(struct json_object *object);
struct cli_error *cli_error_free(struct cli_error *error);
enum vdpam_error_code cli_error_get_code(const struct cli_error *error);
/* `{"code","message",…}`, which belongs to the error. */
struct json_object *cli_error_get_json(const struct cli_error *error);
/* On standard error, as a sentence or as JSON; returns the exit status. */
int cli_error_print(const struct command *cmd, const struct cli_error *error);
/* The same and frees it: `return fail(cmd, …)`. */
int fail(const struct command *cmd, struct cli_error *error);

_Noreturn void out_of_memory(void);
void *must(void *pointer);

/* Sets a key; the value is taken. */
void json_set(struct json_object *object, const char *key, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);
struct json_object *json_text(const char *text); /* null for NULL */
struct json_object *json_escaped(const char *name);
struct json_object *json_get(struct json_object *object, const char *key); /* borrowed */
/* `{"version":1,KIND:rows}`; takes `rows`. */
struct json_object *json_listing(const char *kind, struct json_object *rows);
/* One line on standard output; frees it. */
void json_print(struct json_object *object);

/* ---- Tables (table.c) ---- */

struct column {
	const char *title;
	const char *path; /* keys with dots between them; "" is the row itself */
	/* The text of a value that is not null, to be freed; NULL: cell_text() */
	char *(*format)(struct json_object *value);
};

/* Rows of JSON as aligned columns, a title line first. `columns` end with a NULL title. */
void table_print(FILE *stream, const struct column *columns, struct json_object *rows);
/* A listing on standard output, as such a table or as JSON; takes `rows`. */
void listing_print(const struct command *cmd, const char *kind,
		   const struct column *columns, struct json_object *rows);
/* One object as lines of KEY and value; the keys of inner objects joined with dots. */
void table_print_object(FILE *stream, struct json_object *object);
/* "-" for null, yes and no, exact numbers, lists with commas. To be freed. */
char *cell_text(struct json_object *value);

/* ---- Values (values.c): each NULL, or the error ---- */

/* A name as typed, maybe escaped, to the kernel's bytes (to be freed). */
struct cli_error *value_name(const struct command *cmd, const char *text,
			     char **ret_name);
/* A decimal number. */
struct cli_error *value_number(const char *what, const char *text, uint64_t min,
			       uint64_t max, uint64_t *ret_number);
struct cli_error *value_mac(const char *text, uint64_t *ret_mac);
/* Names with commas between them, all of one class in `classes` (bit N is virtio device id N). */
struct cli_error *value_features(const char *text, uint64_t classes,
				 uint64_t *ret_features);
struct cli_error *value_driver(const char *text, const char **ret_driver);
/* --sfnum, which must be given. */
struct cli_error *value_sfnum(const struct command *cmd, uint32_t *ret_sfnum);
/* A UUID, as the kernel writes it. */
struct cli_error *value_uuid(const struct command *cmd, const char *text,
			     char uuid[VDPAM_UUID_TEXT]);

/* ---- What the kernel has (view.c) ---- */

struct view {
	struct vdpam_ctx *ctx;
	struct vdpam_snapshot *snapshot;
};
#define AUTO_VIEW __attribute__((cleanup(view_close)))

/* Each 0, or the exit status of an error that was printed. */
int view_open(const struct command *cmd, enum vdpam_look look, struct view *view);
/* The same for functions, which can be there before vDPA is: the snapshot is NULL then. */
int view_open_if_any(const struct command *cmd, enum vdpam_look look, struct view *view);
/* The context alone: the snapshot stays NULL. */
int view_connect(const struct command *cmd, struct view *view);
void view_close(struct view *view);
/* The same for the mediated devices, which are there without vDPA too; no snapshot is taken. */
int view_list_mdevs(const struct command *cmd, struct view *view,
		    struct vdpam_mdev_list **ret_mdevs);
/* The device, or the error that there is none. */
struct cli_error *view_find_device(const struct command *cmd, const struct view *view,
				   const char *name,
				   const struct vdpam_device **ret_device);

/* The PF of this handle, or the error that there is none, or that it has no SR-IOV. */
struct cli_error *view_find_pf(const struct command *cmd, const struct view *view,
			       const char *handle, const struct vdpam_function **ret_pf);

struct json_object *view_device_row(const struct view *view,
				    const struct vdpam_device *device, bool holders);
/* in_use (below 0: not known) and holders (taken) into a device's row. */
void view_set_use(struct json_object *row, int in_use, struct vdpam_holders *holders);
/* What is wrong with a device, a sentence; NULL: nothing that one look tells. */
const char *view_fault(const struct vdpam_device *device);
/* Of such a row: the char device, the interface or the disk; borrowed, null where there is none. */
struct json_object *view_endpoint(struct json_object *row);
struct json_object *view_device_rows(const struct view *view, bool holders);

/* ---- Jobs (jobs.c): the plans that a verb runs, step by step ---- */

struct jobs;

struct jobs *jobs_new(void);
void jobs_free(struct jobs **jobs);
#define AUTO_JOBS __attribute__((cleanup(jobs_free)))
/*
 * One more thing to do to the device `name`. `result` is what the planner returned: below 0, `error`
 * says why there is no plan and `operation` what it would have done. Takes `plan` and `error`.
 */
void jobs_add(struct jobs *jobs, const char *name, enum vdpam_operation operation,
	      int result, struct vdpam_plan *plan, struct vdpam_error *error);
/*
 * One line on what was done, whoever did it: `name` is escaped, `steps` are JSON, `device` is how it is
 * now, NULL where it cannot be seen.
 */
typedef void jobs_say_fn(const char *name, struct json_object *steps,
			 struct json_object *device);
/*
 * Runs them, prints what came of it, and returns the exit status. What the kernel still works on
 * at the deadline goes on behind the back of the caller, whose process then has its status already.
 */
int jobs_run(const struct command *cmd, struct vdpam_ctx *ctx, struct jobs *jobs,
	     jobs_say_fn *say);

/* "bound to vhost_vdpa: /dev/vhost-vdpa-0", "without a driver"; NULL for NULL. To be freed. */
char *binding_text(struct json_object *device);
/* An argument of a step in an array of them; NULL: not set, or no such step. Borrowed. */
struct json_object *step_argument(struct json_object *steps, size_t index,
				  enum vdpam_argument argument);
/* --persist, where there is no daemon, which alone can do it. */
struct cli_error *refuse_persist(const struct command *cmd);
/*
 * After a planner, whose `result` it takes: the same, or, when somebody uses a device that the plan
 * is to remove, below 0 with the error in place of the plan.
 */
int refuse_plan_in_use(const struct view *view, int result, struct vdpam_plan **plan,
		       struct vdpam_error **error);

/* ---- The guard (guard.c) ---- */

/*
 * Runs the verb in a child and waits for it, never in the kernel. Returns the exit status, with
 * everything printed.
 */
int guard_run(struct command *cmd);
/* In the child: what it is going to ask of the kernel now, as "unbinding n0". */
void guard_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* In the child: how far it is, for whoever watches the terminal. */
void guard_progress(const char *line);
/* In the child: this verb takes longer than others, unless the user said how long. */
void guard_extend(struct command *cmd, uint64_t timeout_usec);
/* In the child: whether the user wants it to stop. */
bool guard_is_interrupted(void);
/* In the child: the caller gets this exit status and what was printed now; the child goes on. */
void guard_leave(int status);

uint64_t now_usec(void);
uint64_t left_usec(uint64_t deadline_usec);

#endif
