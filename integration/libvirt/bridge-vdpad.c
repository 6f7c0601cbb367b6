// SPDX-License-Identifier: GPL-2.0-or-later
/* The bridge's connection to vdpad, which is never started for it. */
#include <errno.h>
#include <json-c/json.h>
#include <libvirt/libvirt.h>
#include <stdio.h>
#include <string.h>

#include "bridge.h"
#include "bus.h"
#include "vdpamgmt.h"

struct bridge_vdpad {
	struct hook_daemon daemon;
	void (*changed)(void *userdata);
	void *userdata;
};

/* ---- What it says ---- */

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct bridge_vdpad *vdpad = userdata;

	(void)message;
	(void)error;
	vdpad->changed(vdpad->userdata);
	return 0;
}

/* All that has come. A bus that has gone takes us with it. */
static void drain(struct bridge_vdpad *vdpad)
{
	int r;

	do
		r = sd_bus_process(vdpad->daemon.bus, NULL);
	while (r > 0);
	if (r < 0) {
		fprintf(stderr, "vdpad-libvirt: the bus has gone: %s\n", strerror(-r));
		exit(EXIT_FAILURE);
	}
}

static void on_readable(int handle, int fd, int events, void *opaque)
{
	(void)handle;
	(void)fd;
	(void)events;
	drain(opaque);
}

static int listen_to(struct bridge_vdpad *vdpad)
{
	sd_bus *bus = vdpad->daemon.bus;
	int r = sd_bus_add_match(bus, NULL, "type='signal',sender='" BUS_NAME "'",
				 on_signal, vdpad);

	if (r >= 0)
		r = sd_bus_add_match(bus, NULL,
				     "type='signal',sender='org.freedesktop.DBus',"
				     "member='NameOwnerChanged',arg0='" BUS_NAME "'",
				     on_signal, vdpad);
	if (r >= 0 && virEventAddHandle(sd_bus_get_fd(bus), VIR_EVENT_HANDLE_READABLE,
					on_readable, vdpad, NULL) < 0)
		r = -ENOMEM;
	return r;
}

int bridge_vdpad_new(void (*changed)(void *userdata), void *userdata,
		     struct bridge_vdpad **ret_vdpad)
{
	struct bridge_vdpad *vdpad = calloc(1, sizeof(*vdpad));
	int r = vdpad ? sd_bus_open_system(&vdpad->daemon.bus) : -ENOMEM;

	if (r >= 0) {
		vdpad->changed = changed;
		vdpad->userdata = userdata;
		r = listen_to(vdpad);
	}
	if (r < 0) {
		if (vdpad)
			sd_bus_close_unref(vdpad->daemon.bus);
		free(vdpad);
		return r;
	}
	*ret_vdpad = vdpad;
	return 0;
}

/* ---- What it has ---- */

static const char *text_of(struct json_object *row, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(row, key, &value);
	return json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : NULL;
}

static int take_device(struct json_object *row, struct bridge_device *device)
{
	const char *name = text_of(row, "name"), *chardev = text_of(row, "chardev");
	const char *domain = text_of(row, "domain"),
		   *libvirt_name = text_of(row, "libvirt_name");

	if (!name || vdpam_name_unescape(name, &device->bytes) < 0)
		return -EBADMSG;
	device->name = strdup(name);
	device->chardev = chardev ? strdup(chardev) : NULL;
	/* One that a document names and the kernel does not have has no class. */
	device->is_present = text_of(row, "class") != NULL;
	device->libvirt_name = strdup(libvirt_name ? libvirt_name : "");
	if (vdpam_name_unescape(domain ? domain : "", &device->domain) < 0)
		return -EBADMSG;
	return device->name && device->libvirt_name && (!chardev || device->chardev)
		       ? 0
		       : -ENOMEM;
}

static int take_devices(struct json_object *rows, struct bridge_device **ret_devices,
			size_t *ret_count)
{
	size_t count = json_object_is_type(rows, json_type_array)
			       ? json_object_array_length(rows)
			       : 0;
	struct bridge_device *devices = calloc(count + 1, sizeof(*devices));
	int r = devices ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < count; i++)
		r = take_device(json_object_array_get_idx(rows, i), &devices[i]);
	if (r < 0) {
		bridge_devices_free(devices, devices ? count : 0);
		return r;
	}
	*ret_devices = devices;
	*ret_count = count;
	return 0;
}

int bridge_vdpad_list(struct bridge_vdpad *vdpad, struct bridge_device **ret_devices,
		      size_t *ret_count)
{
	AUTO_FREE char *text = NULL, *fault = NULL;
	struct json_object *listing, *rows = NULL;
	int r = bus_ask_for_text(&vdpad->daemon, "Snapshot", "devices", &text, &fault);

	/* What came beside the answer makes no handle readable any more. */
	drain(vdpad);
	if (r < 0 && r != -ENXIO)
		fprintf(stderr, "vdpad-libvirt: vdpad's devices: %s\n",
			fault ? fault : strerror(-r));
	if (r < 0)
		return r;
	listing = json_tokener_parse(text);
	json_object_object_get_ex(listing, "devices", &rows);
	r = take_devices(rows, ret_devices, ret_count);
	json_object_put(listing);
	return r;
}

void bridge_devices_free(struct bridge_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(devices[i].name);
		free(devices[i].bytes);
		free(devices[i].chardev);
		free(devices[i].libvirt_name);
		free(devices[i].domain);
	}
	free(devices);
}

/* ---- What it is told ---- */

static void ask(struct bridge_vdpad *vdpad, const struct bridge_device *device,
		const char *member, sd_bus_message *call)
{
	AUTO_FREE char *fault = NULL;
	sd_bus_message *reply = NULL;
	int r = bus_ask(&vdpad->daemon, call, &reply, &fault);

	if (r < 0)
		fprintf(stderr, "vdpad-libvirt: %s of %s: %s\n", member, device->name,
			fault ? fault : strerror(-r));
	sd_bus_message_unref(reply);
	drain(vdpad);
}

void bridge_vdpad_tell(struct bridge_vdpad *vdpad, const struct bridge_device *device)
{
	AUTO_FREE char *path = bus_device_path(device->bytes);

	ask(vdpad, device, "SetConsumer",
	    path ? bus_call(&vdpad->daemon, path, BUS_DEVICE, "SetConsumer", "ss",
			    device->new_libvirt_name, device->new_domain)
		 : NULL);
}

void bridge_vdpad_announce(struct bridge_vdpad *vdpad, const struct bridge_device *device)
{
	AUTO_FREE char *path = bus_device_path(device->bytes);

	fprintf(stderr,
		"vdpad-libvirt: libvirt sees %s otherwise than the kernel: "
		"it is announced again\n",
		device->name);
	ask(vdpad, device, "Announce",
	    path ? bus_call(&vdpad->daemon, path, BUS_DEVICE, "Announce", "t",
			    BUS_CALL_USEC)
		 : NULL);
}
