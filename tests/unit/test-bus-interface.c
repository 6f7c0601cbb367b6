// SPDX-License-Identifier: GPL-2.0-or-later
/* The interface on the bus is the one that the schema describes, members and actions. */
#include "own-bus.h"

#include <string.h>

static const char *skip_to(const char *xml, const char *end, const char *what)
{
	const char *found = strstr(xml, what);

	return found && found < end ? found + strlen(what) : NULL;
}

/* The value of an attribute of the tag that begins at `tag`. */
static void attribute(const char *tag, const char *name, char value[64])
{
	char wanted[32];
	const char *end = strchr(tag, '>'), *at;

	snprintf(wanted, sizeof(wanted), " %s=\"", name);
	at = skip_to(tag, end, wanted);
	value[0] = '\0';
	if (at)
		snprintf(value, 64, "%.*s", (int)strcspn(at, "\""), at);
}

static bool begins(const char *tag, const char *name)
{
	return !strncmp(tag, name, strlen(name)) && tag[strlen(name)] == ' ';
}

/* One line a member of one interface: "method Bind s:driver>... " in the order of the XML. */
static void list_members(const char *xml, const char *interface, char *lines, size_t size)
{
	char begin[96], name[64], type[64], direction[64];
	const char *end;

	snprintf(begin, sizeof(begin), "<interface name=\"%s\">", interface);
	xml = strstr(xml, begin);
	assert_non_null(xml);
	end = strstr(xml, "</interface>");
	lines[0] = '\0';
	for (const char *tag = strchr(xml + 1, '<'); tag && tag < end;
	     tag = strchr(tag + 1, '<')) {
		size_t length = strlen(lines);

		attribute(tag, "name", name);
		attribute(tag, "type", type);
		attribute(tag, "direction", direction);
		if (begins(tag + 1, "method"))
			snprintf(lines + length, size - length, "\nmethod %s", name);
		else if (begins(tag + 1, "property"))
			snprintf(lines + length, size - length, "\nproperty %s %s", name,
				 type);
		else if (begins(tag + 1, "arg"))
			snprintf(lines + length, size - length, " %s %s:%s", direction,
				 name, type);
		else if (begins(tag + 1, "annotation") && strstr(name, "EmitsChanged")) {
			attribute(tag, "value", type);
			snprintf(lines + length, size - length, " %s", type);
		}
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(char *lines)
{
	char *copy = strdup(lines), *rest = copy, *line, *list[64];
	size_t count = 0;

	while ((line = strsep(&rest, "\n")) && count < 64)
		list[count++] = line;
	qsort(list, count, sizeof(*list), compare_lines);
	lines[0] = '\0';
	for (size_t i = 0; i < count; i++)
		lines = stpcpy(stpcpy(lines, list[i]), "\n");
	free(copy);
}

static char *read_schema(void)
{
	FILE *file = fopen(BUS_SCHEMA, "r");
	char *text = calloc(1, 1 << 17);

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 17) - 1, file) > 0);
	fclose(file);
	return text;
}

static void compare_interface(const char *path, const char *interface)
{
	static char own[1 << 15], written[1 << 15];
	char *schema = read_schema();
	const char *xml;
	sd_bus_message *reply = answer_to(
		test.client,
		new_call(path, "org.freedesktop.DBus.Introspectable", "Introspect", ""));

	assert_true(sd_bus_message_read(reply, "s", &xml) >= 0);
	list_members(xml, interface, own, sizeof(own));
	list_members(schema, interface, written, sizeof(written));
	sort_lines(own);
	sort_lines(written);
	assert_string_equal(own, written);
	sd_bus_message_unref(reply);
	free(schema);
}

static void test_interface_is_as_it_is_described(void **state)
{
	(void)state;
	compare_interface(BUS_ROOT, BUS_NAME ".Manager");
	compare_interface(N0, BUS_NAME ".Device");
	compare_interface(BUS_MGMTDEVS "/m", BUS_NAME ".ManagementDevice");
}

/* The action that the schema says a method needs; NULL: the method is not there. */
static const char *written_action(const char *schema, const char *interface,
				  const char *member, char action[64])
{
	char wanted[96];
	const char *at;

	snprintf(wanted, sizeof(wanted), "<interface name=\"%s\">", interface);
	at = strstr(schema, wanted);
	snprintf(wanted, sizeof(wanted), "<method name=\"%s\">", member);
	at = at ? strstr(at, wanted) : NULL;
	at = at ? strstr(at, "<annotation name=\"org.vdpad1.Action\"") : NULL;
	if (!at)
		return NULL;
	attribute(at, "value", action);
	return action;
}

static void check_actions(const char *schema, const char *interface,
			  const sd_bus_vtable *vtable)
{
	for (; vtable->type != _SD_BUS_VTABLE_END; vtable++) {
		const struct bus_method *method;
		char action[64], expected[64] = "";

		if (vtable->type != _SD_BUS_VTABLE_METHOD)
			continue;
		method = bus_find_method(interface, vtable->x.method.member);
		assert_non_null(method);
		assert_ptr_equal(vtable->x.method.handler, bus_method);
		if (method->action)
			snprintf(expected, sizeof(expected), BUS_NAME ".%s",
				 method->action);
		assert_non_null(
			written_action(schema, interface, method->member, action));
		assert_string_equal(action, expected);
	}
}

static void test_every_method_has_its_action(void **state)
{
	char *schema = read_schema();

	(void)state;
	check_actions(schema, BUS_NAME ".Manager", bus_manager_vtable);
	check_actions(schema, BUS_NAME ".Device", bus_device_vtable);
	free(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BUS(test_interface_is_as_it_is_described),
		ON_BUS(test_every_method_has_its_action),
	};

	return cmocka_run_group_tests_name("bus interface", tests, NULL, NULL);
}
