/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child process that writes one token to one file of /sys, for writes that the kernel may keep
 * for as long as it likes: the child may end up in state D, the caller never does.
 */
#ifndef VDPAM_WRITER_H
#define VDPAM_WRITER_H

#include <stdbool.h>
#include <stdint.h>

struct vdpam_writer;

/*
 * Makes the child. It waits for vdpam_writer_go(), and ends without writing when the caller ends
 * first. It holds no descriptors of the caller's but `fd` and `lock_fd` (-1: none), whose lock so
 * lasts as long as the write. Both stay the caller's.
 */
int vdpam_writer_new(int fd, int lock_fd, const char *token,
		     struct vdpam_writer **ret_writer);

/* Lets it write. 0, -EPIPE when it is gone. */
int vdpam_writer_go(struct vdpam_writer *writer);

/* What the write gave, 0 or a negative errno; -ETIMEDOUT when it has not returned by then. */
int vdpam_writer_wait(struct vdpam_writer *writer, uint64_t deadline_usec);

/* Whether the write sleeps in the kernel, where only what it waits for can wake it. */
bool vdpam_writer_sleeps(const struct vdpam_writer *writer);

/* Frees it; NULL is taken. A child that was let go is left alone, one that was not ends. */
struct vdpam_writer *vdpam_writer_free(struct vdpam_writer *writer);

#endif
