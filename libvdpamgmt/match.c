// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which functions a selector takes: the words of the SR-IOV device plugin, for the profiles of
 * documents and for whoever shares devices out by them. Pure: looks at a snapshot alone.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "private.h"

static bool has_text(const struct vdpam_match_list *list, const char *text)
{
	for (size_t i = 0; text && i < list->count; i++) {
		if (!strcmp(list->texts[i], text))
			return true;
	}
	return false;
}

/* Four hexadecimal digits, as they stand in a selector, whatever their case. */
static bool has_id(const struct vdpam_match_list *list, uint32_t id)
{
	char shown[12];

	snprintf(shown, sizeof(shown), "%04x", id);
	for (size_t i = 0; id && i < list->count; i++) {
		const char *text = list->texts[i];

		if (!strcasecmp(shown, !strncasecmp(text, "0x", 2) ? text + 2 : text))
			return true;
	}
	return false;
}

/* "0-3,7" has `index`. What cannot be read has nothing. */
static bool has_index(const char *ranges, int index)
{
	while (*ranges) {
		char *end;
		unsigned long first = strtoul(ranges, &end, 10), last = first;

		if (end == ranges)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (index >= 0 && (unsigned int)index >= first &&
		    (unsigned int)index <= last)
			return true;
		if (*end && *end++ != ',')
			return false;
		ranges = end;
	}
	return false;
}

/* "ens1f0", "ens*", "ens1f0#0-3,7": those VFs of it alone. */
static bool takes_pf_name(const char *pattern, const char *netdev, int vf_index)
{
	const char *hash = strchr(pattern, '#');
	VDPAM_AUTO_FREE char *glob = NULL;

	if (!hash)
		return !fnmatch(pattern, netdev, 0);
	glob = strndup(pattern, (size_t)(hash - pattern));
	return glob && !fnmatch(glob, netdev, 0) && has_index(hash + 1, vf_index);
}

/* The interface of a PF: its own, or that of the PF that a VF or SF belongs to. */
static const char *pf_netdev(const struct vdpam_snapshot *snapshot,
			     const struct vdpam_function *function)
{
	const struct vdpam_function *pf = function;

	if (function->info.pf)
		pf = vdpam_snapshot_find_function(snapshot, function->info.pf);
	return pf ? pf->netdev : NULL;
}

static bool has_pf_name(const struct vdpam_match_list *list,
			const struct vdpam_snapshot *snapshot,
			const struct vdpam_function *function)
{
	const char *netdev = pf_netdev(snapshot, function);

	for (size_t i = 0; netdev && i < list->count; i++) {
		if (takes_pf_name(list->texts[i], netdev, function->info.vf_index))
			return true;
	}
	return false;
}

/* "0000:01:00.0", "0000:01:00.0#0-3,7": its PF, or that PF itself. */
static bool has_root(const struct vdpam_match_list *list,
		     const struct vdpam_function *function)
{
	const char *pf = function->info.pf;
	const char *slash = pf ? strchr(pf, '/') : NULL;
	const char *address = slash ? slash + 1 : function->info.pci_address;

	for (size_t i = 0; address && i < list->count; i++) {
		if (takes_pf_name(list->texts[i], address, function->info.vf_index))
			return true;
	}
	return false;
}

bool vdpam_match_takes(const struct vdpam_match *match,
		       const struct vdpam_snapshot *snapshot,
		       const struct vdpam_function *function)
{
	const struct vdpam_function_info *info = &function->info;

	return (!match->vendors.count || has_id(&match->vendors, info->pci_vendor)) &&
	       (!match->devices.count || has_id(&match->devices, info->pci_device)) &&
	       (!match->drivers.count || has_text(&match->drivers, info->driver)) &&
	       (!match->pf_names.count ||
		has_pf_name(&match->pf_names, snapshot, function)) &&
	       (!match->pci_addresses.count ||
		has_text(&match->pci_addresses, info->pci_address)) &&
	       (!match->root_devices.count || has_root(&match->root_devices, function));
}
