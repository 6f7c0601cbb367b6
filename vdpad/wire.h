/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the front says to workers, and what it understands of their answers (protocol.h). Every answer
 * is checked: a worker is root's, and may be wrong all the same.
 */
#ifndef WIRE_H
#define WIRE_H

#include <json-c/json.h>
#include <vdpamgmt-provision.h>

/* ---- Requests: new objects, NULL without memory -------------------------------------------- */

struct json_object *wire_hello(void);
struct json_object *wire_snapshot(enum vdpam_look look);
struct json_object *wire_steps(uint64_t timeout_usec);
void wire_add_step(struct json_object *request, const struct vdpam_step *step);
struct json_object *wire_await(uint64_t timeout_usec);
struct json_object *wire_watch(void);
struct json_object *wire_holders(const char *const *names, size_t count);
struct json_object *wire_stats(const char *name, uint32_t queue);

/* ---- Answers: 0, or -EBADMSG for what is none ---------------------------------------------- */

int wire_parse_hello(struct json_object *message, pid_t *ret_pid);

struct wire_result {
	size_t index;
	bool is_waiting; /* the kernel still works on it: ask with wire_await() */
	enum vdpam_step_status status;
	struct vdpam_error *error; /* of one that failed or waits; the caller's */
	uint64_t identity;         /* of a device that was made; 0 */
};
int wire_parse_result(struct json_object *message, struct wire_result *ret_result);

/* The snapshot is the caller's. */
int wire_parse_snapshot(struct json_object *message,
			struct vdpam_snapshot **ret_snapshot);

struct wire_hint {
	bool is_everything;
	const char *subsystem; /* in the message; so is: */
	const char *action;    /* NULL: not told */
	char *name;            /* the kernel's bytes; the caller's */
};
int wire_parse_hint(struct json_object *message, struct wire_hint *ret_hint);

/* Who holds a device, of an answer to wire_holders(): the caller's; NULL where that is not known. */
struct vdpam_holders *wire_find_holders(struct json_object *message, const char *name);

/* The sentence of an error message; never NULL. */
const char *wire_get_message(struct json_object *message);

/* The error that a message is, new; NULL when it is none. */
struct vdpam_error *wire_parse_error(struct json_object *message);

#endif
