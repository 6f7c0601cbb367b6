// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mediated devices of the PF, each a function for vDPA. No driver in the kernel does
 * this; it is what one would look like.
 */

#include <linux/module.h>
#include <linux/slab.h>

#include "vdpatest.h"

struct vdpatest_mdev_parent {
	struct mdev_parent parent;
	struct mdev_type type;
	struct mdev_type *types[1];
	struct pci_dev *pdev;
	atomic_t available;
};

static unsigned int mdevs = 4;
module_param(mdevs, uint, 0444);
MODULE_PARM_DESC(mdevs, "mediated devices that a PF can have at a time (4)");

static struct vdpatest_mdev_parent *to_parent(struct mdev_type *type)
{
	return container_of(type, struct vdpatest_mdev_parent, type);
}

static int mdev_probe(struct mdev_device *mdev)
{
	struct vdpatest_mdev_parent *parent = to_parent(mdev->type);
	struct vdpatest_function *fn;
	int err;

	err = vdpatest_fault(VDPATEST_MDEV_CREATE, &parent->pdev->dev, NULL);
	if (err)
		return err;
	if (!atomic_add_unless(&parent->available, -1, 0))
		return -ENOSPC;
	fn = kzalloc(sizeof(*fn), GFP_KERNEL);
	if (!fn) {
		err = -ENOMEM;
		goto err_available;
	}
	vdpatest_function_init(fn, &mdev->dev, &parent->pdev->dev, vdpatest_persona());
	dev_set_drvdata(&mdev->dev, fn);
	err = vdpatest_function_up(fn);
	if (err)
		goto err_function;
	return 0;

err_function:
	kfree(fn);
err_available:
	atomic_inc(&parent->available);
	return err;
}

static void mdev_remove(struct mdev_device *mdev)
{
	struct vdpatest_function *fn = dev_get_drvdata(&mdev->dev);

	vdpatest_function_down(fn);
	kfree(fn);
	atomic_inc(&to_parent(mdev->type)->available);
}

static unsigned int get_available(struct mdev_type *type)
{
	return atomic_read(&to_parent(type)->available);
}

static ssize_t show_description(struct mdev_type *type, char *buffer)
{
	return sysfs_emit(buffer, "a vDPA management device for network devices\n");
}

/* The core asks for an API of VFIO; this driver has none. */
static struct mdev_driver mdev_driver = {
	.device_api = "vdpa",
	.probe = mdev_probe,
	.remove = mdev_remove,
	.get_available = get_available,
	.show_description = show_description,
	.driver = {
		.name = "vdpatest-mdev",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
	},
};

int vdpatest_mdev_driver_register(void)
{
	return mdev_register_driver(&mdev_driver);
}

void vdpatest_mdev_driver_unregister(void)
{
	mdev_unregister_driver(&mdev_driver);
}

int vdpatest_mdev_parent_add(struct vdpatest_pf *pf)
{
	struct vdpatest_mdev_parent *parent = kzalloc(sizeof(*parent), GFP_KERNEL);
	int err;

	if (!parent)
		return -ENOMEM;
	parent->pdev = pf->pdev;
	parent->type.sysfs_name = "vdpa";
	parent->type.pretty_name = "vDPA network function";
	parent->types[0] = &parent->type;
	atomic_set(&parent->available, mdevs);
	err = mdev_register_parent(&parent->parent, &pf->pdev->dev, &mdev_driver,
				   parent->types, ARRAY_SIZE(parent->types));
	if (err) {
		kfree(parent);
		return err;
	}
	pf->mdev_parent = parent;
	return 0;
}

void vdpatest_mdev_parent_remove(struct vdpatest_pf *pf)
{
	mdev_unregister_parent(&pf->mdev_parent->parent);
	kfree(pf->mdev_parent);
}
