// SPDX-License-Identifier: LGPL-2.1-or-later
/* Defaults and templates: what is written once into the many devices that it stands for. */
#include <stdio.h>
#include <string.h>

#include "document-parse.h"
#include "json-scan.h"
#include "private.h"

#define SOME_PF "0000:00:00.0" /* as long as what {pf} stands for */

/* ---- Defaults ------------------------------------------------------------------------------ */

/*
 * A default is for the devices that it means something to. VDUSE has a setting of its own, and
 * takes none of those that come with the creation of others.
 */
static bool is_meant_for(enum vdpam_doc_device_key key,
			 const struct vdpam_doc_device *device)
{
	bool is_vduse =
		device->mgmtdev.handle && !strcmp(device->mgmtdev.handle, "vduse");
	bool is_vhost = !device->driver || !strcmp(device->driver, "vhost_vdpa");

	switch (key) {
	case VDPAM_DOC_DEVICE_MTU:
	case VDPAM_DOC_DEVICE_MAX_VQP:
	case VDPAM_DOC_DEVICE_FEATURES:
		return !is_vduse;
	case VDPAM_DOC_DEVICE_MSG_TIMEOUT:
		return is_vduse;
	case VDPAM_DOC_DEVICE_CHARDEV:
	case VDPAM_DOC_DEVICE_ON_DEMAND:
		return is_vhost;
	case VDPAM_DOC_DEVICE_NAME:
	case VDPAM_DOC_DEVICE_COUNT:
	case VDPAM_DOC_DEVICE_MGMTDEV:
	case VDPAM_DOC_DEVICE_MAC:
	case VDPAM_DOC_DEVICE_DRIVER:
		break;
	}
	return true;
}

static void apply_default(struct vdpam_doc_device *device,
			  const struct vdpam_doc_device *defaults,
			  enum vdpam_doc_device_key key)
{
	const struct vdpam_doc_field *field = &vdpam_doc_device_table.fields[key];

	if (!vdpam_doc_has(&defaults->keys, key) || device->keys.present >> key & 1 ||
	    !is_meant_for(key, device))
		return;
	memcpy(vdpam_doc_member(device, field), vdpam_doc_member(defaults, field),
	       field->size);
	device->keys.present |= 1U << key;
	device->keys.given |= 1U << key;
}

void vdpam_doc_apply_defaults(struct vdpam_doc_list *devices,
			      const struct vdpam_doc_device *defaults)
{
	for (size_t i = 0; i < devices->count; i++) {
		struct vdpam_doc_device *device = &devices->devices[i];

		/* First: which of the others are meant for it depends on its driver. */
		apply_default(device, defaults, VDPAM_DOC_DEVICE_DRIVER);
		for (size_t key = 0; key < vdpam_doc_device_table.count; key++)
			apply_default(device, defaults, key);
	}
}

/* ---- Templates ----------------------------------------------------------------------------- */

/* The text with its placeholders replaced; NULL without memory. */
static const char *replace(struct vdpam_doc_maker *maker, const char *text, size_t n,
			   const char *pf)
{
	/* Every three bytes can become an address. */
	char replaced[VDPAM_JSON_MAX_STRING / 3 * sizeof(SOME_PF)];
	size_t used = 0;

	while (*text) {
		if (!strncmp(text, "{n}", 3)) {
			used += (size_t)sprintf(replaced + used, "%zu", n);
			text += 3;
		} else if (pf && !strncmp(text, "{pf}", 4)) {
			used += (size_t)sprintf(replaced + used, "%s", pf);
			text += 4;
		} else {
			replaced[used++] = *text++;
		}
	}
	return vdpam_doc_keep(maker, replaced, used);
}

bool vdpam_doc_instantiate(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
			   const struct vdpam_doc_device *entry, size_t n, const char *pf,
			   struct vdpam_doc_device *device)
{
	struct vdpam_doc_selector *selector = &device->mgmtdev;
	uint32_t count = 1U << VDPAM_DOC_DEVICE_COUNT;

	*device = *entry;
	device->keys.templated = selector->keys.templated = 0;
	device->keys.present &= ~count;
	device->keys.given &= ~count;
	device->count = 0;
	selector->vf.value += (uint32_t)n * selector->vf.step;
	selector->sfnum.value += (uint32_t)n * selector->sfnum.step;
	selector->vf.step = selector->sfnum.step = 0;
	device->mac.value += n * device->mac.step;
	device->mac.step = 0;
	if (entry->keys.templated >> VDPAM_DOC_DEVICE_MGMTDEV & 1 && selector->handle)
		selector->handle = replace(maker, selector->handle, n, pf);
	if (!(entry->keys.templated >> VDPAM_DOC_DEVICE_NAME & 1))
		return true;
	device->name = replace(maker, device->name, n, pf);
	if (device->name && !vdpam_name_is_valid(device->name)) {
		VDPAM_SHOWN(shown, device->name, strlen(device->name));
		VDPAM_DOC_FAULT(maker, VDPAM_PATH_KEY(path, "name"),
				"%s is longer than 63 characters", shown);
		return false;
	}
	return device->name != NULL;
}

void vdpam_doc_add_device(struct vdpam_doc_maker *maker,
			  const struct vdpam_doc_device *device)
{
	struct vdpam_document *document = maker->document;
	size_t count = document->n_devices;
	struct vdpam_doc_device *larger = document->devices;

	/* Doubled when it is full: a power of two. */
	if (!(count & (count - 1)))
		larger = reallocarray(larger, count ? 2 * count : 1, sizeof(*larger));
	if (!larger) {
		maker->no_memory = true;
		return;
	}
	document->devices = larger;
	document->devices[document->n_devices++] = *device;
}

/* Whether one device more is too many, which is said once. */
static bool is_too_many(struct vdpam_doc_maker *maker, const struct vdpam_path *path)
{
	if (maker->expanded < VDPAM_DOCUMENT_MAX_DEVICES) {
		maker->expanded++;
		return false;
	}
	if (maker->expanded++ == VDPAM_DOCUMENT_MAX_DEVICES)
		VDPAM_DOC_FAULT(maker, path, "more than %d devices, all in all",
				VDPAM_DOCUMENT_MAX_DEVICES);
	return true;
}

static void expand(struct vdpam_doc_maker *maker, const struct vdpam_path *path,
		   const struct vdpam_doc_device *entry,
		   const struct vdpam_doc_profile *profile)
{
	bool is_template = entry->keys.templated ||
			   entry->keys.present >> VDPAM_DOC_DEVICE_COUNT & 1;
	bool is_right = vdpam_doc_check_template(maker, path, entry);
	size_t count = entry->count ? entry->count : 1;

	/* One that is no template can be looked at although something is wrong with it. */
	if (is_template && !is_right)
		return;
	for (size_t n = 0; n < count; n++) {
		struct vdpam_doc_device device;

		/* What is wrong with one of a template is wrong with most: it is said once. */
		if (is_too_many(maker, path) ||
		    !vdpam_doc_instantiate(maker, path, entry, n,
					   profile ? SOME_PF : NULL, &device) ||
		    !vdpam_doc_check_device(maker, path, entry, &device, profile))
			return;
		if (!profile)
			vdpam_doc_add_device(maker, &device);
	}
}

void vdpam_doc_expand(struct vdpam_doc_maker *maker, const struct vdpam_path *list,
		      const struct vdpam_doc_list *devices,
		      const struct vdpam_doc_profile *profile)
{
	for (size_t i = 0; i < devices->count; i++)
		expand(maker, VDPAM_PATH_INDEX(list, i), &devices->devices[i], profile);
}
