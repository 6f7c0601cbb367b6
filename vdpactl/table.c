// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of JSON as aligned text: the one way from a row to a table, so that table and JSON cannot
 * differ. It knows nothing of what the rows are about. All text in the rows is printable ASCII.
 */
#include <json-c/json.h>
#include <string.h>

#include "command.h"

#define GAP 2 /* between two columns */

static void write_value(FILE *stream, struct json_object *value, const char *separator);

static void write_array(FILE *stream, struct json_object *array, const char *separator)
{
	size_t count = json_object_array_length(array);

	if (!count)
		fputc('-', stream);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? separator : "", stream);
		write_value(stream, json_object_array_get_idx(array, i), separator);
	}
}

static void write_object(FILE *stream, struct json_object *object)
{
	const char *gap = "";

	json_object_object_foreach(object, key, value)
	{
		(void)key;
		fputs(gap, stream);
		write_value(stream, value, ",");
		gap = " ";
	}
}

static void write_value(FILE *stream, struct json_object *value, const char *separator)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		fputc('-', stream);
		break;
	case json_type_boolean:
		fputs(json_object_get_boolean(value) ? "yes" : "no", stream);
		break;
	case json_type_array:
		write_array(stream, value, separator);
		break;
	case json_type_object:
		write_object(stream, value);
		break;
	case json_type_string:
	case json_type_int:
	case json_type_double:
		fputs(json_object_get_string(value), stream);
		break;
	}
}

static char *finish(FILE *stream, char **text)
{
	if (fclose(stream))
		out_of_memory();
	return *text;
}

char *cell_text(struct json_object *value)
{
	char *text = NULL;
	size_t size;
	FILE *stream = must(open_memstream(&text, &size));

	write_value(stream, value, ",");
	return finish(stream, &text);
}

static struct json_object *follow(struct json_object *row, const char *path)
{
	AUTO_FREE char *copy = must(strdup(path));
	char *rest = copy, *key;

	while (row && (key = strsep(&rest, ".")) && *key)
		row = json_object_is_type(row, json_type_object) ? json_get(row, key)
								 : NULL;
	return row;
}

static char *column_text(const struct column *column, struct json_object *row)
{
	struct json_object *value = follow(row, column->path);

	return value && column->format ? must(column->format(value)) : cell_text(value);
}

/* A grid of texts: `columns` of them in a line, `lines` of these. */
static void print_grid(FILE *stream, char **grid, size_t lines, size_t columns)
{
	size_t *widths = must(calloc(columns + 1, sizeof(*widths)));

	for (size_t i = 0; i < lines * columns; i++) {
		size_t width = strlen(grid[i]);

		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t i = 0; i < lines * columns; i++) {
		bool last = i % columns == columns - 1;

		/* Nothing is padded at the end of a line. */
		fprintf(stream, "%-*s%s", last ? 0 : (int)widths[i % columns] + GAP,
			grid[i], last ? "\n" : "");
	}
	free(widths);
}

static void free_grid(char **grid, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(grid[i]);
	free(grid);
}

void table_print(FILE *stream, const struct column *columns, struct json_object *rows)
{
	size_t lines = json_object_array_length(rows) + 1;
	size_t width = 0;
	char **grid;

	while (columns[width].title)
		width++;
	grid = must(calloc(lines * width + 1, sizeof(*grid)));
	for (size_t c = 0; c < width; c++) {
		grid[c] = must(strdup(columns[c].title));
		for (size_t l = 1; l < lines; l++)
			grid[l * width + c] = column_text(
				&columns[c], json_object_array_get_idx(rows, l - 1));
	}
	print_grid(stream, grid, lines, width);
	free_grid(grid, lines * width);
}

void listing_print(const struct command *cmd, const char *kind,
		   const struct column *columns, struct json_object *rows)
{
	if (cmd->json) {
		json_print(json_listing(kind, rows));
		return;
	}
	table_print(stdout, columns, rows);
	json_object_put(rows);
}

/* Puts {"a":{"b":1}} as "a.b": 1 into `flat`. */
static void flatten(struct json_object *flat, const char *prefix,
		    struct json_object *object)
{
	json_object_object_foreach(object, key, value)
	{
		AUTO_FREE char *path = NULL;

		if (asprintf(&path, "%s%s%s", prefix, *prefix ? "." : "", key) < 0)
			out_of_memory();
		if (json_object_is_type(value, json_type_object))
			flatten(flat, path, value);
		else
			json_set(flat, path, json_object_get(value));
	}
}

void table_print_object(FILE *stream, struct json_object *object)
{
	struct json_object *flat = must(json_object_new_object());
	size_t lines = 0;
	char **grid;

	flatten(flat, "", object);
	grid = must(
		calloc((size_t)json_object_object_length(flat) * 2 + 1, sizeof(*grid)));
	json_object_object_foreach(flat, key, value)
	{
		grid[lines * 2] = must(strdup(key));
		grid[lines * 2 + 1] = cell_text(value);
		lines++;
	}
	print_grid(stream, grid, lines, 2);
	free_grid(grid, lines * 2);
	json_object_put(flat);
}
