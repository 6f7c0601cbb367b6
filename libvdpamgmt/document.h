/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a document says, as plain structs that nothing changes once it is made. All text belongs to
 * the document. A key that is not in `given` was left out: any value is right there.
 */
#ifndef VDPAM_DOCUMENT_H
#define VDPAM_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults.h"
#include "vdpamgmt-provision.h"

#define VDPAM_DOCUMENT_MAX_DEVICES 20000 /* once `count` is expanded */
#define VDPAM_DOC_TEXT_MAX \
	512 /* of what is unique, such as a handle: larger than any form */

/* What every object of a document begins with. */
struct vdpam_doc_keys {
	const char *file;
	uint32_t index;   /* in its list */
	uint32_t present; /* bit N: the Nth key of its enum is there */
	uint32_t
		given; /* ... and its value is right; the same but while faults are sought */
	uint32_t
		templated; /* ... and its text holds {n} or {pf}; 0 once it is expanded */
};

static inline bool vdpam_doc_has(const struct vdpam_doc_keys *keys, unsigned int key)
{
	return keys->given >> key & 1;
}

/* For the {n}th of a template they mean value + n * step. */
struct vdpam_doc_mac {
	uint64_t value, step;
};
struct vdpam_doc_number {
	uint32_t value, step;
};

/* The same names are other bits for other classes; which class it is the kernel alone knows. */
struct vdpam_doc_features {
	bool is_net, is_block; /* whether all names are known there */
	uint64_t net, block;
};

struct vdpam_doc_list {
	size_t count;
	union {
		void *items;
		const char **texts;
		struct vdpam_doc_vf *vfs;
		struct vdpam_doc_function *functions;
		struct vdpam_doc_device *devices;
		struct vdpam_doc_profile *profiles;
	};
};

/* ---- Functions ----------------------------------------------------------------------------- */

enum vdpam_doc_vf_key {
	VDPAM_DOC_VF_INDEX,
	VDPAM_DOC_VF_MAC,
	VDPAM_DOC_VF_VLAN,
	VDPAM_DOC_VF_QOS,
	VDPAM_DOC_VF_TRUST,
	VDPAM_DOC_VF_SPOOFCHK,
	VDPAM_DOC_VF_LINK_STATE,
	VDPAM_DOC_VF_MIN_TX_RATE,
	VDPAM_DOC_VF_MAX_TX_RATE,
};

/* The words of link_state, as the kernel numbers them (IFLA_VF_LINK_STATE_...). */
enum vdpam_doc_link_state {
	VDPAM_DOC_LINK_AUTO,
	VDPAM_DOC_LINK_ENABLE,
	VDPAM_DOC_LINK_DISABLE,
};

struct vdpam_doc_vf {
	struct vdpam_doc_keys keys;
	uint32_t index;
	struct vdpam_doc_mac mac; /* never templated */
	uint32_t vlan, qos;
	bool trust, spoofchk;
	uint32_t link_state;               /* enum vdpam_doc_link_state */
	uint32_t min_tx_rate, max_tx_rate; /* Mbit/s; 0 is no limit */
};

enum vdpam_doc_function_type {
	VDPAM_DOC_VF,
	VDPAM_DOC_SF,
	VDPAM_DOC_MDEV,
};

enum vdpam_doc_function_key {
	VDPAM_DOC_FUNCTION_TYPE,
	VDPAM_DOC_FUNCTION_PF,
	VDPAM_DOC_FUNCTION_COUNT,
	VDPAM_DOC_FUNCTION_DRIVER,
	VDPAM_DOC_FUNCTION_VFS,
	VDPAM_DOC_FUNCTION_SFNUM,
	VDPAM_DOC_FUNCTION_MAC,
	VDPAM_DOC_FUNCTION_ESWITCH,
	VDPAM_DOC_FUNCTION_PARENT,
	VDPAM_DOC_FUNCTION_MDEV_TYPE,
	VDPAM_DOC_FUNCTION_UUID,
};

struct vdpam_doc_function {
	struct vdpam_doc_keys keys;
	uint32_t
		type; /* enum vdpam_doc_function_type: it says which of the others there can be */
	const char *pf;     /* "pci/0000:01:00.0"; not in a profile */
	uint32_t count;     /* of VFs */
	const char *driver; /* the kernel driver of the VFs */
	struct vdpam_doc_list vfs;
	uint32_t sfnum;
	struct vdpam_doc_mac mac; /* never templated */
	uint32_t eswitch;         /* 0 is switchdev, the only word there is */
	const char *parent;       /* a handle */
	const char *mdev_type;
	const char *uuid; /* lower case */
};

/* ---- Devices ------------------------------------------------------------------------------- */

enum vdpam_doc_selector_key {
	VDPAM_DOC_SELECTOR_PF,
	VDPAM_DOC_SELECTOR_VF,
	VDPAM_DOC_SELECTOR_SFNUM,
	VDPAM_DOC_SELECTOR_MDEV,
};

/* Either `handle`, or pf and vf, pf and sfnum, mdev; in a profile vf or sfnum alone. */
struct vdpam_doc_selector {
	struct vdpam_doc_keys keys;
	const char *handle; /* of the management device; NULL: the others say which */
	const char *pf;
	struct vdpam_doc_number vf, sfnum;
	const char *mdev; /* UUID, lower case */
};

enum vdpam_doc_chardev_key {
	VDPAM_DOC_CHARDEV_OWNER,
	VDPAM_DOC_CHARDEV_GROUP,
	VDPAM_DOC_CHARDEV_MODE,
};

struct vdpam_doc_chardev {
	struct vdpam_doc_keys keys;
	const char *owner, *group; /* names, or numbers in digits */
	uint32_t mode;
};

enum vdpam_doc_device_key {
	VDPAM_DOC_DEVICE_NAME,
	VDPAM_DOC_DEVICE_COUNT,
	VDPAM_DOC_DEVICE_MGMTDEV,
	VDPAM_DOC_DEVICE_MAC,
	VDPAM_DOC_DEVICE_MTU,
	VDPAM_DOC_DEVICE_MAX_VQP,
	VDPAM_DOC_DEVICE_FEATURES,
	VDPAM_DOC_DEVICE_DRIVER,
	VDPAM_DOC_DEVICE_CHARDEV,
	VDPAM_DOC_DEVICE_ON_DEMAND,
	VDPAM_DOC_DEVICE_MSG_TIMEOUT,
};

struct vdpam_doc_device {
	struct vdpam_doc_keys keys;
	const char *name;
	uint32_t count; /* of a template, in a profile alone */
	struct vdpam_doc_selector mgmtdev;
	struct vdpam_doc_mac mac;
	uint32_t mtu, max_vqp;
	struct vdpam_doc_features features;
	const char *driver; /* the kernel's name, or "none" */
	struct vdpam_doc_chardev chardev;
	bool on_demand;
	uint32_t msg_timeout; /* seconds */
};

/* ---- Profiles ------------------------------------------------------------------------------ */

enum vdpam_doc_match_key {
	VDPAM_DOC_MATCH_VENDORS,
	VDPAM_DOC_MATCH_DEVICES,
	VDPAM_DOC_MATCH_DRIVERS,
	VDPAM_DOC_MATCH_PF_NAMES,
	VDPAM_DOC_MATCH_PCI_ADDRESSES,
};

/* Lists of texts: one of each list that is not empty has to hold. */
struct vdpam_doc_match {
	struct vdpam_doc_keys keys;
	struct vdpam_doc_list vendors, devices, drivers, pf_names, pci_addresses;
};

enum vdpam_doc_profile_key {
	VDPAM_DOC_PROFILE_NAME,
	VDPAM_DOC_PROFILE_MATCH,
	VDPAM_DOC_PROFILE_FUNCTIONS,
	VDPAM_DOC_PROFILE_DEVICES,
};

/* For every PF that matches. Its devices have their file's defaults, and are templates still. */
struct vdpam_doc_profile {
	struct vdpam_doc_keys keys;
	const char *name;
	struct vdpam_doc_match match;
	struct vdpam_doc_list functions, devices;
};

/* ---- The document -------------------------------------------------------------------------- */

struct lh_table;

struct vdpam_document {
	int refs;
	/* Of one that was combined: those that it is of, which own what is below its lists. */
	struct vdpam_document **bases;
	size_t n_bases;
	struct lh_table *texts; /* every text once */
	struct vdpam_doc_function *functions;
	size_t n_functions;
	struct vdpam_doc_device *devices; /* without templates, with their defaults */
	size_t n_devices;
	struct vdpam_doc_profile *profiles;
	size_t n_profiles;
};

/*
 * The bits of the features that a device of this class is to have. Returns 0, or -EINVAL when not
 * all the names are those of a feature there.
 */
int vdpam_doc_features_of(const struct vdpam_doc_features *features, uint32_t virtio_id,
			  uint64_t *ret_features);

#endif
