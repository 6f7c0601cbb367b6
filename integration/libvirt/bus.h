/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection to the daemon (bus.c), for what asks it: daemon.c of the hook, bridge-vdpad.c. */
#ifndef HOOK_BUS_H
#define HOOK_BUS_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#define BUS_NAME "org.vdpad1"
#define BUS_OBJECT "/org/vdpad1"
#define BUS_MANAGER BUS_NAME ".Manager"
#define BUS_DEVICE BUS_NAME ".Device"
#define BUS_CALL_USEC (10 * UINT64_C(1000000))

struct hook_daemon {
	sd_bus *bus;
};

/* A call with arguments of these types, which does not start the daemon. NULL: no memory. */
sd_bus_message *bus_call(struct hook_daemon *daemon, const char *path,
			 const char *interface, const char *member, const char *types,
			 ...);
/*
 * Sends a call, which it takes, and waits for BUS_CALL_USEC at most. 0, or a negative errno and
 * why, in words that are to be freed; -ETIMEDOUT: the daemon has not answered.
 */
int bus_ask(struct hook_daemon *daemon, sd_bus_message *call, sd_bus_message **ret_reply,
	    char **ret_fault);
/* The same of a method of the manager that answers with a memory file: its text, to be freed. */
int bus_ask_for_text(struct hook_daemon *daemon, const char *member, const char *argument,
		     char **ret_text, char **ret_fault);
/* The object of a device, by the kernel's name; to be freed. NULL: no memory. */
char *bus_device_path(const char *name);

#endif
