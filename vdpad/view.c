// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known, as JSON, whenever somebody asks. Reads the last look; asks nobody. */
#include "manager-private.h"

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static struct json_object *text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *escaped(const char *name)
{
	AUTO_FREE char *shown = name ? vdpam_name_escape(name) : NULL;

	return text(shown);
}

/* ---- Devices ------------------------------------------------------------------------------- */

const char *manager_get_document_of(struct manager *manager, const char *name)
{
	const struct target *target = targets_find(&manager->targets, name);
	const struct stored *stored =
		target && target->file ? store_find_path(&manager->store, target->file)
				       : NULL;

	return stored ? stored->name : NULL;
}

/* One that a document names and the kernel does not have. */
static struct json_object *new_absent(const struct target *target)
{
	static const char *const unknown[] = { "driver",      "vendor_id",   "max_vqs",
					       "max_vq_size", "min_vq_size", "features",
					       "config",      "chardev",     "virtio" };
	struct json_object *object = json_object_new_object();

	add(object, "name", escaped(target->name));
	add(object, "class", NULL);
	add(object, "mgmtdev", escaped(target->mgmtdev));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		add(object, unknown[i],
		    strcmp(unknown[i], "config") ? NULL : json_object_new_object());
	return object;
}

static void add_thoughts(const struct manager *manager, struct json_object *object,
			 const struct target *target)
{
	const struct stored *stored =
		target && target->file ? store_find_path(&manager->store, target->file)
				       : NULL;

	add(object, "managed", json_object_new_boolean(target && target->file));
	add(object, "document", text(stored ? stored->name : NULL));
	add(object, "state",
	    text(device_state_name(target ? target->r.state : STATE_UNKNOWN)));
	add(object, "libvirt_name", text(target ? target->libvirt_name : NULL));
	add(object, "domain", text(target ? target->domain : NULL));
}

static struct json_object *new_device(const struct manager *manager,
				      const struct vdpam_device *device,
				      const struct target *target)
{
	struct json_object *object =
		device ? vdpam_device_to_json(device) : new_absent(target);

	if (object)
		add_thoughts(manager, object, target);
	return object;
}

struct json_object *view_device(const struct manager *manager, const char *name)
{
	const struct target *target = targets_find(&manager->targets, name);
	const struct vdpam_device *device =
		manager->snapshot ? vdpam_snapshot_find_device(manager->snapshot, name)
				  : NULL;

	return device || (target && target->file) ? new_device(manager, device, target)
						  : NULL;
}

struct json_object *manager_get_device(struct manager *manager, const char *name)
{
	return view_device(manager, name);
}

struct json_object *manager_get_mgmtdev(struct manager *manager, const char *handle)
{
	const struct vdpam_mgmtdev *mgmtdev =
		manager->snapshot ? vdpam_snapshot_find_mgmtdev(manager->snapshot, handle)
				  : NULL;

	return mgmtdev ? vdpam_mgmtdev_to_json(manager->snapshot, mgmtdev) : NULL;
}

/* Those of the kernel in its order, then those that are wanted. */
static struct json_object *list_devices(const struct manager *manager)
{
	struct json_object *rows = json_object_new_array();
	const struct vdpam_device *device = NULL;
	struct target *target;

	while (manager->snapshot &&
	       (device = vdpam_device_next(manager->snapshot, device)))
		json_object_array_add(
			rows, new_device(manager, device,
					 targets_find(&manager->targets,
						      vdpam_device_get_name(device))));
	targets_foreach(&manager->targets, target, entry)
	{
		if (target->file && !target->present)
			json_object_array_add(rows, new_device(manager, NULL, target));
	}
	return rows;
}

/* ---- Documents ----------------------------------------------------------------------------- */

static struct json_object *list_devices_of(const struct manager *manager,
					   const struct stored *stored)
{
	struct json_object *names = json_object_new_array();
	struct target *target;

	targets_foreach(&manager->targets, target, entry)
	{
		if (target->file && !strcmp(target->file, stored->path))
			json_object_array_add(names, escaped(target->name));
	}
	return names;
}

static struct json_object *list_documents(const struct manager *manager)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < manager->store.count; i++) {
		const struct stored *stored = manager->store.documents[i];
		struct json_object *row = json_object_new_object();

		add(row, "name", escaped(stored->name));
		add(row, "file", escaped(stored->path));
		add(row, "applied", json_object_new_boolean(stored->place == STORE_VAR));
		add(row, "devices", list_devices_of(manager, stored));
		add(row, "fault", text(stored->fault));
		json_object_array_add(rows, row);
	}
	return rows;
}

/* ---- Listings ------------------------------------------------------------------------------ */

static struct json_object *new_listing(const char *kind, struct json_object *rows)
{
	struct json_object *listing = json_object_new_object();

	add(listing, "version", json_object_new_int(1));
	add(listing, kind, rows);
	return listing;
}

/* The part of a snapshot's JSON that has this key. */
static struct json_object *list_part(const struct manager *manager, const char *kind)
{
	struct json_object *snapshot =
		manager->snapshot ? vdpam_snapshot_to_json(manager->snapshot) : NULL;
	struct json_object *rows = snapshot ? json_object_object_get(snapshot, kind)
					    : json_object_new_array();

	if (snapshot)
		json_object_get(rows);
	json_object_put(snapshot);
	return rows;
}

static struct json_object *new_snapshot(const struct manager *manager)
{
	struct json_object *snapshot =
		manager->snapshot ? vdpam_snapshot_to_json(manager->snapshot)
				  : new_listing("mgmtdevs", json_object_new_array());

	add(snapshot, "devices", list_devices(manager));
	add(snapshot, "state", text(view_state(manager)));
	return snapshot;
}

struct json_object *manager_get_listing(struct manager *manager, const char *kind)
{
	if (!strcmp(kind, "devices"))
		return new_listing(kind, list_devices(manager));
	if (!strcmp(kind, "documents"))
		return new_listing(kind, list_documents(manager));
	if (!strcmp(kind, "snapshot"))
		return new_snapshot(manager);
	if (!strcmp(kind, "mgmtdevs") || !strcmp(kind, "drivers") ||
	    !strcmp(kind, "functions"))
		return new_listing(kind, list_part(manager, kind));
	return NULL;
}

/* ---- Status -------------------------------------------------------------------------------- */

const char *view_state(const struct manager *manager)
{
	if (manager->look.stuck)
		return "kernel-stuck";
	if (!manager->snapshot)
		return "unknown";
	return manager->runs ? "working" : "settled";
}

void view_count_states(const struct manager *manager, size_t counts[STATE_COUNT])
{
	struct target *target;

	memset(counts, 0, STATE_COUNT * sizeof(*counts));
	targets_foreach(&manager->targets, target, entry)
	{
		counts[target->r.state]++;
	}
}

static struct json_object *list_states(const struct manager *manager)
{
	struct json_object *rows = json_object_new_array();
	size_t counts[STATE_COUNT];

	view_count_states(manager, counts);
	for (unsigned int state = 0; state < STATE_COUNT; state++) {
		struct json_object *row;

		if (!counts[state])
			continue;
		row = json_object_new_object();
		add(row, "state", text(device_state_name((enum device_state)state)));
		add(row, "devices", json_object_new_uint64(counts[state]));
		json_object_array_add(rows, row);
	}
	return rows;
}

/* One row for each driver that a device has, and for none. */
static struct json_object *list_drivers(const struct manager *manager)
{
	struct json_object *counts = json_object_new_object();
	struct json_object *rows = json_object_new_array(), *count;
	const struct vdpam_device *device = NULL;
	const char none[] = "";

	while (manager->snapshot &&
	       (device = vdpam_device_next(manager->snapshot, device))) {
		const char *driver = vdpam_device_get_driver(device);

		if (!driver)
			driver = none;
		if (json_object_object_get_ex(counts, driver, &count))
			json_object_int_inc(count, 1);
		else
			add(counts, driver, json_object_new_int(1));
	}
	json_object_object_foreach(counts, driver, number)
	{
		struct json_object *row = json_object_new_object();

		add(row, "driver", *driver ? escaped(driver) : NULL);
		add(row, "devices", json_object_get(number));
		json_object_array_add(rows, row);
	}
	json_object_put(counts);
	return rows;
}

static void add_problem(struct json_object *problems, enum vdpam_error_code code,
			const char *target, const char *message, const char *kernel)
{
	struct json_object *problem = json_object_new_object();

	add(problem, "code", text(vdpam_error_code_name(code)));
	add(problem, "target", escaped(target));
	add(problem, "message", text(message));
	add(problem, "kernel", text(kernel));
	json_object_array_add(problems, problem);
}

static void add_failures(const struct lh_table *table, struct json_object *problems)
{
	const struct lh_entry *entry;

	lh_foreach(table, entry)
	{
		const struct target *target = (const struct target *)lh_entry_v(entry);

		if (target->error)
			add_problem(problems, vdpam_error_get_code(target->error),
				    target->name, vdpam_error_get_message(target->error),
				    vdpam_error_get_kernel(target->error));
	}
}

struct json_object *view_problems(const struct manager *manager)
{
	struct json_object *problems = json_object_new_array();

	if (manager->look.fault)
		add_problem(problems, VDPAM_ERROR_KERNEL, NULL, manager->look.fault,
			    NULL);
	for (size_t i = 0; i < manager->store.count; i++) {
		const struct stored *stored = manager->store.documents[i];

		if (stored->fault)
			add_problem(problems, VDPAM_ERROR_INVALID_DOCUMENT, stored->path,
				    stored->fault, NULL);
	}
	for (size_t i = 0; i < manager->n_losses; i++) {
		const struct loss *loss = &manager->losses[i];
		char message[700];

		snprintf(message, sizeof(message), "%s names it too, and %s goes first",
			 loss->loser, loss->winner);
		add_problem(problems, VDPAM_ERROR_MANAGED, loss->name, message, NULL);
	}
	add_failures(manager->targets.functions, problems);
	add_failures(manager->targets.devices, problems);
	return problems;
}

static struct json_object *new_document_counts(const struct manager *manager)
{
	struct json_object *counts = json_object_new_object();

	add(counts, "kept", json_object_new_uint64(manager->store.count));
	add(counts, "faulty", json_object_new_uint64(documents_count_faulty(manager)));
	add(counts, "lost", json_object_new_uint64(manager->n_losses));
	return counts;
}

static void count_objects(const struct manager *manager, size_t *ret_devices,
			  size_t *ret_mgmtdevs)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	const struct vdpam_device *device = NULL;

	*ret_devices = *ret_mgmtdevs = 0;
	while (manager->snapshot &&
	       (device = vdpam_device_next(manager->snapshot, device)))
		++*ret_devices;
	while (manager->snapshot &&
	       (mgmtdev = vdpam_mgmtdev_next(manager->snapshot, mgmtdev)))
		++*ret_mgmtdevs;
}

struct json_object *manager_get_status(struct manager *manager)
{
	struct json_object *status = json_object_new_object();
	int autoprobe =
		manager->snapshot ? vdpam_snapshot_get_autoprobe(manager->snapshot) : -1;
	size_t devices, mgmtdevs;

	count_objects(manager, &devices, &mgmtdevs);
	add(status, "version", json_object_new_int(1));
	add(status, "state", text(view_state(manager)));
	add(status, "mgmtdevs", json_object_new_uint64(mgmtdevs));
	add(status, "devices", json_object_new_uint64(devices));
	add(status, "drivers_autoprobe",
	    autoprobe < 0 ? NULL : json_object_new_boolean(autoprobe));
	add(status, "states", list_states(manager));
	add(status, "drivers", list_drivers(manager));
	add(status, "problems", view_problems(manager));
	add(status, "documents", new_document_counts(manager));
	add(status, "lanes", schedule_get_stuck(manager->schedule));
	add(status, "desired_generation",
	    json_object_new_uint64(manager->desired_generation));
	add(status, "observed_generation",
	    json_object_new_uint64(manager->observed_generation));
	return status;
}
