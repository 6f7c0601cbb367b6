// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plugin: the pool and the files behind one lock, for the loop and for gRPC's threads. The lock
 * is never held across a call that the kernel could keep.
 */
#include "plugin-private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

void kube_log(int priority, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* The prefix is systemd's, which others take for a number. */
	fprintf(stderr, "<%d>vdpa-device-plugin: %s\n", priority, line);
}

void kube_make_folder(const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return;
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	mkdir(copy, 0755);
	free(copy);
}

struct kube_plugin *kube_plugin_new(const struct kube_config *config, bool use_cdi,
				    struct kube_files *files)
{
	struct kube_plugin *plugin = calloc(1, sizeof(*plugin));

	if (!plugin)
		return NULL;
	pthread_mutex_init(&plugin->lock, NULL);
	plugin->config = config;
	plugin->files = files;
	plugin->pool = kube_pool_new(config, use_cdi);
	return plugin->pool ? plugin : kube_plugin_free(plugin);
}

struct kube_plugin *kube_plugin_free(struct kube_plugin *plugin)
{
	if (!plugin)
		return NULL;
	kube_pool_free(plugin->pool);
	pthread_mutex_destroy(&plugin->lock);
	free(plugin);
	return NULL;
}

static void say_troubles(struct kube_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		struct kube_device *device = &pool->devices[i];

		if (device->trouble && device->trouble != device->said)
			kube_log(LOG_NOTICE, "%s is not healthy: %s", device->id,
				 device->trouble);
		device->said = device->trouble;
	}
}

int kube_plugin_update(struct kube_plugin *plugin, struct vdpam_snapshot *snapshot)
{
	int r;

	pthread_mutex_lock(&plugin->lock);
	r = kube_pool_update(plugin->pool, snapshot);
	if (r >= 0)
		kube_files_update(plugin->files, plugin->pool);
	if (r > 0)
		say_troubles(plugin->pool);
	pthread_mutex_unlock(&plugin->lock);
	return r;
}

const char *kube_plugin_get_name(const struct kube_plugin *plugin, size_t resource)
{
	return plugin->config->resources[resource].name;
}

char *kube_plugin_get_list(struct kube_plugin *plugin, size_t resource, uint64_t *version)
{
	char *list = NULL;

	pthread_mutex_lock(&plugin->lock);
	if (plugin->pool->versions[resource] != *version) {
		list = strdup(plugin->pool->lists[resource]);
		*version = plugin->pool->versions[resource];
	}
	pthread_mutex_unlock(&plugin->lock);
	return list;
}

/* What the request names has been found to be right: its information is to be there. */
static void write_information(struct kube_plugin *plugin, size_t resource,
			      struct json_object *request)
{
	struct json_object *requests = NULL, *ids = NULL;

	json_object_object_get_ex(request, "container_requests", &requests);
	for (size_t i = 0; requests && i < json_object_array_length(requests); i++) {
		json_object_object_get_ex(json_object_array_get_idx(requests, i),
					  "devices_ids", &ids);
		for (size_t j = 0; ids && j < json_object_array_length(ids); j++) {
			const char *id =
				json_object_get_string(json_object_array_get_idx(ids, j));
			const struct kube_device *device =
				kube_pool_find(plugin->pool, resource, id);

			if (device)
				kube_files_allocated(plugin->files, plugin->pool, device);
		}
	}
}

int kube_plugin_allocate(struct kube_plugin *plugin, size_t resource, const char *request,
			 char **ret_reply, char **ret_message)
{
	struct json_object *json = json_tokener_parse(request);
	int r;

	pthread_mutex_lock(&plugin->lock);
	r = kube_allocate(plugin->pool, resource, request, ret_reply, ret_message);
	if (!r)
		write_information(plugin, resource, json);
	pthread_mutex_unlock(&plugin->lock);
	json_object_put(json);
	return r;
}

int kube_plugin_prefer(struct kube_plugin *plugin, size_t resource, const char *request,
		       char **ret_reply, char **ret_message)
{
	int r;

	pthread_mutex_lock(&plugin->lock);
	r = kube_prefer(plugin->pool, resource, request, ret_reply, ret_message);
	pthread_mutex_unlock(&plugin->lock);
	return r;
}
