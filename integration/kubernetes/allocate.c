// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kubelet is answered when it allocates devices. Pure: the same question of the same pool has
 * the same answer.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "vdpamgmt-consumer.h"

/* "PCIDEVICE_VDPAD_ORG_VHOST_NET", as pods know it from the SR-IOV device plugin. */
static void env_name(const struct kube_resource *resource, const char *tail, char *name,
		     size_t size)
{
	snprintf(name, size, "PCIDEVICE_%s_%s%s", resource->prefix, resource->suffix,
		 tail);
	for (char *p = name; *p; p++)
		*p = (char)(*p == '.' ? '_' : toupper((unsigned char)*p));
}

/* What is mounted for the device, NULL when nothing is: interfaces are moved by a CNI plugin. */
static char *node_of(const struct kube_device *device)
{
	const char *disk = vdpam_device_get_blockdev(device->device);
	const char *chardev = vdpam_device_get_chardev(device->device);
	char *path = NULL;

	if (chardev)
		return strdup(chardev);
	if (!disk || asprintf(&path, "/dev/%s", disk) < 0)
		return NULL;
	return path;
}

static struct json_object *device_spec(const char *path)
{
	struct json_object *spec = json_object_new_object();

	kube_set(spec, "container_path", kube_string(path));
	kube_set(spec, "host_path", kube_string(path));
	kube_set(spec, "permissions", kube_string("rw"));
	return spec;
}

static struct json_object *info_of(const struct kube_device *device, const char *path)
{
	struct json_object *info = json_object_new_object();
	struct json_object *generic = json_object_new_object();
	struct json_object *vdpa = json_object_new_object();

	kube_set(generic, "deviceID", kube_string(device->id));
	kube_set(info, "generic", generic);
	if (path)
		kube_set(vdpa, "mount", kube_string(path));
	kube_set(info, "vdpa", vdpa);
	return info;
}

static void cdi_name_of(const struct kube_pool *pool, const struct kube_device *device,
			char *name, size_t size)
{
	char kind[VDPAM_CDI_KIND], last[VDPAM_CDI_NAME];

	vdpam_device_get_cdi_kind(device->device, kind);
	vdpam_device_get_cdi_name(pool->snapshot, device->device, last);
	snprintf(name, size, "%s=%s", kind, last);
}

struct allocation {
	struct json_object *infos, *specs, *cdi;
	char *ids, *cdi_names; /* with commas between them */
};

static int join(char **list, const char *text)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? "," : "", text) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

static int allocate_device(const struct kube_pool *pool, const struct kube_device *device,
			   struct allocation *allocation)
{
	char name[VDPAM_CDI_KIND + VDPAM_CDI_NAME];
	struct json_object *cdi;
	char *path = node_of(device);
	int r = join(&allocation->ids, device->id);

	kube_set(allocation->infos, device->id, info_of(device, path));
	if (!r && path && pool->use_cdi) {
		cdi_name_of(pool, device, name, sizeof(name));
		cdi = json_object_new_object();
		kube_set(cdi, "name", kube_string(name));
		json_object_array_add(allocation->cdi, cdi);
		r = join(&allocation->cdi_names, name);
	} else if (path) {
		json_object_array_add(allocation->specs, device_spec(path));
	}
	free(path);
	return r;
}

static void fill_reply(const struct kube_resource *resource,
		       struct allocation *allocation, struct json_object *reply)
{
	struct json_object *envs = json_object_new_object();
	struct json_object *annotations = json_object_new_object();
	char name[400];

	env_name(resource, "", name, sizeof(name));
	kube_set(envs, name, kube_string(allocation->ids));
	env_name(resource, "_INFO", name, sizeof(name));
	kube_set(envs, name,
		 kube_string(json_object_to_json_string_ext(
			 allocation->infos,
			 JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
	kube_set(annotations, resource->name, kube_string(allocation->ids));
	/* For runtimes older than the field `cdi_devices`. */
	if (allocation->cdi_names) {
		snprintf(name, sizeof(name), "cdi.k8s.io/vdpad_%s", resource->suffix);
		kube_set(annotations, name, kube_string(allocation->cdi_names));
	}
	kube_set(reply, "envs", envs);
	kube_set(reply, "annotations", annotations);
	kube_set(reply, "devices", json_object_get(allocation->specs));
	kube_set(reply, "cdi_devices", json_object_get(allocation->cdi));
}

static int allocate_ids(const struct kube_pool *pool, size_t resource,
			struct json_object *ids, struct allocation *allocation,
			char **ret_message)
{
	for (size_t i = 0; i < kube_length(ids); i++) {
		const struct kube_device *device = NULL;
		int r = kube_find(pool, resource, kube_text_at(ids, i), &device,
				  ret_message);

		if (r < 0)
			return r;
		if (device->trouble)
			return kube_refuse(ret_message, -ENODEV, "%s is not healthy: %s",
					   device->id, device->trouble);
		if (json_object_object_get_ex(allocation->infos, device->id, NULL))
			return kube_refuse(ret_message, -EINVAL, "%s is asked for twice",
					   device->id);
		r = allocate_device(pool, device, allocation);
		if (r < 0)
			return r;
	}
	return 0;
}

static int allocate_one(const struct kube_pool *pool, size_t resource,
			struct json_object *request, struct json_object *reply,
			char **ret_message)
{
	struct json_object *ids = kube_get(request, "devices_ids");
	struct allocation allocation = { .infos = json_object_new_object(),
					 .specs = json_object_new_array(),
					 .cdi = json_object_new_array() };
	int r = kube_length(ids)
			? allocate_ids(pool, resource, ids, &allocation, ret_message)
			: kube_refuse(ret_message, -EINVAL, "no device is asked for");

	if (!r)
		fill_reply(&pool->config->resources[resource], &allocation, reply);
	json_object_put(allocation.infos);
	json_object_put(allocation.specs);
	json_object_put(allocation.cdi);
	free(allocation.ids);
	free(allocation.cdi_names);
	return r;
}

int kube_allocate(const struct kube_pool *pool, size_t resource, const char *request,
		  char **ret_reply, char **ret_message)
{
	return kube_answer(pool, resource, request, allocate_one, ret_reply, ret_message);
}
