// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snapshots for the plugin from a file that the test writes (VDPAD_TEST_SNAPSHOT), in place of
 * look-kernel.c: that the file was replaced is the hint.
 */
#include <errno.h>
#include <json-c/json.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "../../integration/kubernetes/look.h"
#include "snapshots.h"

struct kube_look {
	int fd;
};

int kube_look_new(struct kube_look **ret_look)
{
	struct kube_look *look = calloc(1, sizeof(*look));
	const char *file = getenv("VDPAD_TEST_SNAPSHOT");
	char *path = file ? strdup(file) : NULL;

	if (!look || !path)
		return -ENOENT;
	look->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (inotify_add_watch(look->fd, dirname(path), IN_MOVED_TO) < 0)
		return -errno;
	free(path);
	*ret_look = look;
	return 0;
}

struct kube_look *kube_look_free(struct kube_look *look)
{
	if (look)
		close(look->fd);
	free(look);
	return NULL;
}

size_t kube_look_get_fds(const struct kube_look *look, int fds[KUBE_LOOK_FDS])
{
	fds[0] = look->fd;
	return 1;
}

int kube_look_drain(struct kube_look *look)
{
	char buffer[4096];
	int found = 0;

	while (read(look->fd, buffer, sizeof(buffer)) > 0)
		found = 1;
	return found;
}

int kube_look_take(struct kube_look *look, struct vdpam_snapshot **ret_snapshot,
		   struct vdpam_error **ret_error)
{
	struct json_object *json = json_object_from_file(getenv("VDPAD_TEST_SNAPSHOT"));

	(void)look;
	(void)ret_error;
	if (!json)
		return -EIO;
	*ret_snapshot = snapshot_from_json(json);
	json_object_put(json);
	return 0;
}
