// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What follows from what libvirt and vdpad have: what vdpad is to be told of a device, and which ones
 * libvirt sees otherwise than the kernel. Pure but for memory: the lists and the time come in.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

/* libvirt looks by itself when it hears of a change: it is given time for that. */
#define GRACE_USEC UINT64_C(1000000)
#define WAIT_MAX_USEC UINT64_C(60000000)

static bool is_same(const char *text, const char *other)
{
	return text && other ? !strcmp(text, other) : text == other;
}

/* ---- Who is who ---- */

static const struct bridge_node *find_node(const struct bridge_view *view,
					   const char *name)
{
	for (size_t i = 0; i < view->n_nodes; i++) {
		if (!strcmp(view->nodes[i].name, name))
			return &view->nodes[i];
	}
	return NULL;
}

static bool uses(const struct bridge_domain *domain, const struct bridge_device *device)
{
	for (size_t i = 0; i < domain->n_devices; i++) {
		const struct hook_device *own = &domain->devices[i];

		if (own->chardev ? is_same(own->chardev, device->chardev)
				 : is_same(own->name, device->name))
			return true;
	}
	return false;
}

static const char *find_domain(const struct bridge_view *view,
			       const struct bridge_device *device)
{
	for (size_t i = 0; i < view->n_domains; i++) {
		if (uses(&view->domains[i], device))
			return view->domains[i].name;
	}
	return "";
}

/* ---- What libvirt sees otherwise ---- */

static struct bridge_stale *find_stale(struct bridge_stale *stale, const char *name)
{
	while (stale && strcmp(stale->name, name))
		stale = stale->next;
	return stale;
}

static struct bridge_stale *add_stale(struct bridge_stale **stale, const char *name,
				      uint64_t now_usec)
{
	struct bridge_stale *added = calloc(1, sizeof(*added));

	if (added)
		added->name = strdup(name);
	if (!added || !added->name) {
		free(added);
		return NULL;
	}
	added->next_usec = now_usec + GRACE_USEC;
	added->wait_usec = 2 * GRACE_USEC;
	added->next = *stale;
	*stale = added;
	return added;
}

/* It is so now: whether it has been so for long enough. */
static bool is_due(struct bridge_stale *entry, uint64_t now_usec)
{
	if (now_usec < entry->next_usec)
		return false;
	entry->next_usec = now_usec + entry->wait_usec;
	entry->wait_usec *= 2;
	if (entry->wait_usec > WAIT_MAX_USEC)
		entry->wait_usec = WAIT_MAX_USEC;
	return true;
}

/* Those that are as they should be are no longer known; the first time of the others. */
static uint64_t drop_unseen(struct bridge_stale **stale)
{
	uint64_t first_usec = UINT64_MAX;

	while (*stale) {
		struct bridge_stale *entry = *stale;

		if (entry->seen) {
			if (entry->next_usec < first_usec)
				first_usec = entry->next_usec;
			entry->seen = false;
			stale = &entry->next;
			continue;
		}
		*stale = entry->next;
		free(entry->name);
		free(entry);
	}
	return first_usec;
}

/* ---- All of it ---- */

static void decide(const struct bridge_view *view, struct bridge_device *device,
		   struct bridge_stale **stale, uint64_t now_usec)
{
	const struct bridge_node *node = find_node(view, device->name);
	struct bridge_stale *entry;

	device->new_libvirt_name = node ? node->libvirt_name : "";
	device->new_domain = find_domain(view, device);
	device->is_told = !strcmp(device->libvirt_name, device->new_libvirt_name) &&
			  !strcmp(device->domain, device->new_domain);
	device->is_announced = false;
	if (!view->is_known || !device->is_present ||
	    (node && is_same(node->chardev, device->chardev)))
		return;
	entry = find_stale(*stale, device->name);
	if (!entry)
		entry = add_stale(stale, device->name, now_usec);
	if (!entry)
		return;
	entry->seen = true;
	device->is_announced = is_due(entry, now_usec);
}

uint64_t bridge_decide(const struct bridge_view *view, struct bridge_device *devices,
		       size_t count, struct bridge_stale **stale, uint64_t now_usec)
{
	for (size_t i = 0; i < count; i++)
		decide(view, &devices[i], stale, now_usec);
	return drop_unseen(stale);
}

/* ---- Names that become one ---- */

/* Every byte but letters and digits is "_" (libvirt, nodeDeviceGenerateName). */
static bool is_spelled_alike(const char *name, const char *other)
{
	while (*name && *other &&
	       (*name == *other ||
		(!isalnum((unsigned char)*name) && !isalnum((unsigned char)*other)))) {
		name++;
		other++;
	}
	return !*name && !*other;
}

const struct bridge_device *bridge_find_double(const struct bridge_device *devices,
					       size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (devices[i].is_present && devices[index].is_present &&
		    is_spelled_alike(devices[i].bytes, devices[index].bytes))
			return &devices[i];
	}
	return NULL;
}
