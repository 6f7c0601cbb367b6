// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a domain may have a device, and what its user is told when not. Pure: no I/O. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hook.h"
#include "vdpamgmt.h"

#define VHOST_VDPA "vhost_vdpa"

static bool has_state(const struct hook_device *device, const char *state)
{
	return device->state && !strcmp(device->state, state);
}

static bool is_on_vhost(const struct hook_device *device)
{
	return device->driver && !strcmp(device->driver, VHOST_VDPA);
}

/* What the daemon is still to do for its document, or does only when it is asked. */
static bool can_become_usable(const struct hook_device *device)
{
	if (!device->is_managed || device->was_asked)
		return false;
	/* As its document says; without a driver it may be one that is made on demand. */
	if (has_state(device, "ready"))
		return !device->driver;
	/* Somebody wants it to be other than its document. */
	return !has_state(device, "diverted");
}

/* ---- What is said ---- */

__attribute__((format(printf, 1, 2))) static char *print(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return length < 0 ? NULL : text;
}

char *hook_refusal(const char *guest, const struct hook_device *device,
		   const char *reason)
{
	AUTO_FREE char *shown = vdpam_name_escape(guest);
	bool has_both = device->name && device->chardev;

	if (!shown || !reason)
		return NULL;
	return print("domain %s cannot use %s%s%s%s: %s", shown,
		     has_both ? device->name : device->source, has_both ? " (" : "",
		     has_both ? device->source : "", has_both ? ")" : "", reason);
}

static char *explain_driver(const struct hook_device *device)
{
	if (device->was_asked && device->error)
		return print("%s", device->error);
	if (device->driver)
		return print("it is bound to %s, and not to " VHOST_VDPA, device->driver);
	return print("it is not bound to " VHOST_VDPA);
}

static char *explain_holders(const struct hook_device *device)
{
	if (!device->holder)
		return print("it is in use");
	if (device->n_holders == 1)
		return print("it is in use: %s has it open", device->holder);
	return print("it is in use: %s and %zu more have it open", device->holder,
		     device->n_holders - 1);
}

/* NULL without a reason against it, too. */
static char *explain(const struct hook_device *device)
{
	if (!device->is_known)
		return print("there is no such vDPA device");
	if (has_state(device, "unbinding") || has_state(device, "deleting"))
		return print("it is being taken away");
	return is_on_vhost(device) ? explain_holders(device) : explain_driver(device);
}

/* ---- What is decided ---- */

static enum hook_verdict decide(const struct hook_device *device)
{
	if (!device->is_known || has_state(device, "unbinding") ||
	    has_state(device, "deleting"))
		return HOOK_REFUSED;
	if (is_on_vhost(device))
		return device->in_use ? HOOK_REFUSED : HOOK_USABLE;
	return can_become_usable(device) ? HOOK_ASK : HOOK_REFUSED;
}

enum hook_verdict hook_decide(const char *guest, const struct hook_device *device,
			      char **ret_sentence)
{
	enum hook_verdict verdict = decide(device);
	AUTO_FREE char *reason = verdict == HOOK_REFUSED ? explain(device) : NULL;

	if (verdict == HOOK_REFUSED)
		*ret_sentence = hook_refusal(guest, device, reason);
	return verdict;
}

bool hook_is_given_back(const struct hook_device *device)
{
	return device->is_known && device->is_managed;
}
