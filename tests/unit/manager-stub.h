/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manager that does nothing, for tests of what is in front of it: writes down what it is asked,
 * and answers from the loop as it is told to. The real one needs workers, and they a kernel.
 */
#ifndef TESTS_MANAGER_STUB_H
#define TESTS_MANAGER_STUB_H

#include <json-c/json.h>

#include "../../vdpad/manager.h"

struct manager {
	sd_event *event;
	struct manager_observer observer;
	char asked[512];           /* the last request, its words with blanks between */
	unsigned int count;        /* of requests */
	struct vdpam_error *error; /* what it answers with; NULL: success */
	struct json_object *result;
	bool is_silent; /* never answers */
};

struct manager *stub_new(sd_event *event);
void stub_free(struct manager *manager);

#endif
