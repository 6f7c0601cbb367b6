// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdpactl doctor: what is wrong with this host and what to do about it. Looks, and changes nothing:
 * not even to load a module.
 */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define EXIT_PROBLEMS 1
#define AUTOPROBE_RECORD "/run/vdpad/state/drivers_autoprobe"

/* ---- Findings ------------------------------------------------------------------------------ */

static void add(struct json_object *rows, const char *severity, const char *target,
		const char *message, const char *remedy)
{
	struct json_object *row = must(json_object_new_object());

	json_set(row, "severity", json_text(severity));
	json_set(row, "target", target ? json_escaped(target) : NULL);
	json_set(row, "message", json_text(message));
	json_set(row, "remedy", json_text(remedy));
	json_append(rows, row);
}

static void problem(struct json_object *rows, const char *target, const char *message,
		    const char *remedy)
{
	add(rows, "problem", target, message, remedy);
}

static void hint(struct json_object *rows, const char *target, const char *message,
		 const char *remedy)
{
	add(rows, "hint", target, message, remedy);
}

static void check_kernel(struct json_object *rows, const struct host *host)
{
	if (host->snapshot)
		return;
	if (host->has_bus)
		problem(rows, NULL,
			"the vdpa bus is there, but this network namespace cannot ask the "
			"kernel about it",
			"run vdpactl in the initial network namespace (in a container: "
			"with the host's network)");
	else
		problem(rows, NULL,
			"this kernel has no vDPA, or its module is not loaded",
			"run 'modprobe vdpa'; if there is no such module, boot a kernel "
			"with CONFIG_VDPA (Linux 5.17 or later)");
}

static void check_force(struct json_object *rows, const struct host *host)
{
	if (host->hung_task_panic > 0)
		problem(rows, NULL,
			"kernel.hung_task_panic is set: --force on a device in use is "
			"refused, because a long wait would bring the host down",
			"run 'sysctl kernel.hung_task_panic=0', or end the holder of a "
			"device instead of using --force");
	if (!host->is_root)
		hint(rows, NULL,
		     "an ordinary user sees no holders and no vendor statistics",
		     "run vdpactl as root to see them");
}

static void check_autoprobe(struct json_object *rows, const struct host *host)
{
	if (host->has_left_autoprobe)
		problem(rows, NULL,
			"an interrupted change left drivers_autoprobe of the vdpa bus off, or "
			"one is under way",
			"if nothing changes devices now, the next vdpactl that does, 'vdpactl "
			"apply' of the same document say, puts it right");
	else if (!vdpam_snapshot_get_autoprobe(host->snapshot))
		hint(rows, NULL,
		     "drivers_autoprobe of the vdpa bus is off: a device that is made without "
		     "--driver gets none",
		     "name the driver, or run 'echo 1 > /sys/bus/vdpa/drivers_autoprobe'");
}

static void check_drivers(struct json_object *rows, const struct host *host)
{
	static const char *const names[] = { "vhost_vdpa", "virtio_vdpa" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		AUTO_FREE char *remedy = NULL;

		if (vdpam_snapshot_find_driver(host->snapshot, names[i]))
			continue;
		if (asprintf(&remedy,
			     "root's vdpactl loads it when it is asked for; to have it "
			     "always: 'echo %s > /etc/modules-load.d/vdpa.conf'",
			     names[i]) < 0)
			out_of_memory();
		hint(rows, names[i], "this bus driver is not loaded", remedy);
	}
}

/* ---- Management devices -------------------------------------------------------------------- */

static void check_capacity(struct json_object *rows,
			   const struct vdpam_snapshot *snapshot,
			   const struct vdpam_mgmtdev *mgmtdev)
{
	const char *handle = vdpam_mgmtdev_get_handle(mgmtdev);
	unsigned int most = vdpam_mgmtdev_get_max_devices(mgmtdev), count = 0;
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(snapshot, device))) {
		const char *on = vdpam_device_get_mgmtdev(device);

		count += on && !strcmp(on, handle);
	}
	if (most && count > most)
		problem(rows, handle,
			"it has more devices than its kernel driver can keep apart",
			"leave them as they are and restart the host: removing one by one is "
			"not safe");
}

static void check_dma(struct json_object *rows, const struct host *host,
		      const struct vdpam_mgmtdev *mgmtdev)
{
	const char *translation = vdpam_mgmtdev_get_dma_translation(mgmtdev);

	if (translation && !strcmp(translation, "platform") && !host->has_iommu)
		problem(rows, vdpam_mgmtdev_get_handle(mgmtdev),
			"its devices need the system's IOMMU, which is off: nobody can open "
			"them on vhost_vdpa",
			"turn the IOMMU on in the firmware, and boot with intel_iommu=on or "
			"amd_iommu=on");
}

static void check_mgmtdevs(struct json_object *rows, const struct host *host)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	size_t count = 0;

	while ((mgmtdev = vdpam_mgmtdev_next(host->snapshot, mgmtdev))) {
		check_capacity(rows, host->snapshot, mgmtdev);
		check_dma(rows, host, mgmtdev);
		count++;
	}
	if (!count)
		hint(rows, NULL,
		     "there is no management device, so no device can be made",
		     "make a function that has one ('vdpactl list functions', 'vf count', 'sf "
		     "add', 'function bind'), or load vduse for devices in user space");
}

/* ---- Devices ------------------------------------------------------------------------------- */

static void check_label(struct json_object *rows, const struct host *host,
			const struct vdpam_device *device)
{
	const char *path = vdpam_device_get_chardev(device);
	AUTO_FREE char *type = path ? host->selinux_type(path) : NULL;

	if (type && strcmp(type, "vhost_device_t"))
		problem(rows, vdpam_device_get_name(device),
			"SELinux does not label its char device vhost_device_t, so a confined "
			"virtual machine may not open it",
			"run 'semodule -i' once on vdpad.cil, which is among the examples of vdpad, "
			"and bind the device anew");
}

static void check_devices(struct json_object *rows, const struct host *host)
{
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(host->snapshot, device))) {
		const char *fault = view_fault(device);

		if (fault)
			problem(rows, vdpam_device_get_name(device), fault,
				vdpam_device_is_unbinding(device)
					? "end the process that has it open ('vdpactl list "
					  "--holders'); the unbind is then completed"
					: "load the virtio driver (virtio_net, virtio_blk), or look "
					  "at the kernel log");
		check_label(rows, host, device);
	}
}

struct json_object *doctor_findings(const struct host *host)
{
	struct json_object *rows = must(json_object_new_array());

	check_kernel(rows, host);
	check_force(rows, host);
	if (host->snapshot) {
		check_autoprobe(rows, host);
		check_drivers(rows, host);
		check_mgmtdevs(rows, host);
		check_devices(rows, host);
	}
	return rows;
}

/* ---- The host ------------------------------------------------------------------------------ */

static int read_sysctl(const char *path)
{
	char text[16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	return (int)strtol(text, NULL, 10);
}

static bool has_entry(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry = NULL;

	while (folder && (entry = readdir(folder)) && entry->d_name[0] == '.')
		;
	if (folder)
		closedir(folder);
	return entry;
}

/* "system_u:object_r:vhost_device_t:s0" has the type between its second and third colon. */
static char *selinux_type(const char *path)
{
	char label[256], *type, *end;
	ssize_t n;

	if (access("/sys/fs/selinux/enforce", F_OK))
		return NULL;
	n = getxattr(path, "security.selinux", label, sizeof(label) - 1);
	if (n <= 0)
		return NULL;
	label[n] = 0;
	type = strchr(label, ':');
	type = type ? strchr(type + 1, ':') : NULL;
	if (!type)
		return NULL;
	end = strchr(++type, ':');
	return must(end ? strndup(type, (size_t)(end - type)) : strdup(type));
}

static int look(const struct command *cmd, struct view *view, struct host *host)
{
	int status = view_open_if_any(cmd, VDPAM_LOOK_WHOLE, view);

	*host = (struct host){
		.snapshot = view->snapshot,
		.has_bus = !access("/sys/bus/vdpa", F_OK),
		.has_iommu = has_entry("/sys/kernel/iommu_groups"),
		.is_root = !geteuid(),
		.hung_task_panic = read_sysctl("/proc/sys/kernel/hung_task_panic"),
		.has_left_autoprobe = !access(AUTOPROBE_RECORD, F_OK),
		.selinux_type = selinux_type,
	};
	return status;
}

/* ---- The verb ------------------------------------------------------------------------------ */

static void print(struct json_object *rows)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		const char *target = json_object_get_string(json_get(row, "target"));

		printf("%s: %s%s%s\n    %s\n",
		       json_object_get_string(json_get(row, "severity")),
		       target ? target : "", target ? ": " : "",
		       json_object_get_string(json_get(row, "message")),
		       json_object_get_string(json_get(row, "remedy")));
	}
}

static size_t count_problems(struct json_object *rows)
{
	size_t problems = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		problems +=
			!strcmp(json_object_get_string(json_get(
					json_object_array_get_idx(rows, i), "severity")),
				"problem");
	return problems;
}

static int run_doctor(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	struct host host;
	struct json_object *rows;
	size_t problems;
	int status = look(cmd, &view, &host);

	if (status)
		return status;
	rows = doctor_findings(&host);
	problems = count_problems(rows);
	if (cmd->json) {
		json_print(json_listing("findings", rows));
		return problems ? EXIT_PROBLEMS : 0;
	}
	print(rows);
	if (!problems && !cmd->quiet)
		puts("no problem found");
	json_object_put(rows);
	return problems ? EXIT_PROBLEMS : 0;
}

const struct verb doctor_verb = {
	.name = "doctor",
	.usage = "",
	.summary = "Say what is wrong with this host, and what to do",
	.run = run_doctor,
};
