/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the bridge share. libvirt is listened to and listed (bridge-libvirt.c), so is
 * vdpad (bridge-vdpad.c); what follows from the two lists is decided (bridge-decide.c, pure), and
 * bridge.c puts it together. What either of them says has happened is a reason to list, no more.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include "hook.h"

/* ---- What libvirt has (nodedev-xml.c, bridge-libvirt.c) ---- */

/* A node device of the capability vdpa. Texts belong to the struct. */
struct bridge_node {
	char *libvirt_name; /* "vdpa_n0" */
	char *name;         /* the kernel's, escaped */
	char *chardev;      /* "/dev/vhost-vdpa-0"; NULL: none */
};

/* A domain that runs. */
struct bridge_domain {
	char *name;
	struct hook_device *devices; /* its vDPA devices, as its XML has them */
	size_t n_devices;
};

struct bridge_view {
	bool is_known; /* libvirt answers */
	struct bridge_node *nodes;
	size_t n_nodes;
	struct bridge_domain *domains;
	size_t n_domains;
};

/* From the XML of a node device. 0; -EBADMSG for what is none; -ENOMEM. */
int bridge_read_node(const char *text, size_t size, struct bridge_node *ret_node);
void bridge_node_fini(struct bridge_node *node);
void bridge_view_fini(struct bridge_view *view);

struct bridge_libvirt;

/*
 * Connects when libvirt is there, and again when it has gone, for as long as it lives; `changed` is
 * called when something may be another. Needs libvirt's default event loop. 0 or -errno.
 */
int bridge_libvirt_new(void (*changed)(void *userdata), void *userdata,
		       struct bridge_libvirt **ret_libvirt);
/* All that it has now; not known where it is not there. 0; -EIO: it has not answered; -ENOMEM. */
int bridge_libvirt_list(struct bridge_libvirt *libvirt, struct bridge_view *ret_view);

/* ---- What vdpad has (bridge-vdpad.c) ---- */

struct bridge_device {
	char *name;      /* escaped */
	char *bytes;     /* the kernel's */
	char *chardev;   /* NULL: none */
	bool is_present; /* the kernel has it */
	/* What vdpad was told; "" for none. */
	char *libvirt_name, *domain;
	/* What is to be told; borrowed from the view. Set by bridge_decide(). */
	const char *new_libvirt_name, *new_domain;
	bool is_told;      /* both are so already */
	bool is_announced; /* libvirt has seen it otherwise for too long */
};

void bridge_devices_free(struct bridge_device *devices, size_t count);

struct bridge_vdpad;

/* The same. A bus that is lost ends the process, which systemd starts again. */
int bridge_vdpad_new(void (*changed)(void *userdata), void *userdata,
		     struct bridge_vdpad **ret_vdpad);
/* 0; -ENXIO: vdpad does not run; another -errno, which is said on standard error. */
int bridge_vdpad_list(struct bridge_vdpad *vdpad, struct bridge_device **ret_devices,
		      size_t *ret_count);
/* What is wrong is said on standard error. */
void bridge_vdpad_tell(struct bridge_vdpad *vdpad, const struct bridge_device *device);
void bridge_vdpad_announce(struct bridge_vdpad *vdpad,
			   const struct bridge_device *device);

/* ---- What follows (bridge-decide.c) ---- */

/* Devices of which libvirt has had another view; an entry belongs to the list. */
struct bridge_stale {
	struct bridge_stale *next;
	char *name;
	uint64_t next_usec; /* when it is announced (again) */
	uint64_t wait_usec; /* from that time to the one after */
	bool seen;
};

/*
 * Decides for each device. `stale` is what was known and becomes what is known now. Pure but for
 * memory. Returns when to look again, in CLOCK_MONOTONIC µs; UINT64_MAX: not before something changes.
 */
uint64_t bridge_decide(const struct bridge_view *view, struct bridge_device *devices,
		       size_t count, struct bridge_stale **stale, uint64_t now_usec);

/*
 * The other device that libvirt spells as it does devices[index], looked for before it in the list;
 * NULL: there is none.
 */
const struct bridge_device *bridge_find_double(const struct bridge_device *devices,
					       size_t index);

#endif
