// SPDX-License-Identifier: LGPL-2.1-or-later
/* Mediated devices, their types and their parents, as /sys shows them. Changes nothing. */
#include "mdev.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "private.h"
#include "sysfs.h"
#include "vdpa.h"

#define PARENTS "class/mdev_bus"
#define TYPES "mdev_supported_types"
#define TEXT_SIZE 1024

void vdpam_mdev_fini(struct vdpam_mdev *mdev)
{
	free(mdev->uuid);
	free(mdev->parent);
	free(mdev->type);
	free(mdev->driver);
	free(mdev->mgmtdev);
}

/* ---- Parents ------------------------------------------------------------------------------- */

/* The handle of a parent by its name: a device of a class, as mtty is, is on no bus. */
static int parent_handle(struct vdpam_ctx *ctx, const char *name, char **ret_handle)
{
	VDPAM_AUTO_FREE char *subsystem = NULL;
	const char *slash;
	char path[600];
	bool is_bus;
	int r;

	snprintf(path, sizeof(path), PARENTS "/%s/subsystem", name);
	r = vdpam_sysfs_link(ctx->sysfs_fd, path, &subsystem);
	if (r < 0 && r != -ENOENT)
		return r;
	slash = r < 0 ? NULL : strrchr(subsystem, '/');
	is_bus = slash && slash - subsystem >= 4 && !strncmp(slash - 4, "/bus", 4);
	*ret_handle = vdpam_handle_join(is_bus ? slash + 1 : NULL, name);
	return *ret_handle ? 0 : -ENOMEM;
}

int vdpam_mdev_open_parent(struct vdpam_ctx *ctx, const char *handle)
{
	const char *slash = strrchr(handle, '/');
	const char *name = slash ? slash + 1 : handle;
	VDPAM_AUTO_FREE char *real = NULL;
	int fd, r;

	fd = vdpam_sysfs_open(ctx->sysfs_fd, PARENTS, name);
	if (fd < 0)
		return fd;
	r = parent_handle(ctx, name, &real);
	if (!r && strcmp(real, handle) != 0)
		r = -ENOENT;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/* ---- Types --------------------------------------------------------------------------------- */

struct build {
	struct vdpam_ctx *ctx;
	struct vdpam_mdev_list *list;
	int fd;             /* the parent's folder */
	const char *parent; /* its handle */
};

/* What a file of a type says; where there is none, or it is empty, nothing. */
static int read_text(int fd, const char *type, const char *file, char **text)
{
	char path[600], buffer[TEXT_SIZE];

	snprintf(path, sizeof(path), TYPES "/%s/%s", type, file);
	if (vdpam_sysfs_read(fd, path, buffer, sizeof(buffer)) <= 0)
		return 0;
	*text = strdup(buffer);
	return *text ? 0 : -ENOMEM;
}

static int add_type(void *userdata, const char *name, unsigned char file_type)
{
	struct build *build = userdata;
	struct vdpam_mdev_type *type =
		vdpam_append(&build->list->types, &build->list->n_types, sizeof(*type));
	char path[600];
	int r;

	(void)file_type;
	if (!type)
		return -ENOMEM;
	type->parent = strdup(build->parent);
	type->type = strdup(name);
	r = type->parent && type->type ? 0 : -ENOMEM;
	if (!r)
		r = read_text(build->fd, name, "name", &type->name);
	if (!r)
		r = read_text(build->fd, name, "description", &type->description);
	if (!r)
		r = read_text(build->fd, name, "device_api", &type->device_api);
	snprintf(path, sizeof(path), TYPES "/%s/available_instances", name);
	if (vdpam_sysfs_read_number(build->fd, path, &type->available) < 0 ||
	    type->available > UINT32_MAX)
		type->available = -1;
	return r;
}

static int add_parent(void *userdata, const char *name, unsigned char file_type)
{
	struct build *build = userdata;
	VDPAM_AUTO_CLOSE int fd = vdpam_sysfs_open(build->ctx->sysfs_fd, PARENTS, name);
	char **handle;
	int r;

	(void)file_type;
	if (fd < 0) /* it went */
		return 0;
	handle = vdpam_append(&build->list->parents, &build->list->n_parents,
			      sizeof(*handle));
	r = handle ? parent_handle(build->ctx, name, handle) : -ENOMEM;
	if (r < 0)
		return r;
	build->fd = fd;
	build->parent = *handle;
	r = vdpam_sysfs_list(fd, TYPES, add_type, build);
	return r == -ENOENT ? 0 : r;
}

/* ---- Devices ------------------------------------------------------------------------------- */

/* "…/devices/virtual/mtty/mtty/UUID": the folder above is the parent's. */
static int look_at_parent(struct vdpam_ctx *ctx, const char *path, char **ret_handle)
{
	const char *end = strrchr(path, '/'), *start = end;
	char name[NAME_MAX + 1];

	while (start && start > path && start[-1] != '/')
		start--;
	if (!start || end - start >= (ptrdiff_t)sizeof(name))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(end - start), start);
	return parent_handle(ctx, name, ret_handle);
}

static int look_at_mgmtdev(struct vdpam_ctx *ctx, struct vdpam_mdev *mdev)
{
	VDPAM_AUTO_FREE char *handle = vdpam_handle_join("mdev", mdev->uuid);
	int r;

	if (!handle)
		return -ENOMEM;
	r = vdpam_vdpa_has_mgmtdev(ctx, handle);
	if (r > 0) {
		mdev->mgmtdev = handle;
		handle = NULL;
	}
	return r < 0 ? r : 0;
}

int vdpam_mdev_look_at_parent(struct vdpam_ctx *ctx, const char *uuid, char **ret_parent,
			      char **ret_type)
{
	VDPAM_AUTO_FREE char *path = NULL;
	char link[600];
	int r;

	snprintf(link, sizeof(link), VDPAM_MDEV_DEVICES "/%s", uuid);
	r = vdpam_sysfs_link(ctx->sysfs_fd, link, &path);
	if (!r)
		r = look_at_parent(ctx, path, ret_parent);
	if (r < 0)
		return r;
	snprintf(link, sizeof(link), VDPAM_MDEV_DEVICES "/%s/mdev_type", uuid);
	vdpam_sysfs_link_name(ctx->sysfs_fd, link, ret_type);
	return 0;
}

int vdpam_mdev_look(struct vdpam_ctx *ctx, const char *uuid, struct vdpam_mdev *ret_mdev)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_MDEV_DEVICES, uuid);
	struct vdpam_mdev mdev = { .uuid = strdup(uuid) };
	int r;

	r = fd < 0 ? fd : vdpam_mdev_look_at_parent(ctx, uuid, &mdev.parent, &mdev.type);
	if (!r) {
		vdpam_sysfs_link_name(fd, "driver", &mdev.driver);
		r = mdev.uuid ? look_at_mgmtdev(ctx, &mdev) : -ENOMEM;
	}
	if (r < 0) {
		vdpam_mdev_fini(&mdev);
		return r;
	}
	*ret_mdev = mdev;
	return 0;
}

static int add_mdev(void *userdata, const char *name, unsigned char file_type)
{
	struct build *build = userdata;
	struct vdpam_mdev mdev, *added;
	int r;

	(void)file_type;
	r = vdpam_mdev_look(build->ctx, name, &mdev);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	added = vdpam_append(&build->list->mdevs, &build->list->n_mdevs, sizeof(*added));
	if (!added) {
		vdpam_mdev_fini(&mdev);
		return -ENOMEM;
	}
	*added = mdev;
	return 0;
}

/* ---- The list ------------------------------------------------------------------------------ */

static int compare_types(const void *a, const void *b)
{
	const struct vdpam_mdev_type *left = a, *right = b;
	int order = strcmp(left->parent, right->parent);

	return order ? order : strverscmp(left->type, right->type);
}

static int compare_mdevs(const void *a, const void *b)
{
	const struct vdpam_mdev *left = a, *right = b;

	return strcmp(left->uuid, right->uuid);
}

static int list_all(struct build *build)
{
	struct vdpam_mdev_list *list = build->list;
	int fd = build->ctx->sysfs_fd, r;

	r = vdpam_sysfs_list(fd, PARENTS, add_parent, build);
	if (!r || r == -ENOENT)
		r = vdpam_sysfs_list(fd, VDPAM_MDEV_DEVICES, add_mdev, build);
	if (list->n_types)
		qsort(list->types, list->n_types, sizeof(*list->types), compare_types);
	if (list->n_mdevs)
		qsort(list->mdevs, list->n_mdevs, sizeof(*list->mdevs), compare_mdevs);
	return r == -ENOENT ? 0 : r;
}

int vdpam_mdev_list_new(struct vdpam_ctx *ctx, struct vdpam_mdev_list **ret_list,
			struct vdpam_error **ret_error)
{
	struct build build = { .ctx = ctx, .list = calloc(1, sizeof(*build.list)) };
	int r = build.list ? list_all(&build) : -ENOMEM;

	if (r < 0) {
		vdpam_mdev_list_free(build.list);
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, NULL, NULL,
				  "cannot look at the mediated devices");
	}
	*ret_list = build.list;
	return 0;
}

struct vdpam_mdev_list *vdpam_mdev_list_free(struct vdpam_mdev_list *list)
{
	if (!list)
		return NULL;
	for (size_t i = 0; i < list->n_parents; i++)
		free(list->parents[i]);
	for (size_t i = 0; i < list->n_types; i++) {
		free(list->types[i].parent);
		free(list->types[i].type);
		free(list->types[i].name);
		free(list->types[i].description);
		free(list->types[i].device_api);
	}
	for (size_t i = 0; i < list->n_mdevs; i++)
		vdpam_mdev_fini(&list->mdevs[i]);
	free(list->parents);
	free(list->types);
	free(list->mdevs);
	free(list);
	return NULL;
}

const struct vdpam_mdev_type *vdpam_mdev_type_next(const struct vdpam_mdev_list *list,
						   const struct vdpam_mdev_type *previous)
{
	size_t next = previous ? (size_t)(previous - list->types) + 1 : 0;

	return next < list->n_types ? &list->types[next] : NULL;
}

const struct vdpam_mdev *vdpam_mdev_next(const struct vdpam_mdev_list *list,
					 const struct vdpam_mdev *previous)
{
	size_t next = previous ? (size_t)(previous - list->mdevs) + 1 : 0;

	return next < list->n_mdevs ? &list->mdevs[next] : NULL;
}

bool vdpam_mdev_list_has_parent(const struct vdpam_mdev_list *list, const char *parent)
{
	for (size_t i = 0; i < list->n_parents; i++) {
		if (!strcmp(list->parents[i], parent))
			return true;
	}
	return false;
}

const struct vdpam_mdev_type *vdpam_mdev_list_find_type(
	const struct vdpam_mdev_list *list, const char *parent, const char *type)
{
	const struct vdpam_mdev_type *found = NULL;

	while ((found = vdpam_mdev_type_next(list, found)) &&
	       (strcmp(found->parent, parent) != 0 || strcmp(found->type, type) != 0))
		continue;
	return found;
}

const struct vdpam_mdev *vdpam_mdev_list_find(const struct vdpam_mdev_list *list,
					      const char *uuid)
{
	const struct vdpam_mdev *found = NULL;

	while ((found = vdpam_mdev_next(list, found)) && strcmp(found->uuid, uuid) != 0)
		continue;
	return found;
}

/* ---- Getters ------------------------------------------------------------------------------- */

const char *vdpam_mdev_type_get_parent(const struct vdpam_mdev_type *type)
{
	return type->parent;
}

const char *vdpam_mdev_type_get_type(const struct vdpam_mdev_type *type)
{
	return type->type;
}

const char *vdpam_mdev_type_get_name(const struct vdpam_mdev_type *type)
{
	return type->name;
}

const char *vdpam_mdev_type_get_description(const struct vdpam_mdev_type *type)
{
	return type->description;
}

const char *vdpam_mdev_type_get_device_api(const struct vdpam_mdev_type *type)
{
	return type->device_api;
}

int vdpam_mdev_type_get_available(const struct vdpam_mdev_type *type, uint32_t *ret_count)
{
	if (type->available < 0)
		return -ENODATA;
	*ret_count = (uint32_t)type->available;
	return 0;
}

const char *vdpam_mdev_get_uuid(const struct vdpam_mdev *mdev)
{
	return mdev->uuid;
}

const char *vdpam_mdev_get_parent(const struct vdpam_mdev *mdev)
{
	return mdev->parent;
}

const char *vdpam_mdev_get_type(const struct vdpam_mdev *mdev)
{
	return mdev->type;
}

const char *vdpam_mdev_get_driver(const struct vdpam_mdev *mdev)
{
	return mdev->driver;
}

const char *vdpam_mdev_get_mgmtdev(const struct vdpam_mdev *mdev)
{
	return mdev->mgmtdev;
}
