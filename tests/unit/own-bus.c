// SPDX-License-Identifier: GPL-2.0-or-later
#include "own-bus.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"

struct own_bus test;

/* ---- The bus ---- */

static void write_config(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file,
		"<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
		"<policy context='default'><allow send_destination='*'/>"
		"<allow receive_sender='*'/><allow own='*'/><allow user='*'/></policy></busconfig>",
		test.folder);
	fclose(file);
}

static void start_daemon(void)
{
	char config[64], line[256];
	int fds[2];

	strcpy(test.folder, "/tmp/vdpad-bus.XXXXXX");
	assert_non_null(mkdtemp(test.folder));
	assert_int_equal(chmod(test.folder, 0755), 0);
	snprintf(config, sizeof(config), "%s/config", test.folder);
	write_config(config);
	assert_int_equal(pipe(fds), 0);
	test.daemon = fork();
	if (!test.daemon) {
		char print[32], file[96];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(STDERR_FILENO);
		snprintf(print, sizeof(print), "--print-address=%d", fds[1]);
		snprintf(file, sizeof(file), "--config-file=%s", config);
		execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile", print,
		       file, NULL);
		_exit(127);
	}
	close(fds[1]);
	/* It says where it is when it is there. */
	assert_true(read(fds[0], line, sizeof(line)) > 0);
	close(fds[0]);
	snprintf(line, sizeof(line), "unix:path=%s/bus", test.folder);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", line, 1);
}

sd_bus *connect_as(uid_t uid)
{
	sd_bus *bus = NULL;
	const char *name;

	if (!geteuid())
		assert_int_equal(seteuid(uid), 0);
	assert_true(sd_bus_open_system(&bus) >= 0);
	assert_true(sd_bus_get_unique_name(bus, &name) >= 0);
	if (!getuid())
		assert_int_equal(seteuid(0), 0);
	assert_true(sd_bus_attach_event(bus, test.event, 0) >= 0);
	return bus;
}

/* ---- polkit ---- */

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	size_t length = strlen(test.polkit_asked);
	va_list args;

	va_start(args, format);
	vsnprintf(test.polkit_asked + length, sizeof(test.polkit_asked) - length, format,
		  args);
	va_end(args);
}

static int check_authorization(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *kind, *key, *name, *action, *detail, *value;

	(void)userdata;
	(void)error;
	assert_true(sd_bus_message_read(call, "(sa{sv})s", &kind, 1, &key, "s", &name,
					&action) >= 0);
	assert_string_equal(kind, "system-bus-name");
	assert_string_equal(key, "name");
	assert_int_equal(*name, ':');
	note("%s", action);
	assert_true(sd_bus_message_enter_container(call, 'a', "{ss}") >= 0);
	while (sd_bus_message_read(call, "{ss}", &detail, &value) > 0)
		note(" %s=%s", detail, value);
	note(";");
	return sd_bus_reply_method_return(call, "(bba{ss})", test.polkit_allows, false,
					  0);
}

static const sd_bus_vtable authority[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})",
		      check_authorization, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

void start_polkit(bool allows)
{
	test.polkit_allows = allows;
	test.polkit = connect_as(0);
	assert_true(sd_bus_add_object_vtable(test.polkit, NULL,
					     "/org/freedesktop/PolicyKit1/Authority",
					     "org.freedesktop.PolicyKit1.Authority",
					     authority, NULL) >= 0);
	assert_true(sd_bus_request_name(test.polkit, "org.freedesktop.PolicyKit1", 0) >=
		    0);
}

/* ---- Calls ---- */

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)error;
	*(sd_bus_message **)userdata = sd_bus_message_ref(reply);
	return 1;
}

sd_bus_message *answer_to(sd_bus *client, sd_bus_message *message)
{
	sd_bus_message *reply = NULL;

	assert_true(sd_bus_call_async(client, NULL, message, on_reply, &reply,
				      SHORT_USEC) >= 0);
	sd_bus_message_unref(message);
	while (!reply)
		assert_true(sd_event_run(test.event, UINT64_MAX) >= 0);
	return reply;
}

sd_bus_message *new_call(const char *path, const char *interface, const char *member,
			 const char *types, ...)
{
	sd_bus_message *message = NULL;
	va_list args;

	assert_true(sd_bus_message_new_method_call(test.client, &message, BUS_NAME, path,
						   interface, member) >= 0);
	va_start(args, types);
	assert_true(sd_bus_message_appendv(message, types, args) >= 0);
	va_end(args);
	return message;
}

void assert_error(sd_bus_message *reply, const char *name)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	assert_non_null(error);
	assert_string_equal(error->name, name);
	sd_bus_message_unref(reply);
}

void assert_done(sd_bus_message *reply)
{
	assert_null(sd_bus_message_get_error(reply));
	sd_bus_message_unref(reply);
}

void assert_asks(sd_bus_message *call, const char *expected)
{
	unsigned int before = test.manager->count;

	assert_done(answer_to(test.client, call));
	assert_int_equal(test.manager->count, before + 1);
	assert_string_equal(test.manager->asked, expected);
}

int own_bus_set_up(void **state)
{
	(void)state;
	memset(&test, 0, sizeof(test));
	start_daemon();
	assert_true(sd_event_new(&test.event) >= 0);
	test.manager = stub_new(test.event);
	assert_int_equal(bus_new(test.event, test.manager, &test.bus), 0);
	test.client = connect_as(NOBODY);
	return 0;
}

int own_bus_tear_down(void **state)
{
	(void)state;
	sd_bus_flush_close_unref(test.client);
	sd_bus_flush_close_unref(test.polkit);
	bus_free(test.bus);
	stub_free(test.manager);
	sd_event_unref(test.event);
	kill(test.daemon, SIGTERM);
	waitpid(test.daemon, NULL, 0);
	return folder_remove(test.folder);
}

bool can_be_others(void)
{
	if (!geteuid())
		return true;
	print_message("only root can be root and somebody else\n");
	return false;
}
