// SPDX-License-Identifier: GPL-2.0-or-later
/* org.vdpad1.Device: one device, its properties and what can be done to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"

#define DEVICE BUS_NAME ".Device"

const struct bus_property bus_device_properties[] = {
	{ "Name", "s", { "name" } },
	{ "Class", "s", { "class" } },
	{ "ManagementDevice", "s", { "mgmtdev" } },
	{ "Driver", "s", { "driver" } },
	{ "State", "s", { "state" } },
	{ "Managed", "b", { "managed" } },
	{ "Document", "s", { "document" } },
	{ "LibvirtName", "s", { "libvirt_name" } },
	{ "Domain", "s", { "domain" } },
	{ "CharDevice", "s", { "chardev" } },
	{ "Virtio", "a{sv}", { "virtio" } },
	{ "Features", "as", { "features" } },
	{ "Limits", "a{sv}", { "vendor_id", "max_vqs", "max_vq_size", "min_vq_size" } },
	{ "Config", "a{sv}", { "config" } },
	{ NULL, NULL, {} },
};

static int get_property(sd_bus *connection, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *error)
{
	struct json_object *object;
	char *name = NULL;

	(void)connection;
	(void)interface;
	if (sd_bus_path_decode(path, BUS_DEVICES, &name) <= 0)
		return -ENOMEM;
	object = bus_get_device(userdata, name);
	free(name);
	return bus_append_property(reply, bus_device_properties, property, object, error);
}

/* ---- Methods ---- */

/* The claim of a call whose first argument it is. */
static int describe_claim(struct bus_call *request, sd_bus_message *call)
{
	const char *claim;
	int r = bus_call_describe_device(request, call);

	if (r >= 0)
		r = sd_bus_message_read(call, "s", &claim);
	return r < 0 ? r : bus_call_set_claim(request, claim);
}

static int describe_set_mac(struct bus_call *request, sd_bus_message *call)
{
	int r = sd_bus_message_skip(call, "s");

	return r < 0 ? r : describe_claim(request, call);
}

static int describe_bind(struct bus_call *request, sd_bus_message *call)
{
	const char *text, *driver;
	int r = sd_bus_message_read(call, "s", &text);

	if (r >= 0)
		r = describe_claim(request, call);
	/* The one that it is to have, by the kernel's name. */
	if (r >= 0 && vdpam_driver_parse(text, &driver, NULL) < 0)
		r = -EINVAL;
	return r < 0 ? r : bus_call_set_detail(request, BUS_DETAIL_DRIVER, driver);
}

static int run_bind(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	struct manager_reply reply;
	const char *text, *driver;
	uint64_t timeout_usec;
	int r = sd_bus_message_read(call, "sst", &text, NULL, &timeout_usec);

	if (!name || r < 0 || vdpam_driver_parse(text, &driver, NULL) < 0) {
		free(name);
		return r < 0 ? r : -EINVAL;
	}
	reply = bus_call_reply(request, timeout_usec);
	manager_bind(bus_get_manager(request->bus), name, driver, request->claim, &reply);
	free(name);
	return 0;
}

static int run_unbind(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	struct manager_reply reply;
	uint64_t timeout_usec;
	int r = sd_bus_message_read(call, "st", NULL, &timeout_usec);

	if (!name || r < 0) {
		free(name);
		return r < 0 ? r : -ENOMEM;
	}
	reply = bus_call_reply(request, timeout_usec);
	manager_bind(bus_get_manager(request->bus), name, NULL, request->claim, &reply);
	free(name);
	return 0;
}

static int run_set_mac(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	struct manager_reply reply;
	uint64_t timeout_usec, mac;
	const char *text;
	int r = sd_bus_message_read(call, "sst", &text, NULL, &timeout_usec);

	if (r >= 0)
		r = name ? vdpam_mac_parse(text, &mac) : -ENOMEM;
	if (r < 0) {
		free(name);
		return r;
	}
	reply = bus_call_reply(request, timeout_usec);
	manager_set_mac(bus_get_manager(request->bus), name, mac, request->claim, &reply);
	free(name);
	return 0;
}

static int run_demand(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	struct manager_reply reply;
	const char *consumer;
	uint64_t timeout_usec;
	int wanted, r;

	r = sd_bus_message_read(call, "sbt", &consumer, &wanted, &timeout_usec);
	if (!name || r < 0) {
		free(name);
		return r < 0 ? r : -ENOMEM;
	}
	reply = bus_call_reply(request, timeout_usec);
	manager_demand(bus_get_manager(request->bus), name, consumer, wanted, &reply);
	free(name);
	return 0;
}

static int run_destroy(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	const char *const names[] = { name };
	struct manager_reply reply;
	uint64_t timeout_usec;
	int r = sd_bus_message_read(call, "st", NULL, &timeout_usec);

	if (!name || r < 0) {
		free(name);
		return r < 0 ? r : -ENOMEM;
	}
	reply = bus_call_reply(request, timeout_usec);
	manager_destroy(bus_get_manager(request->bus), names, 1, request->claim, &reply);
	free(name);
	return 0;
}

/* Of a method whose only argument is its timeout. */
static int read_timeout(struct bus_call *request, sd_bus_message *call, char **ret_name,
			struct manager_reply *ret_reply)
{
	char *name = bus_call_device(request);
	uint64_t timeout_usec;
	int r = sd_bus_message_read(call, "t", &timeout_usec);

	if (!name || r < 0) {
		free(name);
		return r < 0 ? r : -ENOMEM;
	}
	*ret_name = name;
	*ret_reply = bus_call_reply(request, timeout_usec);
	return 0;
}

static int run_adopt(struct bus_call *request, sd_bus_message *call)
{
	struct manager_reply reply;
	char *name;
	int r = read_timeout(request, call, &name, &reply);

	if (r < 0)
		return r;
	manager_adopt(bus_get_manager(request->bus), (const char *[]){ name }, 1, &reply);
	free(name);
	return 0;
}

static int run_announce(struct bus_call *request, sd_bus_message *call)
{
	struct manager_reply reply;
	char *name;
	int r = read_timeout(request, call, &name, &reply);

	if (r < 0)
		return r;
	manager_announce(bus_get_manager(request->bus), name, &reply);
	free(name);
	return 0;
}

static int run_holders(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	const char *const names[] = { name };
	struct manager_reply reply = bus_call_reply(request, 0);

	(void)call;
	if (!name)
		return -ENOMEM;
	manager_get_holders(bus_get_manager(request->bus), names, 1, &reply);
	free(name);
	return 0;
}

static int reply_holders(sd_bus_message *reply, struct json_object *result)
{
	struct json_object *devices = json_object_object_get(result, "devices");
	struct json_object *holders =
		json_object_object_get(json_object_array_get_idx(devices, 0), "holders");
	int r = sd_bus_message_open_container(reply, 'a', "(us)");

	if (!holders)
		return -EACCES;
	for (size_t i = 0; r >= 0 && i < json_object_array_length(holders); i++) {
		struct json_object *holder = json_object_array_get_idx(holders, i);

		r = sd_bus_message_append(
			reply, "(us)",
			(uint32_t)json_object_get_int64(
				json_object_object_get(holder, "pid")),
			json_object_get_string(json_object_object_get(holder, "comm")));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int run_statistics(struct bus_call *request, sd_bus_message *call)
{
	char *name = bus_call_device(request);
	struct manager_reply reply;
	uint64_t timeout_usec;
	uint32_t queue;
	int r = sd_bus_message_read(call, "ut", &queue, &timeout_usec);

	if (!name || r < 0) {
		free(name);
		return r < 0 ? r : -ENOMEM;
	}
	reply = bus_call_reply(request, timeout_usec);
	manager_get_stats(bus_get_manager(request->bus), name, queue, &reply);
	free(name);
	return 0;
}

const struct bus_method bus_device_methods[] = {
	{ DEVICE, "Bind", "driver-bind", describe_bind, run_bind, bus_reply_json },
	{ DEVICE, "Unbind", "driver-bind", describe_claim, run_unbind, bus_reply_json },
	{ DEVICE, "SetMac", "device-configure", describe_set_mac, run_set_mac,
	  bus_reply_json },
	{ DEVICE, "Destroy", "device-destroy", describe_claim, run_destroy,
	  bus_reply_json },
	{ DEVICE, "Adopt", "document-apply", bus_call_describe_device, run_adopt,
	  bus_reply_json },
	{ DEVICE, "Demand", "device-create", bus_call_describe_device, run_demand,
	  bus_reply_json },
	{ DEVICE, "Announce", "device-announce", bus_call_describe_device, run_announce,
	  bus_reply_json },
	{ DEVICE, "SetConsumer", "device-announce", bus_call_describe_device,
	  bus_run_set_consumer, NULL },
	{ DEVICE, "Holders", "stats-read", bus_call_describe_device, run_holders,
	  reply_holders },
	{ DEVICE, "Statistics", "stats-read", bus_call_describe_device, run_statistics,
	  bus_reply_json },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define METHOD(member, in, names_in, out, names_out)                               \
	SD_BUS_METHOD_WITH_NAMES(member, in, names_in, out, names_out, bus_method, \
				 SD_BUS_VTABLE_UNPRIVILEGED)

const sd_bus_vtable bus_device_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Name", "s", get_property, 0, CONST),
	SD_BUS_PROPERTY("Class", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("ManagementDevice", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Driver", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("State", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Managed", "b", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Document", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("LibvirtName", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Domain", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("CharDevice", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Virtio", "a{sv}", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Features", "as", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Limits", "a{sv}", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Config", "a{sv}", get_property, 0, CHANGES),
	METHOD("Bind", "sst",
	       SD_BUS_PARAM(driver) SD_BUS_PARAM(claim) SD_BUS_PARAM(timeout_usec), "s",
	       SD_BUS_PARAM(results)),
	METHOD("Unbind", "st", SD_BUS_PARAM(claim) SD_BUS_PARAM(timeout_usec), "s",
	       SD_BUS_PARAM(results)),
	METHOD("SetMac", "sst",
	       SD_BUS_PARAM(mac) SD_BUS_PARAM(claim) SD_BUS_PARAM(timeout_usec), "s",
	       SD_BUS_PARAM(results)),
	METHOD("Destroy", "st", SD_BUS_PARAM(claim) SD_BUS_PARAM(timeout_usec), "s",
	       SD_BUS_PARAM(results)),
	METHOD("Adopt", "t", SD_BUS_PARAM(timeout_usec), "s", SD_BUS_PARAM(results)),
	METHOD("Demand", "sbt",
	       SD_BUS_PARAM(consumer) SD_BUS_PARAM(wanted) SD_BUS_PARAM(timeout_usec),
	       "s", SD_BUS_PARAM(results)),
	METHOD("Announce", "t", SD_BUS_PARAM(timeout_usec), "s", SD_BUS_PARAM(results)),
	METHOD("SetConsumer", "ss", SD_BUS_PARAM(libvirt_name) SD_BUS_PARAM(domain),
	       "", ),
	METHOD("Holders", "", , "a(us)", SD_BUS_PARAM(holders)),
	METHOD("Statistics", "ut", SD_BUS_PARAM(queue) SD_BUS_PARAM(timeout_usec), "s",
	       SD_BUS_PARAM(json)),
	SD_BUS_VTABLE_END,
};
