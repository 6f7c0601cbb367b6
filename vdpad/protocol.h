/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the front and its workers say to each other, on a stream socket: frames of a 4-byte length
 * (little endian) and JSON. Pure, and linked by both; each side takes the other's bytes for hostile.
 * No descriptor and no path crosses.
 *
 *   {"request":"hello","version":1}                  {"hello":{"version":1,"pid":7}}
 *   {"request":"snapshot","look":"functions"}        {"snapshot":{…}}
 *   {"request":"steps","timeout_usec":N,"steps":[…]} {"result":{"index","status","error","identity"}} …
 *   {"request":"await","timeout_usec":N}             {"result":{…}} …, from the step that waits on
 *   {"request":"watch"}                              {"hint":{"subsystem","action","name"}} …
 *   {"request":"holders","devices":["n0"]}           {"devices":[{"name","holders":[{"pid","comm"}]}]}
 *   {"request":"stats","name":"n0","queue":0}        {"stats":{…}}
 *
 * or {"error":{…}} in place of the answer. One request at a time: the next one is read when the answer
 * to this one is complete. "hello" comes first. A worker of --holders answers "hello" and "holders"
 * alone, the other kind all but "holders".
 *
 * Results come in the order of the steps, each as soon as those before it have ended; "status" is
 * "done", "failed" (with "error") or "skipped" (one that it needs failed). A step that the kernel has
 * not finished in its time is "waiting" and ends the answer: what is left is told after "await". A
 * worker keeps such steps, and takes no others before they have ended.
 *
 * {"hint":"everything"} in place of a hint: some were lost, or the watching has just begun. Hints say
 * nothing of who did it. Whoever gets one looks again, and an echo of what he did himself shows
 * nothing new: that is why there is no marker.
 */
#ifndef VDPAD_PROTOCOL_H
#define VDPAD_PROTOCOL_H

#include <json-c/json.h>
#include <vdpamgmt-provision.h>

#define PROTOCOL_VERSION 1
#define PROTOCOL_REQUEST_MAX (64U << 10) /* bytes of JSON, to a worker */
#define PROTOCOL_REPLY_MAX (64U << 20)   /* from one */
#define PROTOCOL_NAMES_MAX 1024

/* ---- Frames -------------------------------------------------------------------------------- */

/* Bytes that have come, or are to go. Zeroed it is empty. */
struct protocol_buffer {
	char *bytes;
	size_t start; /* what is before it has been dealt with */
	size_t end;
	size_t room;
};

void protocol_buffer_fini(struct protocol_buffer *buffer);

/* Room for `size` more bytes at bytes + end, which is for the caller to move. 0 or -ENOMEM. */
int protocol_buffer_reserve(struct protocol_buffer *buffer, size_t size);

/* Forgets bytes at the start; an empty buffer that was large gives its memory back. */
void protocol_buffer_drop(struct protocol_buffer *buffer, size_t size);

/* Adds a message as a frame; `message` is put in any case. 0; -E2BIG; -ENOMEM, also for NULL. */
int protocol_write(struct protocol_buffer *buffer, struct json_object *message,
		   size_t max);

/*
 * Takes a message that has come whole: 1, 0 when none has, -EMSGSIZE for a length above `max` or of
 * none, -EINVAL for what is no JSON object, -ENOMEM. After an error the stream is of no use any more.
 */
int protocol_read(struct protocol_buffer *buffer, size_t max,
		  struct json_object **ret_message);

/* ---- Requests ------------------------------------------------------------------------------ */

enum protocol_type {
	PROTOCOL_HELLO,
	PROTOCOL_SNAPSHOT,
	PROTOCOL_STEPS,
	PROTOCOL_AWAIT,
	PROTOCOL_WATCH,
	PROTOCOL_HOLDERS,
	PROTOCOL_STATS,
};
#define PROTOCOL_TYPES (PROTOCOL_STATS + 1)

struct protocol_request {
	enum protocol_type type;
	enum vdpam_look look;
	struct vdpam_plan *plan;
	uint64_t timeout_usec;
	char **names; /* devices whose holders are wanted */
	size_t n_names;
	char *name; /* device whose statistics are wanted */
	uint32_t queue;
};

/*
 * Reads a request, strictly: every key that it has to have, of the right type, and no other.
 * 0; -EINVAL with an error; -ENOMEM.
 */
int protocol_request_parse(struct json_object *message,
			   struct protocol_request *ret_request,
			   struct vdpam_error **ret_error);

void protocol_request_fini(struct protocol_request *request);

/* ---- Answers: new objects, NULL without memory ---------------------------------------------- */

struct json_object *protocol_hello_reply(pid_t pid);
struct json_object *protocol_snapshot_reply(const struct vdpam_snapshot *snapshot);
struct json_object *protocol_result_reply(const struct vdpam_plan *plan, size_t index);
struct json_object *protocol_hint_reply(const struct vdpam_hint *hint);
struct json_object *protocol_stats_reply(const struct vdpam_stats *stats);
struct json_object *protocol_error_reply(const struct vdpam_error *error);

/* An empty answer to "holders", and what is added to it for each device; holders NULL: not known. */
struct json_object *protocol_holders_reply(void);
void protocol_add_holders(struct json_object *reply, const char *name,
			  const struct vdpam_holders *holders);

#endif
