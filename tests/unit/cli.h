/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of vdpactl share: a command line as text, and what is printed as strings. */
#ifndef TESTS_CLI_H
#define TESTS_CLI_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro called fail(). */
#include "../../vdpactl/command.h"

#include <cmocka.h>

/* Each verb of vdpactl, then NULL. */
extern const struct verb *const all_verbs[];

/* Parses words with one blank between them; those and `cmd` are valid until the next call. */
struct cli_error *parse_line(struct command *cmd, const char *line);

struct printed {
	char out[65536], err[8192];
	int status;
};

/* Runs the function with standard output and error caught; between them nothing else is printed. */
void catch_output(int (*run)(void *userdata), void *userdata, struct printed *printed);

/* The text is what is in tests/data/cli/NAME. */
void expect_golden(const char *text, const char *name);

/* The text has these words in it. */
void expect_words(const char *text, const char *words);

#endif
