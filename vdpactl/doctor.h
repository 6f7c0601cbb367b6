/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vdpactl doctor judges by: the host as it is, gathered once, and the findings about it. */
#ifndef VDPACTL_DOCTOR_H
#define VDPACTL_DOCTOR_H

#include "command.h"

/* What is not in a snapshot. -1: could not be read. */
struct host {
	const struct vdpam_snapshot *snapshot; /* NULL: no vDPA that we can ask */
	bool has_bus;                          /* /sys/bus/vdpa is there */
	bool has_iommu;                        /* any group in /sys/kernel/iommu_groups */
	bool is_root;
	int hung_task_panic; /* sysctl kernel.hung_task_panic */
	bool has_left_autoprobe; /* an interrupted change left its record of drivers_autoprobe */
	/* The SELinux type of a char device, NULL where there is none or no SELinux; to be freed. */
	char *(*selinux_type)(const char *path);
};

/* What is wrong (`problem`) or good to know (`hint`) of a host, as rows. Pure but for selinux_type(). */
struct json_object *doctor_findings(const struct host *host);

#endif
