// SPDX-License-Identifier: GPL-2.0-or-later
/* What the hook asks of the daemon; see org.vdpad1.xml. */
#include <errno.h>
#include <string.h>

#include "bus.h"
#include "hook.h"
#include "vdpamgmt.h"

#define OWN_USEC (BUS_CALL_USEC - 500 * UINT64_C(1000)) /* its own word comes first */

/* ---- What is known ---- */

static int refresh(struct hook_daemon *daemon, char **ret_fault)
{
	sd_bus_message *reply = NULL;
	int r = bus_ask(
		daemon,
		bus_call(daemon, BUS_OBJECT, BUS_MANAGER, "Refresh", "t", OWN_USEC),
		&reply, ret_fault);

	sd_bus_message_unref(reply);
	return r;
}

static bool has_never_looked(struct hook_daemon *daemon)
{
	AUTO_FREE char *fault = NULL;
	sd_bus_message *reply = NULL;
	const char *state;
	bool never = true;

	if (!bus_ask(daemon,
		     bus_call(daemon, BUS_OBJECT, "org.freedesktop.DBus.Properties",
			      "Get", "ss", BUS_MANAGER, "State"),
		     &reply, &fault) &&
	    sd_bus_message_read(reply, "v", "s", &state) > 0)
		never = !strcmp(state, "unknown");
	sd_bus_message_unref(reply);
	return never;
}

/* What it knows will do where only the kernel does not answer, but for one that knows nothing. */
static int bring_up_to_date(struct hook_daemon *daemon, char **ret_fault)
{
	int r = refresh(daemon, ret_fault);

	if (!r || r == -ETIMEDOUT || has_never_looked(daemon))
		return r;
	free(*ret_fault);
	*ret_fault = NULL;
	return 0;
}

int hook_daemon_look(struct hook_daemon *daemon, struct hook_device *devices,
		     size_t count, char **ret_fault)
{
	AUTO_FREE char *json = NULL;
	int r = bring_up_to_date(daemon, ret_fault);

	if (!r)
		r = bus_ask_for_text(daemon, "Snapshot", "devices", &json, ret_fault);
	return r ? r : hook_take_devices(json, devices, count);
}

/* NULL: no memory. */
static sd_bus_message *holders_call(struct hook_daemon *daemon, const char **names)
{
	sd_bus_message *call = bus_call(daemon, BUS_OBJECT, BUS_MANAGER, "Holders", "");

	if (call && sd_bus_message_append_strv(call, (char **)names) >= 0 &&
	    sd_bus_message_append(call, "t", OWN_USEC) >= 0)
		return call;
	return sd_bus_message_unref(call);
}

int hook_daemon_find_holders(struct hook_daemon *daemon, struct hook_device *devices,
			     size_t count, char **ret_fault)
{
	AUTO_FREE const char **names = calloc(count + 1, sizeof(*names));
	sd_bus_message *reply = NULL;
	size_t known = 0;
	const char *json;
	int r;

	for (size_t i = 0; names && i < count; i++) {
		if (devices[i].is_known && devices[i].driver)
			names[known++] = devices[i].name;
	}
	if (!known)
		return names ? 0 : -ENOMEM;
	r = bus_ask(daemon, holders_call(daemon, names), &reply, ret_fault);
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &json);
	if (r >= 0)
		r = hook_take_holders(json, devices, count);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 0;
}

/* ---- Changing ---- */

void hook_daemon_demand(struct hook_daemon *daemon, const char *guest,
			struct hook_device *device, bool wanted)
{
	AUTO_FREE char *name = NULL, *path = NULL;
	sd_bus_message *reply = NULL;
	int r = vdpam_name_unescape(device->name, &name);

	device->was_asked = true;
	if (!r)
		path = bus_device_path(name);
	if (!r)
		r = path ? bus_ask(daemon,
				   bus_call(daemon, path, BUS_DEVICE, "Demand", "sbt",
					    guest, wanted, OWN_USEC),
				   &reply, &device->error)
			 : -ENOMEM;
	if (r < 0 && !device->error)
		device->error = strdup(strerror(-r));
	sd_bus_message_unref(reply);
}
