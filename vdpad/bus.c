// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to the bus, and the objects on it. Never waits for anybody.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus-private.h"

#define RECONNECT_USEC (1 * UINT64_C(1000000))

struct manager *bus_get_manager(struct bus *bus)
{
	return bus->manager;
}

struct json_object *bus_get_device(struct bus *bus, const char *name)
{
	return json_object_object_get(bus->devices, name);
}

struct json_object *bus_get_mgmtdev(struct bus *bus, const char *handle)
{
	return json_object_object_get(bus->mgmtdevs, handle);
}

/* ---- What the manager tells ---- */

/* The path of an object, to be freed; NULL: no memory, or the connection is lost. */
static char *path_of(const struct bus *bus, const char *prefix, const char *name)
{
	char *path = NULL;

	if (!bus->connection || sd_bus_path_encode(prefix, name, &path) < 0)
		return NULL;
	return path;
}

#define PROPERTIES_MAX 20

static bool is_made_of(const struct bus_property *property, const char *key)
{
	for (const char *const *own = property->keys; *own; own++) {
		if (!strcmp(*own, key))
			return true;
	}
	return false;
}

/* Each property once, whatever keys are behind it. */
static void add_property(const char *properties[PROPERTIES_MAX + 1], const char *property)
{
	size_t i = 0;

	while (properties[i] && strcmp(properties[i], property))
		i++;
	if (i < PROPERTIES_MAX)
		properties[i] = property;
}

static void tell_changed(struct bus *bus, const char *path, const char *interface,
			 const struct bus_property *table, const char *const *keys,
			 size_t n_keys)
{
	const char *properties[PROPERTIES_MAX + 1] = {};

	for (size_t i = 0; i < n_keys; i++) {
		for (const struct bus_property *entry = table; entry->name; entry++) {
			if (is_made_of(entry, keys[i]))
				add_property(properties, entry->name);
		}
	}
	if (properties[0])
		sd_bus_emit_properties_changed_strv(bus->connection, path, interface,
						    (char **)properties);
}

struct kind {
	const char *prefix, *interface;
	const struct bus_property *properties;
};

static void tell(struct bus *bus, const struct kind *kind, enum manager_change change,
		 const char *name, const char *const *keys, size_t n_keys)
{
	char *path = path_of(bus, kind->prefix, name);

	if (!path)
		return;
	switch (change) {
	case MANAGER_ADDED:
		sd_bus_emit_interfaces_added(bus->connection, path, kind->interface,
					     NULL);
		break;
	case MANAGER_CHANGED:
		tell_changed(bus, path, kind->interface, kind->properties, keys, n_keys);
		break;
	case MANAGER_REMOVED:
		sd_bus_emit_interfaces_removed(bus->connection, path, kind->interface,
					       NULL);
		break;
	}
	free(path);
}

static void keep(struct json_object *map, enum manager_change change, const char *name,
		 struct json_object *object)
{
	if (change == MANAGER_REMOVED)
		json_object_object_del(map, name);
	else
		json_object_object_add(map, name, json_object_get(object));
}

static void on_device(void *userdata, enum manager_change change, const char *name,
		      struct json_object *object, const char *const *keys, size_t n_keys)
{
	static const struct kind kind = { BUS_DEVICES, BUS_NAME ".Device",
					  bus_device_properties };
	struct bus *bus = userdata;

	keep(bus->devices, change, name, object);
	tell(bus, &kind, change, name, keys, n_keys);
}

static void on_mgmtdev(void *userdata, enum manager_change change, const char *handle,
		       struct json_object *object, const char *const *keys, size_t n_keys)
{
	static const struct kind kind = { BUS_MGMTDEVS, BUS_NAME ".ManagementDevice",
					  bus_mgmtdev_properties };
	struct bus *bus = userdata;

	keep(bus->mgmtdevs, change, handle, object);
	tell(bus, &kind, change, handle, keys, n_keys);
}

static void on_status(void *userdata, const char *const *keys, size_t n_keys)
{
	struct bus *bus = userdata;

	if (bus->connection)
		tell_changed(bus, BUS_ROOT, BUS_NAME ".Manager", bus_manager_properties,
			     keys, n_keys);
}

/* ---- Objects ---- */

/*
 * Every path that could be an object's is taken: a device that the kernel has, and we have not seen
 * yet, can be called, and what there is not is refused in words of ours.
 */
static int find_object(sd_bus *connection, const char *path, const char *interface,
		       void *userdata, void **ret_found, sd_bus_error *error)
{
	char *name = NULL;
	int r = sd_bus_path_decode(path, BUS_DEVICES, &name);

	(void)connection;
	(void)interface;
	(void)error;
	if (!r)
		r = sd_bus_path_decode(path, BUS_MGMTDEVS, &name);
	if (r > 0 && !*name)
		r = 0;
	free(name);
	*ret_found = userdata;
	return r;
}

static int list_paths(struct json_object *map, const char *prefix, char ***ret_paths)
{
	char **paths = calloc((size_t)json_object_object_length(map) + 1, sizeof(*paths));
	size_t count = 0;

	if (!paths)
		return -ENOMEM;
	json_object_object_foreach(map, name, object)
	{
		(void)object;
		if (sd_bus_path_encode(prefix, name, &paths[count]) >= 0)
			count++;
	}
	*ret_paths = paths;
	return 0;
}

static int list_devices(sd_bus *connection, const char *prefix, void *userdata,
			char ***ret_paths, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)connection;
	(void)prefix;
	(void)error;
	return list_paths(bus->devices, BUS_DEVICES, ret_paths);
}

static int list_mgmtdevs(sd_bus *connection, const char *prefix, void *userdata,
			 char ***ret_paths, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)connection;
	(void)prefix;
	(void)error;
	return list_paths(bus->mgmtdevs, BUS_MGMTDEVS, ret_paths);
}

static int add_objects(struct bus *bus, sd_bus *connection)
{
	int r = sd_bus_add_object_manager(connection, NULL, BUS_ROOT);

	if (r >= 0)
		r = sd_bus_add_object_vtable(connection, NULL, BUS_ROOT,
					     BUS_NAME ".Manager", bus_manager_vtable,
					     bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(connection, NULL, BUS_DEVICES,
					       BUS_NAME ".Device", bus_device_vtable,
					       find_object, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(connection, NULL, BUS_MGMTDEVS,
					       BUS_NAME ".ManagementDevice",
					       bus_mgmtdev_vtable, find_object, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(connection, NULL, BUS_DEVICES,
					       list_devices, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(connection, NULL, BUS_MGMTDEVS,
					       list_mgmtdevs, bus);
	return r;
}

/* ---- The connection ---- */

static void end_requests(struct bus *bus)
{
	while (bus->requests) {
		manager_cancel(bus->manager, bus->requests);
		bus_call_free(bus->requests);
	}
}

static int connect_bus(struct bus *bus);

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct bus *bus = userdata;

	(void)usec;
	if (connect_bus(bus) >= 0)
		return 0;
	sd_event_source_set_time_relative(source, RECONNECT_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* What was asked cannot be answered any more; what was begun goes on. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)message;
	(void)error;
	end_requests(bus);
	bus_consumers_forget(bus);
	bus->connection = sd_bus_close_unref(bus->connection);
	sd_event_source_unref(bus->reconnect);
	bus->reconnect = NULL;
	return sd_event_add_time_relative(bus->event, &bus->reconnect, CLOCK_MONOTONIC,
					  RECONNECT_USEC, 0, on_reconnect, bus);
}

static int set_up(struct bus *bus, sd_bus *connection)
{
	int r = add_objects(bus, connection);

	if (r >= 0)
		r = sd_bus_match_signal(connection, NULL, NULL,
					"/org/freedesktop/DBus/Local",
					"org.freedesktop.DBus.Local", "Disconnected",
					on_disconnected, bus);
	if (r >= 0)
		r = sd_bus_request_name(connection, BUS_NAME, 0);
	if (r >= 0)
		r = sd_bus_attach_event(connection, bus->event, SD_EVENT_PRIORITY_NORMAL);
	return r;
}

static int connect_bus(struct bus *bus)
{
	sd_bus *connection = NULL;
	int r = sd_bus_open_system(&connection);

	if (r < 0)
		return r;
	r = set_up(bus, connection);
	if (r < 0)
		sd_bus_close_unref(connection);
	else
		bus->connection = connection;
	return r < 0 ? r : 0;
}

int bus_new(sd_event *event, struct manager *manager, struct bus **ret_bus)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	struct manager_observer observer = {
		.userdata = bus,
		.device = on_device,
		.mgmtdev = on_mgmtdev,
		.status = on_status,
	};
	int r;

	if (!bus)
		return -ENOMEM;
	bus->event = sd_event_ref(event);
	bus->manager = manager;
	bus->devices = json_object_new_object();
	bus->mgmtdevs = json_object_new_object();
	r = bus->devices && bus->mgmtdevs ? connect_bus(bus) : -ENOMEM;
	if (r < 0) {
		bus_free(bus);
		return r;
	}
	manager_set_observer(manager, &observer);
	*ret_bus = bus;
	return 0;
}

struct bus *bus_free(struct bus *bus)
{
	if (!bus)
		return NULL;
	manager_set_observer(bus->manager, NULL);
	end_requests(bus);
	sd_bus_track_unref(bus->consumers);
	sd_event_source_unref(bus->reconnect);
	sd_bus_flush_close_unref(bus->connection);
	json_object_put(bus->devices);
	json_object_put(bus->mgmtdevs);
	sd_event_unref(bus->event);
	free(bus);
	return NULL;
}
