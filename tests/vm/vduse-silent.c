// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Offers a disk NAME through VDUSE, prints "ready", and never answers a question of the
 * kernel's until it is killed: a server that hangs, or means harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/vduse.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#define SECTORS 2048

static void fail(const char *what)
{
	fprintf(stderr, "vduse-silent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void create(const char *name)
{
	static const struct virtio_blk_config disk = { .capacity = SECTORS };
	size_t size = sizeof(struct vduse_dev_config) + sizeof(disk);
	struct vduse_dev_config *config = calloc(1, size);
	int fd = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);

	if (!config || fd < 0)
		fail("/dev/vduse/control");
	snprintf(config->name, sizeof(config->name), "%s", name);
	config->device_id = VIRTIO_ID_BLOCK;
	config->features = 1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_ACCESS_PLATFORM;
	config->vq_num = 1;
	config->vq_align = 4096;
	config->config_size = sizeof(disk);
	memcpy(config->config, &disk, sizeof(disk));
	if (ioctl(fd, VDUSE_CREATE_DEV, config) < 0)
		fail("VDUSE_CREATE_DEV");
	free(config);
	close(fd);
}

int main(int argc, char **argv)
{
	struct vduse_vq_config queue = { .index = 0, .max_size = 128 };
	char path[VDUSE_NAME_MAX + 16];
	int fd;

	if (argc != 2 || strlen(argv[1]) >= VDUSE_NAME_MAX) {
		fputs("Usage: vduse-silent NAME\n", stderr);
		return 64;
	}
	create(argv[1]);
	snprintf(path, sizeof(path), "/dev/vduse/%s", argv[1]);
	/* devtmpfs makes the node in its own time. */
	while ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0 && errno == ENOENT)
		usleep(1000);
	if (fd < 0)
		fail(path);
	if (ioctl(fd, VDUSE_VQ_SETUP, &queue) < 0)
		fail("VDUSE_VQ_SETUP");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
