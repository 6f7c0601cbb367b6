/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /run/vdpad/state: locks, which end with their holder, and values to restore, which do not. */
#ifndef VDPAM_STATE_H
#define VDPAM_STATE_H

#include <stdint.h>

/* Opens the folder, made when it is not there. Returns a descriptor; -EACCES when it is not root's. */
int vdpam_state_open(void);

/* Takes the lock of that name. Returns a descriptor that holds it; -ETIMEDOUT. */
int vdpam_state_lock(int state_fd, const char *name, uint64_t deadline_usec);

/* Keeps one bit until it is forgotten. 0 or a negative errno. */
int vdpam_state_save(int state_fd, const char *name, int value);

/* The bit that was kept: 0, 1; -ENOENT. */
int vdpam_state_saved(int state_fd, const char *name);

int vdpam_state_forget(int state_fd, const char *name);

#endif
