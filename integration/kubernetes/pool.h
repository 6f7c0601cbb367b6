/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device belongs to which resource, and how it is: from one snapshot to the next. Pure: looks
 * at snapshots alone, decides all, does nothing.
 */
#ifndef KUBE_POOL_H
#define KUBE_POOL_H

#include <stdint.h>

#include "config.h"

struct kube_device {
	char *name; /* the kernel's bytes */
	char *id;   /* the same, escaped: what the kubelet knows it by */
	uint64_t identity;
	size_t resource;     /* the first that took it; it stays there while it exists */
	const char *wanted;  /* the driver that it was taken with */
	const char *said;    /* the trouble that was logged last */
	const char *trouble; /* why it is not healthy; NULL: it is */
	const struct vdpam_device *device; /* in the snapshot of the pool */
};

struct kube_pool {
	const struct kube_config *config;
	struct vdpam_snapshot *snapshot; /* the last; NULL: none was taken yet */
	struct kube_device *devices;
	size_t count;
	bool use_cdi;
	char **lists;       /* of each resource: its ListAndWatchResponse, as JSON */
	uint64_t *versions; /* of each resource: how often it has changed */
};

/* `config` has to live as long. NULL when there is no memory. */
struct kube_pool *kube_pool_new(const struct kube_config *config, bool use_cdi);
struct kube_pool *kube_pool_free(struct kube_pool *pool);

/* Takes a reference to the snapshot. Returns 1 when a list has changed, 0, -ENOMEM. */
int kube_pool_update(struct kube_pool *pool, struct vdpam_snapshot *snapshot);

/* The device of this id if it belongs to the resource; NULL. */
const struct kube_device *kube_pool_find(const struct kube_pool *pool, size_t resource,
					 const char *id);

/* Where a device is: its NUMA node, -1 for none; its PF, or what it has instead, "" for none. */
int kube_device_numa_node(const struct kube_pool *pool, const struct kube_device *device);
const char *kube_device_pf(const struct kube_pool *pool,
			   const struct kube_device *device);

/* ---- Answers (answer.c): requests and replies are the JSON of their messages ---- */

/*
 * Each returns 0 and the reply, to be freed; or, with a sentence in *ret_message, -EINVAL for a
 * request that makes no sense, -ENOENT for an id that is not one of the resource, -ENODEV for one
 * that is not healthy; -ENOMEM without.
 */
int kube_allocate(const struct kube_pool *pool, size_t resource, const char *request,
		  char **ret_reply, char **ret_message);
int kube_prefer(const struct kube_pool *pool, size_t resource, const char *request,
		char **ret_reply, char **ret_message);

#endif
