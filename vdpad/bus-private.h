/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bus.c, bus-call.c and bus-caller.c share. */
#ifndef BUS_PRIVATE_H
#define BUS_PRIVATE_H

#include "bus.h"

struct bus {
	sd_event *event;
	sd_event_source *reconnect;
	struct manager *manager;
	sd_bus *connection; /* NULL: lost */
	struct bus_call *requests;
	struct json_object *devices; /* by the kernel's bytes */
	struct json_object *mgmtdevs;
	sd_bus_track *consumers; /* those whose word on domains is kept; NULL: none */
};

void bus_call_free(struct bus_call *request);

/* Nobody who told of domains is there any more. */
void bus_consumers_forget(struct bus *bus);

/* Whether one more is not too much: of all, of the client, of its user once that is known. */
bool bus_caller_may_ask(const struct bus_call *request);
/* It is; answers and frees it. Returns 1. */
int bus_caller_refuse(struct bus_call *request);
/* Finds the user who calls, and goes on from there: polkit, or the method. Takes it. 1 or -errno. */
int bus_caller_find(struct bus_call *request);

#endif
