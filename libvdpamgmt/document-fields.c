// SPDX-License-Identifier: LGPL-2.1-or-later
/* The tables of the keys of a document. No code: document-parse.c and document-print.c read them. */
#include "document-fields.h"

#include <stddef.h>

#define MEMBER(type, member)                     \
	.offset = offsetof(struct type, member), \
	.size = sizeof(((struct type *)0)->member)
#define TABLE(label, type, keys)                                                        \
	{                                                                               \
		.name = (label), .fields = (keys),                                      \
		.count = sizeof(keys) / sizeof((keys)[0]), .size = sizeof(struct type), \
	}

#define ANY_VF (VDPAM_IN_VF | VDPAM_IN_PROFILE_VF)
#define ANY_SF (VDPAM_IN_SF | VDPAM_IN_PROFILE_SF)
#define ANY_DEVICE (VDPAM_IN_DEVICE | VDPAM_IN_PROFILE_DEVICE)
#define SETTING (ANY_DEVICE | VDPAM_IN_DEFAULTS)
#define ANY_FUNCTION (ANY_VF | ANY_SF | VDPAM_IN_MDEV)

/* ---- Forms --------------------------------------------------------------------------------- */

static const struct vdpam_doc_form name_form = {
	.first = "A-Za-z0-9",
	.rest = "A-Za-z0-9_.:-",
	.min = 1,
	.max = 63,
	.what = "a name: 1 to 63 letters, digits and _.:-, the first a letter or digit",
};

/* Each half of a handle. */
const struct vdpam_doc_form vdpam_doc_handle_form = {
	.first = "A-Za-z0-9_",
	.rest = "A-Za-z0-9_.:@,+-",
	.min = 1,
	.max = 255,
	.what = "a handle such as pci/0000:01:00.2 or vdpasim_net",
};

static const struct vdpam_doc_form kernel_driver_form = {
	.first = "A-Za-z0-9_",
	.rest = "A-Za-z0-9_.:+-",
	.min = 1,
	.max = 63,
	.what = "the name of a kernel driver such as mlx5_core",
};

static const struct vdpam_doc_form mdev_type_form = {
	.first = "A-Za-z0-9_",
	.rest = "A-Za-z0-9_.:+-",
	.min = 1,
	.max = 255,
	.what = "a type of mediated device, as 'vdpactl mdev types' lists them",
};

static const struct vdpam_doc_form account_form = {
	.first = "A-Za-z0-9_",
	.rest = "A-Za-z0-9_.@$-",
	.min = 1,
	.max = 255,
	.what = "the name or number of a user or group",
};

static const struct vdpam_doc_form pci_id_form = {
	.first = "0-9A-Fa-f",
	.rest = "0-9A-Fa-f",
	.min = 4,
	.max = 4,
	.what = "four hexadecimal digits such as 15b3",
};

static const struct vdpam_doc_form interface_form = {
	.first = "A-Za-z0-9_.@+*-",
	.rest = "A-Za-z0-9_.@+*-",
	.min = 1,
	.max = 63,
	.what = "the name of a network interface, in which * stands for anything",
};

/* ---- Functions ----------------------------------------------------------------------------- */

static const char *const link_states[] = { "auto", "enable", "disable", NULL };
static const char *const eswitch_modes[] = { "switchdev", NULL };
const char *const vdpam_doc_function_types[] = { "vf", "sf", "mdev", NULL };

#define VF_NUMBER(name, least, most)                                      \
	{                                                                 \
		.key = #name, .kind = VDPAM_DOC_INTEGER, .where = ANY_VF, \
		.min = (least), .max = (most), MEMBER(vdpam_doc_vf, name) \
	}

static const struct vdpam_doc_field vf_fields[] = {
	[VDPAM_DOC_VF_INDEX] = { .key = "index",
				 .kind = VDPAM_DOC_INTEGER,
				 .where = ANY_VF,
				 .required = ANY_VF,
				 .max = 65534,
				 MEMBER(vdpam_doc_vf, index) },
	[VDPAM_DOC_VF_MAC] = { .key = "mac",
			       .kind = VDPAM_DOC_MAC,
			       .where = ANY_VF,
			       MEMBER(vdpam_doc_vf, mac) },
	[VDPAM_DOC_VF_VLAN] = VF_NUMBER(vlan, 0, 4094),
	[VDPAM_DOC_VF_QOS] = VF_NUMBER(qos, 0, 7),
	[VDPAM_DOC_VF_TRUST] = { .key = "trust",
				 .kind = VDPAM_DOC_BOOLEAN,
				 .where = ANY_VF,
				 MEMBER(vdpam_doc_vf, trust) },
	[VDPAM_DOC_VF_SPOOFCHK] = { .key = "spoofchk",
				    .kind = VDPAM_DOC_BOOLEAN,
				    .where = ANY_VF,
				    MEMBER(vdpam_doc_vf, spoofchk) },
	[VDPAM_DOC_VF_LINK_STATE] = { .key = "link_state",
				      .kind = VDPAM_DOC_WORD,
				      .where = ANY_VF,
				      .words = link_states,
				      MEMBER(vdpam_doc_vf, link_state) },
	[VDPAM_DOC_VF_MIN_TX_RATE] = VF_NUMBER(min_tx_rate, 0, UINT32_MAX),
	[VDPAM_DOC_VF_MAX_TX_RATE] = VF_NUMBER(max_tx_rate, 0, UINT32_MAX),
};
const struct vdpam_doc_table vdpam_doc_vf_table = TABLE("vfs", vdpam_doc_vf, vf_fields);

static const struct vdpam_doc_field function_fields[] = {
	[VDPAM_DOC_FUNCTION_TYPE] = { .key = "type",
				      .kind = VDPAM_DOC_WORD,
				      .where = ANY_FUNCTION,
				      .required = ANY_FUNCTION,
				      .words = vdpam_doc_function_types,
				      MEMBER(vdpam_doc_function, type) },
	[VDPAM_DOC_FUNCTION_PF] = { .key = "pf",
				    .kind = VDPAM_DOC_PF,
				    .where = VDPAM_IN_VF | VDPAM_IN_SF,
				    .required = VDPAM_IN_VF | VDPAM_IN_SF,
				    MEMBER(vdpam_doc_function, pf) },
	[VDPAM_DOC_FUNCTION_COUNT] = { .key = "count",
				       .kind = VDPAM_DOC_INTEGER,
				       .where = ANY_VF,
				       .max = 65535,
				       MEMBER(vdpam_doc_function, count) },
	[VDPAM_DOC_FUNCTION_DRIVER] = { .key = "driver",
					.kind = VDPAM_DOC_TEXT,
					.where = ANY_VF,
					.form = &kernel_driver_form,
					MEMBER(vdpam_doc_function, driver) },
	[VDPAM_DOC_FUNCTION_VFS] = { .key = "vfs",
				     .kind = VDPAM_DOC_LIST,
				     .where = ANY_VF,
				     .max = 65535,
				     .table = &vdpam_doc_vf_table,
				     MEMBER(vdpam_doc_function, vfs) },
	[VDPAM_DOC_FUNCTION_SFNUM] = { .key = "sfnum",
				       .kind = VDPAM_DOC_INTEGER,
				       .where = ANY_SF,
				       .required = ANY_SF,
				       .max = UINT32_MAX,
				       MEMBER(vdpam_doc_function, sfnum) },
	[VDPAM_DOC_FUNCTION_MAC] = { .key = "mac",
				     .kind = VDPAM_DOC_MAC,
				     .where = ANY_SF,
				     MEMBER(vdpam_doc_function, mac) },
	[VDPAM_DOC_FUNCTION_ESWITCH] = { .key = "eswitch",
					 .kind = VDPAM_DOC_WORD,
					 .where = ANY_SF,
					 .words = eswitch_modes,
					 MEMBER(vdpam_doc_function, eswitch) },
	[VDPAM_DOC_FUNCTION_PARENT] = { .key = "parent",
					.kind = VDPAM_DOC_HANDLE,
					.where = VDPAM_IN_MDEV,
					.required = VDPAM_IN_MDEV,
					.form = &vdpam_doc_handle_form,
					MEMBER(vdpam_doc_function, parent) },
	[VDPAM_DOC_FUNCTION_MDEV_TYPE] = { .key = "mdev_type",
					   .kind = VDPAM_DOC_TEXT,
					   .where = VDPAM_IN_MDEV,
					   .required = VDPAM_IN_MDEV,
					   .form = &mdev_type_form,
					   MEMBER(vdpam_doc_function, mdev_type) },
	[VDPAM_DOC_FUNCTION_UUID] = { .key = "uuid",
				      .kind = VDPAM_DOC_UUID,
				      .where = VDPAM_IN_MDEV,
				      .required = VDPAM_IN_MDEV,
				      MEMBER(vdpam_doc_function, uuid) },
};
const struct vdpam_doc_table vdpam_doc_function_table =
	TABLE("function", vdpam_doc_function, function_fields);

/* ---- Devices ------------------------------------------------------------------------------- */

static const struct vdpam_doc_field selector_fields[] = {
	[VDPAM_DOC_SELECTOR_PF] = { .key = "pf",
				    .kind = VDPAM_DOC_PF,
				    .where = VDPAM_IN_DEVICE,
				    MEMBER(vdpam_doc_selector, pf) },
	[VDPAM_DOC_SELECTOR_VF] = { .key = "vf",
				    .kind = VDPAM_DOC_INTEGER_OR_N,
				    .where = ANY_DEVICE,
				    .max = 65534,
				    MEMBER(vdpam_doc_selector, vf) },
	[VDPAM_DOC_SELECTOR_SFNUM] = { .key = "sfnum",
				       .kind = VDPAM_DOC_INTEGER_OR_N,
				       .where = ANY_DEVICE,
				       .max = UINT32_MAX,
				       MEMBER(vdpam_doc_selector, sfnum) },
	[VDPAM_DOC_SELECTOR_MDEV] = { .key = "mdev",
				      .kind = VDPAM_DOC_UUID,
				      .where = VDPAM_IN_DEVICE,
				      MEMBER(vdpam_doc_selector, mdev) },
};
const struct vdpam_doc_table vdpam_doc_selector_table =
	TABLE("selector", vdpam_doc_selector, selector_fields);

static const struct vdpam_doc_field chardev_fields[] = {
	[VDPAM_DOC_CHARDEV_OWNER] = { .key = "owner",
				      .kind = VDPAM_DOC_TEXT,
				      .where = SETTING,
				      .form = &account_form,
				      MEMBER(vdpam_doc_chardev, owner) },
	[VDPAM_DOC_CHARDEV_GROUP] = { .key = "group",
				      .kind = VDPAM_DOC_TEXT,
				      .where = SETTING,
				      .form = &account_form,
				      MEMBER(vdpam_doc_chardev, group) },
	[VDPAM_DOC_CHARDEV_MODE] = { .key = "mode",
				     .kind = VDPAM_DOC_MODE,
				     .where = SETTING,
				     MEMBER(vdpam_doc_chardev, mode) },
};
const struct vdpam_doc_table vdpam_doc_chardev_table =
	TABLE("chardev", vdpam_doc_chardev, chardev_fields);

static const struct vdpam_doc_field device_fields[] = {
	[VDPAM_DOC_DEVICE_NAME] = { .key = "name",
				    .kind = VDPAM_DOC_NAME,
				    .where = ANY_DEVICE,
				    .required = ANY_DEVICE,
				    .form = &name_form,
				    MEMBER(vdpam_doc_device, name) },
	[VDPAM_DOC_DEVICE_COUNT] = { .key = "count",
				     .kind = VDPAM_DOC_INTEGER,
				     .where = ANY_DEVICE,
				     .min = 1,
				     .max = VDPAM_DOCUMENT_MAX_DEVICES,
				     MEMBER(vdpam_doc_device, count) },
	[VDPAM_DOC_DEVICE_MGMTDEV] = { .key = "mgmtdev",
				       .kind = VDPAM_DOC_SELECTOR,
				       .where = ANY_DEVICE,
				       .required = ANY_DEVICE,
				       .table = &vdpam_doc_selector_table,
				       MEMBER(vdpam_doc_device, mgmtdev) },
	[VDPAM_DOC_DEVICE_MAC] = { .key = "mac",
				   .kind = VDPAM_DOC_MAC,
				   .where = ANY_DEVICE,
				   MEMBER(vdpam_doc_device, mac) },
	[VDPAM_DOC_DEVICE_MTU] = { .key = "mtu",
				   .kind = VDPAM_DOC_INTEGER,
				   .where = SETTING,
				   .min = VDPAM_MTU_MIN,
				   .max = VDPAM_MTU_MAX,
				   MEMBER(vdpam_doc_device, mtu) },
	[VDPAM_DOC_DEVICE_MAX_VQP] = { .key = "max_vqp",
				       .kind = VDPAM_DOC_INTEGER,
				       .where = SETTING,
				       .min = 1,
				       .max = VDPAM_MAX_VQP_MAX,
				       MEMBER(vdpam_doc_device, max_vqp) },
	[VDPAM_DOC_DEVICE_FEATURES] = { .key = "features",
					.kind = VDPAM_DOC_FEATURES,
					.where = SETTING,
					.max = 64,
					MEMBER(vdpam_doc_device, features) },
	[VDPAM_DOC_DEVICE_DRIVER] = { .key = "driver",
				      .kind = VDPAM_DOC_BUS_DRIVER,
				      .where = SETTING,
				      .form = &name_form,
				      MEMBER(vdpam_doc_device, driver) },
	[VDPAM_DOC_DEVICE_CHARDEV] = { .key = "chardev",
				       .kind = VDPAM_DOC_OBJECT,
				       .where = SETTING,
				       .table = &vdpam_doc_chardev_table,
				       MEMBER(vdpam_doc_device, chardev) },
	[VDPAM_DOC_DEVICE_ON_DEMAND] = { .key = "on_demand",
					 .kind = VDPAM_DOC_BOOLEAN,
					 .where = SETTING,
					 MEMBER(vdpam_doc_device, on_demand) },
	[VDPAM_DOC_DEVICE_MSG_TIMEOUT] = { .key = "msg_timeout",
					   .kind = VDPAM_DOC_INTEGER,
					   .where = VDPAM_IN_DEVICE | VDPAM_IN_DEFAULTS,
					   .min = 1,
					   .max = 3600,
					   MEMBER(vdpam_doc_device, msg_timeout) },
};
const struct vdpam_doc_table vdpam_doc_device_table =
	TABLE("device", vdpam_doc_device, device_fields);

/* ---- Profiles, and all of it --------------------------------------------------------------- */

#define MATCH(name, member, text_form)                                             \
	{                                                                          \
		.key = (name), .kind = VDPAM_DOC_TEXTS, .where = VDPAM_IN_PROFILE, \
		.max = 1000, .form = (text_form), MEMBER(vdpam_doc_match, member)  \
	}

static const struct vdpam_doc_field match_fields[] = {
	[VDPAM_DOC_MATCH_VENDORS] = MATCH("vendors", vendors, &pci_id_form),
	[VDPAM_DOC_MATCH_DEVICES] = MATCH("devices", devices, &pci_id_form),
	[VDPAM_DOC_MATCH_DRIVERS] = MATCH("drivers", drivers, &kernel_driver_form),
	[VDPAM_DOC_MATCH_PF_NAMES] = MATCH("pfNames", pf_names, &interface_form),
	[VDPAM_DOC_MATCH_PCI_ADDRESSES] = MATCH("pciAddresses", pci_addresses, NULL),
};
const struct vdpam_doc_table vdpam_doc_match_table =
	TABLE("match", vdpam_doc_match, match_fields);

#define LIST_OF(name, place, type, of)                                               \
	{                                                                            \
		.key = #name, .kind = VDPAM_DOC_LIST, .where = (place),              \
		.max = VDPAM_DOCUMENT_MAX_DEVICES, .table = (of), MEMBER(type, name) \
	}

static const struct vdpam_doc_field profile_fields[] = {
	[VDPAM_DOC_PROFILE_NAME] = { .key = "name",
				     .kind = VDPAM_DOC_TEXT,
				     .where = VDPAM_IN_PROFILE,
				     .required = VDPAM_IN_PROFILE,
				     .form = &name_form,
				     MEMBER(vdpam_doc_profile, name) },
	[VDPAM_DOC_PROFILE_MATCH] = { .key = "match",
				      .kind = VDPAM_DOC_OBJECT,
				      .where = VDPAM_IN_PROFILE,
				      .required = VDPAM_IN_PROFILE,
				      .table = &vdpam_doc_match_table,
				      MEMBER(vdpam_doc_profile, match) },
	[VDPAM_DOC_PROFILE_FUNCTIONS] =
		LIST_OF(functions, VDPAM_IN_PROFILE, vdpam_doc_profile,
			&vdpam_doc_function_table),
	[VDPAM_DOC_PROFILE_DEVICES] = LIST_OF(devices, VDPAM_IN_PROFILE,
					      vdpam_doc_profile, &vdpam_doc_device_table),
};
const struct vdpam_doc_table vdpam_doc_profile_table =
	TABLE("profile", vdpam_doc_profile, profile_fields);

static const struct vdpam_doc_field root_fields[] = {
	[VDPAM_DOC_ROOT_VERSION] = { .key = "version",
				     .kind = VDPAM_DOC_INTEGER,
				     .where = VDPAM_IN_ROOT,
				     .required = VDPAM_IN_ROOT,
				     .min = 1,
				     .max = 1,
				     MEMBER(vdpam_doc_root, version) },
	[VDPAM_DOC_ROOT_DEFAULTS] = { .key = "defaults",
				      .kind = VDPAM_DOC_OBJECT,
				      .where = VDPAM_IN_ROOT,
				      .table = &vdpam_doc_device_table,
				      MEMBER(vdpam_doc_root, defaults) },
	[VDPAM_DOC_ROOT_FUNCTIONS] = LIST_OF(functions, VDPAM_IN_ROOT, vdpam_doc_root,
					     &vdpam_doc_function_table),
	[VDPAM_DOC_ROOT_DEVICES] =
		LIST_OF(devices, VDPAM_IN_ROOT, vdpam_doc_root, &vdpam_doc_device_table),
	[VDPAM_DOC_ROOT_PROFILES] = LIST_OF(profiles, VDPAM_IN_ROOT, vdpam_doc_root,
					    &vdpam_doc_profile_table),
};
const struct vdpam_doc_table vdpam_doc_root_table =
	TABLE("document", vdpam_doc_root, root_fields);
