/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the device plugin share: the plugin as the gRPC side sees it, the log. */
#ifndef KUBE_PLUGIN_H
#define KUBE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* On standard error, one line; `priority` is syslog's. */
void kube_log(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The folder and those above it, 0755, where they are missing. What goes wrong shows later. */
void kube_make_folder(const char *path);

/* ---- The plugin, behind a lock (plugin.c) ---- */

struct kube_plugin;

const char *kube_plugin_get_name(const struct kube_plugin *plugin, size_t resource);
/*
 * The list of a resource as JSON, to be freed, if it is not of version *version any more; NULL.
 * Versions begin with 1: with 0 there is always one, once the first look was taken.
 */
char *kube_plugin_get_list(struct kube_plugin *plugin, size_t resource,
			   uint64_t *version);
/* As kube_allocate() and kube_prefer(); device-information files are there afterwards. */
int kube_plugin_allocate(struct kube_plugin *plugin, size_t resource, const char *request,
			 char **ret_reply, char **ret_message);
int kube_plugin_prefer(struct kube_plugin *plugin, size_t resource, const char *request,
		       char **ret_reply, char **ret_message);

/* ---- gRPC (server.cc) ---- */

struct kube_server;

/*
 * Serves a resource on a socket. With `watched` the plugin watcher is answered there too. NULL when it
 * could not be done. Calls of the plugin's functions come from threads of gRPC.
 */
struct kube_server *kube_server_new(struct kube_plugin *plugin, size_t resource,
				    const char *path, int watched);
void kube_server_free(struct kube_server *server);
/* Its list has changed: whoever watches gets it. */
void kube_server_push(struct kube_server *server);

/*
 * Registers a resource with the kubelet on `kubelet`, a path; `endpoint` is the name of a socket in
 * the same folder. Waits a second at most. Returns 0; -EAGAIN when there was no answer; -EPROTO with
 * the kubelet's words in *ret_message, to be freed, when it refused.
 */
int kube_server_register(const char *kubelet, const char *endpoint, const char *resource,
			 char **ret_message);

#ifdef __cplusplus
}
#endif

#endif
