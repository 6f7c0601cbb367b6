// SPDX-License-Identifier: GPL-2.0-or-later
/* The methods of org.vdpad1.Manager on PFs, VFs, SFs and mediated devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"

/* A function is told to polkit as what a management device is, or would be, on it. */
int bus_describe_handle(struct bus_call *request, sd_bus_message *call)
{
	const char *handle;
	int r = sd_bus_message_read(call, "s", &handle);

	return r < 0 ? r : bus_call_set_detail(request, BUS_DETAIL_MGMTDEV, handle);
}

/* Arguments: a PF, a number, whether it is forced. */
typedef void pf_number_fn(struct manager *manager, const char *pf, uint32_t number,
			  bool force, const struct manager_reply *reply);

static int run_on_pf(struct bus_call *request, sd_bus_message *call, pf_number_fn *run)
{
	struct manager_reply reply;
	uint64_t timeout_usec;
	uint32_t number;
	const char *text;
	char *pf;
	int force, r = sd_bus_message_read(call, "subt", &text, &number, &force,
					   &timeout_usec);

	if (r < 0)
		return r;
	pf = bus_call_read_name(request, text);
	if (!pf)
		return 0;
	reply = bus_call_reply(request, timeout_usec);
	run(bus_get_manager(request->bus), pf, number, force, &reply);
	free(pf);
	return 0;
}

int bus_run_set_vf_count(struct bus_call *request, sd_bus_message *call)
{
	return run_on_pf(request, call, manager_vf_count);
}

/* One that is there is copied into the wish, as the number that stands for it. */
struct vf_setting {
	enum vdpam_vf_attr attr;
	bool present;
	uint32_t number;
	int boolean;
	const char *text;
};

static int take_setting(const struct vf_setting *setting, struct vdpam_vf_wish *wish)
{
	uint64_t *number = &wish->number[setting->attr];

	if (!setting->present)
		return 0;
	wish->present |= 1U << setting->attr;
	switch (setting->attr) {
	case VDPAM_VF_MAC:
		return vdpam_mac_parse(setting->text, number);
	case VDPAM_VF_LINK_STATE:
		return vdpam_vf_link_state_parse(setting->text, number);
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		*number = setting->boolean != 0;
		return 0;
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		*number = setting->number;
		return 0;
	}
	return -EINVAL;
}

static struct bus_option setting_option(struct vf_setting *setting)
{
	struct bus_option option = {
		.key = vdpam_vf_attr_name(setting->attr),
		.present = &setting->present,
	};

	switch (setting->attr) {
	case VDPAM_VF_MAC:
	case VDPAM_VF_LINK_STATE:
		option.type = 's';
		option.value = &setting->text;
		break;
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		option.type = 'b';
		option.value = &setting->boolean;
		break;
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		option.type = 'u';
		option.value = &setting->number;
		break;
	}
	return option;
}

static int read_vf_wish(sd_bus_message *call, struct vdpam_vf_wish *wish)
{
	struct vf_setting settings[VDPAM_VF_ATTR_COUNT] = {};
	struct bus_option options[VDPAM_VF_ATTR_COUNT];
	int r;

	for (int attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++) {
		settings[attr].attr = (enum vdpam_vf_attr)attr;
		options[attr] = setting_option(&settings[attr]);
	}
	r = bus_read_options(call, options, VDPAM_VF_ATTR_COUNT);
	for (int attr = 0; attr < VDPAM_VF_ATTR_COUNT && r >= 0; attr++)
		r = take_setting(&settings[attr], wish);
	return r;
}

int bus_run_set_vf(struct bus_call *request, sd_bus_message *call)
{
	struct vdpam_vf_wish wish = {};
	struct manager_reply reply;
	uint64_t timeout_usec;
	uint32_t index;
	const char *text;
	char *pf;
	int r = sd_bus_message_read(call, "su", &text, &index);

	if (r >= 0)
		r = read_vf_wish(call, &wish);
	if (r >= 0)
		r = sd_bus_message_read(call, "t", &timeout_usec);
	if (r < 0)
		return r;
	pf = bus_call_read_name(request, text);
	if (!pf)
		return 0;
	reply = bus_call_reply(request, timeout_usec);
	manager_vf_set(bus_get_manager(request->bus), pf, index, &wish, &reply);
	free(pf);
	return 0;
}

int bus_run_add_sf(struct bus_call *request, sd_bus_message *call)
{
	struct vdpam_sf_wish wish = {};
	struct manager_reply reply;
	uint64_t timeout_usec;
	const char *text, *mac = NULL;
	const struct bus_option options[] = {
		{ "mac", 's', &mac, NULL },
		{ "eswitch", 's', &wish.eswitch, NULL },
	};
	char *pf;
	int r = sd_bus_message_read(call, "su", &text, &wish.sfnum);

	if (r >= 0)
		r = bus_read_options(call, options, 2);
	if (r >= 0)
		r = sd_bus_message_read(call, "t", &timeout_usec);
	if (r >= 0 && mac)
		r = vdpam_mac_parse(mac, &wish.mac);
	if (r < 0)
		return r;
	pf = bus_call_read_name(request, text);
	if (!pf)
		return 0;
	wish.pf = pf;
	reply = bus_call_reply(request, timeout_usec);
	manager_sf_add(bus_get_manager(request->bus), &wish, &reply);
	free(pf);
	return 0;
}

int bus_run_delete_sf(struct bus_call *request, sd_bus_message *call)
{
	return run_on_pf(request, call, manager_sf_del);
}

int bus_run_create_mdev(struct bus_call *request, sd_bus_message *call)
{
	struct vdpam_mdev_wish wish = {};
	struct manager_reply reply;
	uint64_t timeout_usec;
	const char *parent_text, *type_text;
	char *parent, *type;
	int r = sd_bus_message_read(call, "ssst", &parent_text, &type_text, &wish.uuid,
				    &timeout_usec);

	if (r < 0)
		return r;
	parent = bus_call_read_name(request, parent_text);
	type = parent ? bus_call_read_name(request, type_text) : NULL;
	if (type) {
		wish.parent = parent;
		wish.type = type;
		reply = bus_call_reply(request, timeout_usec);
		manager_mdev_create(bus_get_manager(request->bus), &wish, &reply);
	}
	free(parent);
	free(type);
	return 0;
}

int bus_run_remove_mdev(struct bus_call *request, sd_bus_message *call)
{
	struct manager_reply reply;
	uint64_t timeout_usec;
	const char *uuid;
	int r = sd_bus_message_read(call, "st", &uuid, &timeout_usec);

	if (r < 0)
		return r;
	reply = bus_call_reply(request, timeout_usec);
	manager_mdev_remove(bus_get_manager(request->bus), uuid, &reply);
	return 0;
}

int bus_describe_bind_function(struct bus_call *request, sd_bus_message *call)
{
	const char *driver;
	int r = bus_describe_handle(request, call);

	if (r >= 0)
		r = sd_bus_message_read(call, "s", &driver);
	return r < 0 ? r : bus_call_set_detail(request, BUS_DETAIL_DRIVER, driver);
}

int bus_run_bind_function(struct bus_call *request, sd_bus_message *call)
{
	struct manager_reply reply;
	uint64_t timeout_usec;
	const char *text, *driver;
	char *handle;
	int r = sd_bus_message_read(call, "sst", &text, &driver, &timeout_usec);

	if (r < 0)
		return r;
	handle = bus_call_read_name(request, text);
	if (!handle)
		return 0;
	reply = bus_call_reply(request, timeout_usec);
	manager_function_bind(bus_get_manager(request->bus), handle,
			      *driver ? driver : NULL, &reply);
	free(handle);
	return 0;
}
