/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the library share: the context, the making of errors, small helpers. */
#ifndef VDPAM_PRIVATE_H
#define VDPAM_PRIVATE_H

#include <stdlib.h>
#include <unistd.h>

#include "transport.h"
#include "vdpamgmt.h"

struct vdpam_batch;

struct vdpam_ctx {
	int refs;
	struct vdpam_transport transport;
	int sysfs_fd;
	uint16_t vdpa_family;      /* 0: not resolved yet */
	uint16_t devlink_family;   /* the same */
	struct vdpam_batch *batch; /* NULL: none is open */
	void (*log)(void *userdata, int priority, const char *line);
	void *log_userdata;
};

/* The folder /sys, if it is the kernel's. Returns a descriptor or a negative errno. */
int vdpam_open_sysfs(void);

void vdpam_log(struct vdpam_ctx *ctx, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Makes an error, for `return vdpam_fail(...)`. `errnum` is a negative errno, and what is returned.
 * `target` and `kernel` are the kernel's bytes (escaped here) or NULL. The formatted text is the
 * sentence; names in it must be escaped by the caller (VDPAM_ESCAPED). The kernel's words are
 * appended to it after a colon, or strerror() where there are none and `errnum` came from the kernel
 * (codes KERNEL, NOT_AUTHORIZED and UNSUPPORTED).
 */
#define vdpam_fail(ret_error, code, errnum, ...)                               \
	({                                                                     \
		const int failed_errnum = (errnum);                            \
		vdpam_error_make(ret_error, code, failed_errnum, __VA_ARGS__); \
		failed_errnum; /* in sight of the analyzer */                  \
	})
void vdpam_error_make(struct vdpam_error **ret_error, enum vdpam_error_code code,
		      int errnum, const char *target, const char *kernel,
		      const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Gives the holders to an error that vdpam_fail() made; ret_error may be NULL (then they are freed). */
void vdpam_error_take_holders(struct vdpam_error **ret_error,
			      struct vdpam_holders *holders);

/* Adds what came of it to the sentence of an error that vdpam_fail() made, after a semicolon. */
void vdpam_error_add(struct vdpam_error **ret_error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Ends a call that has collected an error of its own: it goes to the caller when `r` is negative, and
 * only then. Returns `r`. `ret_error` and `error` may be NULL.
 */
int vdpam_error_pass(struct vdpam_error **ret_error, struct vdpam_error *error, int r);

/* The code that stands for a kernel's errno where the call itself knows no better one. */
enum vdpam_error_code vdpam_error_code_of(int errnum);

/* Names in sentences: a scoped escaped copy, "?" when there is no memory. */
#define VDPAM_ESCAPED(variable, name)                                        \
	__attribute__((cleanup(vdpam_cleanup_free))) char *variable##_copy = \
		vdpam_name_escape(name);                                     \
	const char *const variable = variable##_copy ? variable##_copy : "?"

static inline void vdpam_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void vdpam_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define VDPAM_AUTO_FREE __attribute__((cleanup(vdpam_cleanup_free)))
#define VDPAM_AUTO_CLOSE __attribute__((cleanup(vdpam_cleanup_close)))

/* A descriptor that is not to be closed with its variable. */
static inline int vdpam_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Microseconds of CLOCK_MONOTONIC; a deadline in it; what is left of one (0 when it has passed). */
uint64_t vdpam_now_usec(void);
uint64_t vdpam_deadline_usec(uint64_t timeout_usec);
uint64_t vdpam_left_usec(uint64_t deadline_usec);

#endif
