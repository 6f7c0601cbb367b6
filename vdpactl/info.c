// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl info: what a consumer of a device, or of the VFs of a PF, wants to be told. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "vdpamgmt-consumer.h"

enum format {
	FORMAT_LIBVIRT_XML,
	FORMAT_DEVICE_INFO,
	FORMAT_CDI,
	FORMAT_QEMU,
	FORMAT_NOVA,
};

static const char *const format_names[] = {
	[FORMAT_LIBVIRT_XML] = "libvirt-xml",
	[FORMAT_DEVICE_INFO] = "device-info",
	[FORMAT_CDI] = "cdi",
	[FORMAT_QEMU] = "qemu",
	[FORMAT_NOVA] = "nova",
};

static struct cli_error *parse_format(const struct command *cmd, enum format *ret_format)
{
	const char *text = cmd->options[OPTION_FORMAT];

	for (size_t i = 0; text && i < sizeof(format_names) / sizeof(*format_names);
	     i++) {
		if (!strcmp(text, format_names[i])) {
			*ret_format = (enum format)i;
			return NULL;
		}
	}
	AUTO_FREE char *shown = must(vdpam_name_escape(text ? text : ""));

	return cli_error_new(text ? VDPAM_ERROR_INVALID_VALUE : VDPAM_ERROR_USAGE, 0,
			     NULL,
			     "info: --format %s%s libvirt-xml, device-info, cdi, qemu "
			     "or nova",
			     shown, text ? " is none of" : "is missing:");
}

static void print_json(const struct command *cmd, struct json_object *object)
{
	if (cmd->json) {
		json_print(object);
		return;
	}
	puts(json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void print_text(const struct command *cmd, enum format format, const char *text)
{
	struct json_object *object;

	if (!cmd->json) {
		fputs(text, stdout);
		return;
	}
	object = must(json_object_new_object());
	json_set(object, format_names[format], json_text(text));
	json_print(object);
}

/* The path of the char device that stays whatever its number, where it is the same device. */
static const char *stable_path(const struct vdpam_device *device, char *path, size_t size)
{
	const char *name = vdpam_device_get_name(device);
	struct stat st;

	snprintf(path, size, "/dev/vhost-vdpa/by-name/%s", name);
	if (vdpam_name_is_valid(name) && !stat(path, &st) && S_ISCHR(st.st_mode) &&
	    st.st_rdev == vdpam_device_get_devnum(device))
		return path;
	return NULL;
}

static int print_device(const struct command *cmd, enum format format,
			const struct view *view, const struct vdpam_device *device)
{
	struct json_object *object = NULL;
	struct vdpam_error *error = NULL;
	AUTO_FREE char *text = NULL;
	char buffer[128];
	const char *path = stable_path(device, buffer, sizeof(buffer));
	int r = -EINVAL;

	switch (format) {
	case FORMAT_LIBVIRT_XML:
		r = vdpam_device_to_libvirt_xml(device, path, &text, &error);
		break;
	case FORMAT_QEMU:
		r = vdpam_device_to_qemu(device, path, &text, &error);
		break;
	case FORMAT_DEVICE_INFO:
		r = vdpam_device_to_device_info(view->snapshot, device, &object, &error);
		break;
	case FORMAT_CDI:
		r = vdpam_devices_to_cdi(view->snapshot, &device, 1, &object, &error);
		break;
	case FORMAT_NOVA:
		break;
	}
	if (r < 0)
		return fail(cmd, cli_error_from(error));
	if (object)
		print_json(cmd, object);
	else
		print_text(cmd, format, text);
	return 0;
}

/* A line of nova.conf for each VF; only JSON has them as one object. */
static int print_nova(const struct command *cmd, const struct view *view,
		      const struct vdpam_function *pf)
{
	struct json_object *specs = NULL, *object;
	struct vdpam_error *error = NULL;

	if (vdpam_function_to_nova(view->snapshot, pf, &specs, &error) < 0)
		return fail(cmd, cli_error_from(error));
	if (cmd->json) {
		object = must(json_object_new_object());
		json_set(object, "device_spec", specs);
		json_print(object);
		return 0;
	}
	puts("# Put the physical network of the PF in place of null; null is for "
	     "tunnels.\n[pci]");
	for (size_t i = 0; i < json_object_array_length(specs); i++)
		printf("device_spec = %s\n",
		       json_object_to_json_string_ext(json_object_array_get_idx(specs, i),
						      JSON_C_TO_STRING_PLAIN));
	json_object_put(specs);
	return 0;
}

static int run_info(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *name = NULL;
	const struct vdpam_device *device;
	const struct vdpam_function *pf;
	enum format format = FORMAT_NOVA;
	enum vdpam_look look = VDPAM_LOOK_WHOLE;
	struct cli_error *error = parse_format(cmd, &format);
	int status;

	if (!error)
		error = value_name(cmd, cmd->arguments[0], &name);
	if (error)
		return fail(cmd, error);
	if (format == FORMAT_NOVA || format == FORMAT_DEVICE_INFO)
		look = VDPAM_LOOK_FUNCTIONS;
	status = view_open(cmd, look, &view);
	if (status)
		return status;
	error = format == FORMAT_NOVA ? view_find_pf(cmd, &view, name, &pf)
				      : view_find_device(cmd, &view, name, &device);
	if (error)
		return fail(cmd, error);
	return format == FORMAT_NOVA ? print_nova(cmd, &view, pf)
				     : print_device(cmd, format, &view, device);
}

const struct verb info_verb = {
	.name = "info",
	.usage = "NAME|PF --format FORMAT",
	.summary =
		"Print what libvirt, QEMU, containers, Kubernetes or Nova want to know",
	.options = OPTION_BIT(OPTION_FORMAT),
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run_info,
};
