// SPDX-License-Identifier: LGPL-2.1-or-later
/* Error objects, and the one table of what each code is called and which exit status it has. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "holders.h"
#include "private.h"

struct vdpam_error {
	enum vdpam_error_code code;
	int errnum; /* positive */
	char *message;
	char *kernel;
	char *target;
	struct vdpam_holders *holders;
};

static const struct {
	const char *name;
	int exit_status;
} codes[] = {
	[VDPAM_ERROR_USAGE] = { "usage", 64 },
	[VDPAM_ERROR_INVALID_NAME] = { "invalid-name", 64 },
	[VDPAM_ERROR_INVALID_VALUE] = { "invalid-value", 64 },
	[VDPAM_ERROR_INVALID_DOCUMENT] = { "invalid-document", 65 },
	[VDPAM_ERROR_NO_SUCH_DEVICE] = { "no-such-device", 4 },
	[VDPAM_ERROR_NO_SUCH_MGMTDEV] = { "no-such-mgmtdev", 4 },
	[VDPAM_ERROR_NO_SUCH_FUNCTION] = { "no-such-function", 4 },
	[VDPAM_ERROR_NO_SUCH_DOCUMENT] = { "no-such-document", 4 },
	[VDPAM_ERROR_IN_USE] = { "in-use", 5 },
	[VDPAM_ERROR_MANAGED] = { "managed", 5 },
	[VDPAM_ERROR_COLLATERAL] = { "collateral", 5 },
	[VDPAM_ERROR_WRONG_DRIVER] = { "wrong-driver", 5 },
	[VDPAM_ERROR_NO_KERNEL_SUPPORT] = { "no-kernel-support", 69 },
	[VDPAM_ERROR_DAEMON_UNREACHABLE] = { "daemon-unreachable", 69 },
	[VDPAM_ERROR_TIMEOUT] = { "timeout", 75 },
	[VDPAM_ERROR_KERNEL_STUCK] = { "kernel-stuck", 75 },
	[VDPAM_ERROR_NOT_AUTHORIZED] = { "not-authorized", 77 },
	[VDPAM_ERROR_EXISTS] = { "exists", 1 },
	[VDPAM_ERROR_MGMTDEV_FULL] = { "mgmtdev-full", 1 },
	[VDPAM_ERROR_UNSUPPORTED] = { "unsupported", 1 },
	[VDPAM_ERROR_CHANGED_UNDERNEATH] = { "changed-underneath", 1 },
	[VDPAM_ERROR_KERNEL] = { "kernel", 1 },
	[VDPAM_ERROR_INTERNAL] = { "internal", 1 },
};

static bool is_code(enum vdpam_error_code code)
{
	return (unsigned int)code < sizeof(codes) / sizeof(*codes);
}

const char *vdpam_error_code_name(enum vdpam_error_code code)
{
	return is_code(code) ? codes[code].name : "internal";
}

int vdpam_error_code_exit_status(enum vdpam_error_code code)
{
	return is_code(code) ? codes[code].exit_status : 1;
}

enum vdpam_error_code vdpam_error_code_of(int errnum)
{
	switch (errnum) {
	case -EPERM:
	case -EACCES:
		return VDPAM_ERROR_NOT_AUTHORIZED;
	case -EOPNOTSUPP:
		return VDPAM_ERROR_UNSUPPORTED;
	case -ENOMEM:
		return VDPAM_ERROR_INTERNAL;
	default:
		return VDPAM_ERROR_KERNEL;
	}
}

struct vdpam_error *vdpam_error_free(struct vdpam_error *error)
{
	if (error) {
		vdpam_holders_free(error->holders);
		free(error->message);
		free(error->kernel);
		free(error->target);
		free(error);
	}
	return NULL;
}

/* What follows the sentence after a colon: the kernel's words, or its errno in the C library's. */
static const char *reason_of(const struct vdpam_error *error)
{
	if (error->kernel)
		return error->kernel;
	if (error->code == VDPAM_ERROR_KERNEL || error->code == VDPAM_ERROR_INTERNAL)
		return strerror(error->errnum);
	return NULL;
}

__attribute__((format(printf, 2, 0))) static void format_message(
	struct vdpam_error *error, const char *format, va_list args)
{
	VDPAM_AUTO_FREE char *sentence = NULL;
	const char *reason = reason_of(error);

	if (vasprintf(&sentence, format, args) < 0) {
		sentence = NULL;
		return;
	}
	if (asprintf(&error->message, "%s%s%s", sentence, reason ? ": " : "",
		     reason ? reason : "") < 0)
		error->message = NULL;
}

void vdpam_error_make(struct vdpam_error **ret_error, enum vdpam_error_code code,
		      int errnum, const char *target, const char *kernel,
		      const char *format, ...)
{
	struct vdpam_error *error;
	va_list args;

	if (!ret_error)
		return;
	error = calloc(1, sizeof(*error));
	if (!error) {
		*ret_error = NULL;
		return;
	}
	error->code = code;
	error->errnum = -errnum;
	error->target = target ? vdpam_name_escape(target) : NULL;
	error->kernel = kernel ? vdpam_name_escape(kernel) : NULL;
	va_start(args, format);
	format_message(error, format, args);
	va_end(args);
	*ret_error = error;
}

struct vdpam_error *vdpam_error_new(enum vdpam_error_code code, int errnum,
				    const char *target, const char *kernel,
				    const char *message)
{
	struct vdpam_error *error = calloc(1, sizeof(*error));

	if (!error)
		return NULL;
	error->code = code;
	error->errnum = errnum;
	error->target = target ? vdpam_name_escape(target) : NULL;
	error->kernel = kernel ? vdpam_name_escape(kernel) : NULL;
	error->message = strdup(message);
	return error;
}

struct vdpam_error *vdpam_error_copy(const struct vdpam_error *error)
{
	struct vdpam_error *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->code = vdpam_error_get_code(error);
	copy->errnum = vdpam_error_get_errno(error);
	copy->message = strdup(vdpam_error_get_message(error));
	copy->target = error && error->target ? strdup(error->target) : NULL;
	copy->kernel = error && error->kernel ? strdup(error->kernel) : NULL;
	copy->holders = error ? vdpam_holders_copy(error->holders) : NULL;
	return copy;
}

struct vdpam_error *vdpam_error_name_holders(const struct vdpam_error *error,
					     const struct vdpam_holders *holders)
{
	struct vdpam_error *named = vdpam_error_copy(error);
	VDPAM_AUTO_FREE char *text = vdpam_holders_text(holders);
	const char *at = named ? strstr(named->message, VDPAM_UNSEEN_HOLDER) : NULL;
	char *message;

	if (!named || !text)
		return named;
	if (at && asprintf(&message, "%.*s%s%s", (int)(at - named->message),
			   named->message, text, at + strlen(VDPAM_UNSEEN_HOLDER)) >= 0) {
		free(named->message);
		named->message = message;
	}
	vdpam_holders_free(named->holders);
	named->holders = vdpam_holders_copy(holders);
	return named;
}

int vdpam_error_code_parse(const char *name, enum vdpam_error_code *ret_code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (!strcmp(codes[i].name, name)) {
			*ret_code = (enum vdpam_error_code)i;
			return 0;
		}
	}
	return -EINVAL;
}

void vdpam_error_take_holders(struct vdpam_error **ret_error,
			      struct vdpam_holders *holders)
{
	if (ret_error && *ret_error)
		(*ret_error)->holders = holders;
	else
		vdpam_holders_free(holders);
}

void vdpam_error_add(struct vdpam_error **ret_error, const char *format, ...)
{
	VDPAM_AUTO_FREE char *more = NULL;
	char *message;
	va_list args;
	int n;

	if (!ret_error || !*ret_error || !(*ret_error)->message)
		return;
	va_start(args, format);
	n = vasprintf(&more, format, args);
	va_end(args);
	if (n < 0) {
		more = NULL;
		return;
	}
	if (asprintf(&message, "%s; %s", (*ret_error)->message, more) < 0)
		return;
	free((*ret_error)->message);
	(*ret_error)->message = message;
}

int vdpam_error_pass(struct vdpam_error **ret_error, struct vdpam_error *error, int r)
{
	if (r < 0 && ret_error)
		*ret_error = error;
	else
		vdpam_error_free(error);
	return r;
}

enum vdpam_error_code vdpam_error_get_code(const struct vdpam_error *error)
{
	return error ? error->code : VDPAM_ERROR_INTERNAL;
}

int vdpam_error_get_errno(const struct vdpam_error *error)
{
	return error ? error->errnum : ENOMEM;
}

const char *vdpam_error_get_message(const struct vdpam_error *error)
{
	return error && error->message ? error->message : "out of memory";
}

const char *vdpam_error_get_kernel(const struct vdpam_error *error)
{
	return error ? error->kernel : NULL;
}

const char *vdpam_error_get_target(const struct vdpam_error *error)
{
	return error ? error->target : NULL;
}

const struct vdpam_holders *vdpam_error_get_holders(const struct vdpam_error *error)
{
	return error ? error->holders : NULL;
}
