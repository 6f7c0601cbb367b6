/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The characters of a JSON string, as they are written: escapes, UTF-8, surrogates. */
#ifndef VDPAM_JSON_STRING_H
#define VDPAM_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>

enum vdpam_json_character {
	VDPAM_JSON_RIGHT,
	VDPAM_JSON_NUL,            /* \u0000 */
	VDPAM_JSON_LONE_SURROGATE, /* \ud800 without its other half */
	VDPAM_JSON_CONTROL,        /* a byte below 0x20 as it is */
	VDPAM_JSON_NO_ESCAPE,
	VDPAM_JSON_NO_UTF8,
	VDPAM_JSON_CUT, /* the text ends in it */
};

/*
 * Reads one character of a string that ends at `end` at the latest and moves *next behind it.
 * *length grows by the bytes that it takes in UTF-8.
 */
enum vdpam_json_character vdpam_json_character(const char **next, const char *end,
					       size_t *length);

/* Whether two strings, both right, say the same whatever their escapes. */
bool vdpam_json_string_equal(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
