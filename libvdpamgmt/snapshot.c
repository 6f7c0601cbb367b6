// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A snapshot as a value: its lifetime, the index of its devices by name, iteration, searches. How one
 * is filled is snapshot-look.c's and snapshot-json.c's.
 */
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "objects.h"
#include "private.h"

void *vdpam_append(void *array, size_t *count, size_t size)
{
	char **elements = array;
	void *element;

	if (!(*count & (*count - 1))) {
		char *larger = reallocarray(*elements, *count ? *count * 2 : 1, size);

		if (!larger)
			return NULL;
		*elements = larger;
	}
	element = *elements + (*count)++ * size;
	memset(element, 0, size);
	return element;
}

/* ---- Lifetime ------------------------------------------------------------------------------ */

static struct vdpam_snapshot *snapshot_free(struct vdpam_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_mgmtdevs; i++)
		vdpam_mgmtdev_fini(&snapshot->mgmtdevs[i]);
	for (size_t i = 0; i < snapshot->n_devices; i++)
		vdpam_device_fini(&snapshot->devices[i]);
	for (size_t i = 0; i < snapshot->n_drivers; i++)
		free(snapshot->drivers[i].name);
	for (size_t i = 0; i < snapshot->n_functions; i++)
		vdpam_function_fini(&snapshot->functions[i]);
	free(snapshot->functions);
	free(snapshot->mgmtdevs);
	free(snapshot->devices);
	free(snapshot->by_name);
	free(snapshot->drivers);
	free(snapshot);
	return NULL;
}

struct vdpam_snapshot *vdpam_snapshot_ref(struct vdpam_snapshot *snapshot)
{
	if (snapshot)
		snapshot->refs++;
	return snapshot;
}

struct vdpam_snapshot *vdpam_snapshot_unref(struct vdpam_snapshot *snapshot)
{
	return snapshot && --snapshot->refs == 0 ? snapshot_free(snapshot) : NULL;
}

int vdpam_snapshot_get_autoprobe(const struct vdpam_snapshot *snapshot)
{
	return snapshot->autoprobe;
}

/* ---- The index by name --------------------------------------------------------------------- */

static int compare_devices(const void *a, const void *b)
{
	const struct vdpam_device *const *left = a, *const *right = b;
	int r = strcmp((*left)->info.name, (*right)->info.name);

	/* Of two that are called the same the one that was told first. */
	return r ? r : (*left > *right) - (*left < *right);
}

static int compare_name(const void *name, const void *element)
{
	const struct vdpam_device *const *device = element;

	return strcmp(name, (*device)->info.name);
}

struct vdpam_device *vdpam_snapshot_lookup_device(const struct vdpam_snapshot *snapshot,
						  const char *name)
{
	struct vdpam_device **found;

	if (!snapshot->by_name)
		return NULL;
	found = bsearch(name, snapshot->by_name, snapshot->n_devices, sizeof(*found),
			compare_name);
	return found ? *found : NULL;
}

int vdpam_snapshot_reindex(struct vdpam_snapshot *snapshot, const bool *drop)
{
	size_t kept = 0;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		if (drop && drop[i])
			vdpam_device_fini(&snapshot->devices[i]);
		else
			snapshot->devices[kept++] = snapshot->devices[i];
	}
	snapshot->n_devices = kept;
	free(snapshot->by_name);
	snapshot->by_name = calloc(kept ? kept : 1, sizeof(*snapshot->by_name));
	if (!snapshot->by_name)
		return -ENOMEM;
	for (size_t i = 0; i < kept; i++)
		snapshot->by_name[i] = &snapshot->devices[i];
	qsort(snapshot->by_name, kept, sizeof(*snapshot->by_name), compare_devices);
	return 0;
}

int vdpam_snapshot_index(struct vdpam_snapshot *snapshot)
{
	int r = vdpam_snapshot_reindex(snapshot, NULL);

	for (size_t i = 1; !r && i < snapshot->n_devices; i++) {
		if (!strcmp(snapshot->by_name[i - 1]->info.name,
			    snapshot->by_name[i]->info.name))
			r = -EINVAL;
	}
	return r;
}

/* ---- Iteration and searches ---------------------------------------------------------------- */

#define NEXT(array, count, previous)                                                 \
	((previous) ? ((size_t)((previous) - (array)) + 1 < (count) ? (previous) + 1 \
								    : NULL)          \
		    : ((count) ? (array) : NULL))

const struct vdpam_mgmtdev *vdpam_mgmtdev_next(const struct vdpam_snapshot *snapshot,
					       const struct vdpam_mgmtdev *previous)
{
	return NEXT(snapshot->mgmtdevs, snapshot->n_mgmtdevs, previous);
}

const struct vdpam_device *vdpam_device_next(const struct vdpam_snapshot *snapshot,
					     const struct vdpam_device *previous)
{
	return NEXT(snapshot->devices, snapshot->n_devices, previous);
}

const struct vdpam_driver *vdpam_driver_next(const struct vdpam_snapshot *snapshot,
					     const struct vdpam_driver *previous)
{
	return NEXT(snapshot->drivers, snapshot->n_drivers, previous);
}

const struct vdpam_mgmtdev *vdpam_snapshot_find_mgmtdev(
	const struct vdpam_snapshot *snapshot, const char *handle)
{
	for (size_t i = 0; i < snapshot->n_mgmtdevs; i++) {
		if (!strcmp(snapshot->mgmtdevs[i].handle, handle))
			return &snapshot->mgmtdevs[i];
	}
	return NULL;
}

const struct vdpam_device *vdpam_snapshot_find_device(
	const struct vdpam_snapshot *snapshot, const char *name)
{
	return vdpam_snapshot_lookup_device(snapshot, name);
}

const struct vdpam_driver *vdpam_snapshot_find_driver(
	const struct vdpam_snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->n_drivers; i++) {
		if (!strcmp(snapshot->drivers[i].name, name))
			return &snapshot->drivers[i];
	}
	return NULL;
}

const struct vdpam_mgmtdev *vdpam_device_find_mgmtdev(
	const struct vdpam_snapshot *snapshot, const struct vdpam_device *device)
{
	return device->mgmtdev ? vdpam_snapshot_find_mgmtdev(snapshot, device->mgmtdev)
			       : NULL;
}
