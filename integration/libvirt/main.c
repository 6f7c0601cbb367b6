// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 50-vdpad: libvirt runs it, as root, before a guest starts and after it has ended. A guest whose
 * vDPA devices are missing, in use or on the wrong driver does not start, and its user is told why.
 * Whatever is wrong with the hook itself, or with vdpad, keeps no guest from starting.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hook.h"
#include "vdpamgmt.h"

#define SILENCE_MS 10000

static void complain(const char *sentence)
{
	fprintf(stderr, "vdpad: %s\n", sentence ? sentence : strerror(ENOMEM));
}

/* ---- The domain ---- */

/* All of standard input. -EFBIG when it is more than a domain may have. */
static int read_input(char **ret_text, size_t *ret_size)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char *text = malloc(HOOK_XML_MAX + 1);
	size_t size = 0;
	ssize_t got = 1;

	if (!text)
		return -ENOMEM;
	while (got > 0 && size <= HOOK_XML_MAX) {
		got = -1;
		errno = ETIMEDOUT;
		if (poll(&input, 1, SILENCE_MS) > 0)
			got = read(STDIN_FILENO, text + size, HOOK_XML_MAX + 1 - size);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			size += (size_t)got;
	}
	if (got < 0 || size > HOOK_XML_MAX) {
		int r = got < 0 ? -errno : -EFBIG;

		free(text);
		return r;
	}
	*ret_text = text;
	*ret_size = size;
	return 0;
}

static const char *explain(int r)
{
	switch (r) {
	case -EFBIG:
		return "it is larger than 4 MiB";
	case -ETIMEDOUT:
		return "it does not come";
	case -EBADMSG:
		return "it is not well-formed, not that of a domain, or has a document type";
	}
	return strerror(-r);
}

static int read_devices(const char *guest, struct hook_device **ret_devices,
			size_t *ret_count)
{
	AUTO_FREE char *text = NULL, *shown = vdpam_name_escape(guest);
	size_t size = 0;
	int r = read_input(&text, &size);

	if (!r)
		r = hook_read_domain(text, size, ret_devices, ret_count);
	if (r)
		fprintf(stderr, "vdpad: the XML of domain %s is not looked at: %s\n",
			shown ? shown : "?", explain(r));
	return r;
}

/* ---- Before it starts ---- */

/* What is not known cannot be used: the first device stands for all. */
static int give_up(struct hook_daemon *daemon, const char *guest,
		   const struct hook_device *device, int r, const char *fault)
{
	AUTO_FREE char *sentence =
		hook_refusal(guest, device, fault ? fault : strerror(-r));

	if (!hook_daemon_is_there(daemon))
		return 0;
	complain(sentence);
	return 1;
}

/* The first that fails ends it: the guest does not start anyway. */
static bool ask_for(struct hook_daemon *daemon, const char *guest,
		    struct hook_device *devices, size_t count)
{
	bool asked = false;

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *sentence = NULL;

		if (hook_decide(guest, &devices[i], &sentence) != HOOK_ASK)
			continue;
		hook_daemon_demand(daemon, guest, &devices[i], true);
		asked = true;
		if (devices[i].error)
			break;
	}
	return asked;
}

/* The first that cannot be used is what is said. */
static int judge(const char *guest, const struct hook_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *sentence = NULL;

		if (hook_decide(guest, &devices[i], &sentence) == HOOK_USABLE)
			continue;
		complain(sentence);
		return 1;
	}
	return 0;
}

static int prepare(struct hook_daemon *daemon, const char *guest,
		   struct hook_device *devices, size_t count)
{
	AUTO_FREE char *fault = NULL;
	int r = hook_daemon_look(daemon, devices, count, &fault);

	if (!r && ask_for(daemon, guest, devices, count))
		r = hook_daemon_look(daemon, devices, count, &fault);
	if (!r)
		r = hook_daemon_find_holders(daemon, devices, count, &fault);
	return r ? give_up(daemon, guest, devices, r, fault)
		 : judge(guest, devices, count);
}

/* ---- After it has ended ---- */

/* Nobody is kept from anything any more, so what goes wrong is only said. */
static int release(struct hook_daemon *daemon, const char *guest,
		   struct hook_device *devices, size_t count)
{
	AUTO_FREE char *fault = NULL;
	int r = hook_daemon_look(daemon, devices, count, &fault);

	if (!r)
		r = hook_daemon_find_holders(daemon, devices, count, &fault);
	if (r)
		complain(fault ? fault : strerror(-r));
	for (size_t i = 0; i < count && !r; i++) {
		if (!hook_is_given_back(&devices[i]))
			continue;
		hook_daemon_demand(daemon, guest, &devices[i], false);
		/* Whoever else has it open came after a refusal, or is why there was one. */
		if (devices[i].error && !devices[i].in_use)
			complain(devices[i].error);
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool prepares =
		argc > 3 && !strcmp(argv[2], "prepare") && !strcmp(argv[3], "begin");
	bool releases =
		argc > 3 && !strcmp(argv[2], "release") && !strcmp(argv[3], "end");
	struct hook_daemon *daemon = NULL;
	struct hook_device *devices = NULL;
	size_t count = 0;
	int status = 0;

	if ((!prepares && !releases) || hook_daemon_open(&daemon) < 0)
		return 0;
	if (!read_devices(argv[1], &devices, &count) && count > 0)
		status = prepares ? prepare(daemon, argv[1], devices, count)
				  : release(daemon, argv[1], devices, count);
	hook_devices_free(devices, count);
	hook_daemon_close(daemon);
	return status;
}
