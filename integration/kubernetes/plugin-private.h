/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin as the loop sees it, and the kubelet as it sees that. */
#ifndef KUBE_PLUGIN_PRIVATE_H
#define KUBE_PLUGIN_PRIVATE_H

#include <json-c/json.h>
#include <pthread.h>

#include "files.h"
#include "plugin.h"
#include "pool.h"

struct kube_plugin {
	pthread_mutex_t lock;
	const struct kube_config *config;
	struct kube_pool *pool;
	struct kube_files *files;
};

/* `config` and `files` have to live as long. NULL when there is no memory. */
struct kube_plugin *kube_plugin_new(const struct kube_config *config, bool use_cdi,
				    struct kube_files *files);
struct kube_plugin *kube_plugin_free(struct kube_plugin *plugin);
/* Returns 1 when a list has changed, 0, or a negative errno. */
int kube_plugin_update(struct kube_plugin *plugin, struct vdpam_snapshot *snapshot);

/* ---- Sockets and registrations (kubelet.c) ---- */

struct kube_kubelet;

/*
 * Watches the folder of sockets. With `watched` it is that of the plugin watcher, which comes to us;
 * without, we register with the kubelet's own socket in it. Returns 0 or a negative errno.
 */
int kube_kubelet_new(struct kube_plugin *plugin, const char *folder, bool watched,
		     struct kube_kubelet **ret_kubelet);
struct kube_kubelet *kube_kubelet_free(struct kube_kubelet *kubelet);
int kube_kubelet_get_fd(const struct kube_kubelet *kubelet);
/*
 * Makes the sockets that are missing and registers with a kubelet that is new. Sets *ret_retry to the
 * milliseconds after which it wants to be called again whatever happens, -1: never. Returns 0; a
 * negative errno when there is no use in going on, which was logged.
 */
int kube_kubelet_sync(struct kube_kubelet *kubelet, int *ret_retry);
/* A list has changed. */
void kube_kubelet_push(struct kube_kubelet *kubelet);

#endif
