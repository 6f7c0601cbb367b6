// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets that we serve, and who knows of them. A kubelet that starts removes every socket in its
 * folder and then makes its own: the former makes us serve anew, the latter register again, once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "plugin-private.h"

#define EVENTS                                                                  \
	(IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | \
	 IN_MOVE_SELF)
#define FIRST_RETRY_MS 50
#define LAST_RETRY_MS 5000

struct identity {
	ino_t ino;
	struct timespec ctime;
};

struct endpoint {
	char *path;
	const char *name; /* in `path` */
	struct kube_server *server;
	struct identity socket; /* that the server has made */
	bool registered;
};

struct kube_kubelet {
	struct kube_plugin *plugin;
	const char *folder;
	bool watched;
	int inotify_fd, watch;
	char *socket; /* the kubelet's own */
	struct identity known;
	int retry_ms;
	struct endpoint *endpoints; /* one a resource */
	size_t count;
};

/* Ours are told apart from those of others by their name: "vdpad-vdpad.org-vhost_net.sock". */
static int name_endpoint(struct kube_kubelet *kubelet, size_t resource)
{
	struct endpoint *endpoint = &kubelet->endpoints[resource];
	const struct kube_resource *of = &kubelet->plugin->config->resources[resource];

	if (asprintf(&endpoint->path, "%s/vdpad-%s-%s.sock", kubelet->folder, of->prefix,
		     of->suffix) < 0) {
		endpoint->path = NULL;
		return -ENOMEM;
	}
	endpoint->name = strrchr(endpoint->path, '/') + 1;
	if (strlen(endpoint->path) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return 0;
	kube_log(LOG_ERR, "%s: this path is too long for a socket", endpoint->path);
	return -ENAMETOOLONG;
}

int kube_kubelet_new(struct kube_plugin *plugin, const char *folder, bool watched,
		     struct kube_kubelet **ret_kubelet)
{
	struct kube_kubelet *kubelet = calloc(1, sizeof(*kubelet));
	int r = kubelet ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	*kubelet = (struct kube_kubelet){ .plugin = plugin,
					  .folder = folder,
					  .watched = watched,
					  .watch = -1,
					  .retry_ms = FIRST_RETRY_MS };
	kubelet->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (kubelet->inotify_fd < 0)
		r = -errno;
	if (!r && asprintf(&kubelet->socket, "%s/kubelet.sock", folder) < 0) {
		kubelet->socket = NULL;
		r = -ENOMEM;
	}
	kubelet->endpoints = calloc(plugin->config->count, sizeof(*kubelet->endpoints));
	if (!kubelet->endpoints)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < plugin->config->count; i++) {
		kubelet->count++;
		r = name_endpoint(kubelet, i);
	}
	if (r < 0)
		kube_kubelet_free(kubelet);
	else
		*ret_kubelet = kubelet;
	return r;
}

struct kube_kubelet *kube_kubelet_free(struct kube_kubelet *kubelet)
{
	if (!kubelet)
		return NULL;
	for (size_t i = 0; kubelet->endpoints && i < kubelet->count; i++) {
		kube_server_free(kubelet->endpoints[i].server);
		free(kubelet->endpoints[i].path);
	}
	if (kubelet->inotify_fd >= 0)
		close(kubelet->inotify_fd);
	free(kubelet->endpoints);
	free(kubelet->socket);
	free(kubelet);
	return NULL;
}

int kube_kubelet_get_fd(const struct kube_kubelet *kubelet)
{
	return kubelet->inotify_fd;
}

/* ---- The folder ------------------------------------------------------------------------------ */

static bool identify(const char *path, struct identity *identity)
{
	struct stat st;

	memset(identity, 0, sizeof(*identity));
	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	identity->ino = st.st_ino;
	identity->ctime = st.st_ctim;
	return true;
}

static bool is_same(const struct identity *a, const struct identity *b)
{
	return a->ino == b->ino && a->ctime.tv_sec == b->ctime.tv_sec &&
	       a->ctime.tv_nsec == b->ctime.tv_nsec;
}

/* What happened is not of interest: that something did is, and everything is looked at. */
static void drain(struct kube_kubelet *kubelet)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(kubelet->inotify_fd, buffer, sizeof(buffer))) > 0) {
		for (const char *at = buffer; at < buffer + n;) {
			const struct inotify_event *event = (const void *)at;

			if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) &&
			    event->wd == kubelet->watch)
				kubelet->watch = -1;
			at += sizeof(*event) + event->len;
		}
	}
}

static int watch_folder(struct kube_kubelet *kubelet)
{
	if (kubelet->watch >= 0)
		return 0;
	kube_make_folder(kubelet->folder);
	kubelet->watch = inotify_add_watch(kubelet->inotify_fd, kubelet->folder,
					   EVENTS | IN_ONLYDIR);
	return kubelet->watch < 0 ? -errno : 0;
}

/* ---- Endpoints ------------------------------------------------------------------------------- */

static int serve(struct kube_kubelet *kubelet, size_t resource)
{
	struct endpoint *endpoint = &kubelet->endpoints[resource];
	struct identity now;

	if (identify(endpoint->path, &now) && endpoint->server &&
	    now.ino == endpoint->socket.ino)
		return 0;
	kube_server_free(endpoint->server);
	endpoint->registered = false;
	endpoint->server = kube_server_new(kubelet->plugin, resource, endpoint->path,
					   kubelet->watched);
	if (endpoint->server && identify(endpoint->path, &endpoint->socket))
		return 0;
	kube_log(LOG_ERR, "cannot serve %s", endpoint->path);
	return -EIO;
}

static int enlist(struct kube_kubelet *kubelet, struct endpoint *endpoint,
		  const char *resource)
{
	char *message = NULL;
	int r = kube_server_register(kubelet->socket, endpoint->name, resource, &message);

	endpoint->registered = !r;
	if (!r)
		kube_log(LOG_INFO, "%s is registered", resource);
	else if (r != -EAGAIN)
		kube_log(LOG_ERR, "the kubelet does not register %s: %s", resource,
			 message ? message : "");
	free(message);
	return r;
}

static void meet_kubelet(struct kube_kubelet *kubelet, bool *ret_there)
{
	struct identity now;

	*ret_there = identify(kubelet->socket, &now);
	if (is_same(&now, &kubelet->known))
		return;
	kubelet->known = now;
	kubelet->retry_ms = FIRST_RETRY_MS;
	for (size_t i = 0; i < kubelet->count; i++)
		kubelet->endpoints[i].registered = false;
}

/* Later and later, until there is another kubelet. */
static int next_retry(struct kube_kubelet *kubelet)
{
	int retry = kubelet->retry_ms;

	if (kubelet->retry_ms < LAST_RETRY_MS)
		kubelet->retry_ms *= 2;
	return retry;
}

int kube_kubelet_sync(struct kube_kubelet *kubelet, int *ret_retry)
{
	bool there = false, waiting = false;
	int r;

	drain(kubelet);
	r = watch_folder(kubelet);
	if (r < 0)
		kube_log(LOG_ERR, "cannot watch %s: %s", kubelet->folder, strerror(-r));
	for (size_t i = 0; !r && i < kubelet->count; i++)
		r = serve(kubelet, i);
	/* The folder may be about to go, and come again. */
	if (r < 0) {
		*ret_retry = next_retry(kubelet);
		return 0;
	}
	if (!kubelet->watched)
		meet_kubelet(kubelet, &there);
	for (size_t i = 0; there && !waiting && i < kubelet->count; i++) {
		if (kubelet->endpoints[i].registered)
			continue;
		r = enlist(kubelet, &kubelet->endpoints[i],
			   kube_plugin_get_name(kubelet->plugin, i));
		if (r < 0 && r != -EAGAIN)
			return r;
		waiting = r == -EAGAIN;
	}
	*ret_retry = waiting ? next_retry(kubelet) : -1;
	return 0;
}

void kube_kubelet_push(struct kube_kubelet *kubelet)
{
	for (size_t i = 0; i < kubelet->count; i++) {
		if (kubelet->endpoints[i].server)
			kube_server_push(kubelet->endpoints[i].server);
	}
}
