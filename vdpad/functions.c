// SPDX-License-Identifier: GPL-2.0-or-later
/* What users do to functions: the planners of the library, on the last look. */
#include <errno.h>

#include "manager-private.h"

static struct request *new_request(struct manager *manager, const char *text,
				   const struct manager_reply *reply,
				   enum make_result (*make)(struct request *request,
							    struct vdpam_plan **ret_plan))
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return NULL;
	request->text = strdup(text);
	request->make = make;
	request->is_whole = true;
	return request;
}

static void begin(struct request *request)
{
	if (!request)
		return;
	if (request->text)
		request_begin(request);
	else
		request_refuse(request, NULL);
}

/* ---- VFs ----------------------------------------------------------------------------------- */

static enum make_result make_vf_count(struct request *request,
				      struct vdpam_plan **ret_plan)
{
	return request_made(request, vdpam_plan_new_vf_count(
					     request->manager->snapshot, request->text,
					     (uint32_t)request->number, NULL,
					     request->flags, ret_plan, &request->error));
}

void manager_vf_count(struct manager *manager, const char *pf, uint32_t count, bool force,
		      const struct manager_reply *reply)
{
	struct request *request = new_request(manager, pf, reply, make_vf_count);

	if (request) {
		request->number = count;
		request->flags = force;
	}
	begin(request);
}

static enum make_result make_vf_set(struct request *request, struct vdpam_plan **ret_plan)
{
	return request_made(request, vdpam_plan_new_vf_set(
					     request->manager->snapshot, request->text,
					     (uint32_t)request->number, &request->vf_wish,
					     ret_plan, &request->error));
}

void manager_vf_set(struct manager *manager, const char *pf, uint32_t index,
		    const struct vdpam_vf_wish *wish, const struct manager_reply *reply)
{
	struct request *request = new_request(manager, pf, reply, make_vf_set);

	if (request) {
		request->number = index;
		request->vf_wish = *wish;
	}
	begin(request);
}

/* ---- SFs ----------------------------------------------------------------------------------- */

static enum make_result make_sf_add(struct request *request, struct vdpam_plan **ret_plan)
{
	const struct vdpam_sf_wish wish = {
		.pf = request->text,
		.sfnum = (uint32_t)request->number,
		.mac = request->number2,
		.eswitch = request->text2,
	};

	return request_made(
		request, vdpam_plan_new_sf_add(NULL, &wish, ret_plan, &request->error));
}

void manager_sf_add(struct manager *manager, const struct vdpam_sf_wish *wish,
		    const struct manager_reply *reply)
{
	struct request *request = new_request(manager, wish->pf, reply, make_sf_add);

	if (request) {
		request->number = wish->sfnum;
		request->number2 = wish->mac;
		request->text2 = wish->eswitch ? strdup(wish->eswitch) : NULL;
	}
	begin(request);
}

static enum make_result make_sf_del(struct request *request, struct vdpam_plan **ret_plan)
{
	return request_made(request, vdpam_plan_new_sf_del(
					     request->manager->snapshot, NULL,
					     request->text, (uint32_t)request->number,
					     request->flags, ret_plan, &request->error));
}

void manager_sf_del(struct manager *manager, const char *pf, uint32_t sfnum, bool force,
		    const struct manager_reply *reply)
{
	struct request *request = new_request(manager, pf, reply, make_sf_del);

	if (request) {
		request->number = sfnum;
		request->flags = force;
	}
	begin(request);
}

/* ---- Mediated devices ---------------------------------------------------------------------- */

static enum make_result make_mdev_create(struct request *request,
					 struct vdpam_plan **ret_plan)
{
	const struct vdpam_mdev_wish wish = {
		.parent = request->text,
		.type = request->text2,
		.uuid = request->text3,
	};

	return request_made(request, vdpam_plan_new_mdev_create(NULL, &wish, ret_plan,
								&request->error));
}

void manager_mdev_create(struct manager *manager, const struct vdpam_mdev_wish *wish,
			 const struct manager_reply *reply)
{
	struct request *request =
		new_request(manager, wish->parent, reply, make_mdev_create);

	if (request) {
		request->text2 = strdup(wish->type);
		request->text3 = strdup(wish->uuid);
	}
	if (request && (!request->text2 || !request->text3))
		request_refuse(request, NULL);
	else
		begin(request);
}

static enum make_result make_mdev_remove(struct request *request,
					 struct vdpam_plan **ret_plan)
{
	return request_made(request, vdpam_plan_new_mdev_remove(
					     request->manager->snapshot, NULL,
					     request->text, ret_plan, &request->error));
}

void manager_mdev_remove(struct manager *manager, const char *uuid,
			 const struct manager_reply *reply)
{
	begin(new_request(manager, uuid, reply, make_mdev_remove));
}

/* ---- Kernel drivers ------------------------------------------------------------------------ */

static enum make_result make_function_bind(struct request *request,
					   struct vdpam_plan **ret_plan)
{
	const struct vdpam_snapshot *snapshot = request->manager->snapshot;

	return request_made(
		request,
		request->text2
			? vdpam_plan_new_function_bind(snapshot, request->text,
						       request->text2, ret_plan,
						       &request->error)
			: vdpam_plan_new_function_unbind(snapshot, request->text,
							 ret_plan, &request->error));
}

void manager_function_bind(struct manager *manager, const char *handle,
			   const char *driver, const struct manager_reply *reply)
{
	struct request *request = new_request(manager, handle, reply, make_function_bind);

	if (request)
		request->text2 = driver ? strdup(driver) : NULL;
	if (request && driver && !request->text2)
		request_refuse(request, NULL);
	else
		begin(request);
}
