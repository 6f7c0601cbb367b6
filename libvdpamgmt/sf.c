// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Scalable functions as the kernel has them: a port of a PF's e-switch (devlink), the auxiliary
 * device that the function is (found by its number, since its name is counted up at each creation),
 * the management device on that. Changes nothing.
 */
#include "sf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "devlink.h"
#include "objects.h"
#include "private.h"
#include "sysfs.h"
#include "vdpa.h"

#define AUXILIARY_DEVICES "bus/auxiliary/devices"

bool vdpam_sf_has_port(const struct vdpam_sf *sf)
{
	return sf->port.bus;
}

bool vdpam_sf_is_active(const struct vdpam_sf *sf)
{
	return vdpam_sf_has_port(sf) && (sf->port.active || !sf->port.has_state);
}

bool vdpam_sf_is_attached(const struct vdpam_sf *sf)
{
	return sf->auxiliary && sf->driver &&
	       (sf->port.attached || !sf->port.has_opstate);
}

int vdpam_sf_open(struct vdpam_ctx *ctx, const struct vdpam_sf *sf)
{
	if (!sf->auxiliary)
		return -ENOENT;
	return vdpam_sysfs_open(ctx->sysfs_fd, AUXILIARY_DEVICES,
				strchr(sf->auxiliary, '/') + 1);
}

void vdpam_sf_fini(struct vdpam_sf *sf)
{
	vdpam_port_info_fini(&sf->port);
	free(sf->pf);
	free(sf->port_handle);
	free(sf->auxiliary);
	free(sf->driver);
	free(sf->mgmtdev);
}

/* ---- Port ---------------------------------------------------------------------------------- */

static bool is_sf_port(const struct vdpam_port_info *info)
{
	return info->has_flavour && info->flavour == VDPAM_PORT_PCI_SF &&
	       info->has_sfnum && !info->is_external;
}

/* Takes `info`, also on failure. */
static int set_port(struct vdpam_sf *sf, struct vdpam_port_info *info)
{
	sf->port = *info;
	return asprintf(&sf->port_handle, "%s/%s/%u", info->bus, info->device,
			info->index) < 0
		       ? -ENOMEM
		       : 0;
}

static int match_port(void *userdata, struct vdpam_port_info *info)
{
	struct vdpam_sf *sf = userdata;

	if (!vdpam_sf_has_port(sf) && is_sf_port(info) && info->sfnum == sf->sfnum)
		return set_port(sf, info);
	vdpam_port_info_fini(info);
	return 0;
}

static int look_at_port(struct vdpam_ctx *ctx, const uint32_t *index, struct vdpam_sf *sf,
			char **ret_text)
{
	struct vdpam_port_info info;
	int r;

	if (!index)
		return vdpam_devlink_list_ports(ctx, sf->pf, match_port, sf, ret_text);
	r = vdpam_devlink_get_port(ctx, sf->pf, *index, &info, ret_text);
	if (r == -ENODEV)
		return 0;
	return r < 0 ? r : match_port(sf, &info);
}

/* ---- Auxiliary device, management device --------------------------------------------------- */

/* Reads what is below an auxiliary device; `ret_info` is to be freed when this is 1. */
static int look_at_auxiliary(struct vdpam_ctx *ctx, const char *name,
			     struct vdpam_function_info *ret_info)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, AUXILIARY_DEVICES, name);
	int64_t sfnum;
	int r;

	/* Most have no such number: they are parts of functions. */
	if (fd < 0 || vdpam_sysfs_read_number(fd, "sfnum", &sfnum) < 0)
		return 0;
	r = vdpam_function_look(ctx, "auxiliary", name, ret_info);
	if (r < 0)
		return r;
	if (ret_info->has_sfnum && ret_info->pf)
		return 1;
	vdpam_function_info_fini(ret_info);
	return 0;
}

/* Gives the auxiliary device `name` to its function. */
static int set_auxiliary(struct vdpam_ctx *ctx, struct vdpam_sf *sf, const char *name,
			 struct vdpam_function_info *info)
{
	int r;

	sf->driver = info->driver;
	info->driver = NULL;
	sf->auxiliary = vdpam_handle_join("auxiliary", name);
	if (!sf->auxiliary)
		return -ENOMEM;
	r = vdpam_vdpa_has_mgmtdev(ctx, sf->auxiliary);
	if (r > 0)
		sf->mgmtdev = strdup(sf->auxiliary);
	return r > 0 && !sf->mgmtdev ? -ENOMEM : r < 0 ? r : 0;
}

struct search {
	struct vdpam_ctx *ctx;
	struct vdpam_sf *sf;
};

static int match_auxiliary(void *userdata, const char *name, unsigned char type)
{
	struct search *search = userdata;
	struct vdpam_function_info info;
	int r;

	(void)type;
	r = look_at_auxiliary(search->ctx, name, &info);
	if (r <= 0)
		return r;
	if (info.sfnum == search->sf->sfnum && !strcmp(info.pf, search->sf->pf)) {
		r = set_auxiliary(search->ctx, search->sf, name, &info);
		r = r < 0 ? r : 1;
	} else {
		r = 0;
	}
	vdpam_function_info_fini(&info);
	return r;
}

int vdpam_sf_look(struct vdpam_ctx *ctx, const char *pf, uint32_t sfnum,
		  const uint32_t *index, struct vdpam_sf *ret_sf, char **ret_text)
{
	struct vdpam_sf sf = { .sfnum = sfnum, .pf = strdup(pf) };
	struct search search = { .ctx = ctx, .sf = &sf };
	int r;

	*ret_text = NULL;
	r = sf.pf ? look_at_port(ctx, index, &sf, ret_text) : -ENOMEM;
	if (!r)
		r = vdpam_sysfs_list(ctx->sysfs_fd, AUXILIARY_DEVICES, match_auxiliary,
				     &search);
	if (r < 0 && r != -ENOENT) {
		vdpam_sf_fini(&sf);
		return r;
	}
	*ret_sf = sf;
	return 0;
}

/* ---- All of them --------------------------------------------------------------------------- */

struct build {
	struct vdpam_ctx *ctx;
	struct vdpam_sf_list *list;
};

static struct vdpam_sf *append(struct vdpam_sf_list *list, const char *pf, uint32_t sfnum)
{
	struct vdpam_sf *sf = vdpam_append(&list->sfs, &list->count, sizeof(*sf));

	if (sf) {
		sf->pf = strdup(pf);
		sf->sfnum = sfnum;
	}
	return sf && sf->pf ? sf : NULL;
}

static int add_port(void *userdata, struct vdpam_port_info *info)
{
	VDPAM_AUTO_FREE char *pf = vdpam_handle_join(info->bus, info->device);
	struct build *build = userdata;
	struct vdpam_sf *sf;
	int r = 0;

	if (is_sf_port(info)) {
		sf = pf ? append(build->list, pf, info->sfnum) : NULL;
		if (sf)
			return set_port(sf, info);
		r = -ENOMEM;
	}
	vdpam_port_info_fini(info);
	return r;
}

static struct vdpam_sf *find(const struct vdpam_sf_list *list, const char *pf,
			     uint32_t sfnum)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->sfs[i].sfnum == sfnum && !strcmp(list->sfs[i].pf, pf))
			return &list->sfs[i];
	}
	return NULL;
}

/* Those whose port is in another host, or in another network namespace, are there all the same. */
static int add_auxiliary(void *userdata, const char *name, unsigned char type)
{
	struct build *build = userdata;
	struct vdpam_function_info info;
	struct vdpam_sf *sf;
	int r;

	(void)type;
	r = look_at_auxiliary(build->ctx, name, &info);
	if (r <= 0)
		return r;
	sf = find(build->list, info.pf, info.sfnum);
	if (!sf)
		sf = append(build->list, info.pf, info.sfnum);
	r = sf ? 0 : -ENOMEM;
	if (sf && !sf->auxiliary)
		r = set_auxiliary(build->ctx, sf, name, &info);
	vdpam_function_info_fini(&info);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct vdpam_sf *left = a, *right = b;
	int order = strcmp(left->pf, right->pf);

	if (order)
		return order;
	return left->sfnum < right->sfnum ? -1 : left->sfnum > right->sfnum;
}

int vdpam_sf_list_new(struct vdpam_ctx *ctx, struct vdpam_sf_list **ret_list,
		      struct vdpam_error **ret_error)
{
	struct build build = { .ctx = ctx, .list = calloc(1, sizeof(*build.list)) };
	VDPAM_AUTO_FREE char *text = NULL;
	int r = -ENOMEM;

	if (build.list)
		r = vdpam_devlink_list_ports(ctx, NULL, add_port, &build, &text);
	if (!r || r == -EOPNOTSUPP)
		r = vdpam_sysfs_list(ctx->sysfs_fd, AUXILIARY_DEVICES, add_auxiliary,
				     &build);
	if (r < 0 && r != -ENOENT) {
		vdpam_sf_list_free(build.list);
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, NULL, text,
				  "cannot look at the scalable functions");
	}
	if (build.list->count)
		qsort(build.list->sfs, build.list->count, sizeof(*build.list->sfs),
		      compare);
	*ret_list = build.list;
	return 0;
}

struct vdpam_sf_list *vdpam_sf_list_free(struct vdpam_sf_list *list)
{
	if (list) {
		for (size_t i = 0; i < list->count; i++)
			vdpam_sf_fini(&list->sfs[i]);
		free(list->sfs);
		free(list);
	}
	return NULL;
}

const struct vdpam_sf *vdpam_sf_next(const struct vdpam_sf_list *list,
				     const struct vdpam_sf *previous)
{
	size_t next = previous ? (size_t)(previous - list->sfs) + 1 : 0;

	return next < list->count ? &list->sfs[next] : NULL;
}

const struct vdpam_sf *vdpam_sf_list_find(const struct vdpam_sf_list *list,
					  const char *pf, uint32_t sfnum)
{
	return find(list, pf, sfnum);
}

/* ---- Getters ------------------------------------------------------------------------------- */

const char *vdpam_sf_get_pf(const struct vdpam_sf *sf)
{
	return sf->pf;
}

uint32_t vdpam_sf_get_sfnum(const struct vdpam_sf *sf)
{
	return sf->sfnum;
}

const char *vdpam_sf_get_port(const struct vdpam_sf *sf)
{
	return sf->port_handle;
}

int vdpam_sf_get_port_index(const struct vdpam_sf *sf, uint32_t *ret_index)
{
	if (!vdpam_sf_has_port(sf))
		return -ENODATA;
	*ret_index = sf->port.index;
	return 0;
}

const char *vdpam_sf_get_state(const struct vdpam_sf *sf)
{
	return !sf->port.has_state ? NULL : sf->port.active ? "active" : "inactive";
}

const char *vdpam_sf_get_opstate(const struct vdpam_sf *sf)
{
	return !sf->port.has_opstate ? NULL : sf->port.attached ? "attached" : "detached";
}

int vdpam_sf_get_mac(const struct vdpam_sf *sf, uint64_t *ret_mac)
{
	if (!sf->port.has_mac)
		return -ENODATA;
	*ret_mac = sf->port.mac;
	return 0;
}

const char *vdpam_sf_get_handle(const struct vdpam_sf *sf)
{
	return sf->auxiliary;
}

const char *vdpam_sf_get_mgmtdev(const struct vdpam_sf *sf)
{
	return sf->mgmtdev;
}

const char *vdpam_sf_get_representor(const struct vdpam_sf *sf)
{
	return sf->port.netdev;
}
