// SPDX-License-Identifier: GPL-2.0-or-later
/* What calls on the bus ask the manager for, what is answered, and what is told unasked. */
#include "own-bus.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- What is asked of the manager ---- */

static void test_methods_reach_the_manager(void **state)
{
	(void)state;
	start_polkit(true);
	ASKS("create n0 pci/0000:01:00.0 vhost_vdpa 20000000001 1500 4 1:20 1 5",
	     BUS_ROOT, "Manager", "Create", "ssa{sv}t", "n0", "pci/0000:01:00.0", 6,
	     "mac", "s", "02:00:00:00:00:01", "mtu", "u", 1500, "max_vqp", "u", 4,
	     "features", "t", UINT64_C(32), "driver", "s", "vhost", "persist", "b", 1,
	     UINT64_C(5));
	ASKS("create n1 vdpasim_net - 0 0 0 0:0 0 30000000", BUS_ROOT, "Manager",
	     "Create", "ssa{sv}t", "n1", "vdpasim_net", 0, UINT64_C(0));
	ASKS("bind n0 vhost_vdpa none 5", N0, "Device", "Bind", "sst", "vhost", "",
	     UINT64_C(5));
	ASKS("bind n0 - force 5", N0, "Device", "Unbind", "st", "force", UINT64_C(5));
	ASKS("set n0 20000000001 persist 5", N0, "Device", "SetMac", "sst",
	     "02:00:00:00:00:01", "persist", UINT64_C(5));
	ASKS("destroy 1 n0 none 5", N0, "Device", "Destroy", "st", "", UINT64_C(5));
	ASKS("adopt 1 n0 5", N0, "Device", "Adopt", "t", UINT64_C(5));
	ASKS("demand n0 web 1 5", N0, "Device", "Demand", "sbt", "web", 1, UINT64_C(5));
	ASKS("stats n0 2 5", N0, "Device", "Statistics", "ut", 2, UINT64_C(5));
	ASKS("vf-count pci/0 4 1 5", BUS_ROOT, "Manager", "SetVfCount", "subt", "pci/0",
	     4, 1, UINT64_C(5));
	ASKS("vf-set pci/0 3 mac=20000000001 vlan=64 trust=1 link_state=2 5", BUS_ROOT,
	     "Manager", "SetVf", "sua{sv}t", "pci/0", 3, 4, "vlan", "u", 100, "mac", "s",
	     "02:00:00:00:00:01", "trust", "b", 1, "link_state", "s", "disable",
	     UINT64_C(5));
	ASKS("sf-add pci/0 88 20000000001 switchdev 5", BUS_ROOT, "Manager", "AddSf",
	     "sua{sv}t", "pci/0", 88, 2, "mac", "s", "02:00:00:00:00:01", "eswitch", "s",
	     "switchdev", UINT64_C(5));
	ASKS("sf-del pci/0 88 0 5", BUS_ROOT, "Manager", "DeleteSf", "subt", "pci/0", 88,
	     0, UINT64_C(5));
	ASKS("mdev-create mtty mtty-1 u 5", BUS_ROOT, "Manager", "CreateMdev", "ssst",
	     "mtty", "mtty-1", "u", UINT64_C(5));
	ASKS("mdev-remove u 5", BUS_ROOT, "Manager", "RemoveMdev", "st", "u",
	     UINT64_C(5));
	ASKS("function-bind pci/0 - 5", BUS_ROOT, "Manager", "BindFunction", "sst",
	     "pci/0", "", UINT64_C(5));
	ASKS("apply d {} 5 5", BUS_ROOT, "Manager", "Apply", "ssa{sv}t", "d", "{}", 2,
	     "prune", "b", 1, "allow_collateral", "b", 1, UINT64_C(5));
	ASKS("document-remove d 1 5", BUS_ROOT, "Manager", "RemoveDocument", "sbt", "d",
	     1, UINT64_C(5));
	ASKS("reload 5", BUS_ROOT, "Manager", "Reload", "t", UINT64_C(5));
	ASKS("look 5", BUS_ROOT, "Manager", "Refresh", "t", UINT64_C(5));
}

static void test_a_document_in_a_file_must_be_sealed(void **state)
{
	int fd = memfd_create("d", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	int sealed = bus_memory_file("{\"version\":1}", 13);

	(void)state;
	start_polkit(true);
	ASKS("apply d {\"version\":1} 0 5", BUS_ROOT, "Manager", "ApplyFile", "sha{sv}t",
	     "d", sealed, 0, UINT64_C(5));
	assert_error(CALL(BUS_ROOT, "Manager", "ApplyFile", "sha{sv}t", "d", fd, 0,
			  UINT64_C(5)),
		     BUS_NAME ".Error.InvalidValue");
	close(fd);
	close(sealed);
}

static void test_wrong_arguments_do_not_reach_the_manager(void **state)
{
	(void)state;
	start_polkit(true);
	assert_error(CALL(N0, "Device", "Bind", "sst", "vhost", "wish", UINT64_C(0)),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(N0, "Device", "Bind", "sst", "vhost-vdpa", "", UINT64_C(0)),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(N0, "Device", "SetMac", "sst", "02:00", "", UINT64_C(0)),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(BUS_ROOT, "Manager", "Create", "ssa{sv}t", "n0", "m", 1, "mtu",
			  "s", "x", UINT64_C(0)),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(BUS_ROOT, "Manager", "Create", "ssa{sv}t", "n0", "m", 1,
			  "colour", "s", "x", UINT64_C(0)),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(BUS_ROOT, "Manager", "Snapshot", "s", "moods"),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(BUS_ROOT, "Manager", "SetVfCount", "subt", "pci\\x", 1, 0,
			  UINT64_C(0)),
		     BUS_NAME ".Error.InvalidValue");
	assert_error(CALL(N0, "Device", "Bind", "s", "vhost"), SD_BUS_ERROR_INVALID_ARGS);
	assert_int_equal(test.manager->count, 0);
}

/* ---- Answers ---- */

static void test_an_error_has_its_sentence_and_its_object(void **state)
{
	const char *sentence, *json;
	struct json_object *object, *error;
	sd_bus_message *reply;

	(void)state;
	start_polkit(true);
	test.manager->error =
		vdpam_error_new(VDPAM_ERROR_IN_USE, EBUSY, "n0", NULL, "n0 is in use");
	test.manager->result = json_tokener_parse("{\"results\":[1]}");
	reply = CALL(N0, "Device", "Unbind", "st", "", UINT64_C(0));
	assert_string_equal(sd_bus_message_get_error(reply)->name,
			    BUS_NAME ".Error.InUse");
	assert_true(sd_bus_message_read(reply, "ss", &sentence, &json) >= 0);
	assert_string_equal(sentence, "n0 is in use");
	object = json_tokener_parse(json);
	error = json_object_object_get(object, "error");
	assert_string_equal(
		json_object_get_string(json_object_object_get(error, "errno")), "EBUSY");
	assert_non_null(json_object_object_get(object, "results"));
	json_object_put(object);
	sd_bus_message_unref(reply);
}

static void test_a_snapshot_is_a_sealed_file(void **state)
{
	sd_bus_message *reply = CALL(BUS_ROOT, "Manager", "Snapshot", "s", "devices");
	char text[64] = "";
	int fd, seals;

	(void)state;
	assert_null(sd_bus_message_get_error(reply));
	assert_true(sd_bus_message_read(reply, "h", &fd) >= 0);
	seals = fcntl(fd, F_GET_SEALS);
	assert_int_equal(seals & (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			 F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "\"devices\""));
	sd_bus_message_unref(reply);
	assert_done(CALL(BUS_ROOT, "Manager", "Snapshot", "s", "status"));
	assert_done(CALL(BUS_ROOT, "Manager", "Metrics", ""));
	assert_done(CALL(BUS_ROOT, "Manager", "ReadDocument", "s", "default"));
	assert_error(CALL(BUS_ROOT, "Manager", "ReadDocument", "s", "other"),
		     BUS_NAME ".Error.NoSuchDocument");
}

static void test_holders_are_numbers_and_names(void **state)
{
	const char *comm;
	uint32_t pid;
	sd_bus_message *reply;

	(void)state;
	start_polkit(true);
	test.manager->result = json_tokener_parse(
		"{\"devices\":[{\"name\":\"n0\",\"holders\":[{\"pid\":7,\"comm\":\"q\"}]}]}");
	reply = CALL(N0, "Device", "Holders", "");
	assert_null(sd_bus_message_get_error(reply));
	assert_true(sd_bus_message_read(reply, "a(us)", 1, &pid, &comm) >= 0);
	assert_int_equal(pid, 7);
	assert_string_equal(comm, "q");
	sd_bus_message_unref(reply);
}

/* ---- What is told ---- */

static struct json_object *device(const char *json)
{
	return json_tokener_parse(json);
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	const char *interface, *name, *type, *value;

	(void)error;
	assert_true(sd_bus_message_read(signal, "s", &interface) >= 0);
	assert_true(sd_bus_message_enter_container(signal, 'a', "{sv}") >= 0);
	assert_true(sd_bus_message_enter_container(signal, 'e', "sv") >= 0);
	assert_true(sd_bus_message_read(signal, "s", &name) >= 0);
	assert_true(sd_bus_message_peek_type(signal, NULL, &type) >= 0);
	assert_true(sd_bus_message_read(signal, "v", "s", &value) >= 0);
	snprintf(userdata, 128, "%s %s=%s", sd_bus_message_get_path(signal), name, value);
	return 1;
}

static void test_changes_are_told_and_can_be_read(void **state)
{
	const char *keys[] = { "driver" };
	struct json_object *object =
		device("{\"name\":\"n0\",\"driver\":\"vhost_vdpa\",\"managed\":true,"
		       "\"max_vqs\":3,\"config\":{\"mtu\":1500,\"mac\":null}}");
	char told[128] = "";
	const char *text;
	sd_bus_message *reply;

	(void)state;
	assert_true(sd_bus_match_signal(test.client, NULL, BUS_NAME, NULL,
					"org.freedesktop.DBus.Properties",
					"PropertiesChanged", on_changed, told) >= 0);
	test.manager->observer.device(test.manager->observer.userdata, MANAGER_ADDED,
				      "n0", object, NULL, 0);
	test.manager->observer.device(test.manager->observer.userdata, MANAGER_CHANGED,
				      "n0", object, keys, 1);
	while (!*told)
		assert_true(sd_event_run(test.event, UINT64_MAX) >= 0);
	assert_string_equal(told, N0 " Driver=vhost_vdpa");
	reply = answer_to(test.client,
			  new_call(BUS_ROOT, "org.freedesktop.DBus.ObjectManager",
				   "GetManagedObjects", ""));
	assert_null(sd_bus_message_get_error(reply));
	assert_true(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") >= 0);
	assert_true(sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") >= 0);
	assert_true(sd_bus_message_read(reply, "o", &text) >= 0);
	assert_string_equal(text, N0);
	sd_bus_message_unref(reply);
	test.manager->observer.device(test.manager->observer.userdata, MANAGER_REMOVED,
				      "n0", object, NULL, 0);
	assert_error(answer_to(test.client,
			       new_call(N0, "org.freedesktop.DBus.Properties", "Get",
					"ss", BUS_NAME ".Device", "Driver")),
		     SD_BUS_ERROR_UNKNOWN_OBJECT);
	json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BUS(test_methods_reach_the_manager),
		ON_BUS(test_a_document_in_a_file_must_be_sealed),
		ON_BUS(test_wrong_arguments_do_not_reach_the_manager),
		ON_BUS(test_an_error_has_its_sentence_and_its_object),
		ON_BUS(test_a_snapshot_is_a_sealed_file),
		ON_BUS(test_holders_are_numbers_and_names),
		ON_BUS(test_changes_are_told_and_can_be_read),
	};

	return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
