// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel-model.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

#define SIM_FEATURES "[\"MTU\",\"MAC\",\"VERSION_1\",\"ACCESS_PLATFORM\"]"

#define FEATURE_MTU (1ULL << 3)
#define FEATURE_MAC (1ULL << 5)
#define SIM_BITS (FEATURE_MTU | FEATURE_MAC | 3ULL << 32) /* the same */

static const char host_text[] =
	"{\"mgmtdevs\":["
	"{\"handle\":\"vdpasim_net\",\"function\":\"simulator\",\"classes\":[\"net\"],"
	"\"features\":" SIM_FEATURES "},"
	"{\"handle\":\"vdpasim_blk\",\"function\":\"simulator\",\"classes\":[\"block\"]},"
	"{\"handle\":\"vduse\",\"function\":\"vduse\",\"classes\":[\"block\"]}],"
	"\"functions\":["
	"{\"handle\":\"" MODEL_VF_PF "\",\"function\":\"pf\",\"driver\":\"igb\","
	"\"sriov_totalvfs\":4,\"sriov_numvfs\":0},"
	"{\"handle\":\"" MODEL_SF_PF "\",\"function\":\"pf\",\"driver\":\"vdpatest\"},"
	"{\"handle\":\"" MODEL_MDEV_PARENT "\",\"function\":\"pf\"}],"
	"\"devices\":[],\"identity\":1}";

struct json_object *model_new(void)
{
	return json_tokener_parse(host_text);
}

/* ---- Reading and writing ------------------------------------------------------------------- */

static struct json_object *get(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

static bool is(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = get(object, key);

	return value && text && !strcmp(json_object_get_string(value), text);
}

static void set_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void set_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static void set_mac(struct json_object *object, uint64_t mac)
{
	char text[VDPAM_MAC_TEXT];

	vdpam_mac_format(mac, text);
	set_text(object, "mac", text);
}

struct json_object *model_find(struct json_object *host, const char *kind,
			       const char *name)
{
	struct json_object *list = get(host, kind);
	const char *key = strcmp(kind, "devices") ? "handle" : "name";

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *object = json_object_array_get_idx(list, i);

		if (is(object, key, name))
			return object;
	}
	return NULL;
}

static void drop(struct json_object *host, const char *kind, struct json_object *object)
{
	struct json_object *list = get(host, kind);

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (json_object_array_get_idx(list, i) == object) {
			json_object_array_del_idx(list, i, 1);
			return;
		}
	}
}

static bool has_devices(struct json_object *host, const char *handle)
{
	struct json_object *list = get(host, "devices");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (is(json_object_array_get_idx(list, i), "mgmtdev", handle))
			return true;
	}
	return false;
}

/* ---- Functions ----------------------------------------------------------------------------- */

/* The function, and the management device on it. */
static struct json_object *add_function(struct json_object *host, const char *handle,
					const char *kind)
{
	struct json_object *function = json_object_new_object(), *mgmtdev = NULL;

	set_text(function, "handle", handle);
	set_text(function, "function", kind);
	json_object_deep_copy(function, &mgmtdev, NULL);
	set_text(function, "mgmtdev", handle);
	json_object_object_add(mgmtdev, "classes", json_tokener_parse("[\"net\"]"));
	json_object_array_add(get(host, "functions"), function);
	json_object_array_add(get(host, "mgmtdevs"), mgmtdev);
	return function;
}

/* What both say of where it is. */
static void place(struct json_object *host, struct json_object *function, const char *key,
		  struct json_object *value)
{
	struct json_object *mgmtdev = model_find(
		host, "mgmtdevs", json_object_get_string(get(function, "handle")));

	json_object_object_add(function, key, value);
	json_object_object_add(mgmtdev, key, json_object_get(value));
}

static const char *remove_function(struct json_object *host, struct json_object *function)
{
	const char *handle = json_object_get_string(get(function, "handle"));

	if (has_devices(host, handle))
		return "the function still has a device";
	drop(host, "mgmtdevs", model_find(host, "mgmtdevs", handle));
	drop(host, "functions", function);
	return NULL;
}

static struct json_object *new_vf_link(uint64_t index)
{
	struct json_object *vf = json_tokener_parse(
		"{\"vlan\":0,\"qos\":0,\"trust\":false,\"spoofchk\":true,"
		"\"link_state\":\"auto\",\"min_tx_rate\":0,\"max_tx_rate\":0}");

	set_number(vf, "index", index);
	set_mac(vf, 0);
	return vf;
}

static const char *remove_vfs(struct json_object *host, struct json_object *pf)
{
	int count = json_object_get_int(get(pf, "sriov_numvfs"));
	const char *fault = NULL;

	for (int i = 0; i < count && !fault; i++) {
		char handle[32];

		snprintf(handle, sizeof(handle), "pci/0000:01:10.%d", i);
		fault = remove_function(host, model_find(host, "functions", handle));
	}
	json_object_object_del(pf, "vfs");
	return fault;
}

static void add_vf(struct json_object *host, uint64_t index, const char *driver)
{
	struct json_object *function;
	char handle[32];

	snprintf(handle, sizeof(handle), "pci/0000:01:10.%d", (int)index);
	function = add_function(host, handle, "vf");
	place(host, function, "pf", json_object_new_string(MODEL_VF_PF));
	place(host, function, "vf_index", json_object_new_uint64(index));
	place(host, function, "driver", json_object_new_string(driver));
}

static const char *run_vf_count(struct json_object *host, const struct vdpam_step *step)
{
	struct json_object *pf = model_find(host, "functions", step->target);
	uint64_t count = vdpam_step_number(step, VDPAM_ARG_COUNT_OF_VFS);
	const char *driver = step->text[VDPAM_ARG_DRIVER], *fault = NULL;
	int now = json_object_get_int(get(pf, "sriov_numvfs"));

	if (count && now)
		return "from some VFs to others, not through none";
	if (count > json_object_get_uint64(get(pf, "sriov_totalvfs")))
		return "more VFs than there can be";
	if (!count && now)
		fault = remove_vfs(host, pf);
	if (count) {
		json_object_object_add(pf, "vfs", json_object_new_array());
		for (uint64_t i = 0; i < count; i++) {
			add_vf(host, i, driver ? driver : MODEL_VF_DRIVER);
			json_object_array_add(get(pf, "vfs"), new_vf_link(i));
		}
	}
	set_number(pf, "sriov_numvfs", count);
	return fault;
}

static const char *run_vf_set(struct json_object *host, const struct vdpam_step *step)
{
	struct json_object *pf = model_find(host, "functions", step->target);
	struct json_object *vf = json_object_array_get_idx(
		get(pf, "vfs"), vdpam_step_number(step, VDPAM_ARG_VF_INDEX));
	uint64_t number;

	if (!vf)
		return "no such VF";
	if (!vdpam_step_get_number(step, VDPAM_ARG_MAC, &number))
		set_mac(vf, number);
	for (enum vdpam_argument which = VDPAM_ARG_VLAN; which <= VDPAM_ARG_MAX_TX_RATE;
	     which++) {
		const char *key = vdpam_argument_name(which);

		if (step->text[which])
			set_text(vf, key, step->text[which]);
		else if (!vdpam_step_get_number(step, which, &number))
			json_object_object_add(
				vf, key,
				which == VDPAM_ARG_TRUST || which == VDPAM_ARG_SPOOFCHK
					? json_object_new_boolean(number != 0)
					: json_object_new_uint64(number));
	}
	return NULL;
}

static void sf_handle(uint64_t sfnum, char handle[32])
{
	snprintf(handle, 32, "auxiliary/vdpatest.sf.%d", (int)sfnum);
}

static const char *run_sf_add(struct json_object *host, const struct vdpam_step *step)
{
	uint64_t sfnum = vdpam_step_number(step, VDPAM_ARG_SFNUM), mac = 0x020000000001;
	struct json_object *sf;
	char handle[32];

	sf_handle(sfnum, handle);
	sf = model_find(host, "functions", handle);
	if (!sf) {
		sf = add_function(host, handle, "sf");
		place(host, sf, "pf", json_object_new_string(step->target));
		place(host, sf, "sfnum", json_object_new_uint64(sfnum));
		set_mac(sf, mac);
	}
	if (!vdpam_step_get_number(step, VDPAM_ARG_MAC, &mac))
		set_mac(sf, mac);
	return NULL;
}

static const char *run_sf_del(struct json_object *host, const struct vdpam_step *step)
{
	struct json_object *sf;
	char handle[32];

	sf_handle(vdpam_step_number(step, VDPAM_ARG_SFNUM), handle);
	sf = model_find(host, "functions", handle);
	return sf ? remove_function(host, sf) : "no such SF";
}

static const char *run_mdev_create(struct json_object *host,
				   const struct vdpam_step *step)
{
	const char *uuid = step->text[VDPAM_ARG_UUID];
	struct json_object *mdev;
	char handle[64];

	snprintf(handle, sizeof(handle), "mdev/%s", uuid);
	if (model_find(host, "functions", handle))
		return "there is such a mediated device";
	mdev = add_function(host, handle, "mdev");
	place(host, mdev, "uuid", json_object_new_string(uuid));
	set_text(mdev, "parent", step->target);
	set_text(mdev, "mdev_type", step->text[VDPAM_ARG_MDEV_TYPE]);
	return NULL;
}

static const char *run_mdev_remove(struct json_object *host,
				   const struct vdpam_step *step)
{
	struct json_object *mdev;
	char handle[64];

	snprintf(handle, sizeof(handle), "mdev/%s", step->target);
	mdev = model_find(host, "functions", handle);
	return mdev ? remove_function(host, mdev) : "no such mediated device";
}

static const char *run_function_bind(struct json_object *host,
				     const struct vdpam_step *step)
{
	struct json_object *function = model_find(host, "functions", step->target);

	if (!function)
		return "no such function";
	if (has_devices(host, step->target))
		return "the function still has a device";
	place(host, function, "driver",
	      json_object_new_string(step->text[VDPAM_ARG_DRIVER]));
	return NULL;
}

/* ---- Devices ------------------------------------------------------------------------------- */

/* The management device that a step names, by handle or by its function. */
static struct json_object *find_mgmtdev(struct json_object *host,
					const struct vdpam_step *step)
{
	char handle[64] = "";
	uint64_t number;

	if (step->text[VDPAM_ARG_MGMTDEV])
		return model_find(host, "mgmtdevs", step->text[VDPAM_ARG_MGMTDEV]);
	if (step->text[VDPAM_ARG_UUID])
		snprintf(handle, sizeof(handle), "mdev/%s", step->text[VDPAM_ARG_UUID]);
	else if (!vdpam_step_get_number(step, VDPAM_ARG_SFNUM, &number))
		sf_handle(number, handle);
	else if (!vdpam_step_get_number(step, VDPAM_ARG_VF_INDEX, &number))
		snprintf(handle, sizeof(handle), "pci/0000:01:10.%d", (int)number);
	return model_find(host, "mgmtdevs", handle);
}

static struct json_object *features_of(uint64_t mask)
{
	struct json_object *names = json_object_new_array();

	for (unsigned int bit = 0; bit < 64; bit++) {
		if (mask >> bit & 1)
			json_object_array_add(names, json_object_new_string(
							     vdpam_feature_name(1, bit)));
	}
	return names;
}

static void configure(struct json_object *device, const struct vdpam_step *step)
{
	struct json_object *config = json_object_new_object();
	uint64_t mac = 0x0200000000ff, mtu = 1500, pairs = 1, features = SIM_BITS;

	vdpam_step_get_number(step, VDPAM_ARG_MAC, &mac);
	vdpam_step_get_number(step, VDPAM_ARG_MTU, &mtu);
	vdpam_step_get_number(step, VDPAM_ARG_MAX_VQP, &pairs);
	vdpam_step_get_number(step, VDPAM_ARG_FEATURES, &features);
	/* What needs a feature is told only with it. */
	if (features & FEATURE_MAC)
		set_mac(config, mac);
	if (features & FEATURE_MTU)
		set_number(config, "mtu", mtu);
	set_number(config, "max_vq_pairs", pairs);
	json_object_object_add(device, "config", config);
	json_object_object_add(device, "features", features_of(features));
}

static const char *run_create(struct json_object *host, const struct vdpam_step *step)
{
	struct json_object *mgmtdev = find_mgmtdev(host, step), *device, *class;
	uint64_t identity = json_object_get_uint64(get(host, "identity")), seconds = 30;

	if (!mgmtdev)
		return "no such management device";
	if (model_find(host, "devices", step->target))
		return "there is such a device";
	device = json_object_new_object();
	class = json_object_array_get_idx(get(mgmtdev, "classes"), 0);
	set_text(device, "name", step->target);
	json_object_object_add(device, "class", json_object_get(class));
	json_object_object_add(device, "mgmtdev",
			       json_object_get(get(mgmtdev, "handle")));
	set_number(device, "identity", identity);
	set_number(host, "identity", identity + 1);
	if (!strcmp(json_object_get_string(class), "net"))
		configure(device, step);
	if (is(mgmtdev, "handle", "vduse")) {
		vdpam_step_get_number(step, VDPAM_ARG_MSG_TIMEOUT, &seconds);
		set_number(device, "msg_timeout", seconds);
	}
	json_object_array_add(get(host, "devices"), device);
	return NULL;
}

static const char *run_bind(struct json_object *device, const struct vdpam_step *step)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];

	if (get(device, "driver"))
		return "the device has a driver";
	set_text(device, "driver", driver);
	if (!strcmp(driver, "vhost_vdpa")) {
		set_text(device, "chardev", "/dev/vhost-vdpa-0");
		json_object_object_add(
			device, "chardev_access",
			json_tokener_parse("{\"uid\":0,\"gid\":0,\"mode\":\"0600\"}"));
	}
	return NULL;
}

static const char *run_unbind(struct json_object *device)
{
	if (!get(device, "driver"))
		return "the device has no driver";
	json_object_object_del(device, "driver");
	json_object_object_del(device, "chardev");
	json_object_object_del(device, "chardev_access");
	return NULL;
}

static const char *run_chardev_set(struct json_object *device,
				   const struct vdpam_step *step)
{
	struct json_object *access = get(device, "chardev_access");
	uint64_t number;
	char mode[8];

	if (!access)
		return "the device has no char device";
	if (step->text[VDPAM_ARG_OWNER])
		set_number(access, "uid",
			   strtoull(step->text[VDPAM_ARG_OWNER], NULL, 10));
	if (step->text[VDPAM_ARG_GROUP])
		set_number(access, "gid",
			   strtoull(step->text[VDPAM_ARG_GROUP], NULL, 10));
	if (!vdpam_step_get_number(step, VDPAM_ARG_MODE, &number)) {
		snprintf(mode, sizeof(mode), "%04o", (unsigned int)number & 0777);
		set_text(access, "mode", mode);
	}
	return NULL;
}

static const char *run_set(struct json_object *device, const struct vdpam_step *step)
{
	uint64_t number;

	if (!vdpam_step_get_number(step, VDPAM_ARG_MAC, &number)) {
		if (!is(device, "mgmtdev", "vdpasim_net"))
			return "its MAC cannot be changed";
		set_mac(get(device, "config"), number);
	}
	if (!vdpam_step_get_number(step, VDPAM_ARG_MSG_TIMEOUT, &number))
		set_number(device, "msg_timeout", number);
	return NULL;
}

static const char *run_on_device(struct json_object *host, const struct vdpam_step *step)
{
	struct json_object *device = model_find(host, "devices", step->target);
	uint64_t identity;

	if (!device)
		return "no such device";
	if (!vdpam_step_get_number(step, VDPAM_ARG_IDENTITY, &identity) &&
	    identity != json_object_get_uint64(get(device, "identity")))
		return "another device of that name";
	if (step->operation == VDPAM_DRIVER_BIND)
		return run_bind(device, step);
	if (step->operation == VDPAM_DRIVER_UNBIND)
		return run_unbind(device);
	if (step->operation == VDPAM_CHARDEV_SET)
		return run_chardev_set(device, step);
	if (step->operation == VDPAM_DEVICE_ANNOUNCE)
		return NULL;
	if (step->operation == VDPAM_DEVICE_SET)
		return run_set(device, step);
	if (get(device, "driver"))
		return "the device still has a driver";
	drop(host, "devices", device);
	return NULL;
}

const char *model_run(struct json_object *host, const struct vdpam_step *step)
{
	switch (step->operation) {
	case VDPAM_DEVICE_CREATE:
		return run_create(host, step);
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_DRIVER_UNBIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
		return run_on_device(host, step);
	case VDPAM_VF_COUNT:
		return run_vf_count(host, step);
	case VDPAM_VF_SET:
		return run_vf_set(host, step);
	case VDPAM_SF_ADD:
		return run_sf_add(host, step);
	case VDPAM_SF_DEL:
		return run_sf_del(host, step);
	case VDPAM_MDEV_CREATE:
		return run_mdev_create(host, step);
	case VDPAM_MDEV_REMOVE:
		return run_mdev_remove(host, step);
	case VDPAM_FUNCTION_BIND:
		return run_function_bind(host, step);
	case VDPAM_FUNCTION_UNBIND:
		break;
	}
	return "no document wants that";
}
