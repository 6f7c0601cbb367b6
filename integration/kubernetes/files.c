// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files for others. Which of those in the folder of device information are ours is told by what is
 * in them: the name is made of a resource of ours and of the device that the file itself names.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "plugin.h"
#include "vdpamgmt-consumer.h"

#define TAIL "-device.json"
#define MAX_FILE 65536
#define NEW_FILE ".vdpad-new"

struct kube_files {
	int devinfo_fd, cdi_fd; /* below 0: there is no such folder, which was logged */
	char **kinds;           /* of the CDI specifications that are there */
	size_t n_kinds;
	char **written; /* the device-information files that are there */
	size_t n_written;
};

static int open_folder(const char *path)
{
	int fd;

	kube_make_folder(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		kube_log(LOG_WARNING, "cannot write into %s: %s", path, strerror(errno));
	return fd;
}

struct kube_files *kube_files_new(const char *devinfo_dir, const char *cdi_dir)
{
	struct kube_files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->devinfo_fd = open_folder(devinfo_dir);
	files->cdi_fd = open_folder(cdi_dir);
	return files;
}

/* ---- One file -------------------------------------------------------------------------------- */

#define FORM (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static int replace_file(int folder, const char *name, struct json_object *object)
{
	int fd = openat(folder, NEW_FILE,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : 0;

	if (!r && fchmod(fd, 0644) < 0)
		r = -errno;
	if (!r && json_object_to_fd(fd, object, FORM) < 0)
		r = -errno;
	if (fd >= 0 && close(fd) < 0 && !r)
		r = -errno;
	if (!r && renameat(folder, NEW_FILE, folder, name) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		unlinkat(folder, NEW_FILE, 0);
	if (r < 0)
		kube_log(LOG_WARNING, "cannot write %s: %s", name, strerror(-r));
	return r;
}

static char *read_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(MAX_FILE + 1);
	ssize_t n = text ? read(fd, text, MAX_FILE) : -1;

	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

static bool has_name(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static int add_name(char ***names, size_t *count, const char *name)
{
	char **larger = reallocarray(*names, *count + 1, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	*names = larger;
	larger[*count] = strdup(name);
	if (!larger[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

/* Writes it where it does not say that already. */
static int keep_file(int folder, const char *name, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, FORM);
	char *old = read_file(folder, name);
	int r = old && !strcmp(old, text) ? 0 : replace_file(folder, name, object);

	free(old);
	return r;
}

/* ---- Device information ----------------------------------------------------------------------- */

/* As the specification has it: the resource's '/' is a '-'. */
static void devinfo_name(const struct kube_resource *resource, const char *id, char *name,
			 size_t size)
{
	snprintf(name, size, "%s-%s-%s" TAIL, resource->prefix, resource->suffix, id);
}

int kube_files_allocated(struct kube_files *files, const struct kube_pool *pool,
			 const struct kube_device *device)
{
	struct json_object *info = NULL;
	char name[NAME_MAX + 1];
	int r;

	if (files->devinfo_fd < 0)
		return -ENOENT;
	devinfo_name(&pool->config->resources[device->resource], device->id, name,
		     sizeof(name));
	r = vdpam_device_to_device_info(pool->snapshot, device->device, &info, NULL);
	if (!r)
		r = keep_file(files->devinfo_fd, name, info);
	json_object_put(info);
	if (!r && !has_name(files->written, files->n_written, name))
		r = add_name(&files->written, &files->n_written, name);
	return r;
}

/* The resource whose device a file is about, if it is named as we name it; that device's id. */
static bool is_ours(const struct kube_files *files, const struct kube_pool *pool,
		    const char *name, size_t *ret_resource, char **ret_id)
{
	char *text = read_file(files->devinfo_fd, name);
	struct json_object *json = text ? json_tokener_parse(text) : NULL;
	struct json_object *vdpa = NULL, *parent = NULL;
	char ours[NAME_MAX + 1];
	bool found = false;

	if (json_object_object_get_ex(json, "vdpa", &vdpa) &&
	    json_object_object_get_ex(vdpa, "parent-device", &parent) &&
	    json_object_is_type(parent, json_type_string)) {
		for (size_t i = 0; !found && i < pool->config->count; i++) {
			devinfo_name(&pool->config->resources[i],
				     json_object_get_string(parent), ours, sizeof(ours));
			found = !strcmp(ours, name);
			*ret_resource = i;
		}
	}
	if (found)
		*ret_id = strdup(json_object_get_string(parent));
	json_object_put(json);
	free(text);
	return found && *ret_id;
}

static void update_devinfo(struct kube_files *files, const struct kube_pool *pool,
			   const char *name)
{
	const struct kube_device *device;
	size_t resource = 0;
	char *id = NULL;

	if (!is_ours(files, pool, name, &resource, &id))
		return;
	device = kube_pool_find(pool, resource, id);
	if (!device)
		unlinkat(files->devinfo_fd, name, 0);
	else if (!device->trouble) /* one that is only unwell keeps what it had */
		kube_files_allocated(files, pool, device);
	free(id);
}

static void update_all_devinfo(struct kube_files *files, const struct kube_pool *pool)
{
	int fd = files->devinfo_fd < 0 ? -1
				       : openat(files->devinfo_fd, ".",
						O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder))) {
		size_t length = strlen(entry->d_name);

		if (length > strlen(TAIL) &&
		    !strcmp(entry->d_name + length - strlen(TAIL), TAIL))
			update_devinfo(files, pool, entry->d_name);
	}
	closedir(folder);
}

/* ---- CDI ------------------------------------------------------------------------------------- */

static void cdi_file_name(const char *kind, char *name, size_t size)
{
	snprintf(name, size, "%s.json", kind);
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '-';
}

/* An interface is moved by a CNI plugin, not by the runtime: only what has a node is in here. */
static bool is_in_cdi(const struct kube_device *device, const char *kind)
{
	char its[VDPAM_CDI_KIND];

	vdpam_device_get_cdi_kind(device->device, its);
	return !device->trouble && !strcmp(its, kind) &&
	       (vdpam_device_get_chardev(device->device) ||
		vdpam_device_get_blockdev(device->device));
}

static void write_kind(struct kube_files *files, const struct kube_pool *pool,
		       const char *kind)
{
	const struct vdpam_device **devices = calloc(pool->count + 1, sizeof(*devices));
	struct json_object *spec = NULL;
	size_t count = 0;
	char name[VDPAM_CDI_KIND + 8];

	if (!devices)
		return;
	for (size_t i = 0; i < pool->count; i++) {
		if (is_in_cdi(&pool->devices[i], kind))
			devices[count++] = pool->devices[i].device;
	}
	cdi_file_name(kind, name, sizeof(name));
	/* A specification of no devices is not a right one. */
	if (!count)
		unlinkat(files->cdi_fd, name, 0);
	else if (!vdpam_devices_to_cdi(pool->snapshot, devices, count, &spec, NULL))
		keep_file(files->cdi_fd, name, spec);
	json_object_put(spec);
	free(devices);
}

static void update_cdi(struct kube_files *files, const struct kube_pool *pool)
{
	char kind[VDPAM_CDI_KIND];

	if (files->cdi_fd < 0)
		return;
	for (size_t i = 0; i < pool->count; i++) {
		vdpam_device_get_cdi_kind(pool->devices[i].device, kind);
		if (!has_name(files->kinds, files->n_kinds, kind))
			add_name(&files->kinds, &files->n_kinds, kind);
	}
	for (size_t i = 0; i < files->n_kinds; i++)
		write_kind(files, pool, files->kinds[i]);
}

void kube_files_update(struct kube_files *files, const struct kube_pool *pool)
{
	update_all_devinfo(files, pool);
	update_cdi(files, pool);
}

void kube_files_free(struct kube_files *files)
{
	char name[VDPAM_CDI_KIND + 8];

	if (!files)
		return;
	for (size_t i = 0; i < files->n_written; i++) {
		unlinkat(files->devinfo_fd, files->written[i], 0);
		free(files->written[i]);
	}
	for (size_t i = 0; i < files->n_kinds; i++) {
		cdi_file_name(files->kinds[i], name, sizeof(name));
		unlinkat(files->cdi_fd, name, 0);
		free(files->kinds[i]);
	}
	free(files->written);
	free(files->kinds);
	if (files->devinfo_fd >= 0)
		close(files->devinfo_fd);
	if (files->cdi_fd >= 0)
		close(files->cdi_fd);
	free(files);
}
