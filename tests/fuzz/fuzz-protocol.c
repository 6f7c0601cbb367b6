// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: what comes over the socket between front and worker, read as either of them does: frames,
 * requests with their steps, answers with their snapshot.
 */
#include <stdlib.h>
#include <string.h>

#include "../../vdpad/protocol.h"
#include "fuzz.h"

static void read_request(struct json_object *message)
{
	struct protocol_request request;
	struct vdpam_error *error = NULL;

	if (protocol_request_parse(message, &request, &error) < 0) {
		if (error && !*vdpam_error_get_message(error))
			abort();
		vdpam_error_free(error);
		return;
	}
	for (size_t i = 0; request.plan && i < vdpam_plan_count(request.plan); i++)
		json_object_put(vdpam_step_to_json(vdpam_plan_get_step(request.plan, i)));
	protocol_request_fini(&request);
}

static void read_answer(struct json_object *message)
{
	struct json_object *json = json_object_object_get(message, "snapshot");
	struct vdpam_snapshot *snapshot, *again;

	if (!json || vdpam_snapshot_new_from_json(json, &snapshot) < 0)
		return;
	/* What was taken can be written, and is taken again. */
	json = vdpam_snapshot_to_json(snapshot);
	vdpam_snapshot_unref(snapshot);
	if (vdpam_snapshot_new_from_json(json, &again) < 0)
		abort();
	vdpam_snapshot_unref(again);
	json_object_put(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct protocol_buffer in = { 0 };
	struct json_object *message;

	if (!size || protocol_buffer_reserve(&in, size) < 0)
		return 0;
	memcpy(in.bytes, bytes, size);
	in.end = size;
	while (protocol_read(&in, PROTOCOL_REPLY_MAX, &message) > 0) {
		read_request(message);
		read_answer(message);
		json_object_put(message);
	}
	protocol_buffer_fini(&in);
	return 0;
}
