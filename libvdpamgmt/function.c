// SPDX-License-Identifier: LGPL-2.1-or-later
/* The function below a management device, as /sys shows it. Changes nothing. */
#include "function.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "private.h"
#include "sysfs.h"

#define PCI_DEVICES "bus/pci/devices"
#define PCI_ADDRESS_SIZE 12 /* 0000:00:00.0 */

char *vdpam_handle_join(const char *bus, const char *device)
{
	char *handle;

	if (!bus)
		return strdup(device);
	return asprintf(&handle, "%s/%s", bus, device) < 0 ? NULL : handle;
}

void vdpam_function_info_fini(struct vdpam_function_info *info)
{
	free(info->driver);
	free(info->pci_address);
	free(info->pf);
	free(info->uuid);
}

static bool is_pci_address(const char *text, size_t size)
{
	static const char form[] = "xxxx:xx:xx.x";

	if (size != PCI_ADDRESS_SIZE)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (form[i] == 'x' ? !strchr("0123456789abcdef", text[i])
				   : text[i] != form[i])
			return false;
	}
	return true;
}

char *vdpam_function_pci_address(const char *path)
{
	const char *found = NULL;

	for (const char *p = path; *p; p += strspn(p, "/")) {
		size_t size = strcspn(p, "/");

		if (is_pci_address(p, size))
			found = p;
		p += size;
	}
	return found ? strndup(found, PCI_ADDRESS_SIZE) : NULL;
}

static int routing_id(const char *address)
{
	unsigned long bus, slot;
	char *end;

	strtoul(address, &end, 16); /* the domain, the same for a PF and its VFs */
	if (*end != ':')
		return -1;
	bus = strtoul(end + 1, &end, 16);
	if (*end != ':')
		return -1;
	slot = strtoul(end + 1, &end, 16);
	if (*end != '.' || bus > 0xff || slot > 0x1f)
		return -1;
	return (int)(bus << 8 | slot << 3 | (strtoul(end + 1, NULL, 16) & 7));
}

/* Which virtfnN of the PF a VF is: by its routing id, confirmed by the link (drivers/pci/iov.c). */
static int find_vf_index(int pf_fd, const char *pf, const char *vf)
{
	VDPAM_AUTO_FREE char *target = NULL;
	int64_t offset, stride, index;
	char link[32];

	if (vdpam_sysfs_read_number(pf_fd, "sriov_offset", &offset) < 0 ||
	    vdpam_sysfs_read_number(pf_fd, "sriov_stride", &stride) < 0)
		return -1;
	index = routing_id(vf) - routing_id(pf) - offset;
	if (stride > 0)
		index /= stride;
	if (index < 0 || index > UINT16_MAX)
		return -1;
	snprintf(link, sizeof(link), "virtfn%d", (int)index);
	if (vdpam_sysfs_link_name(pf_fd, link, &target) < 0 || strcmp(target, vf))
		return -1;
	return (int)index;
}

/* The PCI function that this is, or is in: PF or VF. */
static int look_at_pci(struct vdpam_ctx *ctx, struct vdpam_function_info *info)
{
	VDPAM_AUTO_FREE char *pf = NULL;
	int64_t node, id;

	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, PCI_DEVICES, info->pci_address);

	if (fd < 0)
		return 0;
	if (!vdpam_sysfs_read_number(fd, "numa_node", &node))
		info->numa_node = (int)node;
	if (!vdpam_sysfs_read_number(fd, "vendor", &id))
		info->pci_vendor = (uint32_t)id;
	if (!vdpam_sysfs_read_number(fd, "device", &id))
		info->pci_device = (uint32_t)id;
	if (vdpam_sysfs_link_name(fd, "physfn", &pf) < 0)
		return 0;
	info->kind = "vf";
	info->pf = vdpam_handle_join("pci", pf);

	VDPAM_AUTO_CLOSE int pf_fd = vdpam_sysfs_open(ctx->sysfs_fd, PCI_DEVICES, pf);

	if (pf_fd >= 0)
		info->vf_index = find_vf_index(pf_fd, pf, info->pci_address);
	return info->pf ? 0 : -ENOMEM;
}

/* An auxiliary device with an sfnum is an SF of the PCI function that it is in. */
static int look_at_sf(int fd, struct vdpam_function_info *info)
{
	int64_t sfnum;

	if (vdpam_sysfs_read_number(fd, "sfnum", &sfnum) < 0)
		return 0;
	info->kind = "sf";
	info->sfnum = (uint32_t)sfnum;
	info->has_sfnum = true;
	info->vf_index = -1;
	free(info->pf);
	info->pf = info->pci_address ? vdpam_handle_join("pci", info->pci_address) : NULL;
	return info->pci_address && !info->pf ? -ENOMEM : 0;
}

static int look_at_bus_device(struct vdpam_ctx *ctx, const char *bus, const char *device,
			      struct vdpam_function_info *info)
{
	VDPAM_AUTO_FREE char *target = NULL;
	char devices[300], link[600];
	int r;

	if (!vdpam_sysfs_is_plain(bus) || !vdpam_sysfs_is_plain(device))
		return 0;
	snprintf(devices, sizeof(devices), "bus/%s/devices", bus);

	VDPAM_AUTO_CLOSE int fd = vdpam_sysfs_open(ctx->sysfs_fd, devices, device);

	snprintf(link, sizeof(link), "%s/%s", devices, device);
	if (fd < 0 || vdpam_sysfs_link(ctx->sysfs_fd, link, &target) < 0)
		return 0;
	vdpam_sysfs_link_name(fd, "driver", &info->driver);
	info->pci_address = vdpam_function_pci_address(target);
	if (info->pci_address) {
		info->kind = "pf";
		r = look_at_pci(ctx, info);
		if (r < 0)
			return r;
	}
	if (!strcmp(bus, "mdev")) {
		info->kind = "mdev";
		info->uuid = strdup(device);
		return info->uuid ? 0 : -ENOMEM;
	}
	return strcmp(bus, "auxiliary") ? 0 : look_at_sf(fd, info);
}

int vdpam_function_look(struct vdpam_ctx *ctx, const char *bus, const char *device,
			struct vdpam_function_info *ret_info)
{
	struct vdpam_function_info info = { .kind = "other",
					    .vf_index = -1,
					    .numa_node = -1 };
	int r = 0;

	if (bus)
		r = look_at_bus_device(ctx, bus, device, &info);
	else if (!strcmp(device, "vduse"))
		info.kind = "vduse";
	else if (!strncmp(device, "vdpasim", 7))
		info.kind = "simulator";
	if (r < 0) {
		vdpam_function_info_fini(&info);
		return r;
	}
	*ret_info = info;
	return 0;
}

/* ---- Of a snapshot ------------------------------------------------------------------------- */

const struct vdpam_function *vdpam_function_next(const struct vdpam_snapshot *snapshot,
						 const struct vdpam_function *previous)
{
	size_t next = previous ? (size_t)(previous - snapshot->functions) + 1 : 0;

	return next < snapshot->n_functions ? &snapshot->functions[next] : NULL;
}

const struct vdpam_function *vdpam_snapshot_find_function(
	const struct vdpam_snapshot *snapshot, const char *handle)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		if (!strcmp(snapshot->functions[i].handle, handle))
			return &snapshot->functions[i];
	}
	return NULL;
}

const struct vdpam_function *vdpam_snapshot_find_vf(const struct vdpam_snapshot *snapshot,
						    const char *pf, uint32_t index)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct vdpam_function_info *info = &snapshot->functions[i].info;

		if (!strcmp(info->kind, "vf") && info->pf && !strcmp(info->pf, pf) &&
		    info->vf_index == (int64_t)index)
			return &snapshot->functions[i];
	}
	return NULL;
}

const char *vdpam_function_get_handle(const struct vdpam_function *function)
{
	return function->handle;
}

const char *vdpam_function_get_function(const struct vdpam_function *function)
{
	return function->info.kind;
}

const char *vdpam_function_get_driver(const struct vdpam_function *function)
{
	return function->info.driver;
}

const char *vdpam_function_get_pci_address(const struct vdpam_function *function)
{
	return function->info.pci_address;
}

const char *vdpam_function_get_pf(const struct vdpam_function *function)
{
	return function->info.pf;
}

int vdpam_function_get_vf_index(const struct vdpam_function *function)
{
	return function->info.vf_index < 0 ? -ENODATA : function->info.vf_index;
}

int vdpam_function_get_sfnum(const struct vdpam_function *function, uint32_t *ret_sfnum)
{
	if (!function->info.has_sfnum)
		return -ENODATA;
	*ret_sfnum = function->info.sfnum;
	return 0;
}

const char *vdpam_function_get_uuid(const struct vdpam_function *function)
{
	return function->info.uuid;
}

int vdpam_function_get_numa_node(const struct vdpam_function *function)
{
	return function->info.numa_node < 0 ? -ENODATA : function->info.numa_node;
}

const char *vdpam_function_get_netdev(const struct vdpam_function *function)
{
	return function->netdev;
}

const char *vdpam_function_get_representor(const struct vdpam_function *function)
{
	return function->representor;
}

const char *vdpam_function_get_mgmtdev(const struct vdpam_function *function)
{
	return function->mgmtdev;
}

int vdpam_function_get_sriov_total(const struct vdpam_function *function)
{
	return function->sriov_total < 0 ? -ENODATA : function->sriov_total;
}

int vdpam_function_get_sriov_count(const struct vdpam_function *function)
{
	return function->sriov_total < 0 ? -ENODATA : function->sriov_count;
}

const struct vdpam_vfs *vdpam_function_get_vfs(const struct vdpam_function *function)
{
	return function->vfs;
}

uint64_t vdpam_function_get_identity(const struct vdpam_function *function)
{
	return function->identity;
}
