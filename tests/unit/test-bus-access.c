// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may ask for something on the bus, what polkit is told of it, and how much one user may ask for. */
#include "own-bus.h"

#include <string.h>

static void test_polkit_is_told_what_about(void **state)
{
	(void)state;
	if (!can_be_others())
		skip();
	start_polkit(true);
	assert_done(CALL(BUS_DEVICES "/_6b_0avm", "Device", "Bind", "sst", "vhost",
			 "force", UINT64_C(0)));
	assert_string_equal(test.polkit_asked,
			    "org.vdpad1.driver-bind device=k\\x0avm driver=vhost_vdpa;"
			    "org.vdpad1.force device=k\\x0avm driver=vhost_vdpa;");
	assert_string_equal(test.manager->asked, "bind k\nvm vhost_vdpa force 30000000");
	/* The same handle in another way of writing is the same for a rule. */
	test.polkit_asked[0] = '\0';
	assert_done(CALL(BUS_ROOT, "Manager", "SetVfCount", "subt", "p\\x63i/0", 4, 0,
			 UINT64_C(0)));
	assert_string_equal(test.polkit_asked,
			    "org.vdpad1.function-manage mgmtdev=pci/0;");
	test.polkit_asked[0] = '\0';
	assert_done(CALL(BUS_ROOT, "Manager", "Create", "ssa{sv}t", "n1", "vdpasim_net",
			 1, "persist", "b", 1, UINT64_C(0)));
	assert_string_equal(test.polkit_asked,
			    "org.vdpad1.device-create device=n1 mgmtdev=vdpasim_net;"
			    "org.vdpad1.document-apply device=n1 mgmtdev=vdpasim_net;");
}

static void test_who_is_refused_does_not_reach_the_manager(void **state)
{
	(void)state;
	if (!can_be_others())
		skip();
	/* Without polkit nobody but root may, */
	assert_error(CALL(N0, "Device", "Destroy", "st", "", UINT64_C(0)),
		     BUS_NAME ".Error.NotAuthorized");
	/* nor where it says no, */
	start_polkit(false);
	assert_error(CALL(N0, "Device", "Destroy", "st", "", UINT64_C(0)),
		     BUS_NAME ".Error.NotAuthorized");
	assert_error(CALL(BUS_ROOT, "Manager", "Reload", "t", UINT64_C(0)),
		     BUS_NAME ".Error.NotAuthorized");
	assert_error(CALL(N0, "Device", "Holders", ""), BUS_NAME ".Error.NotAuthorized");
	assert_int_equal(test.manager->count, 0);
	/* but everybody may look. */
	assert_done(CALL(BUS_ROOT, "Manager", "Refresh", "t", UINT64_C(0)));
	assert_done(CALL(BUS_ROOT, "Manager", "Snapshot", "s", "devices"));
}

static void test_root_needs_no_polkit(void **state)
{
	(void)state;
	if (!can_be_others())
		skip();
	sd_bus_flush_close_unref(test.client);
	test.client = connect_as(0);
	ASKS("destroy 1 n0 none 30000000", N0, "Device", "Destroy", "st", "",
	     UINT64_C(0));
}

static int count_refusal(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *wrong = sd_bus_message_get_error(reply);

	(void)error;
	if (wrong && !strcmp(wrong->name, SD_BUS_ERROR_LIMITS_EXCEEDED))
		++*(unsigned int *)userdata;
	return 1;
}

static void test_one_user_cannot_fill_the_queue(void **state)
{
	unsigned int refused = 0;

	(void)state;
	if (!can_be_others())
		skip();
	start_polkit(true);
	test.manager->is_silent = true;
	for (int i = 0; i < 70; i++) {
		/* With an action and without one. */
		sd_bus_message *call = i % 2 ? new_call(N0, BUS_NAME ".Device", "Unbind",
							"st", "", UINT64_C(0))
					     : new_call(BUS_ROOT, BUS_NAME ".Manager",
							"Refresh", "t", UINT64_C(0));

		assert_true(sd_bus_call_async(test.client, NULL, call, count_refusal,
					      &refused, SHORT_USEC) >= 0);
		sd_bus_message_unref(call);
	}
	while (refused < 6 || test.manager->count < 64)
		assert_true(sd_event_run(test.event, UINT64_MAX) >= 0);
	assert_int_equal(test.manager->count, 64);
	/* Another one is served. */
	test.manager->is_silent = false;
	sd_bus *root = connect_as(0);
	sd_bus_message *call = NULL;

	assert_true(sd_bus_message_new_method_call(root, &call, BUS_NAME, N0,
						   BUS_NAME ".Device", "Unbind") >= 0);
	assert_true(sd_bus_message_append(call, "st", "", UINT64_C(0)) >= 0);
	assert_done(answer_to(root, call));
	sd_bus_flush_close_unref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BUS(test_polkit_is_told_what_about),
		ON_BUS(test_who_is_refused_does_not_reach_the_manager),
		ON_BUS(test_root_needs_no_polkit),
		ON_BUS(test_one_user_cannot_fill_the_queue),
	};

	return cmocka_run_group_tests_name("bus access", tests, NULL, NULL);
}
