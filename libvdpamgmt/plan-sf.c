// SPDX-License-Identifier: LGPL-2.1-or-later
/* Plans for the verbs that add and remove scalable functions. Pure: no I/O. */
#include <errno.h>
#include <string.h>

#include "plan.h"
#include "private.h"
#include "sf.h"

static int check_pf(const char *pf, uint32_t sfnum, struct vdpam_error **ret_error)
{
	const char *slash = strchr(pf, '/');

	VDPAM_ESCAPED(shown, pf);
	if (slash && slash != pf && slash[1])
		return 0;
	return vdpam_fail(
		ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV, pf, NULL,
		"there is no PF %s for SF %u: a PF is named by its handle, such "
		"as pci/0000:03:00.0",
		shown, sfnum);
}

/* ---- sf-add -------------------------------------------------------------------------------- */

static int check_wish(const struct vdpam_sf_wish *wish, struct vdpam_error **ret_error)
{
	char mac[VDPAM_MAC_TEXT];

	vdpam_mac_format(wish->mac, mac);
	VDPAM_ESCAPED(pf, wish->pf);
	if (wish->mac && !vdpam_mac_is_unicast(wish->mac))
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, wish->pf,
				  NULL,
				  "cannot add SF %u to %s: %s is not the address of one "
				  "card",
				  wish->sfnum, pf, mac);
	if (wish->eswitch && strcmp(wish->eswitch, "switchdev") != 0) {
		VDPAM_ESCAPED(mode, wish->eswitch);
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, wish->pf,
				  NULL,
				  "cannot add SF %u to %s: in '%s' mode its e-switch has "
				  "none, only in switchdev mode",
				  wish->sfnum, pf, mode);
	}
	return check_pf(wish->pf, wish->sfnum, ret_error);
}

static bool is_complete(const struct vdpam_sf *sf, const struct vdpam_sf_wish *wish)
{
	return sf && vdpam_sf_is_active(sf) && sf->mgmtdev &&
	       (!wish->mac || (sf->port.has_mac && sf->port.mac == wish->mac));
}

static int add_sf(struct vdpam_plan *plan, const struct vdpam_sf *sf,
		  const struct vdpam_sf_wish *wish)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_plan_add(plan, VDPAM_SF_ADD, wish->pf,
			   sf ? "it is not complete" : "asked for", &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_SFNUM, wish->sfnum);
	if (!r && wish->mac)
		r = vdpam_step_set_number(step, VDPAM_ARG_MAC, wish->mac);
	if (!r && wish->eswitch)
		r = vdpam_step_set_text(step, VDPAM_ARG_ESWITCH, wish->eswitch);
	return r;
}

int vdpam_plan_new_sf_add(const struct vdpam_sf_list *sfs,
			  const struct vdpam_sf_wish *wish, struct vdpam_plan **ret_plan,
			  struct vdpam_error **ret_error)
{
	const struct vdpam_sf *sf;
	struct vdpam_plan *plan;
	int r;

	r = check_wish(wish, ret_error);
	if (r < 0)
		return r;
	sf = sfs ? vdpam_sf_list_find(sfs, wish->pf, wish->sfnum) : NULL;
	plan = calloc(1, sizeof(*plan));
	if (plan && !is_complete(sf, wish))
		r = add_sf(plan, sf, wish);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

/* ---- sf-del -------------------------------------------------------------------------------- */

/* Where its devices are, by the list or, without one, by the snapshot; NULL. */
static const char *find_mgmtdev(const struct vdpam_snapshot *snapshot,
				const struct vdpam_sf *sf, const char *pf, uint32_t sfnum)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	uint32_t own;

	if (sf)
		return sf->mgmtdev;
	while (snapshot && (mgmtdev = vdpam_mgmtdev_next(snapshot, mgmtdev))) {
		const char *own_pf = vdpam_mgmtdev_get_pf(mgmtdev);

		if (own_pf && !strcmp(own_pf, pf) &&
		    !vdpam_mgmtdev_get_sfnum(mgmtdev, &own) && own == sfnum)
			return vdpam_mgmtdev_get_handle(mgmtdev);
	}
	return NULL;
}

static int del_sf(struct vdpam_plan *plan, const char *pf, uint32_t sfnum, bool force)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_plan_add(plan, VDPAM_SF_DEL, pf, "asked for", &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_SFNUM, sfnum);
	if (!r && force)
		r = vdpam_step_set_number(step, VDPAM_ARG_FORCE, 1);
	if (!r)
		vdpam_plan_require_previous(plan);
	return r;
}

int vdpam_plan_new_sf_del(const struct vdpam_snapshot *snapshot,
			  const struct vdpam_sf_list *sfs, const char *pf, uint32_t sfnum,
			  bool force, struct vdpam_plan **ret_plan,
			  struct vdpam_error **ret_error)
{
	const struct vdpam_sf *sf = sfs ? vdpam_sf_list_find(sfs, pf, sfnum) : NULL;
	const char *mgmtdev = find_mgmtdev(snapshot, sf, pf, sfnum);
	struct vdpam_plan *plan;
	int r;

	VDPAM_ESCAPED(shown, pf);
	r = check_pf(pf, sfnum, ret_error);
	if (r < 0)
		return r;
	if (sfs && !sf)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV, pf,
				  NULL, "there is no SF %u on %s", sfnum, shown);
	if (snapshot && mgmtdev)
		r = vdpam_plan_check_drain(snapshot, mgmtdev, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (plan && snapshot && mgmtdev)
		r = vdpam_plan_add_drain(plan, snapshot, mgmtdev, force);
	if (plan && !r)
		r = del_sf(plan, pf, sfnum, force);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}
