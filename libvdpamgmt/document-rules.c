// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rules of a document that the tables cannot say: what goes together, and what there can be one
 * of alone. They look at what was given rightly; what was not is said already.
 */
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>

#include "document-parse.h"
#include "private.h"

#define MAC_TEMPLATE_MAX 256 /* two hexadecimal digits */
#define THE_PF "the PF"      /* that a profile is for */

static void check_mac(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		      uint64_t mac)
{
	char shown[VDPAM_MAC_TEXT];

	vdpam_mac_format(mac, shown);
	if (!vdpam_mac_is_unicast(mac))
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "mac"),
				"%s is not the address of one station", shown);
}

/* The key of a name: of what kind, and in which profile, for those of a profile are its own. */
static char *make_key(struct vdpam_doc_maker *maker, const char *kind, const char *name,
		      const struct vdpam_doc_profile *profile)
{
	char *key;
	int r;

	if (profile)
		r = asprintf(&key, "%s %s in %u of %s", kind, name, profile->keys.index,
			     profile->keys.file);
	else
		r = asprintf(&key, "%s %s", kind, name);
	if (r < 0)
		maker->no_memory = true;
	return r < 0 ? NULL : key;
}

static void claim(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		  const char *kind, const char *name, const struct vdpam_doc_owner *owner)
{
	VDPAM_AUTO_FREE char *key = make_key(maker, kind, name, owner->profile);

	if (key)
		vdpam_doc_claim(maker, path, key, name, owner);
}

/* ---- Functions ----------------------------------------------------------------------------- */

static void check_vf(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		     const struct vdpam_doc_function *function,
		     const struct vdpam_doc_vf *vf)
{
	bool has_min = vdpam_doc_has(&vf->keys, VDPAM_DOC_VF_MIN_TX_RATE),
	     has_max = vdpam_doc_has(&vf->keys, VDPAM_DOC_VF_MAX_TX_RATE);

	if (vdpam_doc_has(&vf->keys, VDPAM_DOC_VF_INDEX) &&
	    vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_COUNT) &&
	    vf->index >= function->count)
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "index"),
				"%u is not below the count of %u", vf->index,
				function->count);
	if (vdpam_doc_has(&vf->keys, VDPAM_DOC_VF_MAC))
		check_mac(maker, path, vf->mac.value);
	if (vdpam_doc_has(&vf->keys, VDPAM_DOC_VF_QOS) &&
	    !(vf->keys.present >> VDPAM_DOC_VF_VLAN & 1))
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "qos"),
				"qos is that of a vlan, which is missing");
	if (has_min && has_max && vf->max_tx_rate && vf->min_tx_rate > vf->max_tx_rate)
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "min_tx_rate"),
				"%u is more than the max_tx_rate of %u", vf->min_tx_rate,
				vf->max_tx_rate);
}

/* Each index once: by a bit for each there can be. */
static void check_vfs(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		      const struct vdpam_doc_function *function)
{
	const struct vdpam_path *list = VDPAM_PATH_KEY(path, "vfs");
	uint8_t seen[(UINT16_MAX + 1) / 8] = {};

	for (size_t i = 0; i < function->vfs.count; i++) {
		const struct vdpam_path *item = VDPAM_PATH_INDEX(list, i);
		const struct vdpam_doc_vf *vf = &function->vfs.vfs[i];
		uint8_t bit = (uint8_t)(1 << vf->index % 8);

		check_vf(maker, item, function, vf);
		if (!vdpam_doc_has(&vf->keys, VDPAM_DOC_VF_INDEX))
			continue;
		if (seen[vf->index / 8] & bit)
			VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(item, "index"),
					"%u is there twice", vf->index);
		seen[vf->index / 8] |= bit;
	}
}

static void claim_function(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			   const struct vdpam_doc_function *function,
			   const struct vdpam_doc_profile *profile)
{
	const struct vdpam_doc_owner owner = {
		.list = "functions",
		.keys = &function->keys,
		.profile = profile,
		.function = function,
	};
	const struct vdpam_doc_keys *keys = &function->keys;
	const char *pf = profile ? THE_PF : function->pf;
	char text[64];

	switch ((enum vdpam_doc_function_type)function->type) {
	case VDPAM_DOC_VF:
		if (pf)
			claim(maker, VDPAM_PATH_KEY(path, profile ? "type" : "pf"), "vf",
			      pf, &owner);
		break;
	case VDPAM_DOC_SF:
		snprintf(text, sizeof(text), "%u of %s", function->sfnum, pf ? pf : "");
		if (pf && vdpam_doc_has(keys, VDPAM_DOC_FUNCTION_SFNUM))
			claim(maker, VDPAM_PATH_KEY(path, "sfnum"), "sf", text, &owner);
		break;
	case VDPAM_DOC_MDEV:
		if (function->uuid)
			claim(maker, VDPAM_PATH_KEY(path, "uuid"), "mdev", function->uuid,
			      &owner);
		break;
	}
}

void vdpam_doc_check_function(struct vdpam_doc_maker *maker,
			      const struct vdpam_path *list,
			      const struct vdpam_doc_function *function,
			      const struct vdpam_doc_profile *profile)
{
	const struct vdpam_path *path = VDPAM_PATH_INDEX(list, function->keys.index);

	/* One without a right type was not looked into. */
	if (!vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_TYPE))
		return;
	if (vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_MAC))
		check_mac(maker, path, function->mac.value);
	if (function->vfs.count)
		check_vfs(maker, path, function);
	claim_function(maker, path, function, profile);
}

/* ---- Profiles ------------------------------------------------------------------------------ */

void vdpam_doc_check_profile(struct vdpam_doc_maker *maker, const struct vdpam_path *list,
			     const struct vdpam_doc_profile *profile)
{
	const struct vdpam_path *path = VDPAM_PATH_INDEX(list, profile->keys.index);
	const struct vdpam_path *functions = VDPAM_PATH_KEY(path, "functions");
	const struct vdpam_doc_match *match = &profile->match;
	const struct vdpam_doc_owner owner = {
		.list = "profiles",
		.keys = &profile->keys,
	};

	if (profile->name)
		claim(maker, VDPAM_PATH_KEY(path, "name"), "profile", profile->name,
		      &owner);
	if (vdpam_doc_has(&profile->keys, VDPAM_DOC_PROFILE_MATCH) &&
	    !match->vendors.count && !match->devices.count && !match->drivers.count &&
	    !match->pf_names.count && !match->pci_addresses.count)
		VDPAM_DOC_FAULT(
			maker, VDPAM_PATH_KEY(path, "match"),
			"this would match every PF: one list has to hold something");
	for (size_t i = 0; i < profile->functions.count; i++)
		vdpam_doc_check_function(maker, functions,
					 &profile->functions.functions[i], profile);
}

/* ---- Devices ------------------------------------------------------------------------------- */

bool vdpam_doc_check_template(struct vdpam_doc_maker *maker,
			      const struct vdpam_path *path,
			      const struct vdpam_doc_device *device)
{
	const struct vdpam_doc_keys *keys = &device->keys;
	bool has_count = keys->present >> VDPAM_DOC_DEVICE_COUNT & 1;
	size_t total = vdpam_faults_total(maker->faults);

	if (has_count && vdpam_doc_has(keys, VDPAM_DOC_DEVICE_NAME) &&
	    !strstr(device->name, "{n}"))
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "name"),
				"a device with a count has {n} in its name");
	for (size_t i = 0; !has_count && i < vdpam_doc_device_table.count; i++) {
		const char *key = vdpam_doc_device_table.fields[i].key;

		if (i == VDPAM_DOC_DEVICE_NAME
			    ? device->name && strstr(device->name, "{n}")
			    : keys->templated >> i & 1)
			VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, key),
					"{n} is for devices with a count");
	}
	if (keys->templated >> VDPAM_DOC_DEVICE_MAC & 1 &&
	    device->count > MAC_TEMPLATE_MAX)
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "mac"),
				"{n} is two digits here, and %u devices need more",
				device->count);
	return total == vdpam_faults_total(maker->faults) && keys->present == keys->given;
}

/* What belongs to vhost_vdpa, on a device that is to have another driver. */
static void check_driver(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			 const struct vdpam_doc_device *device)
{
	const struct vdpam_doc_keys *keys = &device->keys;

	if (!vdpam_doc_has(keys, VDPAM_DOC_DEVICE_DRIVER) ||
	    !strcmp(device->driver, "vhost_vdpa"))
		return;
	if (vdpam_doc_has(keys, VDPAM_DOC_DEVICE_CHARDEV))
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "chardev"),
				"only vhost_vdpa has one, and the driver is %s",
				device->driver);
	if (vdpam_doc_has(keys, VDPAM_DOC_DEVICE_ON_DEMAND) && device->on_demand)
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "on_demand"),
				"that is for devices of vhost_vdpa, and the driver is %s",
				device->driver);
}

/* The kernel refuses an attribute whose feature is not among those asked for. */
static void check_features(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			   const struct vdpam_doc_device *device)
{
	const struct {
		enum vdpam_doc_device_key key;
		bool is_needed;
		unsigned int bit;
	} needs[] = {
		{ VDPAM_DOC_DEVICE_MAC, true, VIRTIO_NET_F_MAC },
		{ VDPAM_DOC_DEVICE_MTU, true, VIRTIO_NET_F_MTU },
		{ VDPAM_DOC_DEVICE_MAX_VQP, device->max_vqp > 1, VIRTIO_NET_F_MQ },
	};

	if (!vdpam_doc_has(&device->keys, VDPAM_DOC_DEVICE_FEATURES))
		return;
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		const char *key = vdpam_doc_device_table.fields[needs[i].key].key;

		if (needs[i].is_needed && vdpam_doc_has(&device->keys, needs[i].key) &&
		    !(device->features.is_net &&
		      device->features.net >> needs[i].bit & 1))
			VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "features"),
					"%s needs %s among them", key,
					vdpam_feature_name(VIRTIO_ID_NET, needs[i].bit));
	}
}

/* That the VF will be there, where the document says how many there are to be. */
static void check_vf_index(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			   const struct vdpam_doc_selector *selector,
			   const struct vdpam_doc_profile *profile)
{
	const struct vdpam_path *mgmtdev = VDPAM_PATH_KEY(path, "mgmtdev");
	const char *pf = profile ? THE_PF : selector->pf;
	const struct vdpam_doc_owner *owner;
	VDPAM_AUTO_FREE char *key = NULL;

	if (!vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_VF) || !pf)
		return;
	key = make_key(maker, "vf", pf, profile);
	owner = key ? vdpam_doc_find_owner(maker, key) : NULL;
	if (owner && vdpam_doc_has(&owner->function->keys, VDPAM_DOC_FUNCTION_COUNT) &&
	    selector->vf.value >= owner->function->count)
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(mgmtdev, "vf"),
				"%u is not below the count of %u that %s is to have",
				selector->vf.value, owner->function->count, pf);
}

bool vdpam_doc_check_device(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			    const struct vdpam_doc_device *entry,
			    const struct vdpam_doc_device *device,
			    const struct vdpam_doc_profile *profile)
{
	const struct vdpam_doc_owner owner = {
		.list = "devices",
		.keys = &entry->keys,
		.profile = profile,
	};
	const struct vdpam_doc_keys *keys = &device->keys;
	const char *handle = device->mgmtdev.handle;
	size_t total = vdpam_faults_total(maker->faults);

	if (vdpam_doc_has(keys, VDPAM_DOC_DEVICE_MAC))
		check_mac(maker, path, device->mac.value);
	check_driver(maker, path, device);
	check_features(maker, path, device);
	check_vf_index(maker, path, &device->mgmtdev, profile);
	if (vdpam_doc_has(keys, VDPAM_DOC_DEVICE_MSG_TIMEOUT) &&
	    keys->present >> VDPAM_DOC_DEVICE_MGMTDEV & 1 &&
	    (!handle || strcmp(handle, "vduse")))
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "msg_timeout"),
				"only devices of the management device vduse have one");
	if (vdpam_doc_has(keys, VDPAM_DOC_DEVICE_NAME))
		claim(maker, VDPAM_PATH_KEY(path, "name"), "device", device->name,
		      &owner);
	return total == vdpam_faults_total(maker->faults);
}
