/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots written by hand, in the JSON that `vdpactl --json` prints; what is left out is unknown. */
#ifndef TESTS_SNAPSHOTS_H
#define TESTS_SNAPSHOTS_H

struct json_object;
struct vdpam_snapshot;

/*
 * {"mgmtdevs":[…],"devices":[…],"functions":[…],"drivers":[…]}, each of them as short as the test
 * wants it. Devices have a chardev's {"uid","gid","mode"} as "chardev_access" too, PFs their "vfs".
 * Ends the program where it is not right. To be given back with vdpam_snapshot_unref().
 */
struct vdpam_snapshot *snapshot_from_json(struct json_object *json);

#endif
