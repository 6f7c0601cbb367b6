// SPDX-License-Identifier: LGPL-2.1-or-later
/* Steps as values, and the running of one. What an operation does is in the step-... files. */
#include "step.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "objects.h"
#include "step-sf.h"
#include "sysfs.h"

static const struct {
	const char *name;
	bool on_device; /* the target is the name of a device */
	int (*run)(struct vdpam_ctx *ctx, struct vdpam_step *step, uint64_t deadline_usec,
		   struct vdpam_error **ret_error);
} operations[VDPAM_OPERATION_COUNT] = {
	[VDPAM_DEVICE_CREATE] = { "device-create", true, vdpam_run_device_create },
	[VDPAM_DEVICE_DELETE] = { "device-delete", true, vdpam_run_device_delete },
	[VDPAM_DEVICE_SET] = { "device-set", true, vdpam_run_device_set },
	[VDPAM_DRIVER_BIND] = { "driver-bind", true, vdpam_run_driver_bind },
	[VDPAM_DRIVER_UNBIND] = { "driver-unbind", true, vdpam_run_driver_unbind },
	[VDPAM_CHARDEV_SET] = { "chardev-set", true, vdpam_run_chardev_set },
	[VDPAM_DEVICE_ANNOUNCE] = { "device-announce", true, vdpam_run_device_announce },
	[VDPAM_VF_COUNT] = { "vf-count", false, vdpam_run_vf_count },
	[VDPAM_VF_SET] = { "vf-set", false, vdpam_run_vf_set },
	[VDPAM_SF_ADD] = { "sf-add", false, vdpam_run_sf_add },
	[VDPAM_SF_DEL] = { "sf-del", false, vdpam_run_sf_del },
	[VDPAM_MDEV_CREATE] = { "mdev-create", false, vdpam_run_mdev_create },
	[VDPAM_MDEV_REMOVE] = { "mdev-remove", false, vdpam_run_mdev_remove },
	[VDPAM_FUNCTION_BIND] = { "function-bind", false, vdpam_run_function_bind },
	[VDPAM_FUNCTION_UNBIND] = { "function-unbind", false, vdpam_run_function_unbind },
};

static const struct {
	const char *name;
	bool text;
	uint64_t min, max;
} arguments[VDPAM_ARG_COUNT] = {
	[VDPAM_ARG_MGMTDEV] = { "mgmtdev", .text = true },
	[VDPAM_ARG_MAC] = { "mac", .min = 1, .max = 0xffffffffffff },
	[VDPAM_ARG_MTU] = { "mtu", .min = VDPAM_MTU_MIN, .max = VDPAM_MTU_MAX },
	[VDPAM_ARG_MAX_VQP] = { "max_vqp", .min = 1, .max = VDPAM_MAX_VQP_MAX },
	[VDPAM_ARG_FEATURES] = { "features", .max = UINT64_MAX },
	[VDPAM_ARG_DRIVER] = { "driver", .text = true },
	[VDPAM_ARG_FORCE] = { "force", .max = 1 },
	[VDPAM_ARG_PROBE] = { "probe", .max = 1 },
	[VDPAM_ARG_IDENTITY] = { "identity", .max = UINT64_MAX },
	[VDPAM_ARG_MSG_TIMEOUT] = { "msg_timeout", .min = 1, .max = 3600 },
	[VDPAM_ARG_OWNER] = { "owner", .text = true },
	[VDPAM_ARG_GROUP] = { "group", .text = true },
	[VDPAM_ARG_MODE] = { "mode", .max = 0777 },
	[VDPAM_ARG_COUNT_OF_VFS] = { "count", .max = 65535 },
	[VDPAM_ARG_VF_INDEX] = { "index", .max = 65534 },
	[VDPAM_ARG_VLAN] = { "vlan", .max = 4094 },
	[VDPAM_ARG_QOS] = { "qos", .max = 7 },
	[VDPAM_ARG_TRUST] = { "trust", .max = 1 },
	[VDPAM_ARG_SPOOFCHK] = { "spoofchk", .max = 1 },
	[VDPAM_ARG_LINK_STATE] = { "link_state", .text = true },
	[VDPAM_ARG_MIN_TX_RATE] = { "min_tx_rate", .max = UINT32_MAX },
	[VDPAM_ARG_MAX_TX_RATE] = { "max_tx_rate", .max = UINT32_MAX },
	[VDPAM_ARG_SFNUM] = { "sfnum", .max = UINT32_MAX },
	[VDPAM_ARG_ESWITCH] = { "eswitch", .text = true },
	[VDPAM_ARG_MDEV_TYPE] = { "mdev_type", .text = true },
	[VDPAM_ARG_UUID] = { "uuid", .text = true },
	[VDPAM_ARG_PF] = { "pf", .text = true },
};

bool vdpam_operation_is_on_device(enum vdpam_operation operation)
{
	return operations[operation].on_device;
}

const char *vdpam_operation_name(enum vdpam_operation operation)
{
	return operations[operation].name;
}

const char *vdpam_argument_name(enum vdpam_argument argument)
{
	return arguments[argument].name;
}

bool vdpam_argument_is_text(enum vdpam_argument argument)
{
	return arguments[argument].text;
}

bool vdpam_argument_is_flag(enum vdpam_argument argument)
{
	return arguments[argument].max == 1;
}

int vdpam_step_new(enum vdpam_operation operation, const char *target,
		   struct vdpam_step **ret_step)
{
	struct vdpam_step *step = calloc(1, sizeof(*step));

	if (!step)
		return -ENOMEM;
	step->refs = 1;
	step->operation = operation;
	step->lock_fd = -1;
	step->target = strdup(target);
	if (!step->target) {
		free(step);
		return -ENOMEM;
	}
	*ret_step = step;
	return 0;
}

struct vdpam_step *vdpam_step_ref(struct vdpam_step *step)
{
	if (step)
		step->refs++;
	return step;
}

struct vdpam_step *vdpam_step_unref(struct vdpam_step *step)
{
	if (!step || --step->refs > 0)
		return NULL;
	for (unsigned int i = 0; i < VDPAM_ARG_COUNT; i++)
		free(step->text[i]);
	for (unsigned int i = 0; i < step->n_changes; i++) {
		free(step->changes[i].before);
		free(step->changes[i].after);
	}
	for (size_t i = 0; i < step->n_collateral; i++)
		free(step->collateral[i]);
	free(step->collateral);
	vdpam_step_unlock_function(step);
	vdpam_writer_free(step->writer);
	free(step->previous);
	vdpam_error_free(step->refusal);
	free(step->override);
	free(step->target);
	free(step->why);
	free(step);
	return NULL;
}

static int replace_text(char **text, const char *with)
{
	char *copy = strdup(with);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int vdpam_step_set_number(struct vdpam_step *step, enum vdpam_argument argument,
			  uint64_t number)
{
	if (arguments[argument].text || number < arguments[argument].min ||
	    number > arguments[argument].max)
		return -EINVAL;
	step->number[argument] = number;
	step->present |= 1U << argument;
	return 0;
}

int vdpam_step_set_text(struct vdpam_step *step, enum vdpam_argument argument,
			const char *text)
{
	return arguments[argument].text ? replace_text(&step->text[argument], text)
					: -EINVAL;
}

int vdpam_step_set_why(struct vdpam_step *step, const char *why)
{
	return replace_text(&step->why, why);
}

int vdpam_step_add_change(struct vdpam_step *step, const char *key, const char *before,
			  const char *after)
{
	struct vdpam_change *change = &step->changes[step->n_changes];

	if (step->n_changes == VDPAM_CHANGES_MAX)
		return -ENOSPC;
	*change = (struct vdpam_change){
		.key = key,
		.before = before ? strdup(before) : NULL,
		.after = after ? strdup(after) : NULL,
	};
	step->n_changes++;
	return (before && !change->before) || (after && !change->after) ? -ENOMEM : 0;
}

int vdpam_step_add_collateral(struct vdpam_step *step, const char *name)
{
	char **added =
		vdpam_append(&step->collateral, &step->n_collateral, sizeof(*added));

	if (!added)
		return -ENOMEM;
	*added = strdup(name);
	return *added ? 0 : -ENOMEM;
}

size_t vdpam_step_count_collateral(const struct vdpam_step *step)
{
	return step->n_collateral;
}

const char *vdpam_step_get_collateral(const struct vdpam_step *step, size_t index)
{
	return index < step->n_collateral ? step->collateral[index] : NULL;
}

enum vdpam_operation vdpam_step_get_operation(const struct vdpam_step *step)
{
	return step->operation;
}

const char *vdpam_step_get_target(const struct vdpam_step *step)
{
	return step->target;
}

int vdpam_step_get_number(const struct vdpam_step *step, enum vdpam_argument argument,
			  uint64_t *ret_number)
{
	if (!(step->present >> argument & 1))
		return -ENODATA;
	*ret_number = step->number[argument];
	return 0;
}

uint64_t vdpam_step_number(const struct vdpam_step *step, enum vdpam_argument argument)
{
	return step->number[argument];
}

const char *vdpam_step_get_text(const struct vdpam_step *step,
				enum vdpam_argument argument)
{
	return step->text[argument];
}

const char *vdpam_step_get_why(const struct vdpam_step *step)
{
	return step->why;
}

int vdpam_step_open_device(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			   struct vdpam_error **ret_error)
{
	uint64_t identity = vdpam_step_number(step, VDPAM_ARG_IDENTITY);
	struct stat st;
	int fd;

	VDPAM_ESCAPED(shown, step->target);
	fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_BUS_DEVICES, step->target);
	if (fd < 0)
		return vdpam_fail(ret_error,
				  fd == -ENOENT ? VDPAM_ERROR_NO_SUCH_DEVICE
						: VDPAM_ERROR_KERNEL,
				  fd == -ENOENT ? -ENODEV : fd, step->target, NULL,
				  "there is no device %s", shown);
	if (fstat(fd, &st) < 0 || (identity && st.st_ino != identity)) {
		close(fd);
		return vdpam_fail(
			ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE, step->target,
			NULL,
			"%s is not the device any more that it was a moment ago: somebody "
			"else made it anew; look again",
			shown);
	}
	return fd;
}

int vdpam_step_look(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		    const char *driver, struct vdpam_device *ret_device)
{
	struct vdpam_device device = { .driver = driver };
	int r;

	device.info.name = strdup(step->target);
	/* Where a PCI parent's virtio device is to be found depends on there being a bus. */
	device.info.mgmtdev_bus = strdup("");
	r = device.info.name && device.info.mgmtdev_bus ? vdpam_device_look(ctx, &device)
							: -ENOMEM;
	if (r < 0) {
		vdpam_device_fini(&device);
		return r;
	}
	*ret_device = device;
	return 0;
}

int vdpam_step_wait_unbound(int device_fd, uint64_t deadline_usec)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	while (vdpam_device_fd_is_unbinding(device_fd)) {
		if (!vdpam_left_usec(deadline_usec))
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int vdpam_step_run(struct vdpam_ctx *ctx, struct vdpam_step *step, uint64_t timeout_usec,
		   struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, step->target);
	if (operations[step->operation].on_device &&
	    (!vdpam_sysfs_is_plain(step->target) || strchr(step->target, '\n')))
		return vdpam_fail(
			ret_error, VDPAM_ERROR_INVALID_NAME, -EINVAL, step->target, NULL,
			"a device called '%s' cannot be changed through /sys", shown);
	if (!operations[step->operation].run)
		return vdpam_fail(ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP,
				  step->target, NULL, "%s is not supported yet",
				  operations[step->operation].name);
	return operations[step->operation].run(
		ctx, step, vdpam_deadline_usec(timeout_usec), ret_error);
}
