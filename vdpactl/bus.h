/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon as vdpactl sees it. org.vdpad1.xml says what each method does; what it answers is
 * JSON, the same that the library would have led to.
 */
#ifndef VDPACTL_BUS_H
#define VDPACTL_BUS_H

#include <systemd/sd-bus.h>

#include "command.h"

#define BUS_MANAGER "/org/vdpad1"

/* ---- The connection (bus.c) ---- */

/*
 * Connects `cmd->daemon` as its verb and options ask for it. Returns NULL, or why a daemon that is
 * needed cannot be reached.
 */
struct cli_error *daemon_connect(struct command *cmd);
void daemon_close(struct command *cmd);
/* Borrowed. */
sd_bus *daemon_bus(const struct command *cmd);

/* A call, to which the arguments of the method are to be appended. */
sd_bus_message *daemon_call(const struct command *cmd, const char *path,
			    const char *interface, const char *member);
/* The same, of the object of a device; `name` is the kernel's bytes. */
sd_bus_message *daemon_device_call(const struct command *cmd, const char *name,
				   const char *member);
/* Each succeeds, or there is no memory. */
void daemon_append(sd_bus_message *call, const char *types, ...);
void daemon_open_options(sd_bus_message *call); /* a{sv} */
void daemon_append_option(sd_bus_message *call, const char *key, const char *type, ...);
void daemon_close_options(sd_bus_message *call);
/* The last argument of what waits for the kernel. */
void daemon_append_timeout(const struct command *cmd, sd_bus_message *call);

/* What became of a call. */
struct daemon_answer {
	sd_bus_message *reply;      /* NULL: it failed */
	struct cli_error *error;    /* why */
	struct json_object *beside; /* what came with the error, or NULL */
};

/* Sends all of them, takes them, and waits for the answers. */
void daemon_ask_all(const struct command *cmd, sd_bus_message *const *calls, size_t count,
		    struct daemon_answer *answers);
/* One of them. NULL, and the reply, to be unref'd; or the error. */
struct cli_error *daemon_ask(const struct command *cmd, sd_bus_message *call,
			     sd_bus_message **ret_reply);
void daemon_answer_clear(struct daemon_answer *answer);

/* ---- What it knows and does (daemon.c) ---- */

/* All of the memory file in the answer to a call, as text. Takes `call`. */
struct cli_error *daemon_read_file(const struct command *cmd, sd_bus_message *call,
				   char **ret_text);
/* A listing, "status" or "snapshot". NULL, or the error. */
struct cli_error *daemon_snapshot(const struct command *cmd, const char *kind,
				  struct json_object **ret_object);
/*
 * It looks at the kernel, if the kernel answers soon: else what it knows is what there is to be said.
 * An error only where it knows nothing yet.
 */
struct cli_error *daemon_refresh(const struct command *cmd);
/* The classes of a management device as bits, from their names. */
uint64_t daemon_classes(struct json_object *names);
/* The row of this name, or handle, in a listing; NULL. Borrowed. */
struct json_object *daemon_find(struct json_object *rows, const char *key,
				const char *escaped);

/* in_use and holders into rows of devices: null where we may not look. */
void daemon_add_holders(struct json_object *rows);

/* "", "force" or "persist", as the options say. */
const char *daemon_claim(const struct command *cmd);
/*
 * Does what calls whose answer is results ask for, prints what came of it, and returns the exit
 * status. `names`: of the objects, the kernel's bytes, one a call. Takes the calls.
 */
int daemon_changes(const struct command *cmd, char *const *names, sd_bus_message **calls,
		   size_t count, jobs_say_fn *say);
int daemon_change(const struct command *cmd, const char *name, sd_bus_message *call,
		  jobs_say_fn *say);

#endif
