// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Auxiliary devices: numbered, made and removed. Who makes one is its owner.
 */

#include <linux/idr.h>
#include <linux/slab.h>

#include "vdpatest.h"

/* As with mlx5, where others have taken the first ones. */
#define FIRST_NUMBER 2

static DEFINE_IDA(numbers);

static ssize_t sfnum_show(struct device *dev, struct device_attribute *attribute,
			  char *buffer)
{
	return sysfs_emit(buffer, "%u\n", vdpatest_to_aux(to_auxiliary_dev(dev))->sfnum);
}
static DEVICE_ATTR_RO(sfnum);

static struct attribute *sf_attrs[] = {
	&dev_attr_sfnum.attr,
	NULL,
};
ATTRIBUTE_GROUPS(sf);

static void aux_free(struct device *dev)
{
	struct vdpatest_aux *aux = vdpatest_to_aux(to_auxiliary_dev(dev));

	ida_free(&numbers, aux->adev.id);
	kfree(aux);
	vdpatest_live_put();
}

static struct vdpatest_aux *aux_alloc(void)
{
	struct vdpatest_aux *aux = kzalloc(sizeof(*aux), GFP_KERNEL);
	int number;

	if (!aux)
		return ERR_PTR(-ENOMEM);
	number = ida_alloc_min(&numbers, FIRST_NUMBER, GFP_KERNEL);
	if (number < 0) {
		kfree(aux);
		return ERR_PTR(number);
	}
	aux->adev.id = number;
	return aux;
}

struct vdpatest_aux *vdpatest_aux_add(struct device *parent, const char *name,
				      void *owner, u32 sfnum)
{
	struct vdpatest_aux *aux = aux_alloc();
	int err;

	if (IS_ERR(aux))
		return aux;
	aux->owner = owner;
	aux->sfnum = sfnum;
	aux->adev.name = name;
	aux->adev.dev.parent = parent;
	aux->adev.dev.release = aux_free;
	if (!strcmp(name, "sf"))
		aux->adev.dev.groups = sf_groups;
	err = auxiliary_device_init(&aux->adev);
	if (err) {
		ida_free(&numbers, aux->adev.id);
		kfree(aux);
		return ERR_PTR(err);
	}
	vdpatest_live_get();
	err = auxiliary_device_add(&aux->adev);
	if (err) {
		auxiliary_device_uninit(&aux->adev);
		return ERR_PTR(err);
	}
	return aux;
}

void vdpatest_aux_remove(struct vdpatest_aux *aux)
{
	auxiliary_device_delete(&aux->adev);
	auxiliary_device_uninit(&aux->adev);
}
