// SPDX-License-Identifier: LGPL-2.1-or-later
/* The context: two descriptors, the id of the vdpa family, a log hook. Does no work of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <time.h>

#include "batch.h"
#include "private.h"

int vdpam_open_sysfs(void)
{
	struct statfs fs;
	int fd;

	fd = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A folder mounted over /sys would have us write our tokens anywhere. */
	if (fstatfs(fd, &fs) < 0 || fs.f_type != SYSFS_MAGIC) {
		close(fd);
		return -ENOTDIR;
	}
	return fd;
}

int vdpam_new(struct vdpam_ctx **ret_ctx)
{
	int netlink_fd, sysfs_fd;

	netlink_fd = vdpam_transport_open();
	if (netlink_fd < 0)
		return netlink_fd;
	sysfs_fd = vdpam_open_sysfs();
	if (sysfs_fd < 0) {
		close(netlink_fd);
		return sysfs_fd;
	}
	return vdpam_new_from_fds(ret_ctx, netlink_fd, sysfs_fd);
}

int vdpam_new_from_fds(struct vdpam_ctx **ret_ctx, int netlink_fd, int sysfs_fd)
{
	struct vdpam_ctx *ctx;
	int r;

	ctx = calloc(1, sizeof(*ctx));
	if (!ctx) {
		close(netlink_fd);
		close(sysfs_fd);
		return -ENOMEM;
	}
	r = vdpam_transport_init(&ctx->transport, netlink_fd);
	if (r < 0) {
		close(sysfs_fd);
		free(ctx);
		return r;
	}
	ctx->refs = 1;
	ctx->sysfs_fd = sysfs_fd;
	*ret_ctx = ctx;
	return 0;
}

struct vdpam_ctx *vdpam_ref(struct vdpam_ctx *ctx)
{
	if (ctx)
		ctx->refs++;
	return ctx;
}

struct vdpam_ctx *vdpam_unref(struct vdpam_ctx *ctx)
{
	if (!ctx || --ctx->refs > 0)
		return NULL;
	vdpam_batch_end(ctx);
	vdpam_transport_fini(&ctx->transport);
	close(ctx->sysfs_fd);
	free(ctx);
	return NULL;
}

void vdpam_set_log(struct vdpam_ctx *ctx,
		   void (*fn)(void *userdata, int priority, const char *line),
		   void *userdata)
{
	ctx->log = fn;
	ctx->log_userdata = userdata;
}

void vdpam_log(struct vdpam_ctx *ctx, int priority, const char *format, ...)
{
	char line[512];
	va_list args;

	if (!ctx->log)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ctx->log(ctx->log_userdata, priority, line);
}

uint64_t vdpam_now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t vdpam_deadline_usec(uint64_t timeout_usec)
{
	uint64_t now = vdpam_now_usec();

	return timeout_usec < UINT64_MAX - now ? now + timeout_usec : UINT64_MAX;
}

uint64_t vdpam_left_usec(uint64_t deadline_usec)
{
	uint64_t now = vdpam_now_usec();

	return deadline_usec > now ? deadline_usec - now : 0;
}
