// SPDX-License-Identifier: GPL-2.0-or-later
/* The pool: who belongs where, how it is, and the lists that the kubelet gets. Pure. */
#include "pool.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 63 /* the kubelet's */

struct kube_pool *kube_pool_new(const struct kube_config *config, bool use_cdi)
{
	struct kube_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->config = config;
	pool->use_cdi = use_cdi;
	pool->lists = calloc(config->count, sizeof(*pool->lists));
	pool->versions = calloc(config->count, sizeof(*pool->versions));
	return pool->lists && pool->versions ? pool : kube_pool_free(pool);
}

static void clear_device(struct kube_device *device)
{
	free(device->name);
	free(device->id);
}

struct kube_pool *kube_pool_free(struct kube_pool *pool)
{
	if (!pool)
		return NULL;
	for (size_t i = 0; i < pool->count; i++)
		clear_device(&pool->devices[i]);
	for (size_t i = 0; pool->lists && i < pool->config->count; i++)
		free(pool->lists[i]);
	free(pool->devices);
	free(pool->lists);
	free(pool->versions);
	vdpam_snapshot_unref(pool->snapshot);
	free(pool);
	return NULL;
}

/* ---- How a device is ------------------------------------------------------------------------- */

static const char *trouble_of(const struct kube_device *device)
{
	const char *driver = vdpam_device_get_driver(device->device);

	if (vdpam_device_is_unbinding(device->device))
		return "an unbind waits for those who use it";
	if (!driver)
		return "it has no driver";
	if (strcmp(driver, device->wanted) != 0)
		return "it has another driver than it had when the resource took it";
	if (!strcmp(driver, "vhost_vdpa"))
		return vdpam_device_get_chardev(device->device) ? NULL
								: "it has no char device";
	/* An interface that was moved into a container cannot be seen any more, and is well. */
	return vdpam_device_get_virtio(device->device) &&
			       !vdpam_device_get_virtio_driver(device->device)
		       ? "no driver of this kernel uses its virtio device"
		       : NULL;
}

/* ---- Who belongs where ----------------------------------------------------------------------- */

/* The same device, not another of its name. */
static const struct vdpam_device *find_again(struct vdpam_snapshot *snapshot,
					     const struct kube_device *device)
{
	const struct vdpam_device *found =
		vdpam_snapshot_find_device(snapshot, device->name);

	return found && vdpam_device_get_identity(found) == device->identity ? found
									     : NULL;
}

static void keep_those_there(struct kube_pool *pool)
{
	size_t kept = 0;

	for (size_t i = 0; i < pool->count; i++) {
		struct kube_device *device = &pool->devices[i];

		device->device = find_again(pool->snapshot, device);
		if (device->device)
			pool->devices[kept++] = *device;
		else
			clear_device(device);
	}
	pool->count = kept;
}

static int by_name(const void *a, const void *b)
{
	const struct kube_device *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static int take(struct kube_pool *pool, const struct vdpam_device *device,
		size_t resource)
{
	struct kube_device *taken = &pool->devices[pool->count];

	*taken = (struct kube_device){
		.name = strdup(vdpam_device_get_name(device)),
		.id = vdpam_name_escape(vdpam_device_get_name(device)),
		.identity = vdpam_device_get_identity(device),
		.resource = resource,
		.wanted = !strcmp(vdpam_device_get_driver(device), "vhost_vdpa")
				  ? "vhost_vdpa"
				  : "virtio_vdpa",
		.device = device,
	};
	if (!taken->name || !taken->id) {
		clear_device(taken);
		return -ENOMEM;
	}
	/* One that the kubelet could not name is no use to it. */
	if (strlen(taken->id) > ID_MAX)
		clear_device(taken);
	else
		pool->count++;
	return 0;
}

static int take_new_ones(struct kube_pool *pool)
{
	const struct vdpam_device *device = NULL;
	size_t old = pool->count, total = old;
	struct kube_device *larger;
	int r = 0;

	while ((device = vdpam_device_next(pool->snapshot, device)))
		total++;
	larger = reallocarray(pool->devices, total + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	pool->devices = larger;
	while (!r && (device = vdpam_device_next(pool->snapshot, device))) {
		struct kube_device key = { .name = (char *)vdpam_device_get_name(
						   device) };

		if (bsearch(&key, pool->devices, old, sizeof(key), by_name))
			continue;
		for (size_t i = 0; i < pool->config->count; i++) {
			if (kube_resource_takes(&pool->config->resources[i],
						pool->snapshot, device)) {
				r = take(pool, device, i);
				break;
			}
		}
	}
	qsort(pool->devices, pool->count, sizeof(*pool->devices), by_name);
	return r;
}

/* ---- The lists ------------------------------------------------------------------------------- */

static struct json_object *topology(int node)
{
	struct json_object *object = json_object_new_object();
	struct json_object *nodes = json_object_new_array();
	struct json_object *numa = json_object_new_object();

	json_object_object_add(numa, "ID", json_object_new_int(node));
	json_object_array_add(nodes, numa);
	json_object_object_add(object, "nodes", nodes);
	return object;
}

static struct json_object *list_entry(const struct kube_pool *pool,
				      const struct kube_device *device)
{
	struct json_object *entry = json_object_new_object();
	int node = kube_device_numa_node(pool, device);

	json_object_object_add(entry, "ID", json_object_new_string(device->id));
	json_object_object_add(
		entry, "health",
		json_object_new_string(device->trouble ? "Unhealthy" : "Healthy"));
	if (node >= 0 && !pool->config->resources[device->resource].exclude_topology)
		json_object_object_add(entry, "topology", topology(node));
	return entry;
}

static char *make_list(const struct kube_pool *pool, size_t resource)
{
	struct json_object *reply = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	char *text;

	for (size_t i = 0; i < pool->count; i++) {
		if (pool->devices[i].resource == resource)
			json_object_array_add(devices,
					      list_entry(pool, &pool->devices[i]));
	}
	json_object_object_add(reply, "devices", devices);
	text = strdup(json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN));
	json_object_put(reply);
	return text;
}

static int make_lists(struct kube_pool *pool)
{
	int changed = 0;

	for (size_t i = 0; i < pool->config->count; i++) {
		char *list = make_list(pool, i);

		if (!list)
			return -ENOMEM;
		if (pool->lists[i] && !strcmp(pool->lists[i], list)) {
			free(list);
			continue;
		}
		free(pool->lists[i]);
		pool->lists[i] = list;
		pool->versions[i]++;
		changed = 1;
	}
	return changed;
}

int kube_pool_update(struct kube_pool *pool, struct vdpam_snapshot *snapshot)
{
	int r;

	vdpam_snapshot_ref(snapshot);
	vdpam_snapshot_unref(pool->snapshot);
	pool->snapshot = snapshot;
	keep_those_there(pool);
	r = take_new_ones(pool);
	if (r < 0)
		return r;
	for (size_t i = 0; i < pool->count; i++)
		pool->devices[i].trouble = trouble_of(&pool->devices[i]);
	return make_lists(pool);
}

const struct kube_device *kube_pool_find(const struct kube_pool *pool, size_t resource,
					 const char *id)
{
	for (size_t i = 0; i < pool->count; i++) {
		if (pool->devices[i].resource == resource &&
		    !strcmp(pool->devices[i].id, id))
			return &pool->devices[i];
	}
	return NULL;
}

static const struct vdpam_mgmtdev *mgmtdev_of(const struct kube_pool *pool,
					      const struct kube_device *device)
{
	const char *handle = vdpam_device_get_mgmtdev(device->device);

	return handle ? vdpam_snapshot_find_mgmtdev(pool->snapshot, handle) : NULL;
}

int kube_device_numa_node(const struct kube_pool *pool, const struct kube_device *device)
{
	const struct vdpam_mgmtdev *mgmtdev = mgmtdev_of(pool, device);
	int node = mgmtdev ? vdpam_mgmtdev_get_numa_node(mgmtdev) : -1;

	return node < 0 ? -1 : node;
}

const char *kube_device_pf(const struct kube_pool *pool, const struct kube_device *device)
{
	const struct vdpam_mgmtdev *mgmtdev = mgmtdev_of(pool, device);
	const char *pf = mgmtdev ? vdpam_mgmtdev_get_pf(mgmtdev) : NULL;

	if (pf)
		return pf;
	return mgmtdev ? vdpam_mgmtdev_get_handle(mgmtdev) : "";
}
