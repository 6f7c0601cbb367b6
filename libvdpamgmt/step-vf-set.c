// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vf-set: what a PF's kernel driver is to enforce on one of its VFs. One attribute at a time, so that
 * it is known which one a driver refuses; VLAN and QoS, and both rates, are one to the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "step.h"
#include "sysfs.h"
#include "vf-link.h"

#define BIT(attr) (1U << (attr))

/* What the kernel sets with one request. */
static const unsigned int groups[] = {
	BIT(VDPAM_VF_MAC),        BIT(VDPAM_VF_VLAN) | BIT(VDPAM_VF_QOS),
	BIT(VDPAM_VF_TRUST),      BIT(VDPAM_VF_SPOOFCHK),
	BIT(VDPAM_VF_LINK_STATE), BIT(VDPAM_VF_MIN_TX_RATE) | BIT(VDPAM_VF_MAX_TX_RATE),
};

/* A step under way. */
struct change {
	const struct vdpam_step *step;
	int pf_fd;
	int ifindex;
	unsigned int asked;     /* BIT() of each attribute that the step names */
	unsigned int done;      /* of each that was changed */
	struct vdpam_vf wanted; /* those, the others as they are */
	struct vdpam_error **ret_error;
};

/* ---- Sentences ----------------------------------------------------------------------------- */

static void format_value(enum vdpam_vf_attr attr, uint64_t number, char text[24])
{
	switch (attr) {
	case VDPAM_VF_MAC:
		vdpam_mac_format(number, text);
		return;
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		snprintf(text, 24, "%s", number ? "on" : "off");
		return;
	case VDPAM_VF_LINK_STATE:
		snprintf(text, 24, "%s", vdpam_vf_link_state_name(number));
		return;
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		break;
	}
	snprintf(text, 24, "%llu", (unsigned long long)number);
}

/* "vlan 100 and qos 3", those of a group that were asked for. */
static void format_group(const struct change *change, unsigned int group, char text[96])
{
	size_t used = 0;

	text[0] = 0;
	for (enum vdpam_vf_attr attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++) {
		char value[24];

		if (!(group & change->asked & BIT(attr)))
			continue;
		format_value(attr, change->wanted.number[attr], value);
		used += (size_t)snprintf(text + used, 96 - used, "%s%s %s",
					 used ? " and " : "", vdpam_vf_attr_name(attr),
					 value);
	}
}

/* What stays as it was set before the one that was refused. */
static void add_done(const struct change *change)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		char text[96];

		if (!(groups[i] & change->done))
			continue;
		format_group(change, groups[i], text);
		vdpam_error_add(change->ret_error, "%s is set", text);
	}
}

static int fail_set(const struct change *change, unsigned int group, int r,
		    const char *kernel)
{
	const char *target = change->step->target;
	unsigned int index = change->wanted.index;
	VDPAM_AUTO_FREE char *driver = NULL;
	char what[96];

	vdpam_sysfs_link_name(change->pf_fd, "driver", &driver);
	format_group(change, group, what);
	VDPAM_ESCAPED(shown, target);
	VDPAM_ESCAPED(shown_driver, driver ? driver : "none");
	if (r == -EPERM && geteuid() != 0)
		r = vdpam_fail(change->ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, target,
			       kernel, "changing VF %u of %s needs CAP_NET_ADMIN", index,
			       shown);
	else if (r == -EOPNOTSUPP)
		r = vdpam_fail(
			change->ret_error, VDPAM_ERROR_UNSUPPORTED, r, target, kernel,
			"cannot set %s on VF %u of %s: the driver %s has no such setting",
			what, index, shown, shown_driver);
	else
		r = vdpam_fail(change->ret_error, VDPAM_ERROR_KERNEL, r, target, kernel,
			       "cannot set %s on VF %u of %s: the driver %s refuses it",
			       what, index, shown, shown_driver);
	add_done(change);
	return r;
}

static int fail_index(const struct change *change)
{
	VDPAM_ESCAPED(shown, change->step->target);
	return vdpam_fail(change->ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
			  change->step->target, NULL, "%s has no VF %u", shown,
			  change->wanted.index);
}

/* ---- Reading ------------------------------------------------------------------------------- */

static int look(const struct change *change, struct vdpam_vf *ret_vf)
{
	VDPAM_AUTO_FREE char *text = NULL;
	const struct vdpam_vf *vf;
	struct vdpam_vfs vfs;
	int r;

	VDPAM_ESCAPED(shown, change->step->target);
	r = vdpam_vf_link_get(change->ifindex, &vfs, &text);
	if (r < 0)
		return vdpam_fail(change->ret_error, vdpam_error_code_of(r), r,
				  change->step->target, text,
				  "cannot ask for the VFs of %s", shown);
	vf = vdpam_vfs_find(&vfs, change->wanted.index);
	if (vf)
		*ret_vf = *vf;
	free(vfs.list);
	return vf ? 0 : fail_index(change);
}

static uint64_t asked_number(const struct vdpam_step *step, enum vdpam_vf_attr attr)
{
	const char *text = step->text[VDPAM_ARG_LINK_STATE];
	uint64_t number = 0;

	if (attr != VDPAM_VF_LINK_STATE)
		return vdpam_step_number(step, vdpam_vf_attr_argument(attr));
	vdpam_vf_link_state_parse(text, &number);
	return number;
}

/* What is not asked for stays as it is, but that a VF without a VLAN has no QoS either. */
static int find_wanted(struct change *change)
{
	const struct vdpam_step *step = change->step;
	uint64_t number;
	int r;

	change->wanted.index = (uint32_t)vdpam_step_number(step, VDPAM_ARG_VF_INDEX);
	r = look(change, &change->wanted);
	for (enum vdpam_vf_attr attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++) {
		if (attr == VDPAM_VF_LINK_STATE
			    ? !step->text[VDPAM_ARG_LINK_STATE]
			    : vdpam_step_get_number(step, vdpam_vf_attr_argument(attr),
						    &number) < 0)
			continue;
		change->asked |= BIT(attr);
		change->wanted.number[attr] = asked_number(step, attr);
	}
	if ((change->asked & BIT(VDPAM_VF_VLAN)) &&
	    !(change->asked & BIT(VDPAM_VF_QOS)) && !change->wanted.number[VDPAM_VF_VLAN])
		change->wanted.number[VDPAM_VF_QOS] = 0;
	return r;
}

/* ---- Setting ------------------------------------------------------------------------------- */

/* Those of a group that are asked for and are not so; what the driver does not tell is not so. */
static unsigned int differing(const struct change *change, unsigned int group,
			      const struct vdpam_vf *now)
{
	unsigned int differ = 0;
	uint64_t number;

	for (enum vdpam_vf_attr attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++) {
		if ((group & change->asked & BIT(attr)) &&
		    (vdpam_vf_get_number(now, attr, &number) < 0 ||
		     number != change->wanted.number[attr]))
			differ |= BIT(attr);
	}
	return differ;
}

static int set_group(struct change *change, unsigned int group)
{
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_vf now;
	unsigned int differ;
	int r;

	r = look(change, &now);
	if (r < 0)
		return r;
	differ = differing(change, group, &now);
	if (!differ)
		return 0;
	r = vdpam_vf_link_set(change->ifindex, &change->wanted,
			      (enum vdpam_vf_attr)__builtin_ctz(differ), &text);
	if (r < 0)
		return fail_set(change, group, r, text);
	r = look(change, &now);
	if (r < 0)
		return r;
	/* What it does not tell cannot be read back: its answer has to do. */
	if (differing(change, group & now.present, &now))
		return fail_set(change, group, -EIO, "it was accepted and not done");
	change->done |= group;
	return 0;
}

static int set_all(struct change *change)
{
	int r;

	VDPAM_ESCAPED(shown, change->step->target);
	r = vdpam_vf_link_find(change->pf_fd, &change->ifindex);
	if (r < 0)
		return vdpam_fail(
			change->ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP,
			change->step->target, NULL,
			"the VFs of %s have no link attributes: it has no network "
			"interface here",
			shown);
	r = find_wanted(change);
	for (size_t i = 0; !r && i < sizeof(groups) / sizeof(*groups); i++) {
		if (groups[i] & change->asked)
			r = set_group(change, groups[i]);
	}
	return r;
}

int vdpam_run_vf_set(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_function(ctx, step, ret_error);
	struct change change = { .step = step, .pf_fd = fd, .ret_error = ret_error };
	uint64_t number;
	int r;

	if (fd < 0)
		return fd;
	if (step->text[VDPAM_ARG_LINK_STATE] &&
	    vdpam_vf_link_state_parse(step->text[VDPAM_ARG_LINK_STATE], &number) < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL,
				  step->target, NULL,
				  "a link state is auto, enable or disable");
	r = vdpam_step_lock_function(step, deadline_usec, ret_error);
	if (!r)
		r = set_all(&change);
	vdpam_step_unlock_function(step);
	return r;
}
