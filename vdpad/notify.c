// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells the observer which keys of which object are others now. What it was told is kept as a hash
 * of each value, not as the value: there can be thousands of devices.
 */
#include <errno.h>

#include "manager-private.h"

struct told {
	uint32_t hashes[TARGET_KEYS_MAX];
	bool seen;
};

/* FNV-1a; never 0, which stands for a value that was not told. */
static uint32_t hash_of(struct json_object *value)
{
	const char *text =
		value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN)
		      : "null";
	uint32_t hash = 2166136261U;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash ? hash : 1;
}

/* The keys of `object` whose values have other hashes, which are renewed. */
static size_t diff(struct json_object *object, uint32_t hashes[TARGET_KEYS_MAX],
		   const char *keys[TARGET_KEYS_MAX])
{
	size_t count = 0, i = 0;

	json_object_object_foreach(object, key, value)
	{
		uint32_t hash;

		if (i == TARGET_KEYS_MAX)
			break;
		hash = hash_of(value);
		if (hashes[i] != hash)
			keys[count++] = key;
		hashes[i++] = hash;
	}
	return count;
}

/* ---- Devices ------------------------------------------------------------------------------- */

static void tell_device(struct manager *manager, struct target *target)
{
	const struct manager_observer *observer = &manager->observer;
	struct json_object *object = view_device(manager, target->name);
	const char *keys[TARGET_KEYS_MAX];
	bool was_told = target->told;
	size_t count;

	target->dirty = false;
	if (!object)
		return;
	count = diff(object, target->hashes, keys);
	target->told = true;
	if (!was_told)
		observer->device(observer->userdata, MANAGER_ADDED, target->name, object,
				 NULL, 0);
	else if (count)
		observer->device(observer->userdata, MANAGER_CHANGED, target->name,
				 object, keys, count);
	json_object_put(object);
}

void notify_forgotten(struct manager *manager, struct target *target)
{
	const struct manager_observer *observer = &manager->observer;
	const struct vdpam_device *device =
		manager->before
			? vdpam_snapshot_find_device(manager->before, target->name)
			: NULL;
	struct json_object *object;

	if (!manager->has_observer || !target->told)
		return;
	object = device ? vdpam_device_to_json(device) : json_object_new_object();
	observer->device(observer->userdata, MANAGER_REMOVED, target->name, object, NULL,
			 0);
	json_object_put(object);
}

static void tell_devices(struct manager *manager)
{
	struct target *target;

	targets_foreach(&manager->targets, target, entry)
	{
		tell_device(manager, target);
	}
}

/* ---- Management devices -------------------------------------------------------------------- */

static void tell_mgmtdev(struct manager *manager, const struct vdpam_mgmtdev *mgmtdev)
{
	const struct manager_observer *observer = &manager->observer;
	const char *handle = vdpam_mgmtdev_get_handle(mgmtdev), *keys[TARGET_KEYS_MAX];
	struct json_object *object = manager_get_mgmtdev(manager, handle);
	struct told *told = NULL;
	bool is_new;
	size_t count;

	if (!object)
		return;
	is_new = !lh_table_lookup_ex(manager->told_mgmtdevs, handle, (void **)&told);
	if (is_new) {
		char *copy = strdup(handle);

		told = calloc(1, sizeof(*told));
		if (!copy || !told ||
		    lh_table_insert(manager->told_mgmtdevs, copy, told) < 0) {
			free(copy);
			free(told);
			json_object_put(object);
			return;
		}
	}
	told->seen = true;
	count = diff(object, told->hashes, keys);
	if (is_new)
		observer->mgmtdev(observer->userdata, MANAGER_ADDED, handle, object, NULL,
				  0);
	else if (count)
		observer->mgmtdev(observer->userdata, MANAGER_CHANGED, handle, object,
				  keys, count);
	json_object_put(object);
}

static void tell_mgmtdevs(struct manager *manager)
{
	const struct vdpam_snapshot *before = manager->before;
	const struct manager_observer *observer = &manager->observer;
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	struct lh_entry *entry, *next;

	while ((mgmtdev = vdpam_mgmtdev_next(manager->snapshot, mgmtdev)))
		tell_mgmtdev(manager, mgmtdev);
	for (entry = manager->told_mgmtdevs->head; entry; entry = next) {
		struct told *told = (struct told *)lh_entry_v(entry);
		const char *handle = lh_entry_k(entry);
		struct json_object *object;

		next = entry->next;
		if (told->seen) {
			told->seen = false;
			continue;
		}
		mgmtdev = before ? vdpam_snapshot_find_mgmtdev(before, handle) : NULL;
		object = mgmtdev ? vdpam_mgmtdev_to_json(before, mgmtdev)
				 : json_object_new_object();
		observer->mgmtdev(observer->userdata, MANAGER_REMOVED, handle, object,
				  NULL, 0);
		json_object_put(object);
		lh_table_delete_entry(manager->told_mgmtdevs, entry);
	}
}

/* ---- Status -------------------------------------------------------------------------------- */

static void tell_status(struct manager *manager)
{
	const struct manager_observer *observer = &manager->observer;
	struct json_object *status = manager_get_status(manager), *old;
	const char *keys[TARGET_KEYS_MAX];
	size_t count = 0;

	if (!status)
		return;
	/* An age is another each time, and not news. */
	json_object_object_del(status, "lanes");
	json_object_object_foreach(status, key, value)
	{
		if (count < TARGET_KEYS_MAX &&
		    (!json_object_object_get_ex(manager->told_status, key, &old) ||
		     !json_object_equal(old, value)))
			keys[count++] = key;
	}
	if (count)
		observer->status(observer->userdata, keys, count);
	json_object_put(manager->told_status);
	manager->told_status = status;
}

/* ---- When ---------------------------------------------------------------------------------- */

static int on_tell(sd_event_source *source, void *userdata)
{
	struct manager *manager = userdata;
	struct target *target;

	(void)source;
	if (!manager->has_observer)
		return 0;
	targets_foreach(&manager->targets, target, entry)
	{
		if (target->dirty)
			tell_device(manager, target);
	}
	tell_status(manager);
	return 0;
}

void notify_want(struct manager *manager, struct target *target)
{
	if (target)
		target->dirty = true;
	if (manager->has_observer)
		sd_event_source_set_enabled(manager->tell, SD_EVENT_ONESHOT);
}

void notify_all(struct manager *manager)
{
	if (!manager->has_observer)
		return;
	tell_mgmtdevs(manager);
	tell_devices(manager);
	tell_status(manager);
}

void manager_set_observer(struct manager *manager,
			  const struct manager_observer *observer)
{
	struct target *target;

	manager->has_observer = observer != NULL;
	if (!observer)
		return;
	manager->observer = *observer;
	targets_foreach(&manager->targets, target, entry)
	{
		target->told = false;
	}
	while (manager->told_mgmtdevs->head)
		lh_table_delete_entry(manager->told_mgmtdevs,
				      manager->told_mgmtdevs->head);
	if (manager->snapshot)
		notify_all(manager);
}

static void free_told(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
	free(lh_entry_v(entry));
}

int notify_init(struct manager *manager)
{
	int r;

	manager->told_mgmtdevs = lh_kchar_table_new(32, free_told);
	if (!manager->told_mgmtdevs)
		return -ENOMEM;
	r = sd_event_add_defer(manager->event, &manager->tell, on_tell, manager);
	if (r >= 0)
		r = sd_event_source_set_enabled(manager->tell, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

void notify_fini(struct manager *manager)
{
	sd_event_source_disable_unref(manager->tell);
	if (manager->told_mgmtdevs)
		lh_table_free(manager->told_mgmtdevs);
	json_object_put(manager->told_status);
}
