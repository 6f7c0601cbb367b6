// SPDX-License-Identifier: GPL-2.0-or-later
/* Structured lines for the journal; the same text for a terminal. Never fails, never waits long. */
#include "journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <vdpamgmt.h>

#define FIELDS_MAX 12

/* One for each enum journal_message, for ever: `journalctl MESSAGE_ID=…` and catalogs go by them. */
static const char *const ids[] = {
	[JOURNAL_OTHER] = NULL,
	[JOURNAL_STARTED] = "efdcb4f64078433582af847f4cc9eccb",
	[JOURNAL_DOCUMENT_LOADED] = "a709d088be8f419b9775910ee686f717",
	[JOURNAL_DOCUMENT_FAULTY] = "5f67b0226d03416095cc86411597b685",
	[JOURNAL_DOCUMENT_DAMAGED] = "88e4eed3603c4276a7ec79dff11525ce",
	[JOURNAL_DOCUMENT_LOST] = "6d5a85043974422082fc8a282d3f4d08",
	[JOURNAL_DEVICE_STATE] = "16ab26ff55234ddebd1cd9751cf5a70d",
	[JOURNAL_DEVICE_FAILED] = "82a764bd5159489981316bdbd540a83c",
	[JOURNAL_DEVICE_FIGHT] = "e02558a220f84127af0bd6f092602d79",
	[JOURNAL_WORKER_STUCK] = "3b83d38a4ee34876ae5ef0e7fd7c8133",
	[JOURNAL_WORKER_GONE] = "c82f9c23c582468cbc3680baf38f31da",
	[JOURNAL_OVERRUN] = "3a0f62eb39bf48498071bc9b441c2db6",
};

static int to_journal;

/* JOURNAL_STREAM=DEVICE:INODE, as systemd says which socket standard error is (systemd.exec(5)). */
void journal_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	to_journal = !strcmp(stream, own);
}

struct entry {
	struct iovec fields[FIELDS_MAX];
	int count;
};

__attribute__((format(printf, 2, 3))) static void add(struct entry *entry,
						      const char *format, ...)
{
	char *text;
	va_list args;
	int size;

	va_start(args, format);
	size = vasprintf(&text, format, args);
	va_end(args);
	if (size >= 0 && entry->count < FIELDS_MAX)
		entry->fields[entry->count++] =
			(struct iovec){ .iov_base = text, .iov_len = (size_t)size };
	else if (size >= 0)
		free(text);
}

static void add_name(struct entry *entry, const char *key, const char *name)
{
	char *shown = name ? vdpam_name_escape(name) : NULL;

	if (shown)
		add(entry, "%s=%s", key, shown);
	free(shown);
}

static void add_fields(struct entry *entry, const struct journal_fields *fields)
{
	const struct vdpam_error *error = fields->error;

	add_name(entry, "VDPAD_DEVICE", fields->device);
	add_name(entry, "VDPAD_DOCUMENT", fields->document);
	if (fields->state)
		add(entry, "VDPAD_STATE=%s", fields->state);
	if (!error)
		return;
	add(entry, "VDPAD_ERROR=%s", vdpam_error_code_name(vdpam_error_get_code(error)));
	if (vdpam_error_get_errno(error))
		add(entry, "ERRNO=%d", vdpam_error_get_errno(error));
	if (vdpam_error_get_kernel(error))
		add(entry, "VDPAD_KERNEL=%s", vdpam_error_get_kernel(error));
}

static void send(enum journal_message message, int priority,
		 const struct journal_fields *fields, const char *line)
{
	struct entry entry = {};

	add(&entry, "MESSAGE=%s", line);
	add(&entry, "PRIORITY=%d", priority);
	add(&entry, "SYSLOG_IDENTIFIER=vdpad");
	if (ids[message])
		add(&entry, "MESSAGE_ID=%s", ids[message]);
	if (fields)
		add_fields(&entry, fields);
	sd_journal_sendv(entry.fields, entry.count);
	for (int i = 0; i < entry.count; i++)
		free(entry.fields[i].iov_base);
}

void journal(enum journal_message message, int priority,
	     const struct journal_fields *fields, const char *format, ...)
{
	char *line;
	va_list args;
	int size;

	va_start(args, format);
	size = vasprintf(&line, format, args);
	va_end(args);
	if (size < 0)
		return;
	if (to_journal)
		send(message, priority, fields, line);
	else if (priority < LOG_DEBUG)
		fprintf(stderr, "vdpad: %s\n", line);
	free(line);
}
