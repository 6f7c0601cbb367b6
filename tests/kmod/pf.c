// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PF: a PCI driver for QEMU's pci-testdev and edu, and for any other card handed to
 * it by driver_override, whose hardware it does not touch. Its devlink instance has an
 * e-switch; in switchdev mode it makes ports of subfunctions (port.c).
 */

#include <linux/module.h>

#include "vdpatest.h"

static int eswitch_mode_get(struct devlink *devlink, u16 *ret_mode)
{
	struct vdpatest_pf *pf = devlink_priv(devlink);

	*ret_mode = pf->eswitch_mode;
	return 0;
}

static int eswitch_mode_set(struct devlink *devlink, u16 mode,
			    struct netlink_ext_ack *extack)
{
	struct vdpatest_pf *pf = devlink_priv(devlink);
	int err;

	if (mode != DEVLINK_ESWITCH_MODE_LEGACY && mode != DEVLINK_ESWITCH_MODE_SWITCHDEV)
		return -EINVAL;
	err = vdpatest_fault(VDPATEST_ESWITCH, &pf->pdev->dev, extack);
	if (err)
		return err;
	if (vdpatest_eswitch_refused(mode)) {
		NL_SET_ERR_MSG_MOD(extack, "this e-switch mode is not supported");
		return -EOPNOTSUPP;
	}
	if (mode == pf->eswitch_mode)
		return 0;
	if (mode == DEVLINK_ESWITCH_MODE_LEGACY)
		vdpatest_port_del_all(pf);
	pf->eswitch_mode = mode;
	return 0;
}

static const struct devlink_ops pf_ops = {
	.eswitch_mode_get = eswitch_mode_get,
	.eswitch_mode_set = eswitch_mode_set,
	.port_new = vdpatest_port_new,
};

static struct vdpatest_pf *pf_new(struct pci_dev *pdev)
{
	struct vdpatest_pf *pf;
	struct devlink *devlink;

	devlink = devlink_alloc(&pf_ops, sizeof(*pf), &pdev->dev);
	if (!devlink)
		return NULL;
	pf = devlink_priv(devlink);
	pf->pdev = pdev;
	pf->persona = vdpatest_persona();
	pf->eswitch_mode = DEVLINK_ESWITCH_MODE_LEGACY;
	vdpatest_switch_init(&pf->vnet);
	mutex_init(&pf->lock);
	xa_init_flags(&pf->sfs, XA_FLAGS_ALLOC);
	/* Unbound and without a limit: one subfunction that hangs must not stop another. */
	pf->work = alloc_workqueue("vdpatest-%s", WQ_UNBOUND, 0, pci_name(pdev));
	if (!pf->work) {
		devlink_free(devlink);
		return NULL;
	}
	return pf;
}

static void pf_free(struct vdpatest_pf *pf)
{
	destroy_workqueue(pf->work);
	xa_destroy(&pf->sfs);
	devlink_free(priv_to_devlink(pf));
}

static int register_devlink(struct vdpatest_pf *pf)
{
	struct devlink *devlink = priv_to_devlink(pf);
	int err = 0;

	devl_lock(devlink);
	if (pf->persona->vnet == VDPATEST_VNET_RUNTIME)
		err = devl_params_register(devlink, &vdpatest_switch_param, 1);
	if (!err)
		devl_register(devlink);
	devl_unlock(devlink);
	return err;
}

static void unregister_devlink(struct vdpatest_pf *pf)
{
	struct devlink *devlink = priv_to_devlink(pf);

	devl_lock(devlink);
	devl_unregister(devlink);
	vdpatest_port_del_all(pf);
	if (pf->persona->vnet == VDPATEST_VNET_RUNTIME)
		devl_params_unregister(devlink, &vdpatest_switch_param, 1);
	devl_unlock(devlink);
}

static int pf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vdpatest_pf *pf = pf_new(pdev);
	int err;

	if (!pf)
		return -ENOMEM;
	err = register_devlink(pf);
	if (err)
		goto err_free;
	err = vdpatest_mdev_parent_add(pf);
	if (err)
		goto err_devlink;
	pci_set_drvdata(pdev, pf);
	return 0;

err_devlink:
	unregister_devlink(pf);
err_free:
	pf_free(pf);
	return err;
}

static int pf_sriov_configure(struct pci_dev *pdev, int count)
{
	int err = vdpatest_fault(VDPATEST_SRIOV, &pdev->dev, NULL);

	return err ? err : pci_sriov_configure_simple(pdev, count);
}

static void pf_remove(struct pci_dev *pdev)
{
	struct vdpatest_pf *pf = pci_get_drvdata(pdev);

	pci_disable_sriov(pdev);
	vdpatest_mdev_parent_remove(pf);
	unregister_devlink(pf);
	pf_free(pf);
}

/* No MODULE_DEVICE_TABLE: udev must not load this because a machine has such a card. */
static const struct pci_device_id pf_ids[] = {
	{ PCI_DEVICE(0x1b36, 0x0005) },
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{},
};

struct pci_driver vdpatest_pf_driver = {
	.name = "vdpatest",
	.id_table = pf_ids,
	.probe = pf_probe,
	.remove = pf_remove,
	.sriov_configure = pf_sriov_configure,
};
