// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The devlink instance of a function: the parameters that its persona has, and reload.
 */

#include "kernels.h"
#include "vdpatest.h"

#define DRIVERINIT(id) \
	DEVLINK_PARAM_GENERIC(id, BIT(DEVLINK_PARAM_CMODE_DRIVERINIT), NULL, NULL, NULL)

static const struct devlink_param driverinit_params[] = {
	DRIVERINIT(ENABLE_ETH),
	DRIVERINIT(ENABLE_RDMA),
	DRIVERINIT(ENABLE_VNET),
};

static int reload_down(struct devlink *devlink, bool netns_change,
		       enum devlink_reload_action action, enum devlink_reload_limit limit,
		       struct netlink_ext_ack *extack)
{
	struct vdpatest_function *fn = devlink_priv(devlink);
	int err;

	if (netns_change) {
		NL_SET_ERR_MSG_MOD(extack,
				   "vDPA is in the first network namespace alone");
		return -EOPNOTSUPP;
	}
	err = vdpatest_fault(VDPATEST_RELOAD, fn->dev, extack);
	if (err)
		return err;
	vdpatest_function_down(fn);
	return 0;
}

static int reload_up(struct devlink *devlink, enum devlink_reload_action action,
		     enum devlink_reload_limit limit, u32 *actions_performed,
		     struct netlink_ext_ack *extack)
{
	struct vdpatest_function *fn = devlink_priv(devlink);
	u32 id = DEVLINK_PARAM_GENERIC_ID_ENABLE_VNET;
	union devlink_param_value vnet;
	int err;

	err = vdpatest_fault(VDPATEST_RELOAD_UP, fn->dev, extack);
	if (err)
		return err;
	err = devl_param_driverinit_value_get(devlink, id, &vnet);
	if (err)
		return err;
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);
	return vnet.vbool ? vdpatest_function_up(fn) : 0;
}

static const struct devlink_ops ops = {};

static const struct devlink_ops ops_with_reload = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = reload_down,
	.reload_up = reload_up,
};

struct vdpatest_function *vdpatest_devlink_new(struct device *dev, struct device *dma_dev)
{
	const struct vdpatest_persona *persona = vdpatest_persona();
	struct vdpatest_function *fn;
	bool reloads = persona->vnet == VDPATEST_VNET_DRIVERINIT;
	struct devlink *devlink;

	devlink = devlink_alloc(reloads ? &ops_with_reload : &ops, sizeof(*fn), dev);
	if (!devlink)
		return NULL;
	fn = devlink_priv(devlink);
	vdpatest_function_init(fn, dev, dma_dev, persona);
	return fn;
}

static int start_driverinit(struct devlink *devlink, struct vdpatest_function *fn,
			    bool enabled)
{
	union devlink_param_value value = { .vbool = enabled };
	size_t i;
	int err;

	err = devl_params_register(devlink, driverinit_params,
				   ARRAY_SIZE(driverinit_params));
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(driverinit_params); i++)
		vdpatest_set_driverinit(devlink, driverinit_params[i].id, value);
	if (enabled)
		err = vdpatest_function_up(fn);
	if (err)
		devl_params_unregister(devlink, driverinit_params,
				       ARRAY_SIZE(driverinit_params));
	return err;
}

static int start_runtime(struct devlink *devlink, struct vdpatest_function *fn,
			 struct vdpatest_switch *sw)
{
	int err = 0;

	if (sw == &fn->own_switch)
		err = devl_params_register(devlink, &vdpatest_switch_param, 1);
	if (err)
		return err;
	err = vdpatest_switch_join(sw, fn);
	if (err && sw == &fn->own_switch)
		devl_params_unregister(devlink, &vdpatest_switch_param, 1);
	return err;
}

int vdpatest_devlink_start(struct vdpatest_function *fn, struct vdpatest_switch *sw,
			   bool enabled)
{
	struct devlink *devlink = priv_to_devlink(fn);
	int err = 0;

	devl_lock(devlink);
	switch (fn->persona->vnet) {
	case VDPATEST_VNET_ALWAYS:
		err = vdpatest_function_up(fn);
		break;
	case VDPATEST_VNET_DRIVERINIT:
		err = start_driverinit(devlink, fn, enabled);
		break;
	case VDPATEST_VNET_RUNTIME:
		err = start_runtime(devlink, fn, sw ?: &fn->own_switch);
		break;
	}
	if (!err)
		devl_register(devlink);
	devl_unlock(devlink);
	return err;
}

void vdpatest_devlink_stop(struct vdpatest_function *fn)
{
	struct devlink *devlink = priv_to_devlink(fn);
	bool own = fn->vnet == &fn->own_switch;

	devl_lock(devlink);
	devl_unregister(devlink);
	vdpatest_switch_leave(fn);
	vdpatest_function_down(fn);
	if (own)
		devl_params_unregister(devlink, &vdpatest_switch_param, 1);
	if (fn->persona->vnet == VDPATEST_VNET_DRIVERINIT)
		devl_params_unregister(devlink, driverinit_params,
				       ARRAY_SIZE(driverinit_params));
	devl_unlock(devlink);
}

void vdpatest_devlink_free(struct vdpatest_function *fn)
{
	devlink_free(priv_to_devlink(fn));
}
