// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of a snapshot, from folders that look like /sys: a PF in switchdev mode with VFs, an
 * SF and their representors, which no machine without such a card has.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"
#include "functions.h"
#include "objects.h"
#include "private.h"

#define ROOT "devices/pci0000:00/"
#define PF ROOT "0000:01:00.0"

struct world {
	char path[64];
	int fd;
	struct vdpam_ctx *ctx;
	struct vdpam_snapshot *snapshot;
};

/* All folders of a path, and in the last one nothing. */
static void make_folder(const struct world *world, const char *path)
{
	char *copy = strdup(path);

	for (char *slash = copy; (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		mkdirat(world->fd, copy, 0700);
		*slash = '/';
	}
	mkdirat(world->fd, copy, 0700);
	free(copy);
}

static void make_file(const struct world *world, const char *folder, const char *name,
		      const char *text)
{
	char path[256];
	int fd;

	make_folder(world, folder);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = openat(world->fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void make_link(const struct world *world, const char *folder, const char *name,
		      const char *target)
{
	char path[256];

	make_folder(world, folder);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(symlinkat(target, world->fd, path), 0);
}

/* A device and its link on the bus. */
static void make_device(const struct world *world, const char *bus, const char *folder,
			const char *name, const char *driver)
{
	char path[256], target[256], link[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	make_folder(world, path);
	if (driver) {
		snprintf(target, sizeof(target), "../../../bus/%s/drivers/%s", bus,
			 driver);
		make_link(world, path, "driver", target);
	}
	snprintf(link, sizeof(link), "bus/%s/devices", bus);
	snprintf(target, sizeof(target), "../../../%s/%s", folder, name);
	make_link(world, link, name, target);
}

static void make_interface(const struct world *world, const char *device,
			   const char *name, const char *port)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/net/%s", device, name);
	make_folder(world, path);
	if (port)
		make_file(world, path, "phys_port_name", port);
}

static void make_card(const struct world *world)
{
	make_device(world, "pci", "devices/pci0000:00", "0000:01:00.0", "mlx5_core");
	make_file(world, PF, "sriov_totalvfs", "8\n");
	make_file(world, PF, "sriov_offset", "128\n");
	make_file(world, PF, "sriov_stride", "2\n");
	make_file(world, PF, "numa_node", "1\n");
	for (int i = 1; i >= 0; i--) {
		char name[32], target[48], link[32];

		snprintf(name, sizeof(name), "0000:01:10.%d", i * 2);
		make_device(world, "pci", "devices/pci0000:00", name,
			    i ? NULL : "pds_core");
		snprintf(target, sizeof(target), "../%s", name);
		snprintf(link, sizeof(link), "virtfn%d", i);
		make_link(world, PF, link, target);
	}
	make_link(world, ROOT "0000:01:10.0", "physfn", "../0000:01:00.0");
	make_link(world, ROOT "0000:01:10.2", "physfn", "../0000:01:00.0");
	/* The interface of the PF is neither the first one nor the last. */
	make_interface(world, PF, "a_rep", "pf0vf1\n");
	make_interface(world, PF, "eth4", "p0\n");
	make_interface(world, PF, "z_rep", "c1pf0sf88\n");
	make_interface(world, ROOT "0000:01:10.0", "eth5", NULL);
	make_device(world, "auxiliary", PF, "mlx5_core.sf.10", "mlx5_core.sf");
	make_file(world, PF "/mlx5_core.sf.10", "sfnum", "88\n");
	make_device(world, "auxiliary", PF, "mlx5_core.sf.9", "mlx5_core.sf");
	make_file(world, PF "/mlx5_core.sf.9", "sfnum", "89\n");
	make_device(world, "auxiliary", PF, "mlx5_core.eth.0", "mlx5_core.eth");
}

static void make_others(const struct world *world)
{
	const char *const pci = "devices/pci0000:00";

	/* A disk controller that nobody makes vDPA of, and two virtio cards. */
	make_device(world, "pci", pci, "0000:00:01.0", "ahci");
	make_file(world, ROOT "0000:00:01.0", "class", "0x010601\n");
	make_device(world, "pci", pci, "0000:00:04.0", "virtio-pci");
	make_file(world, ROOT "0000:00:04.0", "vendor", "0x1af4\n");
	make_file(world, ROOT "0000:00:04.0", "class", "0x020000\n");
	make_interface(world, ROOT "0000:00:04.0/virtio3", "eth9", NULL);
	make_device(world, "pci", pci, "0000:00:0a.0", "virtio-pci");
	make_file(world, ROOT "0000:00:0a.0", "vendor", "0x1af4\n");
	make_file(world, ROOT "0000:00:0a.0", "class", "0x078000\n");
	/* The parent of a mediated device is listed for its child's sake. */
	make_device(world, "pci", pci, "0000:00:06.0", "vdpatest");
	make_device(world, "mdev", ROOT "0000:00:06.0",
		    "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", "vdpatest_mdev");
	/* pds: the management device is on an auxiliary device of the VF. */
	make_device(world, "auxiliary", ROOT "0000:01:10.0", "pds_core.vDPA.2",
		    "pds_vdpa.vDPA");
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct vdpam_mgmtdev *mgmtdev;
	int pair[2];

	strcpy(world->path, "/tmp/test-functions.XXXXXX");
	assert_non_null(mkdtemp(world->path));
	world->fd = open(world->path, O_RDONLY | O_DIRECTORY);
	make_card(world);
	make_others(world);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	close(pair[1]);
	assert_int_equal(vdpam_new_from_fds(&world->ctx, pair[0], dup(world->fd)), 0);
	world->snapshot = calloc(1, sizeof(*world->snapshot));
	world->snapshot->refs = 1;
	mgmtdev = vdpam_append(&world->snapshot->mgmtdevs, &world->snapshot->n_mgmtdevs,
			       sizeof(*mgmtdev));
	mgmtdev->info.bus = strdup("auxiliary");
	mgmtdev->info.device = strdup("pds_core.vDPA.2");
	mgmtdev->handle = strdup("auxiliary/pds_core.vDPA.2");
	assert_int_equal(vdpam_mgmtdev_look(world->ctx, mgmtdev), 0);
	assert_int_equal(vdpam_functions_look(world->ctx, world->snapshot), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	int r = folder_remove(world->path);

	vdpam_snapshot_unref(world->snapshot);
	vdpam_unref(world->ctx);
	close(world->fd);
	free(world);
	return r;
}

static const struct vdpam_function *find(void **state, const char *handle)
{
	const struct world *world = *state;
	const struct vdpam_function *function =
		vdpam_snapshot_find_function(world->snapshot, handle);

	if (!function)
		fail_msg("there is no %s", handle);
	return function;
}

static void those_are_listed_that_could_carry_a_device(void **state)
{
	static const char *const handles[] = {
		"pci/0000:00:04.0",          "pci/0000:00:06.0",
		"pci/0000:01:00.0",          "pci/0000:01:10.0",
		"pci/0000:01:10.2",          "auxiliary/mlx5_core.sf.9",
		"auxiliary/mlx5_core.sf.10", "mdev/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
	};
	const struct world *world = *state;
	const struct vdpam_function *function = NULL;
	size_t i = 0;

	while ((function = vdpam_function_next(world->snapshot, function))) {
		assert_true(i < sizeof(handles) / sizeof(*handles));
		assert_string_equal(vdpam_function_get_handle(function), handles[i++]);
	}
	assert_int_equal(i, sizeof(handles) / sizeof(*handles));
}

static void a_pf_has_vfs_and_its_own_interface(void **state)
{
	const struct vdpam_function *pf = find(state, "pci/0000:01:00.0");

	assert_string_equal(vdpam_function_get_function(pf), "pf");
	assert_string_equal(vdpam_function_get_driver(pf), "mlx5_core");
	assert_string_equal(vdpam_function_get_netdev(pf), "eth4");
	assert_null(vdpam_function_get_representor(pf));
	assert_int_equal(vdpam_function_get_sriov_total(pf), 8);
	assert_int_equal(vdpam_function_get_sriov_count(pf), 2);
	assert_int_equal(vdpam_function_get_numa_node(pf), 1);
	assert_int_not_equal(vdpam_function_get_identity(pf), 0);
	assert_null(vdpam_function_get_mgmtdev(pf));
}

static void vfs_know_their_pf_number_and_representor(void **state)
{
	const struct world *world = *state;
	const struct vdpam_function *vf0 = find(state, "pci/0000:01:10.0");
	const struct vdpam_function *vf1 = find(state, "pci/0000:01:10.2");

	assert_string_equal(vdpam_function_get_function(vf0), "vf");
	assert_string_equal(vdpam_function_get_pf(vf0), "pci/0000:01:00.0");
	assert_int_equal(vdpam_function_get_vf_index(vf0), 0);
	assert_int_equal(vdpam_function_get_vf_index(vf1), 1);
	assert_string_equal(vdpam_function_get_netdev(vf0), "eth5");
	assert_null(vdpam_function_get_representor(vf0));
	assert_string_equal(vdpam_function_get_representor(vf1), "a_rep");
	assert_null(vdpam_function_get_driver(vf1));
	assert_int_equal(vdpam_function_get_sriov_total(vf0), -ENODATA);
	assert_ptr_equal(vdpam_snapshot_find_vf(world->snapshot, "pci/0000:01:00.0", 1),
			 vf1);
	assert_null(vdpam_snapshot_find_vf(world->snapshot, "pci/0000:01:00.0", 2));
	assert_string_equal(vdpam_function_get_mgmtdev(vf0), "auxiliary/pds_core.vDPA.2");
	assert_null(vdpam_function_get_mgmtdev(vf1));
}

static void sfs_know_theirs(void **state)
{
	const struct vdpam_function *sf = find(state, "auxiliary/mlx5_core.sf.10");
	uint32_t sfnum = 0;

	assert_string_equal(vdpam_function_get_function(sf), "sf");
	assert_string_equal(vdpam_function_get_pf(sf), "pci/0000:01:00.0");
	assert_int_equal(vdpam_function_get_sfnum(sf, &sfnum), 0);
	assert_int_equal(sfnum, 88);
	assert_string_equal(vdpam_function_get_representor(sf), "z_rep");
	assert_null(vdpam_function_get_netdev(sf));
}

static void other_functions_are_what_they_are(void **state)
{
	const struct vdpam_function *mdev =
		find(state, "mdev/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	const struct vdpam_function *virtio = find(state, "pci/0000:00:04.0");

	assert_string_equal(vdpam_function_get_function(mdev), "mdev");
	assert_string_equal(vdpam_function_get_uuid(mdev),
			    "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	assert_string_equal(vdpam_function_get_pci_address(mdev), "0000:00:06.0");
	assert_string_equal(vdpam_function_get_netdev(virtio), "eth9");
	assert_string_equal(vdpam_function_get_driver(virtio), "virtio-pci");
}

static void a_handle_leads_nowhere_else(void **state)
{
	const struct world *world = *state;
	static const char *const handles[] = {
		"",      "pci",      "pci/",       "/0000:01:00.0",  "pci/..",
		"../x",  "../pci/x", "pci/../pci", "./0000:01:00.0", "pci/a/b",
		"pci//",
	};
	int fd = vdpam_function_open(world->ctx, "pci/0000:01:00.0");

	assert_true(fd >= 0);
	assert_int_equal(vdpam_function_count_vfs(fd), 2);
	close(fd);
	for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
		assert_int_equal(vdpam_function_open(world->ctx, handles[i]), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_are_listed_that_could_carry_a_device),
		cmocka_unit_test(a_pf_has_vfs_and_its_own_interface),
		cmocka_unit_test(vfs_know_their_pf_number_and_representor),
		cmocka_unit_test(sfs_know_theirs),
		cmocka_unit_test(other_functions_are_what_they_are),
		cmocka_unit_test(a_handle_leads_nowhere_else),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
