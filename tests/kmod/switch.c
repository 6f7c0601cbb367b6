// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * enable_vnet as pds_core has it: a runtime parameter of a devlink instance that gives
 * each of its functions an auxiliary device vdpatest.vDPA.N, and the driver of those.
 */

#include <linux/slab.h>

#include "kernels.h"
#include "vdpatest.h"

static int give_aux(struct vdpatest_function *fn)
{
	struct vdpatest_aux *aux = vdpatest_aux_add(fn->dev, "vDPA", fn, 0);

	if (IS_ERR(aux))
		return PTR_ERR(aux);
	fn->aux = aux;
	return 0;
}

static void take_aux(struct vdpatest_function *fn)
{
	if (fn->aux)
		vdpatest_aux_remove(fn->aux);
	fn->aux = NULL;
}

static int turn(struct vdpatest_switch *sw, bool on)
{
	struct vdpatest_function *fn;
	int failed = 0;
	int err;

	lockdep_assert_held(&sw->lock);
	if (sw->on == on)
		return 0;
	sw->on = on;
	list_for_each_entry(fn, &sw->functions, on_switch) {
		if (!on) {
			take_aux(fn);
			continue;
		}
		err = give_aux(fn);
		if (err)
			failed = err;
	}
	return failed;
}

static int read_switch(struct devlink *devlink, struct devlink_param_gset_ctx *ctx)
{
	struct vdpatest_switch *sw = devlink_priv(devlink);

	mutex_lock(&sw->lock);
	ctx->val.vbool = sw->on;
	mutex_unlock(&sw->lock);
	return 0;
}

#if VDPATEST_IS_NEWER
static int switch_get(struct devlink *devlink, u32 id, struct devlink_param_gset_ctx *ctx,
		      struct netlink_ext_ack *extack)
#else
static int switch_get(struct devlink *devlink, u32 id, struct devlink_param_gset_ctx *ctx)
#endif
{
	return read_switch(devlink, ctx);
}

static int switch_set(struct devlink *devlink, u32 id, struct devlink_param_gset_ctx *ctx,
		      struct netlink_ext_ack *extack)
{
	struct vdpatest_switch *sw = devlink_priv(devlink);
	int err;

	mutex_lock(&sw->lock);
	err = turn(sw, ctx->val.vbool);
	mutex_unlock(&sw->lock);
	return err;
}

const struct devlink_param vdpatest_switch_param = DEVLINK_PARAM_GENERIC(
	ENABLE_VNET, BIT(DEVLINK_PARAM_CMODE_RUNTIME), switch_get, switch_set, NULL);

void vdpatest_switch_init(struct vdpatest_switch *sw)
{
	mutex_init(&sw->lock);
	INIT_LIST_HEAD(&sw->functions);
}

int vdpatest_switch_join(struct vdpatest_switch *sw, struct vdpatest_function *fn)
{
	int err = 0;

	mutex_lock(&sw->lock);
	if (sw->on)
		err = give_aux(fn);
	if (!err) {
		fn->vnet = sw;
		list_add_tail(&fn->on_switch, &sw->functions);
	}
	mutex_unlock(&sw->lock);
	return err;
}

void vdpatest_switch_leave(struct vdpatest_function *fn)
{
	struct vdpatest_switch *sw = fn->vnet;

	if (!sw)
		return;
	mutex_lock(&sw->lock);
	take_aux(fn);
	list_del(&fn->on_switch);
	fn->vnet = NULL;
	mutex_unlock(&sw->lock);
}

/* ---- the driver of vdpatest.vDPA.N ---- */

static int vdpa_probe(struct auxiliary_device *adev, const struct auxiliary_device_id *id)
{
	struct vdpatest_function *above = vdpatest_to_aux(adev)->owner;
	struct vdpatest_function *fn;
	int err;

	fn = kzalloc(sizeof(*fn), GFP_KERNEL);
	if (!fn)
		return -ENOMEM;
	vdpatest_function_init(fn, &adev->dev, above->dma_dev, above->persona);
	auxiliary_set_drvdata(adev, fn);
	err = vdpatest_function_up(fn);
	if (err)
		kfree(fn);
	return err;
}

static void vdpa_remove(struct auxiliary_device *adev)
{
	struct vdpatest_function *fn = auxiliary_get_drvdata(adev);

	vdpatest_function_down(fn);
	kfree(fn);
}

static const struct auxiliary_device_id vdpa_ids[] = {
	{ .name = KBUILD_MODNAME ".vDPA" },
	{},
};

static struct auxiliary_driver vdpa_driver = {
	.name = "vDPA",
	.probe = vdpa_probe,
	.remove = vdpa_remove,
	.id_table = vdpa_ids,
};

int vdpatest_switch_driver_register(void)
{
	return auxiliary_driver_register(&vdpa_driver);
}

void vdpatest_switch_driver_unregister(void)
{
	auxiliary_driver_unregister(&vdpa_driver);
}
