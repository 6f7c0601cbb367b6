// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The strict reading of JSON that comes before json-c, which even when strict takes keys twice,
 * single quotes, NaN, embedded NULs, and makes 2^64 - 1 of what is larger.
 */
#include "json-scan.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "json-string.h"
#include "private.h"

const struct vdpam_json_limits vdpam_json_document = {
	.size = VDPAM_JSON_MAX_SIZE,
	.string = VDPAM_JSON_MAX_STRING,
	.containers = VDPAM_JSON_MAX_CONTAINERS,
};
const struct vdpam_json_limits vdpam_json_message = {
	.size = 64U << 20,
	.string = 64U << 10,
	.containers = 400000,
};

struct scan {
	const char *next, *end;
	const char *line_start;
	size_t line;
	const char *file;
	const struct vdpam_json_limits *limits;
	struct vdpam_faults *faults;
	unsigned int depth;
	unsigned int containers;
	bool is_faulty;
};

/* What follows a value: the functions below return whether the rest can still be read. */
static bool scan_value(struct scan *scan, const struct vdpam_path *path);

/* ---- Saying so ----------------------------------------------------------------------------- */

static void say_at(struct scan *scan, const struct vdpam_path *path, const char *where,
		   const char *what)
{
	scan->is_faulty = true;
	vdpam_fault(scan->faults, scan->file, path, "line %zu, column %zu: %s",
		    scan->line, (size_t)(where - scan->line_start) + 1, what);
}

/* What is wrong with the piece of text that begins at `where`. */
static void say_piece(struct scan *scan, const struct vdpam_path *path, const char *where,
		      size_t size, const char *what)
{
	VDPAM_SHOWN(shown, where, size);

	scan->is_faulty = true;
	vdpam_fault(scan->faults, scan->file, path, "line %zu, column %zu: %s %s",
		    scan->line, (size_t)(where - scan->line_start) + 1, shown, what);
}

/* The end of the reading. */
static bool stop(struct scan *scan, const struct vdpam_path *path, const char *what)
{
	say_at(scan, path, scan->next, what);
	return false;
}

/* ---- Blanks -------------------------------------------------------------------------------- */

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

static void skip_blanks(struct scan *scan)
{
	for (; scan->next < scan->end && is_blank(*scan->next); scan->next++) {
		if (*scan->next == '\n') {
			scan->line++;
			scan->line_start = scan->next + 1;
		}
	}
}

/* The byte that comes next, after blanks; -1 at the end. */
static int peek(struct scan *scan)
{
	skip_blanks(scan);
	return scan->next < scan->end ? (unsigned char)*scan->next : -1;
}

/* ---- Words and numbers --------------------------------------------------------------------- */

/* The letters, digits and signs from here on. */
static size_t word_size(const struct scan *scan)
{
	const char *p = scan->next;

	while (p < scan->end && (isalnum((unsigned char)*p) || strchr("+-._", *p)) && *p)
		p++;
	return (size_t)(p - scan->next);
}

static bool is_word(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && !memcmp(text, word, size);
}

/* What is written where a value should begin. */
static bool stop_at_stranger(struct scan *scan, const struct vdpam_path *path)
{
	size_t size = word_size(scan);

	if (scan->next == scan->end)
		return stop(scan, path, "the text ends where a value should begin");
	if (*scan->next == '\'')
		return stop(scan, path, "a string is written in double quotes");
	if (*scan->next == '/' || *scan->next == '#')
		return stop(scan, path, "JSON has no comments");
	if (strchr(",]}:", *scan->next) && *scan->next)
		return stop(scan, path, "there is no value here");
	say_piece(scan, path, scan->next, size ? size : 1, "is no value that JSON has");
	return false;
}

static bool scan_word(struct scan *scan, const struct vdpam_path *path)
{
	size_t size = word_size(scan);

	if (!is_word(scan->next, size, "true") && !is_word(scan->next, size, "false") &&
	    !is_word(scan->next, size, "null"))
		return stop_at_stranger(scan, path);
	scan->next += size;
	return true;
}

/* Whether the digits are at most those of `limit`. */
static bool fits(const char *digits, size_t size, const char *limit)
{
	return size < strlen(limit) ||
	       (size == strlen(limit) && memcmp(digits, limit, size) <= 0);
}

static bool scan_number(struct scan *scan, const struct vdpam_path *path)
{
	const char *start = scan->next;
	size_t size = word_size(scan);
	bool is_negative = *start == '-';
	const char *digits = start + is_negative;
	size_t count = 0;

	while (count < size - is_negative && isdigit((unsigned char)digits[count]))
		count++;
	if (!count) {
		say_piece(scan, path, start, size, "is no number that JSON has");
		return false;
	}
	if (count > 1 && *digits == '0')
		say_piece(scan, path, start, size, "begins with a zero too many");
	else if (count + is_negative < size)
		say_piece(scan, path, start, size, "is not written as a whole number");
	else if (!fits(digits, count,
		       is_negative ? "9223372036854775808" : "18446744073709551615"))
		say_piece(scan, path, start, size,
			  "is not in -9223372036854775808..18446744073709551615");
	scan->next += size;
	return true;
}

/* ---- Strings ------------------------------------------------------------------------------- */

/* One character of a string. */
static bool scan_character(struct scan *scan, const struct vdpam_path *path,
			   size_t *length)
{
	const char *start = scan->next;

	switch (vdpam_json_character(&scan->next, scan->end, length)) {
	case VDPAM_JSON_RIGHT:
		return true;
	case VDPAM_JSON_NUL:
		say_at(scan, path, start, "\\u0000 is in no text that is taken here");
		return true;
	case VDPAM_JSON_LONE_SURROGATE:
		say_at(scan, path, start, "half of a surrogate pair");
		return true;
	case VDPAM_JSON_CONTROL:
		say_at(scan, path, start, "a control character has to be escaped");
		/* What ends the line most likely stands for quotes that were forgotten. */
		return *start != '\n';
	case VDPAM_JSON_NO_ESCAPE:
		say_at(scan, path, start, "no escape that JSON has");
		return true;
	case VDPAM_JSON_NO_UTF8:
		say_piece(scan, path, start, (size_t)(scan->next - start),
			  "is not UTF-8");
		return false;
	case VDPAM_JSON_CUT:
		scan->next = scan->end;
		return stop(scan, path, "the text ends in a string");
	}
	return false;
}

/* The characters from here on that are themselves: nearly all that there are. */
static size_t plain_size(const struct scan *scan)
{
	const char *p = scan->next;

	while (p < scan->end && *p >= 0x20 && *p <= 0x7e && *p != '"' && *p != '\\')
		p++;
	return (size_t)(p - scan->next);
}

/* With the quotes. */
static bool scan_string(struct scan *scan, const struct vdpam_path *path)
{
	const char *start = scan->next++;
	size_t length = 0;
	char what[64];

	while (scan->next == scan->end || *scan->next != '"') {
		size_t size = plain_size(scan);

		scan->next += size;
		length += size;
		if (!size && !scan_character(scan, path, &length))
			return false;
	}
	scan->next++;
	if (length > scan->limits->string) {
		snprintf(what, sizeof(what), "is longer than %zu bytes",
			 scan->limits->string);
		say_piece(scan, path, start + 1, (size_t)(scan->next - start) - 2, what);
	}
	return true;
}

/* ---- Lists and objects --------------------------------------------------------------------- */

static bool enter(struct scan *scan, const struct vdpam_path *path)
{
	char what[64];

	if (scan->depth == VDPAM_JSON_MAX_DEPTH)
		return stop(scan, path, "more than 16 lists and objects in each other");
	if (scan->containers++ == scan->limits->containers) {
		snprintf(what, sizeof(what), "more than %u lists and objects",
			 scan->limits->containers);
		return stop(scan, path, what);
	}
	scan->depth++;
	scan->next++;
	return true;
}

/* After an item: whether another one comes, in *ret_more. */
static bool scan_separator(struct scan *scan, const struct vdpam_path *path, char closing,
			   bool *ret_more)
{
	int byte = peek(scan);

	*ret_more = byte == ',';
	if (byte == closing) {
		scan->next++;
		return true;
	}
	if (byte == '/' || byte == '#')
		return stop(scan, path, "JSON has no comments");
	if (byte != ',')
		return stop(scan, path,
			    closing == ']' ? "',' or ']' is missing here"
					   : "',' or '}' is missing here");
	scan->next++;
	if (peek(scan) == closing)
		return stop(scan, path,
			    closing == ']' ? "',' before ']'" : "',' before '}'");
	return true;
}

static bool scan_list(struct scan *scan, const struct vdpam_path *path)
{
	struct vdpam_path item = { .up = path };
	bool more = true;

	if (!enter(scan, path))
		return false;
	if (peek(scan) == ']') {
		scan->next++;
		more = false;
	}
	for (; more; item.index++) {
		if (!scan_value(scan, &item) || !scan_separator(scan, path, ']', &more))
			return false;
	}
	scan->depth--;
	return true;
}

struct key {
	const char *text; /* between the quotes */
	size_t size;
};

/* The key, and the colon after it. */
static bool scan_key(struct scan *scan, const struct vdpam_path *path, struct key *key)
{
	int byte = peek(scan);

	if (byte < 0)
		return stop(scan, path, "the text ends where a key should begin");
	if (byte == '/' || byte == '#')
		return stop(scan, path, "JSON has no comments");
	if (byte != '"')
		return stop(scan, path, "a key is written in double quotes");
	key->text = scan->next + 1;
	if (!scan_string(scan, path))
		return false;
	key->size = (size_t)(scan->next - key->text) - 1;
	if (peek(scan) != ':')
		return stop(scan, path, "':' is missing here, after the key");
	scan->next++;
	return true;
}

static bool is_twice(const struct key *keys, size_t count)
{
	const struct key *last = &keys[count - 1];

	for (size_t i = 0; i + 1 < count; i++) {
		if (vdpam_json_string_equal(keys[i].text, keys[i].size, last->text,
					    last->size))
			return true;
	}
	return false;
}

static bool scan_member(struct scan *scan, const struct vdpam_path *path,
			struct key *keys, size_t *count)
{
	struct vdpam_path member = { .up = path };
	struct key *key = &keys[*count];

	if (*count == VDPAM_JSON_MAX_KEYS)
		return stop(scan, path, "more than 64 keys in one object");
	if (!scan_key(scan, path, key))
		return false;
	++*count;
	member.key = key->text;
	member.key_size = key->size;
	if (is_twice(keys, *count))
		say_at(scan, &member, key->text - 1, "this key is there twice");
	return scan_value(scan, &member);
}

static bool scan_object(struct scan *scan, const struct vdpam_path *path)
{
	struct key keys[VDPAM_JSON_MAX_KEYS];
	size_t count = 0;
	bool more = true;

	if (!enter(scan, path))
		return false;
	if (peek(scan) == '}') {
		scan->next++;
		more = false;
	}
	while (more) {
		if (!scan_member(scan, path, keys, &count) ||
		    !scan_separator(scan, path, '}', &more))
			return false;
	}
	scan->depth--;
	return true;
}

static bool scan_value(struct scan *scan, const struct vdpam_path *path)
{
	int byte = peek(scan);

	if (byte == '{')
		return scan_object(scan, path);
	if (byte == '[')
		return scan_list(scan, path);
	if (byte == '"')
		return scan_string(scan, path);
	if (byte == '-' || (byte >= '0' && byte <= '9'))
		return scan_number(scan, path);
	if (byte >= 'a' && byte <= 'z')
		return scan_word(scan, path);
	return stop_at_stranger(scan, path);
}

int vdpam_json_scan(const char *text, size_t size, const char *file,
		    const struct vdpam_json_limits *limits, struct vdpam_faults *faults)
{
	struct scan scan = {
		.next = text,
		.end = text + size,
		.line_start = text,
		.line = 1,
		.file = file,
		.limits = limits,
		.faults = faults,
	};

	if (size > limits->size) {
		vdpam_fault(faults, file, NULL, "more than %zu MiB of text",
			    limits->size >> 20);
		return -EINVAL;
	}
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		stop(&scan, NULL, "JSON begins without a byte order mark");
	else if (scan_value(&scan, NULL) && peek(&scan) >= 0)
		stop(&scan, NULL, "there is more text after the document");
	return scan.is_faulty ? -EINVAL : 0;
}

int vdpam_json_build(const char *text, size_t size, struct json_object **ret_json)
{
	struct json_tokener *tokener = json_tokener_new_ex(VDPAM_JSON_MAX_DEPTH + 1);
	enum json_tokener_error error;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*ret_json = json_tokener_parse_ex(tokener, text, (int)size);
	/* A number could go on: only this says that it does not. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*ret_json = json_tokener_parse_ex(tokener, "", -1);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	return error == json_tokener_success ? 0 : -ENOMEM;
}

int vdpam_json_parse(const char *text, size_t size, struct json_object **ret_json)
{
	struct vdpam_faults *faults = vdpam_faults_new();
	int r = faults ? 0 : -ENOMEM;

	if (!r)
		r = vdpam_json_scan(text, size, "", &vdpam_json_message, faults);
	vdpam_faults_free(faults);
	return r < 0 ? r : vdpam_json_build(text, size, ret_json);
}
