// SPDX-License-Identifier: GPL-2.0-or-later
/* Device.SetConsumer: what a client says of devices holds for as long as it is on the bus. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus-private.h"

#define TEXT_MAX 255 /* bytes of either name */

static int on_gone(sd_bus_track *track, void *userdata)
{
	struct bus *bus = userdata;

	(void)track;
	bus_consumers_forget(bus);
	return 0;
}

void bus_consumers_forget(struct bus *bus)
{
	bus->consumers = sd_bus_track_unref(bus->consumers);
	manager_forget_consumers(bus->manager);
}

static int track_sender(struct bus *bus, sd_bus_message *call)
{
	int r = 0;

	if (!bus->consumers)
		r = sd_bus_track_new(bus->connection, &bus->consumers, on_gone, bus);
	return r < 0 ? r : sd_bus_track_add_sender(bus->consumers, call);
}

/* As libvirt spells the names of node devices (nodeDeviceGenerateName); or none. */
static bool is_libvirt_name(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return !text[length] && length <= TEXT_MAX;
}

int bus_run_set_consumer(struct bus_call *request, sd_bus_message *call)
{
	const char *libvirt_name, *domain;
	char *name = bus_call_device(request);
	int r = sd_bus_message_read(call, "ss", &libvirt_name, &domain);

	if (r >= 0 && !name)
		r = -ENOMEM;
	if (r >= 0 && (!is_libvirt_name(libvirt_name) || strlen(domain) > TEXT_MAX))
		r = -EINVAL;
	if (r >= 0)
		r = track_sender(request->bus, call);
	if (r >= 0)
		r = manager_set_consumer(request->bus->manager, name, libvirt_name,
					 domain);
	free(name);
	if (r == -ENODEV)
		bus_call_fail(request, VDPAM_ERROR_NO_SUCH_DEVICE,
			      "there is no such device");
	else if (r >= 0)
		bus_call_answer(request, NULL, NULL);
	return r == -ENODEV || r >= 0 ? 0 : r;
}
