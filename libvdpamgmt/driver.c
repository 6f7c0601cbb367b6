// SPDX-License-Identifier: LGPL-2.1-or-later
/* Bus drivers: their names. */
#include <errno.h>
#include <string.h>

#include "objects.h"
#include "private.h"

const char *vdpam_driver_get_name(const struct vdpam_driver *driver)
{
	return driver->name;
}

int vdpam_driver_parse(const char *text, const char **ret_name,
		       struct vdpam_error **ret_error)
{
	static const struct {
		const char *text, *name;
		bool hint; /* nearly right: say what is meant instead of taking it */
	} words[] = {
		{ "vhost", "vhost_vdpa", false },
		{ "virtio", "virtio_vdpa", false },
		{ "vhost-vdpa", "vhost_vdpa", true },
		{ "virtio-vdpa", "virtio_vdpa", true },
	};

	VDPAM_ESCAPED(shown, text);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i].text))
			continue;
		if (words[i].hint)
			return vdpam_fail(
				ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, NULL, NULL,
				"%s is not the name of a bus driver: it is called %s",
				shown, words[i].name);
		*ret_name = words[i].name;
		return 0;
	}
	if (!vdpam_name_is_valid(text))
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, NULL,
				  NULL, "'%s' cannot be the name of a bus driver", shown);
	*ret_name = text;
	return 0;
}
