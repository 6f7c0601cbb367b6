// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A snapshot from its JSON form, as another process of ours has written it. Nothing in it is trusted:
 * types, ranges, and that what names another object names one that is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "json-read.h"
#include "objects.h"
#include "private.h"
#include "vdpamgmt-provision.h"
#include "vf-link.h"

#define CLASS_COUNT 64

/* ---- Words --------------------------------------------------------------------------------- */

/* Reads digits and moves behind them. False where there are none, or too many. */
static bool take_digits(const char **text, int base, uint32_t *ret_number)
{
	const char *set = base == 8 ? "01234567" : "0123456789";
	size_t count = strspn(*text, set);
	unsigned long number;
	char *end;

	if (!count || count > 10)
		return false;
	number = strtoul(*text, &end, base);
	*ret_number = (uint32_t)number;
	*text += count;
	return number <= UINT32_MAX;
}

/* "net", or "id-77". */
static uint32_t class_of(struct vdpam_reader *reader, struct json_object *value,
			 const char *key)
{
	const char *text = value ? json_object_get_string(value) : NULL;
	uint32_t id;

	if (!text)
		return 0;
	for (id = 1; id < CLASS_COUNT; id++) {
		const char *name = vdpam_class_name(id);

		if (name && !strcmp(name, text))
			return id;
	}
	if (!strncmp(text, "id-", 3)) {
		text += 3;
		if (take_digits(&text, 10, &id) && !*text)
			return id;
	}
	vdpam_read_fail(reader, -EINVAL, key);
	return 0;
}

static bool read_features(struct vdpam_reader *reader, struct json_object *object,
			  const char *key, uint32_t virtio_id, uint64_t *ret_mask)
{
	struct json_object *list = vdpam_read_get(reader, object, key, json_type_array);
	unsigned int bit = 0;

	*ret_mask = 0;
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *name =
			vdpam_read_at(reader, list, i, key, json_type_string);

		if (!name || vdpam_feature_parse(virtio_id, json_object_get_string(name),
						 &bit) < 0)
			return vdpam_read_fail(reader, -EINVAL, key);
		*ret_mask |= UINT64_C(1) << bit;
	}
	return list;
}

static uint64_t read_classes(struct vdpam_reader *reader, struct json_object *object)
{
	struct json_object *list =
		vdpam_read_get(reader, object, "classes", json_type_array);
	uint64_t mask = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		uint32_t id = class_of(
			reader,
			vdpam_read_at(reader, list, i, "classes", json_type_string),
			"classes");

		if (id && id < CLASS_COUNT)
			mask |= UINT64_C(1) << id;
		else
			vdpam_read_fail(reader, -EINVAL, "classes");
	}
	return mask;
}

static bool read_link(struct vdpam_reader *reader, struct json_object *object,
		      const char *key, uint64_t *ret_up)
{
	struct json_object *value = vdpam_read_get(reader, object, key, json_type_string);
	const char *text = value ? json_object_get_string(value) : NULL;

	*ret_up = text && !strcmp(text, "up");
	if (text && !*ret_up && strcmp(text, "down") != 0)
		return vdpam_read_fail(reader, -EINVAL, key);
	return text;
}

static uint32_t read_u32(struct vdpam_reader *reader, struct json_object *object,
			 const char *key, bool *ret_has)
{
	uint64_t number;

	*ret_has = vdpam_read_number(reader, object, key, UINT32_MAX, &number);
	return (uint32_t)number;
}

/* -1 where there is none. */
static int read_int(struct vdpam_reader *reader, struct json_object *object,
		    const char *key)
{
	uint64_t number;

	return vdpam_read_number(reader, object, key, INT32_MAX, &number) ? (int)number
									  : -1;
}

/* ---- Management devices, functions ---------------------------------------------------------- */

static const char *kind_of(struct vdpam_reader *reader, struct json_object *json)
{
	static const char *const kinds[] = { "pf",    "vf",        "sf",   "mdev",
					     "vduse", "simulator", "other" };
	struct json_object *value =
		vdpam_read_get(reader, json, "function", json_type_string);

	for (size_t i = 0; value && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(json_object_get_string(value), kinds[i]))
			return kinds[i];
	}
	if (value)
		vdpam_read_fail(reader, -EINVAL, "function");
	return "other";
}

/* "15b3"; 0 where there is none. */
static uint32_t read_pci_id(struct vdpam_reader *reader, struct json_object *json,
			    const char *key)
{
	VDPAM_AUTO_FREE char *text = vdpam_read_text(reader, json, key);
	char *end = text;
	unsigned long id = text ? strtoul(text, &end, 16) : 0;

	if (text && (*end || end == text || id > UINT16_MAX))
		vdpam_read_fail(reader, -EINVAL, key);
	return (uint32_t)id;
}

static void read_info(struct vdpam_reader *reader, struct json_object *json,
		      struct vdpam_function_info *info)
{
	info->kind = kind_of(reader, json);
	info->driver = vdpam_read_text(reader, json, "driver");
	info->pci_address = vdpam_read_text(reader, json, "pci_address");
	info->pf = vdpam_read_text(reader, json, "pf");
	info->uuid = vdpam_read_text(reader, json, "uuid");
	info->pci_vendor = read_pci_id(reader, json, "pci_vendor");
	info->pci_device = read_pci_id(reader, json, "pci_device");
	info->vf_index = read_int(reader, json, "vf_index");
	info->numa_node = read_int(reader, json, "numa_node");
	info->sfnum = read_u32(reader, json, "sfnum", &info->has_sfnum);
}

static void split_handle(struct vdpam_reader *reader, const char *handle, char **ret_bus,
			 char **ret_device)
{
	const char *slash = handle ? strchr(handle, '/') : NULL;

	if (!handle)
		return;
	if (slash)
		*ret_bus = strndup(handle, (size_t)(slash - handle));
	*ret_device = strdup(slash ? slash + 1 : handle);
	if ((slash && !*ret_bus) || !*ret_device)
		vdpam_read_fail(reader, -ENOMEM, NULL);
}

static void read_mgmtdev(struct vdpam_reader *reader, struct vdpam_snapshot *snapshot,
			 struct vdpam_mgmtdev *mgmtdev, struct json_object *json)
{
	struct vdpam_mgmtdev_info *info = &mgmtdev->info;
	uint32_t only_class = 0;

	(void)snapshot;
	mgmtdev->handle = vdpam_read_text(reader, json, "handle");
	if (!mgmtdev->handle)
		vdpam_read_fail(reader, -EINVAL, "handle");
	split_handle(reader, mgmtdev->handle, &info->bus, &info->device);
	info->classes = read_classes(reader, json);
	if (info->classes && !(info->classes & (info->classes - 1)))
		only_class = (uint32_t)__builtin_ctzll(info->classes);
	info->has_features =
		read_features(reader, json, "features", only_class, &info->features);
	info->max_vqs = read_u32(reader, json, "max_supported_vqs", &info->has_max_vqs);
	read_info(reader, json, &mgmtdev->function);
}

static void read_vf(struct vdpam_reader *reader, struct vdpam_vf *vf,
		    struct json_object *json)
{
	bool has;

	vf->index = read_u32(reader, json, "index", &has);
	if (!has)
		vdpam_read_fail(reader, -EINVAL, "index");
	for (enum vdpam_vf_attr which = 0; which < VDPAM_VF_ATTR_COUNT; which++) {
		const char *key = vdpam_vf_attr_name(which);
		uint64_t *number = &vf->number[which];
		struct json_object *value = NULL;

		json_object_object_get_ex(json, key, &value);
		if (!value)
			continue;
		vf->present |= 1U << which;
		switch (which) {
		case VDPAM_VF_MAC:
			vdpam_read_mac(reader, json, key, number);
			break;
		case VDPAM_VF_TRUST:
		case VDPAM_VF_SPOOFCHK:
			*number = vdpam_read_bool(reader, json, key);
			break;
		case VDPAM_VF_LINK_STATE:
			if (!json_object_is_type(value, json_type_string) ||
			    vdpam_vf_link_state_parse(json_object_get_string(value),
						      number) < 0)
				vdpam_read_fail(reader, -EINVAL, key);
			break;
		case VDPAM_VF_VLAN:
		case VDPAM_VF_QOS:
		case VDPAM_VF_MIN_TX_RATE:
		case VDPAM_VF_MAX_TX_RATE:
			vdpam_read_number(reader, json, key, UINT32_MAX, number);
			break;
		}
	}
}

static void read_vfs(struct vdpam_reader *reader, struct vdpam_function *function,
		     struct json_object *json)
{
	struct json_object *list = vdpam_read_get(reader, json, "vfs", json_type_array);

	if (!list)
		return;
	function->vfs = calloc(1, sizeof(*function->vfs));
	if (!function->vfs)
		vdpam_read_fail(reader, -ENOMEM, NULL);
	for (size_t i = 0; !reader->r && i < json_object_array_length(list); i++) {
		struct json_object *item =
			vdpam_read_at(reader, list, i, "vfs", json_type_object);
		struct vdpam_vf *vf =
			item ? vdpam_append(&function->vfs->list, &function->vfs->count,
					    sizeof(*vf))
			     : NULL;

		if (vf)
			read_vf(reader, vf, item);
		else
			vdpam_read_fail(reader, -ENOMEM, NULL);
	}
}

static void read_function(struct vdpam_reader *reader, struct vdpam_snapshot *snapshot,
			  struct vdpam_function *function, struct json_object *json)
{
	VDPAM_AUTO_FREE char *mgmtdev = vdpam_read_text(reader, json, "mgmtdev");

	function->handle = vdpam_read_text(reader, json, "handle");
	if (!function->handle)
		vdpam_read_fail(reader, -EINVAL, "handle");
	read_info(reader, json, &function->info);
	function->netdev = vdpam_read_text(reader, json, "netdev");
	function->representor = vdpam_read_text(reader, json, "representor");
	function->parent = vdpam_read_text(reader, json, "parent");
	function->mdev_type = vdpam_read_text(reader, json, "mdev_type");
	function->sriov_total = read_int(reader, json, "sriov_totalvfs");
	function->sriov_count = read_int(reader, json, "sriov_numvfs");
	if (function->sriov_count < 0)
		function->sriov_count = 0;
	function->has_mac = vdpam_read_mac(reader, json, "mac", &function->mac);
	vdpam_read_number(reader, json, "identity", UINT64_MAX, &function->identity);
	read_vfs(reader, function, json);
	if (mgmtdev) {
		const struct vdpam_mgmtdev *found =
			vdpam_snapshot_find_mgmtdev(snapshot, mgmtdev);

		if (found)
			function->mgmtdev = found->handle;
		else
			vdpam_read_fail(reader, -EINVAL, "mgmtdev");
	}
}

/* ---- Devices, drivers ----------------------------------------------------------------------- */

static bool read_attr(struct vdpam_reader *reader, struct json_object *json,
		      enum vdpam_attr which, uint32_t virtio_id, uint64_t *ret_number)
{
	const char *key = vdpam_attr_name(which);
	struct json_object *value = NULL;

	switch (vdpam_attr_kind(which)) {
	case VDPAM_KIND_NUMBER:
		return vdpam_read_number(reader, json, key, UINT64_MAX, ret_number);
	case VDPAM_KIND_BOOL:
		*ret_number = vdpam_read_bool(reader, json, key);
		return json && json_object_object_get_ex(json, key, &value) && value;
	case VDPAM_KIND_MAC:
		return vdpam_read_mac(reader, json, key, ret_number);
	case VDPAM_KIND_FEATURES:
		return read_features(reader, json, key, virtio_id, ret_number);
	case VDPAM_KIND_LINK:
		return read_link(reader, json, key, ret_number);
	}
	return false;
}

static void read_attrs(struct vdpam_reader *reader, struct vdpam_device_info *info,
		       struct json_object *json)
{
	struct json_object *config =
		vdpam_read_get(reader, json, "config", json_type_object);

	for (enum vdpam_attr which = 0; which < VDPAM_ATTR_COUNT; which++) {
		if (read_attr(reader, vdpam_attr_is_config(which) ? config : json, which,
			      info->virtio_id, &info->number[which]))
			info->present |= 1U << which;
	}
}

static void read_devnum(struct vdpam_reader *reader, struct vdpam_device *device,
			struct json_object *json)
{
	struct json_object *value =
		vdpam_read_get(reader, json, "devnum", json_type_string);
	const char *text = value ? json_object_get_string(value) : NULL;
	uint32_t maj, min;

	if (!text)
		return;
	if (take_digits(&text, 10, &maj) && *text++ == ':' &&
	    take_digits(&text, 10, &min) && !*text)
		device->devnum = makedev(maj, min);
	else
		vdpam_read_fail(reader, -EINVAL, "devnum");
}

static void read_chardev(struct vdpam_reader *reader, struct vdpam_device *device,
			 struct json_object *json)
{
	struct json_object *access =
		vdpam_read_get(reader, json, "chardev_access", json_type_object);
	struct json_object *mode =
		vdpam_read_get(reader, access, "mode", json_type_string);
	const char *text = mode ? json_object_get_string(mode) : NULL;
	uint32_t bits = VDPAM_CHARDEV_MODE;
	bool has;

	device->chardev = vdpam_read_text(reader, json, "chardev");
	device->chardev_uid = read_u32(reader, access, "uid", &has);
	device->chardev_gid = read_u32(reader, access, "gid", &has);
	if (text && (!take_digits(&text, 8, &bits) || *text || bits > 0777))
		vdpam_read_fail(reader, -EINVAL, "mode");
	if (device->chardev)
		device->chardev_mode = bits;
}

static void read_virtio(struct vdpam_reader *reader, struct vdpam_device *device,
			struct json_object *json)
{
	struct json_object *virtio =
		vdpam_read_get(reader, json, "virtio", json_type_object);
	struct json_object *hidden =
		vdpam_read_get(reader, json, "hidden_virtio", json_type_object);

	device->virtio_is_hidden = hidden;
	device->virtio = vdpam_read_text(reader, virtio, "device");
	device->virtio_driver =
		vdpam_read_text(reader, virtio ? virtio : hidden, "driver");
	device->netdev = vdpam_read_text(reader, virtio, "netdev");
	device->blockdev = vdpam_read_text(reader, virtio, "blockdev");
}

static void read_device(struct vdpam_reader *reader, struct vdpam_snapshot *snapshot,
			struct vdpam_device *device, struct json_object *json)
{
	struct vdpam_device_info *info = &device->info;
	VDPAM_AUTO_FREE char *driver = vdpam_read_text(reader, json, "driver");

	info->name = vdpam_read_text(reader, json, "name");
	if (!info->name)
		vdpam_read_fail(reader, -EINVAL, "name");
	info->virtio_id = class_of(
		reader, vdpam_read_get(reader, json, "class", json_type_string), "class");
	device->mgmtdev = vdpam_read_text(reader, json, "mgmtdev");
	split_handle(reader, device->mgmtdev, &info->mgmtdev_bus, &info->mgmtdev_device);
	device->function = vdpam_read_text(reader, json, "parent_function");
	read_attrs(reader, info, json);
	device->has_config = true;
	device->unbinding = vdpam_read_bool(reader, json, "unbinding");
	device->msg_timeout =
		read_u32(reader, json, "msg_timeout", &device->has_msg_timeout);
	vdpam_read_number(reader, json, "identity", UINT64_MAX, &device->identity);
	read_devnum(reader, device, json);
	read_chardev(reader, device, json);
	read_virtio(reader, device, json);
	if (driver) {
		const struct vdpam_driver *found =
			vdpam_snapshot_find_driver(snapshot, driver);

		if (found)
			device->driver = found->name;
		else
			vdpam_read_fail(reader, -EINVAL, "driver");
	}
}

static void read_driver(struct vdpam_reader *reader, struct vdpam_snapshot *snapshot,
			struct vdpam_driver *driver, struct json_object *json)
{
	(void)snapshot;
	driver->name = vdpam_read_text(reader, json, "name");
	if (!driver->name)
		vdpam_read_fail(reader, -EINVAL, "name");
}

/* ---- The whole ----------------------------------------------------------------------------- */

/*
 * Arrays are made in their whole length first: what names one of the elements points into it. The
 * macro knows the type of the elements; `read` fills one.
 */
#define READ_LIST(reader, json, key, snapshot, array, count, read)                     \
	do {                                                                           \
		struct json_object *list =                                             \
			vdpam_read_get(reader, json, key, json_type_array);            \
		size_t length = list ? json_object_array_length(list) : 0;             \
                                                                                       \
		(snapshot)->array = calloc(length + 1, sizeof(*(snapshot)->array));    \
		if (!(snapshot)->array)                                                \
			vdpam_read_fail(reader, -ENOMEM, NULL);                        \
		for (size_t i = 0; !(reader)->r && i < length; i++) {                  \
			struct json_object *item =                                     \
				vdpam_read_at(reader, list, i, key, json_type_object); \
                                                                                       \
			if (item)                                                      \
				read(reader, snapshot,                                 \
				     &(snapshot)->array[(snapshot)->count++], item);   \
			else                                                           \
				vdpam_read_fail(reader, -EINVAL, key);                 \
		}                                                                      \
	} while (0)

static void read_snapshot(struct vdpam_reader *reader, struct vdpam_snapshot *snapshot,
			  struct json_object *json)
{
	uint64_t version;

	if (!json_object_is_type(json, json_type_object) ||
	    !vdpam_read_number(reader, json, "version", 1, &version) || version != 1) {
		vdpam_read_fail(reader, -EINVAL, "version");
		return;
	}
	if (vdpam_read_get(reader, json, "drivers_autoprobe", json_type_boolean))
		snapshot->autoprobe = vdpam_read_bool(reader, json, "drivers_autoprobe");
	READ_LIST(reader, json, "drivers", snapshot, drivers, n_drivers, read_driver);
	READ_LIST(reader, json, "mgmtdevs", snapshot, mgmtdevs, n_mgmtdevs, read_mgmtdev);
	READ_LIST(reader, json, "devices", snapshot, devices, n_devices, read_device);
	READ_LIST(reader, json, "functions", snapshot, functions, n_functions,
		  read_function);
	if (!reader->r)
		vdpam_read_fail(reader, vdpam_snapshot_index(snapshot), "devices");
}

int vdpam_snapshot_new_from_json(struct json_object *json,
				 struct vdpam_snapshot **ret_snapshot)
{
	struct vdpam_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct vdpam_reader reader = { 0 };

	if (!snapshot)
		return -ENOMEM;
	snapshot->refs = 1;
	snapshot->autoprobe = -ENODATA;
	read_snapshot(&reader, snapshot, json);
	if (reader.r < 0) {
		vdpam_snapshot_unref(snapshot);
		return reader.r;
	}
	*ret_snapshot = snapshot;
	return 0;
}
