// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver of a subfunction's auxiliary device, vdpatest.sf.N: a function that begins
 * with everything off.
 */

#include "vdpatest.h"

static int sf_probe(struct auxiliary_device *adev, const struct auxiliary_device_id *id)
{
	struct vdpatest_sf *sf = vdpatest_to_aux(adev)->owner;
	struct vdpatest_function *fn;
	int err;

	err = vdpatest_fault(VDPATEST_SF_PROBE, &adev->dev, NULL);
	if (err)
		return err;
	fn = vdpatest_devlink_new(&adev->dev, vdpatest_sf_pci(sf));
	if (!fn)
		return -ENOMEM;
	fn->sf = sf;
	auxiliary_set_drvdata(adev, fn);
	/* The port can be told of an instance that is not registered yet, and only then. */
	err = vdpatest_sf_nest(sf, priv_to_devlink(fn));
	if (!err)
		err = vdpatest_devlink_start(fn, NULL, false);
	if (err) {
		vdpatest_devlink_free(fn);
		return err;
	}
	vdpatest_sf_attached(sf, true);
	return 0;
}

static void sf_remove(struct auxiliary_device *adev)
{
	struct vdpatest_function *fn = auxiliary_get_drvdata(adev);

	vdpatest_devlink_stop(fn);
	vdpatest_sf_attached(fn->sf, false);
	vdpatest_devlink_free(fn);
}

static const struct auxiliary_device_id sf_ids[] = {
	{ .name = KBUILD_MODNAME ".sf" },
	{},
};

static struct auxiliary_driver sf_driver = {
	.name = "sf",
	.probe = sf_probe,
	.remove = sf_remove,
	.id_table = sf_ids,
};

int vdpatest_sf_driver_register(void)
{
	return auxiliary_driver_register(&sf_driver);
}

void vdpatest_sf_driver_unregister(void)
{
	auxiliary_driver_unregister(&sf_driver);
}
