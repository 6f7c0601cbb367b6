// SPDX-License-Identifier: GPL-2.0-or-later
/* org.vdpad1.Manager: what concerns no single device that is there, and much at once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus.h"

#define MANAGER BUS_NAME ".Manager"

const struct bus_property bus_manager_properties[] = {
	{ "State", "s", { "state" } },
	{ "DesiredGeneration", "t", { "desired_generation" } },
	{ "ObservedGeneration", "t", { "observed_generation" } },
	{ NULL, NULL, {} },
};

static int get_property(sd_bus *connection, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *error)
{
	struct json_object *status = manager_get_status(bus_get_manager(userdata));
	int r = status ? bus_append_property(reply, bus_manager_properties, property,
					     status, error)
		       : -ENOMEM;

	(void)connection;
	(void)path;
	(void)interface;
	json_object_put(status);
	return r;
}

static int get_version(sd_bus *connection, const char *path, const char *interface,
		       const char *property, sd_bus_message *reply, void *userdata,
		       sd_bus_error *error)
{
	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)userdata;
	(void)error;
	return sd_bus_message_append(reply, "s", PACKAGE_VERSION);
}

/* ---- Reading ---- */

static int send_text(struct bus_call *request, const char *text)
{
	sd_bus_message *reply = NULL;
	int fd = bus_memory_file(text, strlen(text));
	int r = fd;

	if (r >= 0)
		r = sd_bus_message_new_method_return(request->call, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "h", fd);
	if (fd >= 0)
		close(fd);
	bus_call_send(request, reply, r);
	return 0;
}

static int run_snapshot(struct bus_call *request, sd_bus_message *call)
{
	struct manager *manager = bus_get_manager(request->bus);
	struct json_object *object;
	const char *kind;
	int r = sd_bus_message_read(call, "s", &kind);

	if (r < 0)
		return r;
	object = !strcmp(kind, "status") ? manager_get_status(manager)
					 : manager_get_listing(manager, kind);
	if (!object)
		return -EINVAL;
	r = send_text(request,
		      json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
	return r;
}

static int run_metrics(struct bus_call *request, sd_bus_message *call)
{
	char *text = manager_get_metrics(bus_get_manager(request->bus));
	int r;

	(void)call;
	if (!text)
		return -ENOMEM;
	r = send_text(request, text);
	free(text);
	return r;
}

static int run_read_document(struct bus_call *request, sd_bus_message *call)
{
	struct vdpam_error *error = NULL;
	const char *name;
	char *text;
	int r = sd_bus_message_read(call, "s", &name);

	if (r < 0)
		return r;
	text = manager_get_document(bus_get_manager(request->bus), name, &error);
	if (text)
		send_text(request, text);
	else if (error)
		bus_call_answer(request, error, NULL);
	else
		r = -ENOMEM;
	vdpam_error_free(error);
	free(text);
	return r;
}

/* No argument but the time. */
static int run_bare(struct bus_call *request, sd_bus_message *call,
		    void (*run)(struct manager *manager,
				const struct manager_reply *reply))
{
	struct manager_reply reply;
	uint64_t timeout_usec;
	int r = sd_bus_message_read(call, "t", &timeout_usec);

	if (r < 0)
		return r;
	reply = bus_call_reply(request, timeout_usec);
	run(bus_get_manager(request->bus), &reply);
	return 0;
}

static int run_refresh(struct bus_call *request, sd_bus_message *call)
{
	return run_bare(request, call, manager_look);
}

/* ---- Devices ---- */

static int read_wish(sd_bus_message *call, struct vdpam_device_wish *wish, int *persist)
{
	const char *mac = NULL;
	const struct bus_option options[] = {
		{ "mac", 's', &mac, NULL },
		{ "mtu", 'u', &wish->mtu, NULL },
		{ "max_vqp", 'u', &wish->max_vqp, NULL },
		{ "features", 't', &wish->features, &wish->has_features },
		{ "driver", 's', &wish->driver, NULL },
		{ "persist", 'b', persist, NULL },
	};
	int r = bus_read_options(call, options, sizeof(options) / sizeof(*options));

	if (r >= 0 && mac && (vdpam_mac_parse(mac, &wish->mac) < 0 || !wish->mac))
		r = -EINVAL;
	if (r >= 0 && wish->driver &&
	    vdpam_driver_parse(wish->driver, &wish->driver, NULL) < 0)
		r = -EINVAL;
	return r;
}

static int describe_create(struct bus_call *request, sd_bus_message *call)
{
	struct vdpam_device_wish wish = {};
	const char *mgmtdev;
	int persist = 0, r = sd_bus_message_read(call, "ss", &wish.name, &mgmtdev);

	if (r >= 0)
		r = bus_call_set_detail(request, BUS_DETAIL_DEVICE, wish.name);
	if (r >= 0)
		r = bus_call_set_detail(request, BUS_DETAIL_MGMTDEV, mgmtdev);
	if (r >= 0)
		r = read_wish(call, &wish, &persist);
	if (r >= 0 && wish.driver)
		r = bus_call_set_detail(request, BUS_DETAIL_DRIVER, wish.driver);
	if (persist)
		request->claim = MANAGER_CLAIM_PERSIST;
	return r;
}

static int run_create(struct bus_call *request, sd_bus_message *call)
{
	struct vdpam_device_wish wish = {};
	struct manager_reply reply;
	uint64_t timeout_usec;
	const char *mgmtdev;
	char *handle;
	int persist = 0, r = sd_bus_message_read(call, "ss", &wish.name, &mgmtdev);

	if (r >= 0)
		r = read_wish(call, &wish, &persist);
	if (r >= 0)
		r = sd_bus_message_read(call, "t", &timeout_usec);
	if (r < 0)
		return r;
	handle = bus_call_read_name(request, mgmtdev);
	if (!handle)
		return 0;
	wish.mgmtdev = handle;
	reply = bus_call_reply(request, timeout_usec);
	manager_create(bus_get_manager(request->bus), &wish, persist, &reply);
	free(handle);
	return 0;
}

static int run_holders(struct bus_call *request, sd_bus_message *call)
{
	struct manager_reply reply;
	uint64_t timeout_usec;
	char **texts = NULL, **names;
	size_t count = 0;
	int r = sd_bus_message_read_strv(call, &texts);

	if (r >= 0)
		r = sd_bus_message_read(call, "t", &timeout_usec);
	while (r >= 0 && texts && texts[count])
		count++;
	names = calloc(count + 1, sizeof(*names));
	if (!names)
		r = -ENOMEM;
	for (size_t i = 0; i < count && r >= 0; i++)
		r = vdpam_name_unescape(texts[i], &names[i]);
	if (r >= 0) {
		reply = bus_call_reply(request, timeout_usec);
		manager_get_holders(bus_get_manager(request->bus),
				    (const char *const *)names, count, &reply);
	}
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
		free(names ? names[i] : NULL);
	}
	free(texts);
	free(names);
	return r < 0 ? r : 0;
}

/* ---- Documents ---- */

static int read_apply(sd_bus_message *call, unsigned int *ret_flags,
		      uint64_t *ret_timeout_usec)
{
	int prune = 0, check = 0, collateral = 0, rollback = 0;
	const struct bus_option options[] = {
		{ "prune", 'b', &prune, NULL },
		{ "check", 'b', &check, NULL },
		{ "allow_collateral", 'b', &collateral, NULL },
		{ "rollback", 'b', &rollback, NULL },
	};
	int r = bus_read_options(call, options, sizeof(options) / sizeof(*options));

	*ret_flags = (prune ? MANAGER_APPLY_PRUNE : 0U) |
		     (check ? MANAGER_APPLY_CHECK : 0U) |
		     (collateral ? MANAGER_APPLY_COLLATERAL : 0U) |
		     (rollback ? MANAGER_APPLY_ROLLBACK : 0U);
	return r < 0 ? r : sd_bus_message_read(call, "t", ret_timeout_usec);
}

static int apply(struct bus_call *request, const char *name, const char *text,
		 size_t size, unsigned int flags, uint64_t timeout_usec)
{
	struct manager_reply reply = bus_call_reply(request, timeout_usec);

	manager_apply(bus_get_manager(request->bus), name, text, size, flags, &reply);
	return 0;
}

static int run_apply(struct bus_call *request, sd_bus_message *call)
{
	const char *name, *text;
	uint64_t timeout_usec;
	unsigned int flags;
	int r = sd_bus_message_read(call, "ss", &name, &text);

	if (r >= 0)
		r = read_apply(call, &flags, &timeout_usec);
	return r < 0 ? r : apply(request, name, text, strlen(text), flags, timeout_usec);
}

static int run_apply_file(struct bus_call *request, sd_bus_message *call)
{
	const char *name;
	uint64_t timeout_usec;
	unsigned int flags;
	char *text = NULL;
	size_t size;
	int fd, r = sd_bus_message_read(call, "sh", &name, &fd);

	if (r >= 0)
		r = read_apply(call, &flags, &timeout_usec);
	if (r >= 0)
		r = bus_read_file(fd, &text, &size);
	if (r >= 0)
		r = apply(request, name, text, size, flags, timeout_usec);
	free(text);
	return r;
}

static int run_remove_document(struct bus_call *request, sd_bus_message *call)
{
	struct manager_reply reply;
	uint64_t timeout_usec;
	const char *name;
	int prune, r = sd_bus_message_read(call, "sbt", &name, &prune, &timeout_usec);

	if (r < 0)
		return r;
	reply = bus_call_reply(request, timeout_usec);
	manager_remove_document(bus_get_manager(request->bus), name, prune, &reply);
	return 0;
}

static int run_reload(struct bus_call *request, sd_bus_message *call)
{
	return run_bare(request, call, manager_reload);
}

/* ---- Tables ---- */

const struct bus_method bus_manager_methods[] = {
	{ MANAGER, "Snapshot", NULL, NULL, run_snapshot, NULL },
	{ MANAGER, "Refresh", NULL, NULL, run_refresh, NULL },
	{ MANAGER, "Metrics", NULL, NULL, run_metrics, NULL },
	{ MANAGER, "ReadDocument", NULL, NULL, run_read_document, NULL },
	{ MANAGER, "Create", "device-create", describe_create, run_create,
	  bus_reply_json },
	{ MANAGER, "Holders", "stats-read", NULL, run_holders, bus_reply_json },
	{ MANAGER, "SetVfCount", "function-manage", bus_describe_handle,
	  bus_run_set_vf_count, bus_reply_json },
	{ MANAGER, "SetVf", "function-manage", bus_describe_handle, bus_run_set_vf,
	  bus_reply_json },
	{ MANAGER, "AddSf", "function-manage", bus_describe_handle, bus_run_add_sf,
	  bus_reply_json },
	{ MANAGER, "DeleteSf", "function-manage", bus_describe_handle, bus_run_delete_sf,
	  bus_reply_json },
	{ MANAGER, "CreateMdev", "function-manage", bus_describe_handle,
	  bus_run_create_mdev, bus_reply_json },
	{ MANAGER, "RemoveMdev", "function-manage", bus_describe_handle,
	  bus_run_remove_mdev, bus_reply_json },
	{ MANAGER, "BindFunction", "function-manage", bus_describe_bind_function,
	  bus_run_bind_function, bus_reply_json },
	{ MANAGER, "Apply", "document-apply", NULL, run_apply, bus_reply_json },
	{ MANAGER, "ApplyFile", "document-apply", NULL, run_apply_file, bus_reply_json },
	{ MANAGER, "RemoveDocument", "document-apply", NULL, run_remove_document,
	  bus_reply_json },
	{ MANAGER, "Reload", "daemon-manage", NULL, run_reload, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define METHOD(member, in, names_in, out, names_out)                               \
	SD_BUS_METHOD_WITH_NAMES(member, in, names_in, out, names_out, bus_method, \
				 SD_BUS_VTABLE_UNPRIVILEGED)
#define TIMEOUT SD_BUS_PARAM(timeout_usec)
#define RESULTS SD_BUS_PARAM(results)

const sd_bus_vtable bus_manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("State", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("DesiredGeneration", "t", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("ObservedGeneration", "t", get_property, 0, CHANGES),
	METHOD("Snapshot", "s", SD_BUS_PARAM(kind), "h", SD_BUS_PARAM(json)),
	METHOD("Refresh", "t", TIMEOUT, "", ),
	METHOD("Metrics", "", , "h", SD_BUS_PARAM(text)),
	METHOD("Create", "ssa{sv}t",
	       SD_BUS_PARAM(name) SD_BUS_PARAM(mgmtdev) SD_BUS_PARAM(options) TIMEOUT,
	       "s", RESULTS),
	METHOD("Holders", "ast", SD_BUS_PARAM(names) TIMEOUT, "s", SD_BUS_PARAM(json)),
	METHOD("SetVfCount", "subt",
	       SD_BUS_PARAM(pf) SD_BUS_PARAM(count) SD_BUS_PARAM(force) TIMEOUT, "s",
	       RESULTS),
	METHOD("SetVf", "sua{sv}t",
	       SD_BUS_PARAM(pf) SD_BUS_PARAM(index) SD_BUS_PARAM(settings) TIMEOUT, "s",
	       RESULTS),
	METHOD("AddSf", "sua{sv}t",
	       SD_BUS_PARAM(pf) SD_BUS_PARAM(sfnum) SD_BUS_PARAM(options) TIMEOUT, "s",
	       RESULTS),
	METHOD("DeleteSf", "subt",
	       SD_BUS_PARAM(pf) SD_BUS_PARAM(sfnum) SD_BUS_PARAM(force) TIMEOUT, "s",
	       RESULTS),
	METHOD("CreateMdev", "ssst",
	       SD_BUS_PARAM(parent) SD_BUS_PARAM(type) SD_BUS_PARAM(uuid) TIMEOUT, "s",
	       RESULTS),
	METHOD("RemoveMdev", "st", SD_BUS_PARAM(uuid) TIMEOUT, "s", RESULTS),
	METHOD("BindFunction", "sst", SD_BUS_PARAM(handle) SD_BUS_PARAM(driver) TIMEOUT,
	       "s", RESULTS),
	METHOD("Apply", "ssa{sv}t",
	       SD_BUS_PARAM(name) SD_BUS_PARAM(document) SD_BUS_PARAM(options) TIMEOUT,
	       "s", RESULTS),
	METHOD("ApplyFile", "sha{sv}t",
	       SD_BUS_PARAM(name) SD_BUS_PARAM(document) SD_BUS_PARAM(options) TIMEOUT,
	       "s", RESULTS),
	METHOD("ReadDocument", "s", SD_BUS_PARAM(name), "h", SD_BUS_PARAM(text)),
	METHOD("RemoveDocument", "sbt", SD_BUS_PARAM(name) SD_BUS_PARAM(prune) TIMEOUT,
	       "s", RESULTS),
	METHOD("Reload", "t", TIMEOUT, "", ),
	SD_BUS_VTABLE_END,
};
