// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a bridge to libvirt tells of devices: what they are called there, and which domain uses them.
 * It is told to others and decides nothing.
 */
#include <errno.h>

#include "manager-private.h"

static int set_text(char **text, const char *name)
{
	char *shown = *name ? vdpam_name_escape(name) : NULL;

	if (*name && !shown)
		return -ENOMEM;
	free(*text);
	*text = shown;
	return 0;
}

int manager_set_consumer(struct manager *manager, const char *name,
			 const char *libvirt_name, const char *domain)
{
	struct target *target = targets_find(&manager->targets, name);
	int r;

	if (!target)
		return -ENODEV;
	r = set_text(&target->libvirt_name, libvirt_name);
	if (!r)
		r = set_text(&target->domain, domain);
	notify_want(manager, target);
	return r;
}

void manager_forget_consumers(struct manager *manager)
{
	struct target *target;

	targets_foreach(&manager->targets, target, entry)
	{
		if (target->libvirt_name || target->domain)
			manager_set_consumer(manager, target->name, "", "");
	}
}
