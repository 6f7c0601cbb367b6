/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the device plugin: resources, and which devices each of them takes. */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "vdpamgmt.h"

struct json_object;

#define KUBE_NAME_MAX 63

/* All of what is said has to hold; a list that is empty says nothing. */
struct kube_selector {
	const char *driver; /* "vhost_vdpa", "virtio_vdpa"; NULL: either */
	const char *class;
	struct vdpam_match match;
	struct vdpam_match_list mgmtdevs, names, functions; /* globs, globs, words */
};

struct kube_resource {
	char *name; /* "vdpad.org/vhost_net" */
	const char *prefix, *suffix;
	bool exclude_topology;
	struct kube_selector *selectors; /* alternatives */
	size_t n_selectors;
};

struct kube_config {
	struct kube_resource *resources;
	size_t count;
	struct json_object *json; /* which the texts belong to */
};

/*
 * Reads the configuration. Returns 0; -EINVAL with one sentence, with the JSON path of what is wrong,
 * in *ret_message, to be freed; -ENOMEM.
 */
int kube_config_parse(const char *text, size_t size, struct kube_config **ret_config,
		      char **ret_message);
struct kube_config *kube_config_free(struct kube_config *config);

/* Whether the resource takes this device of a snapshot (VDPAM_LOOK_FUNCTIONS). */
bool kube_resource_takes(const struct kube_resource *resource,
			 const struct vdpam_snapshot *snapshot,
			 const struct vdpam_device *device);

#endif
