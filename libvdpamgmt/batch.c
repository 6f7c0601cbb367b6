// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One batch of kernel writes; see batch.h. /run/vdpad/state holds `lock` and, while autoprobing is
 * off, `drivers_autoprobe` with the value to restore: whoever begins a batch after a crash finds it.
 */
#include "batch.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "objects.h"
#include "private.h"
#include "state.h"
#include "step.h"
#include "sysfs.h"

#define AUTOPROBE VDPAM_BUS "drivers_autoprobe"
#define SAVED "drivers_autoprobe"

struct names {
	char **names;
	size_t count;
};

struct vdpam_batch {
	int state_fd;
	int lock_fd;
	bool holding;         /* autoprobing is off by us */
	struct names before;  /* devices when it was turned off */
	struct names created; /* since then, by us */
	struct names probe;   /* those of them that are to be probed */
};

static int names_add(struct names *names, const char *name)
{
	char **added = vdpam_append(&names->names, &names->count, sizeof(*added));

	if (!added)
		return -ENOMEM;
	*added = strdup(name);
	if (*added)
		return 0;
	names->count--;
	return -ENOMEM;
}

static void names_fini(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool names_has(const struct names *names, const char *name)
{
	return names->count && bsearch(&name, names->names, names->count,
				       sizeof(*names->names), compare_names);
}

static void names_sort(struct names *names)
{
	if (names->count)
		qsort(names->names, names->count, sizeof(*names->names), compare_names);
}

/* ---- Autoprobing --------------------------------------------------------------------------- */

static int restore_autoprobe(struct vdpam_ctx *ctx, int state_fd)
{
	int value = vdpam_state_saved(state_fd, SAVED), r;

	if (value < 0)
		return value == -ENOENT ? 0 : value;
	r = vdpam_sysfs_write(ctx->sysfs_fd, AUTOPROBE, value ? "1" : "0");
	if (r < 0 && r != -ENOENT)
		return r;
	/* Only now: when we end in between, the next batch restores it once more. */
	r = vdpam_state_forget(state_fd, SAVED);
	return r < 0 ? r : value;
}

static int add_bus_device(void *userdata, const char *name, unsigned char type)
{
	(void)type;
	return names_add(userdata, name);
}

static int list_devices(struct vdpam_ctx *ctx, struct names *names)
{
	int r = vdpam_sysfs_list(ctx->sysfs_fd, VDPAM_BUS_DEVICES, add_bus_device, names);

	names_sort(names);
	return r == -ENOENT ? 0 : r;
}

int vdpam_batch_hold_autoprobe(struct vdpam_ctx *ctx, struct vdpam_error **ret_error)
{
	struct vdpam_batch *batch = ctx->batch;
	int64_t value;
	int r;

	if (batch->holding)
		return 0;
	r = vdpam_sysfs_read_number(ctx->sysfs_fd, AUTOPROBE, &value);
	if (!r && value)
		r = list_devices(ctx, &batch->before);
	if (!r)
		r = vdpam_state_save(batch->state_fd, SAVED, value != 0);
	if (!r && value)
		r = vdpam_sysfs_write(ctx->sysfs_fd, AUTOPROBE, "0");
	if (r < 0) {
		restore_autoprobe(ctx, batch->state_fd);
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, NULL, NULL,
				  "cannot turn off drivers_autoprobe of the vdpa bus");
	}
	batch->holding = true;
	return 0;
}

/* What others made while automatic probing was off would have been probed but for us. */
static void probe_others(struct vdpam_ctx *ctx, struct vdpam_batch *batch)
{
	struct names now = { 0 };

	names_sort(&batch->created);
	list_devices(ctx, &now);
	for (size_t i = 0; i < now.count; i++) {
		if (!names_has(&batch->before, now.names[i]) &&
		    !names_has(&batch->created, now.names[i]))
			names_add(&batch->probe, now.names[i]);
	}
	names_fini(&now);
}

int vdpam_batch_add_created(struct vdpam_ctx *ctx, const char *name, bool probe)
{
	int r = names_add(&ctx->batch->created, name);

	return !r && probe ? names_add(&ctx->batch->probe, name) : r;
}

/* Which driver takes it, if any, is the bus's to decide; a failure is the device's own. */
static void probe(struct vdpam_ctx *ctx, const char *name)
{
	VDPAM_AUTO_CLOSE int fd = -1;

	vdpam_sysfs_write(ctx->sysfs_fd, VDPAM_BUS "drivers_probe", name);
	fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_BUS_DEVICES, name);
	if (fd >= 0)
		vdpam_chardev_publish(fd, name, vdpam_deadline_usec(0));
}

/* ---- Begin and end ------------------------------------------------------------------------- */

static int fail_begin(struct vdpam_error **ret_error, int r)
{
	if (r == -ETIMEDOUT)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, NULL, NULL,
			"another process is changing vDPA devices and has not finished "
			"in time");
	if (r == -EACCES || r == -EPERM)
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, NULL, NULL,
				  "changing vDPA devices needs root");
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, NULL, NULL,
			  "cannot take the lock in /run/vdpad/state");
}

static int begin(struct vdpam_ctx *ctx, uint64_t deadline_usec,
		 struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int state_fd = vdpam_state_open();
	struct vdpam_batch *batch;
	int r, lock_fd;

	lock_fd = state_fd < 0 ? state_fd
			       : vdpam_state_lock(state_fd, "lock", deadline_usec);
	if (lock_fd < 0)
		return fail_begin(ret_error, lock_fd);
	r = restore_autoprobe(ctx, state_fd);
	if (r > 0)
		vdpam_log(ctx, LOG_NOTICE,
			  "restored drivers_autoprobe, which an interrupted "
			  "change had left off");
	batch = r < 0 ? NULL : calloc(1, sizeof(*batch));
	if (!batch) {
		close(lock_fd);
		return fail_begin(ret_error, r < 0 ? r : -ENOMEM);
	}
	batch->lock_fd = lock_fd;
	batch->state_fd = vdpam_take_fd(&state_fd);
	ctx->batch = batch;
	return 0;
}

void vdpam_batch_recover(struct vdpam_ctx *ctx, uint64_t timeout_usec)
{
	VDPAM_AUTO_CLOSE int state_fd = vdpam_state_open();

	if (state_fd >= 0 && vdpam_state_saved(state_fd, SAVED) >= 0 &&
	    !vdpam_batch_begin(ctx, timeout_usec, NULL))
		vdpam_batch_end(ctx);
}

int vdpam_batch_begin(struct vdpam_ctx *ctx, uint64_t timeout_usec,
		      struct vdpam_error **ret_error)
{
	bool own = false;

	return vdpam_batch_join(ctx, vdpam_deadline_usec(timeout_usec), &own, ret_error);
}

int vdpam_batch_join(struct vdpam_ctx *ctx, uint64_t deadline_usec, bool *ret_own,
		     struct vdpam_error **ret_error)
{
	int r = 0;

	*ret_own = false;
	if (!ctx->batch) {
		r = begin(ctx, deadline_usec, ret_error);
		*ret_own = !r;
	}
	return r;
}

int vdpam_batch_end(struct vdpam_ctx *ctx)
{
	struct vdpam_batch *batch = ctx->batch;
	int r = 0;

	if (!batch)
		return 0;
	ctx->batch = NULL;
	if (batch->holding)
		r = restore_autoprobe(ctx, batch->state_fd);
	if (r > 0)
		probe_others(ctx, batch);
	close(batch->lock_fd);
	close(batch->state_fd);
	/* After the lock: a probe lasts as long as the driver likes. */
	for (size_t i = 0; r > 0 && i < batch->probe.count; i++)
		probe(ctx, batch->probe.names[i]);
	names_fini(&batch->before);
	names_fini(&batch->created);
	names_fini(&batch->probe);
	free(batch);
	return r < 0 ? r : 0;
}
