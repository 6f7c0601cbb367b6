// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hook's connection, and one call on it. The daemon is never started: where there is none,
 * guests start as if there were no hook. Everything has a deadline, because libvirt waits for us.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bus.h"
#include "hook.h"
#include "vdpamgmt.h"

#define ERROR_PREFIX BUS_NAME ".Error."
#define FIND_USEC (700 * UINT64_C(1000))
#define FILE_MAX (64U << 20)

/* ---- The connection ---- */

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Until the bus has greeted us, which a call would wait for without a deadline. */
static int wait_until_ready(sd_bus *bus, uint64_t deadline_usec)
{
	int r = sd_bus_is_ready(bus);

	while (!r) {
		uint64_t now = now_usec();

		if (now >= deadline_usec)
			return -ETIMEDOUT;
		r = sd_bus_process(bus, NULL);
		if (!r)
			r = sd_bus_wait(bus, deadline_usec - now);
		if (r >= 0 || r == -EINTR)
			r = sd_bus_is_ready(bus);
	}
	return r < 0 ? r : 0;
}

static int has_owner(sd_bus *bus, uint64_t timeout_usec)
{
	sd_bus_message *call = NULL, *reply = NULL;
	int owned = 0;
	int r = sd_bus_message_new_method_call(bus, &call, "org.freedesktop.DBus",
					       "/org/freedesktop/DBus",
					       "org.freedesktop.DBus", "NameHasOwner");

	if (r >= 0)
		r = sd_bus_message_append(call, "s", BUS_NAME);
	if (r >= 0)
		r = sd_bus_call(bus, call, timeout_usec, NULL, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "b", &owned);
	sd_bus_message_unref(call);
	sd_bus_message_unref(reply);
	return r < 0 ? r : owned;
}

int hook_daemon_open(struct hook_daemon **ret_daemon)
{
	uint64_t deadline_usec = now_usec() + FIND_USEC;
	struct hook_daemon *daemon = calloc(1, sizeof(*daemon));
	int r = daemon ? sd_bus_open_system(&daemon->bus) : -ENOMEM;

	if (r >= 0)
		r = wait_until_ready(daemon->bus, deadline_usec);
	if (r >= 0)
		r = has_owner(daemon->bus, FIND_USEC / 4);
	if (r <= 0) {
		hook_daemon_close(daemon);
		return r < 0 ? r : -ENXIO;
	}
	*ret_daemon = daemon;
	return 0;
}

void hook_daemon_close(struct hook_daemon *daemon)
{
	if (!daemon)
		return;
	sd_bus_close_unref(daemon->bus);
	free(daemon);
}

bool hook_daemon_is_there(struct hook_daemon *daemon)
{
	return has_owner(daemon->bus, FIND_USEC) > 0;
}

/* ---- Calls ---- */

static char *say(const sd_bus_error *error, int r)
{
	if (!error->name)
		return strdup(strerror(-r));
	if (!strcmp(error->name, SD_BUS_ERROR_NO_REPLY) ||
	    !strcmp(error->name, SD_BUS_ERROR_TIMEOUT))
		return strdup("vdpad does not answer");
	/* Its own sentences have their names escaped. */
	if (!strncmp(error->name, ERROR_PREFIX, strlen(ERROR_PREFIX)) && error->message)
		return strdup(error->message);
	return vdpam_name_escape(error->message ? error->message : error->name);
}

sd_bus_message *bus_call(struct hook_daemon *daemon, const char *path,
			 const char *interface, const char *member, const char *types,
			 ...)
{
	sd_bus_message *call = NULL;
	va_list args;
	int r = sd_bus_message_new_method_call(daemon->bus, &call, BUS_NAME, path,
					       interface, member);

	if (r >= 0)
		r = sd_bus_message_set_auto_start(call, false);
	va_start(args, types);
	if (r >= 0)
		r = sd_bus_message_appendv(call, types, args);
	va_end(args);
	return r < 0 ? sd_bus_message_unref(call) : call;
}

int bus_ask(struct hook_daemon *daemon, sd_bus_message *call, sd_bus_message **ret_reply,
	    char **ret_fault)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	if (!call)
		return -ENOMEM;
	r = sd_bus_call(daemon->bus, call, BUS_CALL_USEC, &error, ret_reply);
	if (r < 0)
		*ret_fault = say(&error, r);
	sd_bus_error_free(&error);
	sd_bus_message_unref(call);
	return r < 0 ? r : 0;
}

/* The text in a memory file, to be freed; NULL when it cannot be read. */
static char *read_file(int fd)
{
	struct stat status;
	size_t done = 0;
	ssize_t got = 1;
	char *text;

	if (fstat(fd, &status) < 0 || status.st_size < 0 ||
	    (uint64_t)status.st_size > FILE_MAX)
		return NULL;
	text = malloc((size_t)status.st_size + 1);
	while (text && got > 0 && done < (size_t)status.st_size) {
		got = pread(fd, text + done, (size_t)status.st_size - done, (off_t)done);
		done += got > 0 ? (size_t)got : 0;
	}
	if (text)
		text[done] = '\0';
	return text;
}

int bus_ask_for_text(struct hook_daemon *daemon, const char *member, const char *argument,
		     char **ret_text, char **ret_fault)
{
	sd_bus_message *reply = NULL;
	int fd = -1;
	int r = bus_ask(daemon,
			bus_call(daemon, BUS_OBJECT, BUS_MANAGER, member, "s", argument),
			&reply, ret_fault);

	if (!r)
		r = sd_bus_message_read(reply, "h", &fd);
	if (r >= 0) {
		*ret_text = read_file(fd);
		r = *ret_text ? 0 : -EIO;
	}
	sd_bus_message_unref(reply);
	return r < 0 ? r : 0;
}

char *bus_device_path(const char *name)
{
	char *path = NULL;

	return sd_bus_path_encode(BUS_OBJECT "/device", name, &path) < 0 ? NULL : path;
}
