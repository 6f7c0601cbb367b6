// SPDX-License-Identifier: LGPL-2.1-or-later
/* The characters of a JSON string, as they are written. Reads hostile bytes; builds nothing. */
#include "json-string.h"

#include <stdint.h>
#include <string.h>

static bool is_high_surrogate(uint32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(uint32_t unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* ---- Escapes ------------------------------------------------------------------------------- */

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* The number in \uHHHH, which begins at `text`. */
static bool read_unit(const char *text, const char *end, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
		return false;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	*ret_unit = unit;
	return true;
}

static enum vdpam_json_character read_long_escape(const char **next, const char *end,
						  uint32_t *ret_code)
{
	uint32_t low;

	if (!read_unit(*next, end, ret_code)) {
		*next += 2;
		return VDPAM_JSON_NO_ESCAPE;
	}
	*next += 6;
	if (*ret_code == 0)
		return VDPAM_JSON_NUL;
	if (is_high_surrogate(*ret_code) && read_unit(*next, end, &low) &&
	    is_low_surrogate(low)) {
		*ret_code = 0x10000 + ((*ret_code - 0xd800) << 10) + (low - 0xdc00);
		*next += 6;
		return VDPAM_JSON_RIGHT;
	}
	if (is_high_surrogate(*ret_code) || is_low_surrogate(*ret_code))
		return VDPAM_JSON_LONE_SURROGATE;
	return VDPAM_JSON_RIGHT;
}

static enum vdpam_json_character read_escape(const char **next, const char *end,
					     uint32_t *ret_code)
{
	static const char letters[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (end - *next < 2) {
		*next = end;
		return VDPAM_JSON_CUT;
	}
	if ((*next)[1] == 'u')
		return read_long_escape(next, end, ret_code);
	letter = (*next)[1] ? strchr(letters, (*next)[1]) : NULL;
	*next += 2;
	if (!letter)
		return VDPAM_JSON_NO_ESCAPE;
	*ret_code = (unsigned char)codes[letter - letters];
	return VDPAM_JSON_RIGHT;
}

/* ---- UTF-8 --------------------------------------------------------------------------------- */

/* How many bytes follow this one, and the least code that needs so many; -1 for none. */
static int utf8_follow(unsigned char byte, uint32_t *ret_code, uint32_t *ret_least)
{
	static const struct {
		unsigned char mask, mark;
		uint32_t least;
	} forms[] = { { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (int i = 0; i < 3; i++) {
		if ((byte & forms[i].mask) == forms[i].mark) {
			*ret_code = byte & (unsigned char)~forms[i].mask;
			*ret_least = forms[i].least;
			return i + 1;
		}
	}
	return -1;
}

static enum vdpam_json_character read_utf8(const char **next, const char *end,
					   uint32_t *ret_code)
{
	uint32_t code = 0, least = 0;
	int follow = utf8_follow((unsigned char)*(*next)++, &code, &least);

	if (follow < 0 || end - *next < follow)
		return VDPAM_JSON_NO_UTF8;
	for (; follow; follow--) {
		unsigned char byte = (unsigned char)**next;

		if ((byte & 0xc0) != 0x80)
			return VDPAM_JSON_NO_UTF8;
		code = code << 6 | (byte & 0x3f);
		++*next;
	}
	if (code < least || code > 0x10ffff || is_high_surrogate(code) ||
	    is_low_surrogate(code))
		return VDPAM_JSON_NO_UTF8;
	*ret_code = code;
	return VDPAM_JSON_RIGHT;
}

/* ---- Characters ---------------------------------------------------------------------------- */

static enum vdpam_json_character read_character(const char **next, const char *end,
						uint32_t *ret_code)
{
	unsigned char byte;

	if (*next == end)
		return VDPAM_JSON_CUT;
	byte = (unsigned char)**next;
	if (byte == '\\')
		return read_escape(next, end, ret_code);
	if (byte >= 0x80)
		return read_utf8(next, end, ret_code);
	++*next;
	*ret_code = byte;
	return byte < 0x20 ? VDPAM_JSON_CONTROL : VDPAM_JSON_RIGHT;
}

static size_t utf8_size(uint32_t code)
{
	if (code < 0x80)
		return 1;
	if (code < 0x800)
		return 2;
	return code < 0x10000 ? 3 : 4;
}

enum vdpam_json_character vdpam_json_character(const char **next, const char *end,
					       size_t *length)
{
	uint32_t code = 0;
	enum vdpam_json_character kind = read_character(next, end, &code);

	*length += utf8_size(code);
	return kind;
}

bool vdpam_json_string_equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const char *a_end = a + a_size, *b_end = b + b_size;

	if (!memchr(a, '\\', a_size) && !memchr(b, '\\', b_size))
		return a_size == b_size && !memcmp(a, b, a_size);
	while (a < a_end && b < b_end) {
		uint32_t a_code = 0, b_code = 0;

		read_character(&a, a_end, &a_code);
		read_character(&b, b_end, &b_code);
		if (a_code != b_code)
			return false;
	}
	return a == a_end && b == b_end;
}
