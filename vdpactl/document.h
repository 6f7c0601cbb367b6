/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents named on the command line: reading them, and what they are kept under. */
#ifndef VDPACTL_DOCUMENT_H
#define VDPACTL_DOCUMENT_H

#include "command.h"

/*
 * Fills cmd->files from the verb's arguments, "-" being standard input. In the process of the caller,
 * for as long as they take: what is piped to us may come slowly, and Ctrl-C shall end it. NULL, or
 * the error.
 */
struct cli_error *document_read(struct command *cmd);

/* What was read, as one document. 0, or the exit status of an error that was printed, with each fault. */
int document_open(const struct command *cmd, struct vdpam_document **ret_document);

#define AUTO_DOCUMENT __attribute__((cleanup(document_close)))
void document_close(struct vdpam_document **document);

/*
 * The name that the files are kept under: --name, or the base name of the only one without ".json";
 * standard input is "default". To be freed. NULL, or the error.
 */
struct cli_error *document_name(const struct command *cmd, char **ret_name);

#endif
