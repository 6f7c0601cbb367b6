// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a vDPA device translates addresses: as vhost_vdpa tells it, otherwise not at all.
 */

#include "vdpatest.h"

int vdpatest_map_everything(struct vdpatest_vdpa *v)
{
	int err;

	spin_lock(&v->iotlb_lock);
	vhost_iotlb_reset(&v->iotlb);
	err = vhost_iotlb_add_range(&v->iotlb, 0, ULLONG_MAX, 0, VHOST_MAP_RW);
	spin_unlock(&v->iotlb_lock);
	return err;
}

int vdpatest_set_map(struct vdpa_device *vdpa, unsigned int asid,
		     struct vhost_iotlb *iotlb)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	struct vhost_iotlb_map *map;
	int err = 0;

	spin_lock(&v->iotlb_lock);
	vhost_iotlb_reset(&v->iotlb);
	for (map = vhost_iotlb_itree_first(iotlb, 0, ULLONG_MAX); map && !err;
	     map = vhost_iotlb_itree_next(map, 0, ULLONG_MAX))
		err = vhost_iotlb_add_range(&v->iotlb, map->start, map->last, map->addr,
					    map->perm);
	spin_unlock(&v->iotlb_lock);
	return err;
}

int vdpatest_reset_map(struct vdpa_device *vdpa, unsigned int asid)
{
	return vdpatest_map_everything(vdpatest_to_vdpa(vdpa));
}
