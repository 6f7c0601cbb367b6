// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans of the verbs for functions: the steps, what each needs and costs, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "plan.h"
#include "snapshots.h"

#define PF "pci/0000:01:00.0"
#define VF0 "pci/0000:01:10.0"
#define VF1 "pci/0000:01:10.2"
#define VIRTIO "pci/0000:00:04.0"
#define NIC "pci/0000:00:06.0"
#define SF "auxiliary/vdpatest.sf.3"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

/* A PF with two VFs, of which the first carries two devices; a virtio card; a NIC with an SF. */
static const char world[] =
	"{'mgmtdevs':["
	" {'handle':'" VF0 "','function':'vf','pf':'" PF "','vf_index':0,"
	"  'driver':'vdpatest-vf'},"
	" {'handle':'auxiliary/vdpatest.vDPA.0','function':'vf','pf':'" PF
	"','vf_index':1,"
	"  'driver':'vdpatest-vf'},"
	" {'handle':'" VIRTIO "','function':'pf','driver':'vp-vdpa'},"
	" {'handle':'" SF "','function':'sf','pf':'" NIC "','sfnum':88}],"
	"'functions':["
	" {'handle':'" VIRTIO "','function':'pf','driver':'vp-vdpa','mgmtdev':'" VIRTIO
	"'},"
	" {'handle':'" NIC "','function':'pf','pci_address':'0000:00:06.0',"
	"  'driver':'vdpatest'},"
	" {'handle':'" PF "','function':'pf','pci_address':'0000:01:00.0','driver':'igb',"
	"  'sriov_totalvfs':7,'sriov_numvfs':2,"
	"  'vfs':[{'index':0,'mac':'02:00:00:00:00:01','vlan':100,'qos':3,'trust':true,"
	"          'link_state':'auto'},{'index':1}]},"
	" {'handle':'" VF0 "','function':'vf','pf':'" PF "','vf_index':0,"
	"  'driver':'vdpatest-vf','mgmtdev':'" VF0 "'},"
	" {'handle':'" VF1 "','function':'vf','pf':'" PF "','vf_index':1,"
	"  'driver':'vdpatest-vf','mgmtdev':'auxiliary/vdpatest.vDPA.0'},"
	" {'handle':'" SF "','function':'sf','pf':'" NIC "','sfnum':88,"
	"  'driver':'vdpatest.sf','mgmtdev':'" SF "'},"
	" {'handle':'mdev/" UUID "','function':'mdev','uuid':'" UUID
	"','driver':'mtty'}],"
	"'devices':["
	" {'name':'n0','class':'net','mgmtdev':'" VF0 "','driver':'vhost_vdpa'},"
	" {'name':'n1','class':'net','mgmtdev':'" VF0 "'},"
	" {'name':'x1','class':'net','mgmtdev':'auxiliary/vdpatest.vDPA.0',"
	"  'driver':'virtio_vdpa'},"
	" {'name':'p0','class':'net','mgmtdev':'" VIRTIO "','driver':'vhost_vdpa'},"
	" {'name':'s0','class':'net','mgmtdev':'" SF "'}]}";

static struct vdpam_snapshot *parse(const char *text)
{
	char *copy = strdup(text);
	struct vdpam_snapshot *snapshot;
	struct json_object *json;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_tokener_parse(copy);
	assert_non_null(json);
	snapshot = snapshot_from_json(json);
	json_object_put(json);
	free(copy);
	return snapshot;
}

static int set_up(void **state)
{
	*state = parse(world);
	return 0;
}

static int tear_down(void **state)
{
	vdpam_snapshot_unref(*state);
	return 0;
}

/* A line a step: "vf-count pci/0000:01:00.0 count=0 after 5 ends a,b". */
static void print_step(FILE *out, const struct vdpam_plan_entry *entry)
{
	struct json_object *json = vdpam_step_to_json(entry->step);
	struct json_object *arguments = json_object_object_get(json, "arguments");

	fprintf(out, "%s %s",
		json_object_get_string(json_object_object_get(json, "operation")),
		json_object_get_string(json_object_object_get(json, "target")));
	json_object_object_foreach(arguments, key, value)
	{
		if (strcmp(key, "identity"))
			fprintf(out, " %s=%s", key, json_object_get_string(value));
	}
	for (size_t i = 0; i < entry->n_needs; i++)
		fprintf(out, " after %zu", entry->needs[i] + 1);
	for (size_t i = 0; i < vdpam_step_count_collateral(entry->step); i++)
		fprintf(out, "%s%s", i ? "," : " ends ",
			vdpam_step_get_collateral(entry->step, i));
	fputc('\n', out);
	json_object_put(json);
}

static void expect_plan(int r, struct vdpam_plan *plan, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(r, 0);
	for (size_t i = 0; i < plan->count; i++)
		print_step(out, &plan->entries[i]);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	vdpam_plan_free(plan);
}

static void expect_error(int r, struct vdpam_error *error, enum vdpam_error_code code,
			 const char *message)
{
	assert_true(r < 0);
	assert_int_equal(vdpam_error_get_code(error), code);
	assert_string_equal(vdpam_error_get_message(error), message);
	vdpam_error_free(error);
}

/* ---- vf count ---- */

static void from_some_to_others_goes_through_none(void **state)
{
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_vf_count(*state, PF, 4, NULL, true, &plan, NULL);

	/* Every unbind, which may be refused, comes before anything is lost. */
	expect_plan(r, plan,
		    "driver-unbind n0 driver=vhost_vdpa\n"
		    "driver-unbind x1 driver=virtio_vdpa after 1\n"
		    "device-delete n0 after 2\n"
		    "device-delete n1 after 3\n"
		    "device-delete x1 after 4\n"
		    "vf-count " PF " count=0 after 5 ends " VF0 "," VF1 ",n0,n1,x1\n"
		    "vf-count " PF " count=4 after 6\n");
}

static void to_none_is_one_write(void **state)
{
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_vf_count(*state, PF, 0, "igbvf", true, &plan, NULL);

	expect_plan(r, plan,
		    "driver-unbind n0 driver=vhost_vdpa\n"
		    "driver-unbind x1 driver=virtio_vdpa after 1\n"
		    "device-delete n0 after 2\n"
		    "device-delete n1 after 3\n"
		    "device-delete x1 after 4\n"
		    "vf-count " PF " count=0 after 5 ends " VF0 "," VF1 ",n0,n1,x1\n");
}

static void without_force_nothing_is_lost(void **state)
{
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_vf_count(*state, PF, 4, NULL, false, &plan, &error);

	expect_error(r, error, VDPAM_ERROR_COLLATERAL,
		     PF " has 2 VFs, and on the way to 4 all of them are removed; "
			"without --force that is refused, because it ends " VF0 ", " VF1
			", n0, n1, x1");
	assert_null(plan);
}

static void from_none_needs_no_force(void **state)
{
	struct vdpam_snapshot *snapshot =
		parse("{'functions':[{'handle':'" PF
		      "','function':'pf','driver':'igb','sriov_totalvfs':7}]}");
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_vf_count(snapshot, PF, 7, "vdpatest-vf", false, &plan,
					NULL);

	(void)state;
	expect_plan(r, plan, "vf-count " PF " driver=vdpatest-vf count=7\n");
	r = vdpam_plan_new_vf_count(snapshot, PF, 0, NULL, false, &plan, NULL);
	expect_plan(r, plan, "");
	vdpam_snapshot_unref(snapshot);
}

static void the_same_number_changes_drivers_alone(void **state)
{
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_vf_count(*state, PF, 2, NULL, false, &plan, NULL);

	expect_plan(r, plan, "");
	r = vdpam_plan_new_vf_count(*state, PF, 2, "vdpatest-vf", false, &plan, NULL);
	expect_plan(r, plan, "");
	r = vdpam_plan_new_vf_count(*state, PF, 2, "igbvf", false, &plan, NULL);
	expect_plan(r, plan,
		    "driver-unbind n0 driver=vhost_vdpa\n"
		    "device-delete n0 after 1\n"
		    "device-delete n1 after 2\n"
		    "function-bind " VF0 " driver=igbvf after 3\n"
		    "driver-unbind x1 driver=virtio_vdpa after 4\n"
		    "device-delete x1 after 5\n"
		    "function-bind " VF1 " driver=igbvf after 6\n");
}

static void a_count_that_cannot_be_is_refused(void **state)
{
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int r;

	r = vdpam_plan_new_vf_count(*state, PF, 8, NULL, true, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_INVALID_VALUE,
		     PF " can have 7 VFs at most, not 8");
	r = vdpam_plan_new_vf_count(*state, VIRTIO, 1, NULL, true, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_NO_SUCH_FUNCTION, VIRTIO " has no SR-IOV");
	r = vdpam_plan_new_vf_count(*state, VF0, 1, NULL, true, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_NO_SUCH_FUNCTION, VF0 " has no SR-IOV");
	r = vdpam_plan_new_vf_count(*state, "pci/x\n", 1, NULL, true, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_NO_SUCH_FUNCTION,
		     "there is no function pci/x\\x0a");
	r = vdpam_plan_new_vf_count(*state, PF, 1, "../x", true, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_INVALID_VALUE,
		     "'../x' cannot be the name of a kernel driver");
	assert_null(plan);
}

/* ---- vf set ---- */

static void what_is_so_is_not_set(void **state)
{
	struct vdpam_vf_wish wish = { 0 };
	struct vdpam_plan *plan = NULL;
	int r;

	wish.number[VDPAM_VF_MAC] = 0x020000000001;
	wish.number[VDPAM_VF_VLAN] = 100;
	wish.present = 1U << VDPAM_VF_MAC | 1U << VDPAM_VF_VLAN;
	r = vdpam_plan_new_vf_set(*state, PF, 0, &wish, &plan, NULL);
	expect_plan(r, plan, "");
	wish.number[VDPAM_VF_VLAN] = 7;
	wish.number[VDPAM_VF_LINK_STATE] = 2;
	wish.present |= 1U << VDPAM_VF_LINK_STATE;
	r = vdpam_plan_new_vf_set(*state, PF, 0, &wish, &plan, NULL);
	expect_plan(r, plan, "vf-set " PF " index=0 vlan=7 link_state=disable\n");
	/* Of the other one nothing is known. */
	r = vdpam_plan_new_vf_set(*state, PF, 1, &wish, &plan, NULL);
	expect_plan(r, plan,
		    "vf-set " PF
		    " mac=02:00:00:00:00:01 index=1 vlan=7 link_state=disable\n");
}

static void what_no_vf_can_have_is_refused(void **state)
{
	struct vdpam_vf_wish wish = { .present = 1U << VDPAM_VF_VLAN };
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int r;

	r = vdpam_plan_new_vf_set(*state, PF, 2, &wish, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_NO_SUCH_FUNCTION, PF " has no VF 2");
	wish.number[VDPAM_VF_VLAN] = 4095;
	r = vdpam_plan_new_vf_set(*state, PF, 0, &wish, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_INVALID_VALUE,
		     "a value for VF 0 of " PF " is out of range");
	assert_null(plan);
}

/* ---- function bind, function unbind ---- */

static void a_driver_is_changed_after_the_devices_went(void **state)
{
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_function_bind(*state, VIRTIO, "virtio-pci", &plan, NULL);

	expect_plan(r, plan,
		    "driver-unbind p0 driver=vhost_vdpa\n"
		    "device-delete p0 after 1\n"
		    "function-bind " VIRTIO " driver=virtio-pci after 2\n");
	r = vdpam_plan_new_function_bind(*state, VIRTIO, "vp-vdpa", &plan, NULL);
	expect_plan(r, plan, "");
	r = vdpam_plan_new_function_unbind(*state, VF1, &plan, NULL);
	expect_plan(r, plan,
		    "driver-unbind x1 driver=virtio_vdpa\n"
		    "device-delete x1 after 1\n"
		    "function-unbind " VF1 " after 2\n");
	r = vdpam_plan_new_function_unbind(*state, SF, &plan, NULL);
	expect_plan(r, plan, "device-delete s0\nfunction-unbind " SF " after 1\n");
}

static void a_driver_that_others_live_of_stays(void **state)
{
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int r;

	r = vdpam_plan_new_function_bind(*state, PF, "vfio-pci", &plan, &error);
	expect_error(r, error, VDPAM_ERROR_COLLATERAL,
		     "cannot change the driver of " PF ": that would end " VF0 ", " VF1
		     "; remove them first");
	r = vdpam_plan_new_function_unbind(*state, NIC, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_COLLATERAL,
		     "cannot change the driver of " NIC ": that would end " SF
		     "; remove them first");
	r = vdpam_plan_new_function_unbind(*state, "pci/0000:ff:00.0", &plan, &error);
	expect_error(r, error, VDPAM_ERROR_NO_SUCH_FUNCTION,
		     "there is no function pci/0000:ff:00.0");
	assert_null(plan);
}

static void a_mediated_device_keeps_its_driver(void **state)
{
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int r;

	r = vdpam_plan_new_function_unbind(*state, "mdev/" UUID, &plan, &error);
	expect_error(r, error, VDPAM_ERROR_UNSUPPORTED,
		     "cannot change the driver of mdev/" UUID
		     ": a mediated device keeps the one that it was created with; "
		     "'vdpactl mdev remove' removes it");
	assert_null(plan);
	r = vdpam_plan_new_function_bind(*state, "mdev/" UUID, "mtty", &plan, &error);
	expect_plan(r, plan, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_some_to_others_goes_through_none),
		cmocka_unit_test(to_none_is_one_write),
		cmocka_unit_test(without_force_nothing_is_lost),
		cmocka_unit_test(from_none_needs_no_force),
		cmocka_unit_test(the_same_number_changes_drivers_alone),
		cmocka_unit_test(a_count_that_cannot_be_is_refused),
		cmocka_unit_test(what_is_so_is_not_set),
		cmocka_unit_test(what_no_vf_can_have_is_refused),
		cmocka_unit_test(a_driver_is_changed_after_the_devices_went),
		cmocka_unit_test(a_driver_that_others_live_of_stays),
		cmocka_unit_test(a_mediated_device_keeps_its_driver),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
