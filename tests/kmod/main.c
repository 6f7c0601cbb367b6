// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module: registers the drivers and, at its end, waits until nobody holds anything
 * of it. README.md says what it is for.
 */

#include <linux/completion.h>
#include <linux/module.h>
#include <linux/refcount.h>

#include "vdpatest.h"

static refcount_t live = REFCOUNT_INIT(1);
static DECLARE_COMPLETION(nothing_lives);

void vdpatest_live_get(void)
{
	refcount_inc(&live);
}

void vdpatest_live_put(void)
{
	if (refcount_dec_and_test(&live))
		complete(&nothing_lives);
}

static int __init vdpatest_init(void)
{
	int err;

	vdpatest_knobs_init();
	err = vdpatest_sf_driver_register();
	if (err)
		goto err_knobs;
	err = vdpatest_switch_driver_register();
	if (err)
		goto err_sf;
	err = vdpatest_mdev_driver_register();
	if (err)
		goto err_switch;
	err = pci_register_driver(&vdpatest_vf_driver);
	if (err)
		goto err_mdev;
	err = pci_register_driver(&vdpatest_pf_driver);
	if (err)
		goto err_vf;
	return 0;

err_vf:
	pci_unregister_driver(&vdpatest_vf_driver);
err_mdev:
	vdpatest_mdev_driver_unregister();
err_switch:
	vdpatest_switch_driver_unregister();
err_sf:
	vdpatest_sf_driver_unregister();
err_knobs:
	vdpatest_knobs_exit();
	return err;
}

static void __exit vdpatest_exit(void)
{
	/* The PFs first: that removes what stands on them while its drivers are there. */
	pci_unregister_driver(&vdpatest_pf_driver);
	pci_unregister_driver(&vdpatest_vf_driver);
	vdpatest_mdev_driver_unregister();
	vdpatest_switch_driver_unregister();
	vdpatest_sf_driver_unregister();
	vdpatest_knobs_exit();
	/* devlink drops its references to auxiliary devices from a work item. */
	vdpatest_live_put();
	wait_for_completion(&nothing_lives);
}

module_init(vdpatest_init);
module_exit(vdpatest_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test NIC: SF, VF and mdev parents for vDPA without hardware");
