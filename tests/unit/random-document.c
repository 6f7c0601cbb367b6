// SPDX-License-Identifier: GPL-2.0-or-later
#include "random-document.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel-model.h"

static const char *const uuids[] = {
	"83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
	"83b8f4f2-509f-382f-3c1e-e6bfe0fa1002",
};
static const char *const drivers[] = { "vhost_vdpa", "virtio_vdpa", "none" };

/* Knuth's MMIX generator; the low bits are the weak ones. */
uint32_t chance_below(struct chance *chance, uint32_t n)
{
	chance->state = chance->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((chance->state >> 33) % n);
}

static bool one_in(struct chance *chance, uint32_t n)
{
	return !chance_below(chance, n);
}

static const char *one_of(struct chance *chance, const char *const *texts, uint32_t n)
{
	return texts[chance_below(chance, n)];
}
#define ONE_OF(chance, texts) one_of(chance, texts, sizeof(texts) / sizeof(*(texts)))

static void set(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static struct json_object *text(const char *value)
{
	return json_object_new_string(value);
}

static struct json_object *number(uint32_t value)
{
	return json_object_new_int64(value);
}

static struct json_object *mac(struct chance *chance)
{
	char value[32];

	snprintf(value, sizeof(value), "02:00:00:00:00:%02x",
		 1 + chance_below(chance, 4));
	return text(value);
}

/* ---- Functions ----------------------------------------------------------------------------- */

static struct json_object *random_vf(struct chance *chance, uint32_t index)
{
	struct json_object *vf = json_object_new_object();

	set(vf, "index", number(index));
	if (one_in(chance, 2))
		set(vf, "vlan", number(chance_below(chance, 3)));
	if (one_in(chance, 3))
		set(vf, "mac", mac(chance));
	if (one_in(chance, 3))
		set(vf, "trust", json_object_new_boolean(one_in(chance, 2)));
	return vf;
}

static struct json_object *random_vfs(struct chance *chance)
{
	struct json_object *function = json_object_new_object();
	struct json_object *vfs = json_object_new_array();
	uint32_t count = 1 + chance_below(chance, 4);

	set(function, "type", text("vf"));
	set(function, "pf", text(MODEL_VF_PF));
	set(function, "count", number(count));
	if (one_in(chance, 2))
		set(function, "driver",
		    text(one_in(chance, 3) ? "other-vf" : MODEL_VF_DRIVER));
	for (uint32_t i = 0; i < count; i++) {
		if (one_in(chance, 3))
			json_object_array_add(vfs, random_vf(chance, i));
	}
	set(function, "vfs", vfs);
	return function;
}

static struct json_object *random_sf(struct chance *chance, uint32_t sfnum)
{
	struct json_object *function = json_object_new_object();

	set(function, "type", text("sf"));
	set(function, "pf", text(MODEL_SF_PF));
	set(function, "sfnum", number(sfnum));
	if (one_in(chance, 2))
		set(function, "mac", mac(chance));
	return function;
}

static struct json_object *random_mdev(struct chance *chance, const char *uuid)
{
	struct json_object *function = json_object_new_object();

	set(function, "type", text("mdev"));
	set(function, "parent", text(MODEL_MDEV_PARENT));
	set(function, "mdev_type", text(one_in(chance, 4) ? "t-2" : "t-1"));
	set(function, "uuid", text(uuid));
	return function;
}

static struct json_object *random_functions(struct chance *chance)
{
	struct json_object *functions = json_object_new_array();

	if (one_in(chance, 2))
		json_object_array_add(functions, random_vfs(chance));
	for (uint32_t sfnum = 88; sfnum < 90; sfnum++) {
		if (one_in(chance, 3))
			json_object_array_add(functions, random_sf(chance, sfnum));
	}
	for (size_t i = 0; i < 2; i++) {
		if (one_in(chance, 3))
			json_object_array_add(functions, random_mdev(chance, uuids[i]));
	}
	return functions;
}

/* ---- Devices ------------------------------------------------------------------------------- */

static struct json_object *random_selector(struct chance *chance)
{
	struct json_object *selector = json_object_new_object();

	switch (chance_below(chance, 3)) {
	case 0:
		set(selector, "pf", text(MODEL_VF_PF));
		set(selector, "vf", number(chance_below(chance, 4)));
		break;
	case 1:
		set(selector, "pf", text(MODEL_SF_PF));
		set(selector, "sfnum", number(88 + chance_below(chance, 2)));
		break;
	default:
		set(selector, "mdev", text(ONE_OF(chance, uuids)));
		break;
	}
	return selector;
}

static struct json_object *random_chardev(struct chance *chance)
{
	struct json_object *chardev = json_object_new_object();

	set(chardev, "group", text(one_in(chance, 2) ? "104" : "0"));
	if (one_in(chance, 2))
		set(chardev, "mode", text(one_in(chance, 2) ? "0660" : "0600"));
	return chardev;
}

static void add_net(struct chance *chance, struct json_object *device)
{
	if (one_in(chance, 2))
		set(device, "mac", mac(chance));
	if (one_in(chance, 3))
		set(device, "mtu", number(one_in(chance, 2) ? 1400 : 9000));
	if (one_in(chance, 4))
		set(device, "max_vqp", number(1 + chance_below(chance, 2)));
	if (one_in(chance, 5))
		set(device, "features",
		    json_tokener_parse(one_in(chance, 2)
					       ? "[\"VERSION_1\",\"ACCESS_PLATFORM\"]"
					       : "[\"MTU\",\"VERSION_1\"]"));
}

static struct json_object *random_device(struct chance *chance, uint32_t index)
{
	struct json_object *device = json_object_new_object();
	char name[16];

	snprintf(name, sizeof(name), "n%u", index);
	set(device, "name", text(name));
	switch (chance_below(chance, 6)) {
	case 0:
		set(device, "mgmtdev", text("vdpasim_blk"));
		break;
	case 1:
		set(device, "mgmtdev", text("vduse"));
		if (one_in(chance, 2))
			set(device, "msg_timeout", number(5 + chance_below(chance, 2)));
		break;
	case 2:
		set(device, "mgmtdev",
		    text(one_in(chance, 3) ? "pci/0000:77:00.0" : "vdpasim_net"));
		add_net(chance, device);
		break;
	default:
		set(device, "mgmtdev", random_selector(chance));
		add_net(chance, device);
		break;
	}
	if (!one_in(chance, 4))
		set(device, "driver", text(ONE_OF(chance, drivers)));
	if (one_in(chance, 4))
		set(device, "chardev", random_chardev(chance));
	if (one_in(chance, 8))
		set(device, "on_demand", json_object_new_boolean(1));
	return device;
}

struct json_object *random_document(struct chance *chance)
{
	struct json_object *document = json_object_new_object();
	struct json_object *devices = json_object_new_array();

	set(document, "version", number(1));
	set(document, "functions", random_functions(chance));
	for (uint32_t i = 0; i < 8; i++) {
		if (one_in(chance, 2))
			json_object_array_add(devices, random_device(chance, i));
	}
	set(document, "devices", devices);
	return document;
}

/* ---- Others -------------------------------------------------------------------------------- */

static struct json_object *foreign_device(struct chance *chance, struct json_object *host,
					  const char *name)
{
	struct json_object *mgmtdevs = json_object_object_get(host, "mgmtdevs");
	struct json_object *mgmtdev = json_object_array_get_idx(
		mgmtdevs,
		chance_below(chance, (uint32_t)json_object_array_length(mgmtdevs)));
	struct json_object *device = json_object_new_object();
	uint64_t identity =
		json_object_get_uint64(json_object_object_get(host, "identity"));

	set(device, "name", text(name));
	set(device, "class",
	    json_object_get(json_object_array_get_idx(
		    json_object_object_get(mgmtdev, "classes"), 0)));
	set(device, "mgmtdev",
	    json_object_get(json_object_object_get(mgmtdev, "handle")));
	set(device, "identity", json_object_new_uint64(identity));
	json_object_object_add(host, "identity", json_object_new_uint64(identity + 1));
	if (!strcmp(json_object_get_string(json_object_object_get(mgmtdev, "handle")),
		    "vduse"))
		set(device, "msg_timeout", number(30));
	if (one_in(chance, 2))
		set(device, "driver", text("virtio_vdpa"));
	return device;
}

void random_meddling(struct chance *chance, struct json_object *host)
{
	struct json_object *devices = json_object_object_get(host, "devices");
	uint32_t index = chance_below(chance, 12); /* n8 and above: no document's */
	struct json_object *device, *config;
	char name[16];

	snprintf(name, sizeof(name), "n%u", index);
	device = model_find(host, "devices", name);
	if (!device) {
		json_object_array_add(devices, foreign_device(chance, host, name));
	} else if (one_in(chance, 2)) {
		json_object_object_del(device, "driver");
		json_object_object_del(device, "chardev");
		json_object_object_del(device, "chardev_access");
	} else {
		config = json_object_object_get(device, "config");
		if (config && json_object_object_get(config, "mtu"))
			set(config, "mtu", number(4000));
	}
}

static struct json_object *shuffled(struct chance *chance, struct json_object *list)
{
	size_t n = json_object_array_length(list);
	struct json_object *copy = NULL;

	json_object_deep_copy(list, &copy, NULL);
	for (size_t i = n; i > 1; i--) {
		size_t j = chance_below(chance, (uint32_t)i);
		struct json_object *last =
			json_object_get(json_object_array_get_idx(copy, i - 1));
		struct json_object *other =
			json_object_get(json_object_array_get_idx(copy, j));

		json_object_array_put_idx(copy, i - 1, other);
		json_object_array_put_idx(copy, j, last);
	}
	return copy;
}

struct json_object *random_permutation(struct chance *chance,
				       struct json_object *document)
{
	struct json_object *other = NULL;

	json_object_deep_copy(document, &other, NULL);
	set(other, "devices",
	    shuffled(chance, json_object_object_get(document, "devices")));
	set(other, "functions",
	    shuffled(chance, json_object_object_get(document, "functions")));
	return other;
}
