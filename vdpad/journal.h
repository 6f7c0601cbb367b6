/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon says: to the journal with fields and message ids where its standard error goes
 * there, else as lines on standard error.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <syslog.h>

struct vdpam_error;

/* What an administrator may want to look for; see journal.c for the ids. */
enum journal_message {
	JOURNAL_OTHER,
	JOURNAL_STARTED,
	JOURNAL_DOCUMENT_LOADED,
	JOURNAL_DOCUMENT_FAULTY,
	JOURNAL_DOCUMENT_DAMAGED,
	JOURNAL_DOCUMENT_LOST, /* to another that names the same */
	JOURNAL_DEVICE_STATE,
	JOURNAL_DEVICE_FAILED,
	JOURNAL_DEVICE_FIGHT,
	JOURNAL_WORKER_STUCK,
	JOURNAL_WORKER_GONE,
	JOURNAL_OVERRUN,
};

/* Writes to the journal only if standard error is connected to it. */
void journal_open(void);

struct journal_fields {
	const char *device;              /* VDPAD_DEVICE=, the kernel's bytes */
	const char *document;            /* VDPAD_DOCUMENT=, path */
	const char *state;               /* VDPAD_STATE= */
	const struct vdpam_error *error; /* VDPAD_ERROR=code, ERRNO=, VDPAD_KERNEL= */
};

/* One line; `fields` may be NULL. */
void journal(enum journal_message message, int priority,
	     const struct journal_fields *fields, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
