// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions of a snapshot as a document names them. What a mediated device or an SF is made of and
 * the kernel does not tell cannot be exported, and one that carries nothing is left to its maker. Pure:
 * no I/O.
 */
#include "export.h"

#include <json-c/json.h>
#include <string.h>

#include "objects.h"
#include "private.h"
#include "vf-link.h"

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	add(object, key, json_object_new_string(text));
}

static struct json_object *function_new(const char *type)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "type", type);
	return object;
}

static void add_mac(struct json_object *object, uint64_t mac)
{
	char text[VDPAM_MAC_TEXT];

	vdpam_mac_format(mac, text);
	add_text(object, "mac", text);
}

/* ---- Virtual functions --------------------------------------------------------------------- */

/* The kernel driver that all VFs of a PF have; NULL: they differ, or one has none. */
static const char *driver_of_vfs(const struct vdpam_snapshot *snapshot, const char *pf)
{
	const char *driver = NULL;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct vdpam_function_info *info = &snapshot->functions[i].info;

		if (!info->pf || info->vf_index < 0 || strcmp(info->pf, pf))
			continue;
		if (!info->driver || (driver && strcmp(driver, info->driver)))
			return NULL;
		driver = info->driver;
	}
	return driver;
}

/* What a new VF has anyway need not be said; the kernel knows no default for spoofchk. */
static bool is_default(enum vdpam_vf_attr attr, uint64_t number)
{
	switch (attr) {
	case VDPAM_VF_SPOOFCHK:
		return false;
	case VDPAM_VF_MAC:
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_TRUST:
	case VDPAM_VF_LINK_STATE:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		break;
	}
	return !number;
}

static struct json_object *vf_value(enum vdpam_vf_attr attr, uint64_t number)
{
	switch (attr) {
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		return json_object_new_boolean(number != 0);
	case VDPAM_VF_LINK_STATE:
		return json_object_new_string(vdpam_vf_link_state_name(number));
	case VDPAM_VF_MAC:
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		break;
	}
	return json_object_new_uint64(number);
}

/* NULL: there is nothing to say of it. */
static struct json_object *export_vf(const struct vdpam_vf *vf, bool with_defaults)
{
	struct json_object *object = json_object_new_object();
	uint64_t number;

	add(object, "index", json_object_new_uint64(vf->index));
	for (enum vdpam_vf_attr attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++) {
		if (vdpam_vf_get_number(vf, attr, &number) < 0 ||
		    (!with_defaults && is_default(attr, number)))
			continue;
		if (attr != VDPAM_VF_MAC)
			add(object, vdpam_vf_attr_name(attr), vf_value(attr, number));
		else if (vdpam_mac_is_unicast(number)) /* none yet is no address */
			add_mac(object, number);
	}
	if (json_object_object_length(object) > 1)
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *export_vfs(const struct vdpam_snapshot *snapshot,
				      const struct vdpam_function *pf, bool with_defaults)
{
	struct json_object *object = function_new("vf"), *vfs = json_object_new_array();
	const char *driver = driver_of_vfs(snapshot, pf->handle);

	add_text(object, "pf", pf->handle);
	add(object, "count", json_object_new_int(pf->sriov_count));
	if (driver && vdpam_name_is_valid(driver))
		add_text(object, "driver", driver);
	for (size_t i = 0; pf->vfs && i < pf->vfs->count; i++) {
		struct json_object *vf = NULL;

		if (pf->vfs->list[i].index < (uint32_t)pf->sriov_count)
			vf = export_vf(&pf->vfs->list[i], with_defaults);
		if (vf)
			json_object_array_add(vfs, vf);
	}
	if (json_object_array_length(vfs))
		add(object, "vfs", vfs);
	else
		json_object_put(vfs);
	return object;
}

/* ---- Scalable functions and mediated devices ----------------------------------------------- */

static struct json_object *export_sf(const struct vdpam_function *sf)
{
	struct json_object *object = function_new("sf");

	add_text(object, "pf", sf->info.pf);
	add(object, "sfnum", json_object_new_uint64(sf->info.sfnum));
	if (sf->has_mac && vdpam_mac_is_unicast(sf->mac))
		add_mac(object, sf->mac);
	return object;
}

static struct json_object *export_mdev(const struct vdpam_function *mdev)
{
	struct json_object *object = function_new("mdev");

	add_text(object, "parent", mdev->parent);
	add_text(object, "mdev_type", mdev->mdev_type);
	add_text(object, "uuid", mdev->info.uuid);
	return object;
}

static struct json_object *export_function(const struct vdpam_snapshot *snapshot,
					   const struct vdpam_function *function,
					   bool with_defaults)
{
	if (function->sriov_count > 0)
		return export_vfs(snapshot, function, with_defaults);
	if (function->info.has_sfnum && function->info.pf && function->mgmtdev)
		return export_sf(function);
	if (function->info.uuid && function->parent && function->mdev_type)
		return export_mdev(function);
	return NULL;
}

struct json_object *vdpam_export_functions(const struct vdpam_snapshot *snapshot,
					   const bool *wanted, bool with_defaults)
{
	struct json_object *functions = json_object_new_array();

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct json_object *function = NULL;

		if (!wanted || wanted[i])
			function = export_function(snapshot, &snapshot->functions[i],
						   with_defaults);
		if (function)
			json_object_array_add(functions, function);
	}
	return functions;
}
