// SPDX-License-Identifier: LGPL-2.1-or-later
/* Loads a kernel module, by libkmod: what modprobe would do. */
#include <errno.h>
#include <libkmod.h>

#include "step.h"

int vdpam_module_load(const char *name)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	struct kmod_list *list = NULL, *item;
	int r;

	if (!kmod)
		return -ENOMEM;
	r = kmod_module_new_from_lookup(kmod, name, &list);
	if (!r && !list)
		r = -ENOENT;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		if (!r)
			r = kmod_module_probe_insert_module(module, 0, NULL, NULL, NULL,
							    NULL);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	kmod_unref(kmod);
	return r;
}
