// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdpad-libvirt: tells vdpad what libvirt calls its devices and which domain uses them, and has those
 * announced again that libvirt sees otherwise than the kernel. It may do nothing else.
 */
#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge.h"
#include "config.h"

#define GATHER_MS 100                /* what happens together is one reason to look */
#define RETRY_USEC UINT64_C(5000000) /* and whoever did not answer is asked again */

struct bridge {
	struct bridge_libvirt *libvirt;
	struct bridge_vdpad *vdpad;
	struct bridge_stale *stale;
	char *doubles; /* what was said of names that libvirt spells alike */
	int timer;
	bool is_wanted; /* it will look soon */
};

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Said when it is news. */
static void warn_of_doubles(struct bridge *bridge, const struct bridge_device *devices,
			    size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct bridge_device *other = bridge_find_double(devices, i);

		if (other)
			fprintf(out,
				"vdpad-libvirt: %s and %s are one name to libvirt, "
				"which finds only one of them\n",
				other->name, devices[i].name);
	}
	fclose(out);
	if (text && (!bridge->doubles || strcmp(text, bridge->doubles) != 0))
		fputs(text, stderr);
	free(bridge->doubles);
	bridge->doubles = text;
}

static void act(struct bridge *bridge, const struct bridge_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!devices[i].is_told)
			bridge_vdpad_tell(bridge->vdpad, &devices[i]);
		if (devices[i].is_announced)
			bridge_vdpad_announce(bridge->vdpad, &devices[i]);
	}
}

/* When it is to look again, in CLOCK_MONOTONIC µs. */
static uint64_t look(struct bridge *bridge)
{
	struct bridge_device *devices = NULL;
	struct bridge_view view = {};
	uint64_t wake_usec;
	size_t count = 0;
	int r = bridge_vdpad_list(bridge->vdpad, &devices, &count);

	/* Where vdpad does not run there is nobody to tell: it is heard when it comes. */
	if (r == -ENXIO)
		return UINT64_MAX;
	if (!r)
		r = bridge_libvirt_list(bridge->libvirt, &view);
	if (!r) {
		wake_usec =
			bridge_decide(&view, devices, count, &bridge->stale, now_usec());
		act(bridge, devices, count);
		warn_of_doubles(bridge, devices, count);
	} else {
		wake_usec = now_usec() + RETRY_USEC;
	}
	bridge_view_fini(&view);
	bridge_devices_free(devices, count);
	return wake_usec;
}

static void on_timer(int timer, void *opaque)
{
	struct bridge *bridge = opaque;
	uint64_t wake_usec, now;

	virEventUpdateTimeout(timer, -1);
	bridge->is_wanted = false;
	wake_usec = look(bridge);
	now = now_usec();
	/* What was heard meanwhile comes first. */
	if (!bridge->is_wanted && wake_usec != UINT64_MAX)
		virEventUpdateTimeout(
			timer, wake_usec > now ? (int)((wake_usec - now) / 1000 + 1) : 0);
}

static void on_changed(void *userdata)
{
	struct bridge *bridge = userdata;

	if (bridge->is_wanted)
		return;
	bridge->is_wanted = true;
	virEventUpdateTimeout(bridge->timer, GATHER_MS);
}

static int begin(struct bridge *bridge)
{
	int r;

	if (virEventRegisterDefaultImpl() < 0)
		return -1;
	bridge->timer = virEventAddTimeout(0, on_timer, bridge, NULL);
	if (bridge->timer < 0)
		return -1;
	r = bridge_vdpad_new(on_changed, bridge, &bridge->vdpad);
	if (r < 0)
		fprintf(stderr, "vdpad-libvirt: there is no system bus: %s\n",
			strerror(-r));
	return r < 0 ? r : bridge_libvirt_new(on_changed, bridge, &bridge->libvirt);
}

int main(int argc, char **argv)
{
	struct bridge bridge = {};

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("vdpad-libvirt " PACKAGE_VERSION);
		return 0;
	}
	if (argc > 1) {
		fprintf(stderr, "Usage: vdpad-libvirt [--version]\n");
		return 64;
	}
	if (begin(&bridge) < 0)
		return EXIT_FAILURE;
	while (virEventRunDefaultImpl() >= 0)
		;
	fprintf(stderr, "vdpad-libvirt: %s\n", virGetLastErrorMessage());
	return EXIT_FAILURE;
}
