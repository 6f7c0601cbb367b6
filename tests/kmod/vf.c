// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver vdpatest-vf: makes any PCI function that is handed to it by driver_override
 * a function for vDPA, made for the virtual functions of QEMU's igb. The hardware is not
 * touched.
 */

#include "vdpatest.h"

/* enable_vnet is the PF's affair where the PF is ours and has it. */
static struct vdpatest_switch *switch_of_pf(struct pci_dev *pdev)
{
	struct vdpatest_pf *pf;

	if (!pdev->is_virtfn)
		return NULL;
	pf = pci_iov_get_pf_drvdata(pdev, &vdpatest_pf_driver);
	if (IS_ERR_OR_NULL(pf) || pf->persona->vnet != VDPATEST_VNET_RUNTIME)
		return NULL;
	return &pf->vnet;
}

static int vf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vdpatest_function *fn;
	int err;

	err = vdpatest_fault(VDPATEST_VF_PROBE, &pdev->dev, NULL);
	if (err)
		return err;
	fn = vdpatest_devlink_new(&pdev->dev, &pdev->dev);
	if (!fn)
		return -ENOMEM;
	pci_set_drvdata(pdev, fn);
	err = vdpatest_devlink_start(fn, switch_of_pf(pdev), true);
	if (err)
		vdpatest_devlink_free(fn);
	return err;
}

static void vf_remove(struct pci_dev *pdev)
{
	struct vdpatest_function *fn = pci_get_drvdata(pdev);

	vdpatest_devlink_stop(fn);
	vdpatest_devlink_free(fn);
}

struct pci_driver vdpatest_vf_driver = {
	.name = "vdpatest-vf",
	.probe = vf_probe,
	.remove = vf_remove,
};
