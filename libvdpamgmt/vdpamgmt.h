/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VDPAMGMT_H
#define VDPAMGMT_H

/*
 * libvdpamgmt - what the kernel has of vDPA, as immutable values.
 *
 * Conventions, for every function here and in vdpamgmt-provision.h:
 *
 *  - Functions that can fail return 0 (or a count) on success and a negative errno on failure.
 *    Parameters named ret_... are written on success only.
 *  - A function with a last parameter `struct vdpam_error **ret_error` writes there, on failure
 *    and only then, an error object that the caller frees with vdpam_error_free(). NULL: not wanted.
 *  - Objects are opaque. What new and ref return is given back with unref, which takes NULL and
 *    returns NULL. What a getter returns belongs to the object and lives as long as it does.
 *  - One context is used by one thread at a time. There is no global state, no thread, no main
 *    loop, and nothing is printed.
 *  - Names are the kernel's bytes, unescaped and untrusted: vdpam_name_escape() before they are
 *    shown to anybody.
 *  - A call that asks the kernel to change something, or to answer, can sleep in the kernel for as
 *    long as the kernel likes. Call from a process that you can afford to lose.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vdpam_ctx;
struct vdpam_error;
struct vdpam_snapshot;
struct vdpam_mgmtdev;
struct vdpam_device;
struct vdpam_driver;
struct vdpam_function;
struct vdpam_holders;
struct vdpam_mdev;
struct vdpam_mdev_list;
struct vdpam_mdev_type;
struct vdpam_monitor;
struct vdpam_sf;
struct vdpam_sf_list;
struct vdpam_stats;
struct vdpam_vduse;
struct vdpam_vduse_list;
struct vdpam_vf;
struct vdpam_vfs;

/* ---- Context ------------------------------------------------------------------------------- */

/**
 * vdpam_new() - a context on this host: a generic netlink socket and the /sys folder
 * @ret_ctx: the context, reference count 1
 *
 * Works for any user and without vDPA in the kernel; what needs either says so later.
 *
 * Returns 0; -ENOMEM; -EPROTONOSUPPORT when the kernel has no netlink; or what open(2) and
 * socket(2) gave. Since: 0.1
 */
int vdpam_new(struct vdpam_ctx **ret_ctx);

/**
 * vdpam_new_from_fds() - a context over two descriptors that the caller provides
 * @ret_ctx: the context
 * @netlink_fd: a datagram socket that carries generic netlink, from the kernel or from a test
 * @sysfs_fd: a folder that is /sys, or looks like it
 *
 * Both descriptors belong to the context from then on, also on failure.
 *
 * Returns 0 or -ENOMEM, -EBADF. Since: 0.1
 */
int vdpam_new_from_fds(struct vdpam_ctx **ret_ctx, int netlink_fd, int sysfs_fd);

/** vdpam_ref() - one more reference. Since: 0.1 */
struct vdpam_ctx *vdpam_ref(struct vdpam_ctx *ctx);

/** vdpam_unref() - one reference less; the last one closes all. Since: 0.1 */
struct vdpam_ctx *vdpam_unref(struct vdpam_ctx *ctx);

/**
 * vdpam_set_log() - where the context says what it does
 * @fn: called with a syslog priority and one line without a newline; NULL (the default): nowhere
 * @userdata: handed to @fn
 *
 * Since: 0.1
 */
void vdpam_set_log(struct vdpam_ctx *ctx,
		   void (*fn)(void *userdata, int priority, const char *line),
		   void *userdata);

/* ---- Errors -------------------------------------------------------------------------------- */

/** enum vdpam_error_code - what went wrong, in the words that users see. Since: 0.1 */
enum vdpam_error_code {
	VDPAM_ERROR_USAGE,
	VDPAM_ERROR_INVALID_NAME,
	VDPAM_ERROR_INVALID_VALUE,
	VDPAM_ERROR_INVALID_DOCUMENT,
	VDPAM_ERROR_NO_SUCH_DEVICE,
	VDPAM_ERROR_NO_SUCH_MGMTDEV,
	VDPAM_ERROR_NO_SUCH_FUNCTION,
	VDPAM_ERROR_NO_SUCH_DOCUMENT,
	VDPAM_ERROR_IN_USE,
	VDPAM_ERROR_MANAGED,
	VDPAM_ERROR_COLLATERAL,
	VDPAM_ERROR_WRONG_DRIVER,
	VDPAM_ERROR_NO_KERNEL_SUPPORT,
	VDPAM_ERROR_DAEMON_UNREACHABLE,
	VDPAM_ERROR_TIMEOUT,
	VDPAM_ERROR_KERNEL_STUCK,
	VDPAM_ERROR_NOT_AUTHORIZED,
	VDPAM_ERROR_EXISTS,
	VDPAM_ERROR_MGMTDEV_FULL,
	VDPAM_ERROR_UNSUPPORTED,
	VDPAM_ERROR_CHANGED_UNDERNEATH,
	VDPAM_ERROR_KERNEL,
	VDPAM_ERROR_INTERNAL,
};

/** vdpam_error_code_name() - the code as text, such as "in-use". Since: 0.1 */
const char *vdpam_error_code_name(enum vdpam_error_code code);

/** vdpam_error_code_exit_status() - the exit status that stands for the code. Since: 0.1 */
int vdpam_error_code_exit_status(enum vdpam_error_code code);

/** vdpam_error_code_parse() - the reverse of vdpam_error_code_name(); 0 or -EINVAL. Since: 0.1 */
int vdpam_error_code_parse(const char *name, enum vdpam_error_code *ret_code);

/**
 * vdpam_error_new() - an error of the caller's own
 * @errnum: a positive errno, or 0
 * @target: the kernel's bytes, or NULL
 * @kernel: the kernel's own text, or NULL
 * @message: one sentence, printable: the names in it escaped
 *
 * Returns NULL when there is no memory. Since: 0.1
 */
struct vdpam_error *vdpam_error_new(enum vdpam_error_code code, int errnum,
				    const char *target, const char *kernel,
				    const char *message);

/** vdpam_error_copy() - the same; NULL when there is no memory. Since: 0.1 */
struct vdpam_error *vdpam_error_copy(const struct vdpam_error *error);

/** vdpam_error_free() - frees an error; takes NULL, returns NULL. Since: 0.1 */
struct vdpam_error *vdpam_error_free(struct vdpam_error *error);

/** vdpam_error_get_code() - what kind of error. Since: 0.1 */
enum vdpam_error_code vdpam_error_get_code(const struct vdpam_error *error);

/** vdpam_error_get_errno() - the positive errno behind it, 0 when there is none. Since: 0.1 */
int vdpam_error_get_errno(const struct vdpam_error *error);

/**
 * vdpam_error_get_message() - one sentence: what was tried, on what, why, what to do
 *
 * Printable ASCII: names in it are escaped, the kernel's words are in it. Since: 0.1
 */
const char *vdpam_error_get_message(const struct vdpam_error *error);

/** vdpam_error_get_kernel() - the kernel's own text, escaped, or NULL. Since: 0.1 */
const char *vdpam_error_get_kernel(const struct vdpam_error *error);

/** vdpam_error_get_target() - the name of the object, escaped, or NULL. Since: 0.1 */
const char *vdpam_error_get_target(const struct vdpam_error *error);

/**
 * vdpam_error_name_holders() - the same error with the holders that another process has found
 * @holders: where there are none the error stays as it is
 *
 * For an error of a process that may not look at others. Returns a new one, NULL without memory.
 * Since: 0.1
 */
struct vdpam_error *vdpam_error_name_holders(const struct vdpam_error *error,
					     const struct vdpam_holders *holders);

/** vdpam_error_get_holders() - who has the device, or NULL when nobody looked. Since: 0.1 */
const struct vdpam_holders *vdpam_error_get_holders(const struct vdpam_error *error);

/* ---- Names --------------------------------------------------------------------------------- */

/**
 * vdpam_name_is_valid() - whether we would give a new device this name
 *
 * ^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$; the kernel takes nearly anything. Since: 0.1
 */
bool vdpam_name_is_valid(const char *name);

/**
 * vdpam_name_escape() - a name as it is shown: bytes outside printable ASCII, and '\', as \xHH
 *
 * Returns a string that the caller frees, NULL when there is no memory. Since: 0.1
 */
char *vdpam_name_escape(const char *name);

/**
 * vdpam_name_unescape() - the reverse of vdpam_name_escape()
 * @ret_name: the bytes; the caller frees them
 *
 * Returns 0; -EINVAL for a '\' that does not begin \xHH, and for \x00; -ENOMEM. Since: 0.1
 */
int vdpam_name_unescape(const char *text, char **ret_name);

/** vdpam_class_name() - the class of a virtio device id: "net" for 1; NULL when it has none. Since: 0.1 */
const char *vdpam_class_name(uint32_t virtio_id);

/**
 * vdpam_feature_name() - the name of a feature bit of a device of this class
 * @virtio_id: the class, 0 when it is not known
 * @bit: 0 to 63
 *
 * Returns a name such as "MTU", NULL when the bit has none there (shown as "bit-40"). Since: 0.1
 */
const char *vdpam_feature_name(uint32_t virtio_id, unsigned int bit);

/**
 * vdpam_feature_parse() - the bit that a name stands for, names of @virtio_id and "bit-40" alike
 *
 * Returns 0 or -EINVAL. Since: 0.1
 */
int vdpam_feature_parse(uint32_t virtio_id, const char *name, unsigned int *ret_bit);

/* ---- Numbers of a device ------------------------------------------------------------------- */

/**
 * enum vdpam_attr - the numbers that the kernel tells of a device
 *
 * The ones from VDPAM_ATTR_MAC on are its configuration, which the guest or the parent may change
 * at any time. Since: 0.1
 */
enum vdpam_attr {
	VDPAM_ATTR_VENDOR_ID,
	VDPAM_ATTR_MAX_VQS,
	VDPAM_ATTR_MAX_VQ_SIZE,
	VDPAM_ATTR_MIN_VQ_SIZE,
	VDPAM_ATTR_FEATURES,
	VDPAM_ATTR_MAC,
	VDPAM_ATTR_MTU,
	VDPAM_ATTR_MAX_VQ_PAIRS,
	VDPAM_ATTR_LINK,
	VDPAM_ATTR_LINK_ANNOUNCE,
	VDPAM_ATTR_NEGOTIATED_FEATURES,
	VDPAM_ATTR_CAPACITY,
	VDPAM_ATTR_BLOCK_SIZE,
	VDPAM_ATTR_SIZE_MAX,
	VDPAM_ATTR_SEG_MAX,
	VDPAM_ATTR_NUM_QUEUES,
	VDPAM_ATTR_PHYSICAL_BLOCK_EXP,
	VDPAM_ATTR_ALIGNMENT_OFFSET,
	VDPAM_ATTR_MIN_IO_SIZE,
	VDPAM_ATTR_OPT_IO_SIZE,
	VDPAM_ATTR_MAX_DISCARD_SECTORS,
	VDPAM_ATTR_MAX_DISCARD_SEG,
	VDPAM_ATTR_DISCARD_SECTOR_ALIGNMENT,
	VDPAM_ATTR_MAX_WRITE_ZEROES_SECTORS,
	VDPAM_ATTR_MAX_WRITE_ZEROES_SEG,
	VDPAM_ATTR_READ_ONLY,
	VDPAM_ATTR_FLUSH,
};
#define VDPAM_ATTR_COUNT (VDPAM_ATTR_FLUSH + 1)

/** enum vdpam_attr_kind - how the number of an attribute is to be read. Since: 0.1 */
enum vdpam_attr_kind {
	VDPAM_KIND_NUMBER,
	VDPAM_KIND_BOOL,
	VDPAM_KIND_MAC,      /* the first byte of the address is bits 47..40 */
	VDPAM_KIND_FEATURES, /* a bit mask */
	VDPAM_KIND_LINK,     /* 1 is up */
};

/** vdpam_attr_name() - the key of an attribute in JSON and documents, such as "mtu". Since: 0.1 */
const char *vdpam_attr_name(enum vdpam_attr attr);

/** vdpam_attr_kind() - how the number of an attribute is to be read. Since: 0.1 */
enum vdpam_attr_kind vdpam_attr_kind(enum vdpam_attr attr);

/** vdpam_attr_is_config() - whether it is part of the device's configuration. Since: 0.1 */
bool vdpam_attr_is_config(enum vdpam_attr attr);

#define VDPAM_MTU_MIN 68
#define VDPAM_MTU_MAX 65535
#define VDPAM_MAX_VQP_MAX 32768 /* VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MAX */
#define VDPAM_MAC_TEXT 18       /* "02:00:00:00:00:01" and the NUL */

/** vdpam_mac_format() - a MAC as text, lower case. Since: 0.1 */
void vdpam_mac_format(uint64_t mac, char text[VDPAM_MAC_TEXT]);

/**
 * vdpam_mac_parse() - six bytes in hexadecimal, with ':' between them
 *
 * Returns 0 or -EINVAL; whether the address is unicast is not asked. Since: 0.1
 */
int vdpam_mac_parse(const char *text, uint64_t *ret_mac);

/** vdpam_mac_is_unicast() - not zero, not multicast, not broadcast. Since: 0.1 */
bool vdpam_mac_is_unicast(uint64_t mac);

/* ---- Snapshot ------------------------------------------------------------------------------ */

/**
 * enum vdpam_look - how closely vdpam_snapshot_new() looks
 *
 * VDPAM_LOOK_BRIEF asks netlink three times, whatever the number of devices, and lists the bus:
 * no char device, virtio device, interface, disk, nor identity is known then.
 * VDPAM_LOOK_WHOLE reads the folder of each device and of each management device too.
 * VDPAM_LOOK_FUNCTIONS looks for functions besides, and works where the kernel has no vDPA: there
 * are no devices and no management devices then. Since: 0.1
 */
enum vdpam_look {
	VDPAM_LOOK_BRIEF,
	VDPAM_LOOK_WHOLE,
	VDPAM_LOOK_FUNCTIONS,
};

/**
 * vdpam_snapshot_new() - what the kernel has now
 * @ret_snapshot: the snapshot, which nothing changes afterwards
 *
 * A device that a torn dump forgot is looked up by name, so that one which was there all the time
 * is there.
 *
 * Returns 0; -EOPNOTSUPP with VDPAM_ERROR_NO_KERNEL_SUPPORT when this kernel, or this network
 * namespace, has no vdpa family; -ENOMEM; -ETIMEDOUT. Since: 0.1
 */
int vdpam_snapshot_new(struct vdpam_ctx *ctx, enum vdpam_look look,
		       struct vdpam_snapshot **ret_snapshot,
		       struct vdpam_error **ret_error);

/** vdpam_snapshot_ref() - one more reference. Since: 0.1 */
struct vdpam_snapshot *vdpam_snapshot_ref(struct vdpam_snapshot *snapshot);

/** vdpam_snapshot_unref() - one reference less. Since: 0.1 */
struct vdpam_snapshot *vdpam_snapshot_unref(struct vdpam_snapshot *snapshot);

/** vdpam_snapshot_get_autoprobe() - drivers_autoprobe of the bus: 1, 0, or -ENODATA. Since: 0.1 */
int vdpam_snapshot_get_autoprobe(const struct vdpam_snapshot *snapshot);

/** vdpam_mgmtdev_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_mgmtdev *vdpam_mgmtdev_next(const struct vdpam_snapshot *snapshot,
					       const struct vdpam_mgmtdev *previous);

/** vdpam_device_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_device *vdpam_device_next(const struct vdpam_snapshot *snapshot,
					     const struct vdpam_device *previous);

/** vdpam_driver_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_driver *vdpam_driver_next(const struct vdpam_snapshot *snapshot,
					     const struct vdpam_driver *previous);

/** vdpam_snapshot_find_mgmtdev() - by handle, such as "pci/0000:07:00.2"; NULL when absent. Since: 0.1 */
const struct vdpam_mgmtdev *vdpam_snapshot_find_mgmtdev(
	const struct vdpam_snapshot *snapshot, const char *handle);

/** vdpam_snapshot_find_device() - by the kernel's name; NULL when absent. Since: 0.1 */
const struct vdpam_device *vdpam_snapshot_find_device(
	const struct vdpam_snapshot *snapshot, const char *name);

/** vdpam_snapshot_find_driver() - a registered bus driver by name; NULL when absent. Since: 0.1 */
const struct vdpam_driver *vdpam_snapshot_find_driver(
	const struct vdpam_snapshot *snapshot, const char *name);

/** vdpam_function_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_function *vdpam_function_next(const struct vdpam_snapshot *snapshot,
						 const struct vdpam_function *previous);

/** vdpam_snapshot_find_function() - by handle, such as "pci/0000:07:00.2"; NULL when absent. Since: 0.1 */
const struct vdpam_function *vdpam_snapshot_find_function(
	const struct vdpam_snapshot *snapshot, const char *handle);

/** vdpam_snapshot_find_vf() - number @index of the PF with this handle; NULL when absent. Since: 0.1 */
const struct vdpam_function *vdpam_snapshot_find_vf(const struct vdpam_snapshot *snapshot,
						    const char *pf, uint32_t index);

/* ---- Management device --------------------------------------------------------------------- */

/** vdpam_mgmtdev_get_handle() - "BUS/DEVICE", or "DEVICE" where there is no bus. Since: 0.1 */
const char *vdpam_mgmtdev_get_handle(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_bus() - "pci", "auxiliary", NULL. Since: 0.1 */
const char *vdpam_mgmtdev_get_bus(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_device() - the handle without the bus. Since: 0.1 */
const char *vdpam_mgmtdev_get_device(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_classes() - bit N stands for virtio device id N. Since: 0.1 */
uint64_t vdpam_mgmtdev_get_classes(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_max_vqs() - 0, or -ENODATA when the kernel did not say. Since: 0.1 */
int vdpam_mgmtdev_get_max_vqs(const struct vdpam_mgmtdev *mgmtdev, uint32_t *ret_count);
/** vdpam_mgmtdev_get_features() - 0, or -ENODATA when the kernel did not say. Since: 0.1 */
int vdpam_mgmtdev_get_features(const struct vdpam_mgmtdev *mgmtdev,
			       uint64_t *ret_features);
/** vdpam_mgmtdev_get_function() - "pf", "vf", "sf", "mdev", "vduse", "simulator", "other". Since: 0.1 */
const char *vdpam_mgmtdev_get_function(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_driver() - the parent's kernel driver, such as "vp-vdpa", or NULL. Since: 0.1 */
const char *vdpam_mgmtdev_get_driver(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_pci_address() - the PCI function at or above it, or NULL. Since: 0.1 */
const char *vdpam_mgmtdev_get_pci_address(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_pf() - the handle of the PF of a VF or SF, or NULL. Since: 0.1 */
const char *vdpam_mgmtdev_get_pf(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_vf_index() - the number of a VF; -ENODATA for others. Since: 0.1 */
int vdpam_mgmtdev_get_vf_index(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_sfnum() - the number of an SF; -ENODATA for others. Since: 0.1 */
int vdpam_mgmtdev_get_sfnum(const struct vdpam_mgmtdev *mgmtdev, uint32_t *ret_sfnum);
/** vdpam_mgmtdev_get_uuid() - the UUID of a mediated device, or NULL. Since: 0.1 */
const char *vdpam_mgmtdev_get_uuid(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_numa_node() - its NUMA node; -ENODATA where there is none. Since: 0.1 */
int vdpam_mgmtdev_get_numa_node(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_dma_translation() - "platform" or "device", NULL when not known. Since: 0.1 */
const char *vdpam_mgmtdev_get_dma_translation(const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_mgmtdev_get_max_devices() - how many devices it can carry; 0 is no limit known. Since: 0.1 */
unsigned int vdpam_mgmtdev_get_max_devices(const struct vdpam_mgmtdev *mgmtdev);

/* ---- Function ------------------------------------------------------------------------------ */

/*
 * What a management device sits on: a PF, VF, SF or mediated device that carries one or could. Only
 * a snapshot of VDPAM_LOOK_FUNCTIONS has them, PCI functions first, then auxiliary, then mediated
 * devices.
 */

/** vdpam_function_get_handle() - "BUS/DEVICE", also of its management device. Since: 0.1 */
const char *vdpam_function_get_handle(const struct vdpam_function *function);
/** vdpam_function_get_function() - "pf", "vf", "sf", "mdev", "other". Since: 0.1 */
const char *vdpam_function_get_function(const struct vdpam_function *function);
/** vdpam_function_get_driver() - its kernel driver, such as "vp-vdpa", or NULL. Since: 0.1 */
const char *vdpam_function_get_driver(const struct vdpam_function *function);
/** vdpam_function_get_pci_address() - the PCI function at or above it, or NULL. Since: 0.1 */
const char *vdpam_function_get_pci_address(const struct vdpam_function *function);
/** vdpam_function_get_pf() - the handle of the PF of a VF or SF, or NULL. Since: 0.1 */
const char *vdpam_function_get_pf(const struct vdpam_function *function);
/** vdpam_function_get_vf_index() - the number of a VF; -ENODATA for others. Since: 0.1 */
int vdpam_function_get_vf_index(const struct vdpam_function *function);
/** vdpam_function_get_sfnum() - the number of an SF; -ENODATA for others. Since: 0.1 */
int vdpam_function_get_sfnum(const struct vdpam_function *function, uint32_t *ret_sfnum);
/** vdpam_function_get_uuid() - the UUID of a mediated device, or NULL. Since: 0.1 */
const char *vdpam_function_get_uuid(const struct vdpam_function *function);
/** vdpam_function_get_numa_node() - its NUMA node; -ENODATA where there is none. Since: 0.1 */
int vdpam_function_get_numa_node(const struct vdpam_function *function);
/**
 * vdpam_function_get_netdev() - the network interface that its kernel driver made, or NULL
 *
 * In this network namespace. Not the interface of a vDPA device on it. Since: 0.1
 */
const char *vdpam_function_get_netdev(const struct vdpam_function *function);
/** vdpam_function_get_representor() - the interface of its port on the PF's e-switch, or NULL. Since: 0.1 */
const char *vdpam_function_get_representor(const struct vdpam_function *function);
/** vdpam_function_get_mgmtdev() - the handle of its management device, or NULL. Since: 0.1 */
const char *vdpam_function_get_mgmtdev(const struct vdpam_function *function);
/** vdpam_function_get_sriov_total() - how many VFs a PF can have; -ENODATA without SR-IOV. Since: 0.1 */
int vdpam_function_get_sriov_total(const struct vdpam_function *function);
/** vdpam_function_get_sriov_count() - how many VFs a PF has; -ENODATA without SR-IOV. Since: 0.1 */
int vdpam_function_get_sriov_count(const struct vdpam_function *function);
/** vdpam_function_get_vfs() - what a PF enforces on its VFs; NULL where it has none or tells nothing. Since: 0.1 */
const struct vdpam_vfs *vdpam_function_get_vfs(const struct vdpam_function *function);
/** vdpam_function_get_identity() - a number that another function of the same handle would not have. Since: 0.1 */
uint64_t vdpam_function_get_identity(const struct vdpam_function *function);

/** struct vdpam_match_list - texts of a selector; none: it asks nothing. Since: 0.1 */
struct vdpam_match_list {
	const char *const *texts;
	size_t count;
};

/**
 * struct vdpam_match - a selector in the words of the SR-IOV device plugin
 * @vendors: PCI vendor ids, "15b3"
 * @devices: PCI device ids, "101e"
 * @drivers: names of kernel drivers of the function
 * @pf_names: interfaces of its PF: "ens1f0", globs, "ens1f0#0-3,7" for some of its VFs
 * @pci_addresses: "0000:01:00.0"
 * @root_devices: PCI addresses of its PF, with "#0-3,7" for some of its VFs
 *
 * One of each list has to hold. Since: 0.1
 */
struct vdpam_match {
	struct vdpam_match_list vendors, devices, drivers, pf_names, pci_addresses,
		root_devices;
};

/** vdpam_match_takes() - whether a function of a snapshot is one that the selector takes. Since: 0.1 */
bool vdpam_match_takes(const struct vdpam_match *match,
		       const struct vdpam_snapshot *snapshot,
		       const struct vdpam_function *function);

/* ---- Link attributes of virtual functions -------------------------------------------------- */

/** enum vdpam_vf_attr - what a PF's kernel driver enforces on one of its VFs. Since: 0.1 */
enum vdpam_vf_attr {
	VDPAM_VF_MAC,         /* as VDPAM_KIND_MAC; 0: the VF chooses */
	VDPAM_VF_VLAN,        /* 0 (none) to 4094 */
	VDPAM_VF_QOS,         /* 0 to 7 */
	VDPAM_VF_TRUST,       /* 0, 1 */
	VDPAM_VF_SPOOFCHK,    /* 0, 1 */
	VDPAM_VF_LINK_STATE,  /* 0 auto, 1 enable, 2 disable */
	VDPAM_VF_MIN_TX_RATE, /* Mbit/s, 0: none */
	VDPAM_VF_MAX_TX_RATE, /* Mbit/s, 0: none */
};
#define VDPAM_VF_ATTR_COUNT (VDPAM_VF_MAX_TX_RATE + 1)

/** vdpam_vf_attr_name() - the key of an attribute in JSON and documents, such as "vlan". Since: 0.1 */
const char *vdpam_vf_attr_name(enum vdpam_vf_attr attr);

/** vdpam_vf_link_state_name() - "auto", "enable", "disable"; NULL for others. Since: 0.1 */
const char *vdpam_vf_link_state_name(uint64_t link_state);

/** vdpam_vf_link_state_parse() - the reverse; 0 or -EINVAL. Since: 0.1 */
int vdpam_vf_link_state_parse(const char *text, uint64_t *ret_link_state);

/** vdpam_vf_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_vf *vdpam_vf_next(const struct vdpam_vfs *vfs,
				     const struct vdpam_vf *previous);

/** vdpam_vfs_find() - by index; NULL when absent. Since: 0.1 */
const struct vdpam_vf *vdpam_vfs_find(const struct vdpam_vfs *vfs, uint32_t index);

/** vdpam_vf_get_index() - its number on the PF. Since: 0.1 */
uint32_t vdpam_vf_get_index(const struct vdpam_vf *vf);

/** vdpam_vf_get_number() - one attribute; -ENODATA when the driver does not tell it. Since: 0.1 */
int vdpam_vf_get_number(const struct vdpam_vf *vf, enum vdpam_vf_attr attr,
			uint64_t *ret_number);

/* ---- Device -------------------------------------------------------------------------------- */

/** vdpam_device_get_name() - its name on the vdpa bus, the kernel's bytes. Since: 0.1 */
const char *vdpam_device_get_name(const struct vdpam_device *device);
/** vdpam_device_get_mgmtdev() - the handle of its management device, or NULL. Since: 0.1 */
const char *vdpam_device_get_mgmtdev(const struct vdpam_device *device);
/** vdpam_device_get_function() - of one that no management device made: the handle of its PCI function, or NULL. Since: 0.1 */
const char *vdpam_device_get_function(const struct vdpam_device *device);
/** vdpam_device_get_virtio_id() - 1 is net, 2 is block; 0 when netlink does not know it. Since: 0.1 */
uint32_t vdpam_device_get_virtio_id(const struct vdpam_device *device);
/** vdpam_device_get_number() - one of its numbers; -ENODATA when the kernel did not say. Since: 0.1 */
int vdpam_device_get_number(const struct vdpam_device *device, enum vdpam_attr attr,
			    uint64_t *ret_number);
/** vdpam_device_get_driver() - its bus driver, or NULL. Since: 0.1 */
const char *vdpam_device_get_driver(const struct vdpam_device *device);
/**
 * vdpam_device_is_unbinding() - whether an unbind still waits for those who use the device
 *
 * It then has no driver any more as far as sysfs shows, and must not be deleted. Since: 0.1
 */
bool vdpam_device_is_unbinding(const struct vdpam_device *device);
/** vdpam_device_get_chardev() - "/dev/vhost-vdpa-0", or NULL. Since: 0.1 */
const char *vdpam_device_get_chardev(const struct vdpam_device *device);
/** vdpam_device_get_devnum() - the number of the char device or disk; 0 where there is none. Since: 0.1 */
dev_t vdpam_device_get_devnum(const struct vdpam_device *device);
/** vdpam_device_get_virtio() - "virtio3", or NULL. Since: 0.1 */
const char *vdpam_device_get_virtio(const struct vdpam_device *device);
/** vdpam_device_get_virtio_driver() - "virtio_net", or NULL. Since: 0.1 */
const char *vdpam_device_get_virtio_driver(const struct vdpam_device *device);
/** vdpam_device_get_netdev() - its network interface in this namespace, or NULL. Since: 0.1 */
const char *vdpam_device_get_netdev(const struct vdpam_device *device);
/** vdpam_device_get_blockdev() - its disk, such as "vda", or NULL. Since: 0.1 */
const char *vdpam_device_get_blockdev(const struct vdpam_device *device);
/**
 * vdpam_device_get_identity() - a number that another device of the same name would not have
 *
 * 0 where sysfs cannot show the device. Since: 0.1
 */
uint64_t vdpam_device_get_identity(const struct vdpam_device *device);

/* ---- Scalable function --------------------------------------------------------------------- */

/**
 * vdpam_sf_list_new() - the scalable functions of all PFs
 * @ret_list: the list, by PF and number; free with vdpam_sf_list_free()
 *
 * Those that have a port on an e-switch of this host, whether they are active or not, and those
 * that are there without one. Works where the kernel has no vDPA too.
 *
 * Returns 0; -ENOMEM; what the kernel gave. Since: 0.1
 */
int vdpam_sf_list_new(struct vdpam_ctx *ctx, struct vdpam_sf_list **ret_list,
		      struct vdpam_error **ret_error);

/** vdpam_sf_list_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_sf_list *vdpam_sf_list_free(struct vdpam_sf_list *list);

/** vdpam_sf_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_sf *vdpam_sf_next(const struct vdpam_sf_list *list,
				     const struct vdpam_sf *previous);

/** vdpam_sf_list_find() - by the handle of its PF and its number; NULL when absent. Since: 0.1 */
const struct vdpam_sf *vdpam_sf_list_find(const struct vdpam_sf_list *list,
					  const char *pf, uint32_t sfnum);

/** vdpam_sf_get_pf() - the handle of its PF. Since: 0.1 */
const char *vdpam_sf_get_pf(const struct vdpam_sf *sf);
/** vdpam_sf_get_sfnum() - its number, which the PF has once. Since: 0.1 */
uint32_t vdpam_sf_get_sfnum(const struct vdpam_sf *sf);
/** vdpam_sf_get_port() - devlink's handle of its port, "BUS/DEVICE/INDEX", or NULL. Since: 0.1 */
const char *vdpam_sf_get_port(const struct vdpam_sf *sf);
/** vdpam_sf_get_port_index() - the index of its port; -ENODATA without a port. Since: 0.1 */
int vdpam_sf_get_port_index(const struct vdpam_sf *sf, uint32_t *ret_index);
/** vdpam_sf_get_state() - "active", "inactive"; NULL when the kernel did not say. Since: 0.1 */
const char *vdpam_sf_get_state(const struct vdpam_sf *sf);
/** vdpam_sf_get_opstate() - "attached", "detached"; NULL when the kernel did not say. Since: 0.1 */
const char *vdpam_sf_get_opstate(const struct vdpam_sf *sf);
/** vdpam_sf_get_mac() - its hardware address, 0 for none; -ENODATA when not told. Since: 0.1 */
int vdpam_sf_get_mac(const struct vdpam_sf *sf, uint64_t *ret_mac);
/** vdpam_sf_get_handle() - of the function itself, such as "auxiliary/mlx5_core.sf.2", or NULL. Since: 0.1 */
const char *vdpam_sf_get_handle(const struct vdpam_sf *sf);
/** vdpam_sf_get_mgmtdev() - the handle of its management device, or NULL. Since: 0.1 */
const char *vdpam_sf_get_mgmtdev(const struct vdpam_sf *sf);
/** vdpam_sf_get_representor() - the interface that stands for it on the e-switch, or NULL. Since: 0.1 */
const char *vdpam_sf_get_representor(const struct vdpam_sf *sf);

/* ---- Mediated device ----------------------------------------------------------------------- */

/**
 * vdpam_mdev_list_new() - the types of mediated devices that parents offer, and the devices there are
 * @ret_list: the list; free with vdpam_mdev_list_free()
 *
 * Works where the kernel has no vDPA, and no mediated devices, too.
 *
 * Returns 0; -ENOMEM; what the kernel gave. Since: 0.1
 */
int vdpam_mdev_list_new(struct vdpam_ctx *ctx, struct vdpam_mdev_list **ret_list,
			struct vdpam_error **ret_error);

/** vdpam_mdev_list_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_mdev_list *vdpam_mdev_list_free(struct vdpam_mdev_list *list);

/** vdpam_mdev_type_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_mdev_type *vdpam_mdev_type_next(
	const struct vdpam_mdev_list *list, const struct vdpam_mdev_type *previous);

/** vdpam_mdev_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_mdev *vdpam_mdev_next(const struct vdpam_mdev_list *list,
					 const struct vdpam_mdev *previous);

/** vdpam_mdev_list_has_parent() - whether this handle is a parent of mediated devices. Since: 0.1 */
bool vdpam_mdev_list_has_parent(const struct vdpam_mdev_list *list, const char *parent);

/** vdpam_mdev_list_find_type() - by the parent's handle and the name in sysfs; NULL. Since: 0.1 */
const struct vdpam_mdev_type *vdpam_mdev_list_find_type(
	const struct vdpam_mdev_list *list, const char *parent, const char *type);

/** vdpam_mdev_list_find() - by UUID in lower case; NULL when absent. Since: 0.1 */
const struct vdpam_mdev *vdpam_mdev_list_find(const struct vdpam_mdev_list *list,
					      const char *uuid);

/** vdpam_mdev_type_get_parent() - the handle of the parent, "mtty" where there is no bus. Since: 0.1 */
const char *vdpam_mdev_type_get_parent(const struct vdpam_mdev_type *type);
/** vdpam_mdev_type_get_type() - as users name it, such as "mtty-1". Since: 0.1 */
const char *vdpam_mdev_type_get_type(const struct vdpam_mdev_type *type);
/** vdpam_mdev_type_get_name() - the driver's words for it, the kernel's bytes, or NULL. Since: 0.1 */
const char *vdpam_mdev_type_get_name(const struct vdpam_mdev_type *type);
/** vdpam_mdev_type_get_description() - more of them, or NULL. Since: 0.1 */
const char *vdpam_mdev_type_get_description(const struct vdpam_mdev_type *type);
/** vdpam_mdev_type_get_device_api() - such as "vfio-pci", or NULL. Since: 0.1 */
const char *vdpam_mdev_type_get_device_api(const struct vdpam_mdev_type *type);
/** vdpam_mdev_type_get_available() - how many more there can be; -ENODATA. Since: 0.1 */
int vdpam_mdev_type_get_available(const struct vdpam_mdev_type *type,
				  uint32_t *ret_count);

/** vdpam_mdev_get_uuid() - its name on the mdev bus. Since: 0.1 */
const char *vdpam_mdev_get_uuid(const struct vdpam_mdev *mdev);
/** vdpam_mdev_get_parent() - the handle of the parent. Since: 0.1 */
const char *vdpam_mdev_get_parent(const struct vdpam_mdev *mdev);
/** vdpam_mdev_get_type() - such as "mtty-1". Since: 0.1 */
const char *vdpam_mdev_get_type(const struct vdpam_mdev *mdev);
/** vdpam_mdev_get_driver() - its kernel driver, or NULL. Since: 0.1 */
const char *vdpam_mdev_get_driver(const struct vdpam_mdev *mdev);
/** vdpam_mdev_get_mgmtdev() - the handle of its management device, or NULL. Since: 0.1 */
const char *vdpam_mdev_get_mgmtdev(const struct vdpam_mdev *mdev);

#define VDPAM_UUID_TEXT 37 /* "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001" and the NUL */

/** vdpam_uuid_new() - a random UUID, RFC 4122 version 4. 0 or a negative errno. Since: 0.1 */
int vdpam_uuid_new(char uuid[VDPAM_UUID_TEXT]);

/** vdpam_uuid_parse() - a UUID in lower case, as the kernel writes it. 0 or -EINVAL. Since: 0.1 */
int vdpam_uuid_parse(const char *text, char uuid[VDPAM_UUID_TEXT]);

/* ---- VDUSE --------------------------------------------------------------------------------- */

/**
 * vdpam_vduse_list_new() - the devices that programs offer through VDUSE
 * @ret_list: the list; free with vdpam_vduse_list_free()
 *
 * Returns 0; -ENOMEM; what the kernel gave. Since: 0.1
 */
int vdpam_vduse_list_new(struct vdpam_ctx *ctx, struct vdpam_vduse_list **ret_list,
			 struct vdpam_error **ret_error);

/** vdpam_vduse_list_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_vduse_list *vdpam_vduse_list_free(struct vdpam_vduse_list *list);

/** vdpam_vduse_next() - the one after @previous, the first after NULL; NULL at the end. Since: 0.1 */
const struct vdpam_vduse *vdpam_vduse_next(const struct vdpam_vduse_list *list,
					   const struct vdpam_vduse *previous);

/** vdpam_vduse_get_name() - its name, and that of its vDPA device. Since: 0.1 */
const char *vdpam_vduse_get_name(const struct vdpam_vduse *vduse);
/** vdpam_vduse_is_attached() - whether it has a vDPA device. Since: 0.1 */
bool vdpam_vduse_is_attached(const struct vdpam_vduse *vduse);
/** vdpam_vduse_get_virtio_id() - 1 is net, 2 is block; 0 while it is not attached. Since: 0.1 */
uint32_t vdpam_vduse_get_virtio_id(const struct vdpam_vduse *vduse);
/** vdpam_vduse_get_msg_timeout() - seconds that its server may take, 0: for ever; -ENODATA. Since: 0.1 */
int vdpam_vduse_get_msg_timeout(const struct vdpam_vduse *vduse, uint32_t *ret_seconds);
/** vdpam_vduse_count_queues() - how many virtqueues it has. Since: 0.1 */
uint32_t vdpam_vduse_count_queues(const struct vdpam_vduse *vduse);

/* ---- Bus driver ---------------------------------------------------------------------------- */

/** vdpam_driver_get_name() - such as "vhost_vdpa". Since: 0.1 */
const char *vdpam_driver_get_name(const struct vdpam_driver *driver);

/**
 * vdpam_driver_parse() - a driver's name as users write it
 * @text: the name; "vhost" and "virtio" are short for "vhost_vdpa" and "virtio_vdpa"
 * @ret_name: the kernel's name for it, @text itself or a constant
 *
 * Whether it is registered is not asked. Returns 0; -EINVAL with VDPAM_ERROR_INVALID_VALUE for
 * "vhost-vdpa", "virtio-vdpa" and what cannot be a name. Since: 0.1
 */
int vdpam_driver_parse(const char *text, const char **ret_name,
		       struct vdpam_error **ret_error);

/* ---- Who has it open ----------------------------------------------------------------------- */

/**
 * vdpam_device_find_holders() - the processes that hold the char device or the disk open
 * @ret_holders: free with vdpam_holders_free()
 *
 * Walks /proc. Returns 0; -EACCES when the processes of others cannot be looked at; -ENOMEM.
 * Since: 0.1
 */
int vdpam_device_find_holders(struct vdpam_ctx *ctx, const struct vdpam_device *device,
			      struct vdpam_holders **ret_holders);

/**
 * vdpam_find_holders() - whether a device is in use, and by whom, with nothing but /sys and /proc
 * @name: the kernel's bytes
 * @ret_holders: NULL where the device has no node that could be open, or on failure
 *
 * Returns 1 or 0 as vdpam_device_is_in_use(); -ENODEV when there is no such device; -EACCES.
 * Since: 0.1
 */
int vdpam_find_holders(const char *name, struct vdpam_holders **ret_holders);

/** vdpam_holders_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_holders *vdpam_holders_free(struct vdpam_holders *holders);

/** vdpam_holders_count() - how many there are. Since: 0.1 */
size_t vdpam_holders_count(const struct vdpam_holders *holders);

/** vdpam_holders_get_pid() - process id of the one at @index. Since: 0.1 */
pid_t vdpam_holders_get_pid(const struct vdpam_holders *holders, size_t index);

/** vdpam_holders_get_comm() - command name of the one at @index, escaped. Since: 0.1 */
const char *vdpam_holders_get_comm(const struct vdpam_holders *holders, size_t index);

/**
 * vdpam_device_is_in_use() - whether somebody would notice if its driver went away
 * @ret_holders: the processes behind it where they can be seen; may be NULL
 *
 * A char device that a process has open; a disk that is mounted, swapped on, or below another
 * device, in whatever namespace; an interface that is up with an address, has a master, or was
 * moved to another network namespace. Nothing is opened that would reset the device.
 *
 * Returns 1 or 0; -EACCES when we may not look. Since: 0.1
 */
int vdpam_device_is_in_use(struct vdpam_ctx *ctx, const struct vdpam_device *device,
			   struct vdpam_holders **ret_holders);

/* ---- Vendor statistics --------------------------------------------------------------------- */

/**
 * vdpam_stats_new() - the vendor statistics of one queue
 * @name: the device, the kernel's bytes
 * @queue: index of the virtqueue
 *
 * Needs CAP_NET_ADMIN. Returns 0; -EOPNOTSUPP where the device has none; -EINVAL for a queue that
 * it does not have; -EAGAIN before feature negotiation; -EPERM; -ENODEV. Since: 0.1
 */
int vdpam_stats_new(struct vdpam_ctx *ctx, const char *name, uint32_t queue,
		    struct vdpam_stats **ret_stats, struct vdpam_error **ret_error);

/** vdpam_stats_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_stats *vdpam_stats_free(struct vdpam_stats *stats);

/** vdpam_stats_get_queue() - the queue they are of. Since: 0.1 */
uint32_t vdpam_stats_get_queue(const struct vdpam_stats *stats);

/** vdpam_stats_count() - how many counters there are. Since: 0.1 */
size_t vdpam_stats_count(const struct vdpam_stats *stats);

/** vdpam_stats_get_name() - the vendor's name of a counter, the kernel's bytes. Since: 0.1 */
const char *vdpam_stats_get_name(const struct vdpam_stats *stats, size_t index);

/** vdpam_stats_get_value() - its value. Since: 0.1 */
uint64_t vdpam_stats_get_value(const struct vdpam_stats *stats, size_t index);

/* ---- Monitor ------------------------------------------------------------------------------- */

/** enum vdpam_monitor_source - where hints come from. Since: 0.1 */
enum vdpam_monitor_source {
	VDPAM_MONITOR_UEVENTS, /* the kernel's, of vdpa, pci, auxiliary, mdev, vduse, module, virtio */
	VDPAM_MONITOR_DEVLINK, /* its notifications */
};
#define VDPAM_MONITOR_SOURCES (VDPAM_MONITOR_DEVLINK + 1)

/**
 * struct vdpam_hint - that something has happened, so that it is time to look again
 * @subsystem: "vdpa", "pci", …, "devlink"; NULL: of anything, because hints were lost
 * @action: "add", "remove", "bind", "unbind", "change", …; for devlink "new", "del"
 * @name: the name of the device in its subsystem, for devlink its handle; the kernel's bytes
 *
 * A hint says nothing of what there is now, nor who did it: our own changes are told like those of
 * others, and a look that finds what was expected ends the matter. Since: 0.1
 */
struct vdpam_hint {
	const char *subsystem;
	const char *action;
	const char *name;
};

/**
 * vdpam_monitor_new() - begins to listen
 *
 * Root gets a buffer of 16 MiB in the kernel, which is room for ten thousand hints and more. Where
 * the kernel has no devlink it is without that source.
 *
 * Returns 0; -ENOMEM; what socket(2) and bind(2) gave. Since: 0.1
 */
int vdpam_monitor_new(struct vdpam_monitor **ret_monitor);

/** vdpam_monitor_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_monitor *vdpam_monitor_free(struct vdpam_monitor *monitor);

/** vdpam_monitor_get_fd() - to be polled for input; -EOPNOTSUPP where there is no such source. Since: 0.1 */
int vdpam_monitor_get_fd(const struct vdpam_monitor *monitor,
			 enum vdpam_monitor_source source);

/**
 * vdpam_monitor_receive() - the next hint of one source, without waiting
 * @ret_hint: belongs to the monitor, until it is asked again
 *
 * When the kernel has dropped some, the hint has no subsystem, and what was dropped is not there.
 *
 * Returns 1; 0 when there is none now; a negative errno when the source is of no use any more.
 * Since: 0.1
 */
int vdpam_monitor_receive(struct vdpam_monitor *monitor, enum vdpam_monitor_source source,
			  struct vdpam_hint *ret_hint);

#ifdef __cplusplus
}
#endif

#endif
