// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports of subfunctions: made, changed and deleted by devlink. As with mlx5 the function
 * itself comes and goes later, by a work item; a port that is deleted keeps its number
 * until its function has gone.
 */

#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "vdpatest.h"

#define FIRST_INDEX 32768

enum sf_state {
	SF_ALLOCATED,
	SF_ACTIVE,   /* its device is there or will be */
	SF_IN_USE,   /* and has its driver */
	SF_TEARDOWN, /* its device is there no more, or soon */
};

struct vdpatest_sf {
	struct vdpatest_pf *pf;
	struct devlink_port port;
	struct net_device *representor;
	u32 slot;
	u32 sfnum;
	struct work_struct work;
	struct vdpatest_aux *aux; /* the work item's alone */

	/* Protected by the PF's lock. */
	u8 mac[ETH_ALEN];
	enum sf_state state;
	bool deleted; /* the port is going */
	bool gone;    /* and has gone; the work is queued once more and no more */
};

static unsigned int sfs = 8;
module_param(sfs, uint, 0444);
MODULE_PARM_DESC(sfs, "subfunctions that a PF can have at a time (8)");

static struct vdpatest_sf *to_sf(struct devlink_port *port)
{
	return container_of(port, struct vdpatest_sf, port);
}

static bool is_on(const struct vdpatest_sf *sf)
{
	return !sf->deleted && (sf->state == SF_ACTIVE || sf->state == SF_IN_USE);
}

/* ---- the function behind the port ---- */

static void attach(struct vdpatest_sf *sf)
{
	struct device *pci = &sf->pf->pdev->dev;
	struct vdpatest_aux *aux;

	if (vdpatest_fault(VDPATEST_SF_ATTACH, pci, NULL))
		return;
	aux = vdpatest_aux_add(pci, "sf", sf, sf->sfnum);
	if (IS_ERR(aux))
		dev_err(pci, "no device for sfnum %u: %ld\n", sf->sfnum, PTR_ERR(aux));
	else
		sf->aux = aux;
}

static void detach(struct vdpatest_sf *sf)
{
	vdpatest_aux_remove(sf->aux);
	sf->aux = NULL;
}

/* Makes the device what the port wants it to be, and ends a deleted port. */
static void settle(struct work_struct *work)
{
	struct vdpatest_sf *sf = container_of(work, struct vdpatest_sf, work);
	struct vdpatest_pf *pf = sf->pf;
	bool on;

	mutex_lock(&pf->lock);
	on = is_on(sf);
	mutex_unlock(&pf->lock);
	if (on && !sf->aux)
		attach(sf);
	if (!on && sf->aux)
		detach(sf);
	mutex_lock(&pf->lock);
	if (sf->state == SF_TEARDOWN && !sf->aux)
		sf->state = SF_ALLOCATED;
	if (sf->gone && !work_pending(work)) {
		xa_erase(&pf->sfs, sf->slot);
		kfree(sf);
	}
	mutex_unlock(&pf->lock);
}

int vdpatest_sf_nest(struct vdpatest_sf *sf, struct devlink *devlink)
{
	int err = 0;

	mutex_lock(&sf->pf->lock);
	if (!sf->deleted)
		err = devl_port_fn_devlink_set(&sf->port, devlink);
	mutex_unlock(&sf->pf->lock);
	return err;
}

void vdpatest_sf_attached(struct vdpatest_sf *sf, bool attached)
{
	mutex_lock(&sf->pf->lock);
	if (sf->state == SF_ACTIVE && attached)
		sf->state = SF_IN_USE;
	else if (sf->state == SF_IN_USE && !attached)
		sf->state = SF_ACTIVE;
	mutex_unlock(&sf->pf->lock);
}

/* Leaves what the caller has where the port was not told an address. */
void vdpatest_sf_get_mac(struct vdpatest_sf *sf, u8 *ret_mac)
{
	mutex_lock(&sf->pf->lock);
	if (!is_zero_ether_addr(sf->mac))
		ether_addr_copy(ret_mac, sf->mac);
	mutex_unlock(&sf->pf->lock);
}

struct device *vdpatest_sf_pci(struct vdpatest_sf *sf)
{
	return &sf->pf->pdev->dev;
}

/* ---- what devlink asks of a port ---- */

static void port_remove(struct vdpatest_sf *sf)
{
	struct vdpatest_pf *pf = sf->pf;

	vdpatest_representor_free(sf->representor);
	mutex_lock(&pf->lock);
	sf->deleted = true;
	mutex_unlock(&pf->lock);
	devl_port_unregister(&sf->port);
	mutex_lock(&pf->lock);
	sf->gone = true;
	queue_work(pf->work, &sf->work);
	mutex_unlock(&pf->lock);
}

static int port_del(struct devlink *devlink, struct devlink_port *port,
		    struct netlink_ext_ack *extack)
{
	struct vdpatest_sf *sf = to_sf(port);
	int err = vdpatest_fault(VDPATEST_PORT_DEL, &sf->pf->pdev->dev, extack);

	if (!err)
		port_remove(sf);
	return err;
}

static int hw_addr_get(struct devlink_port *port, u8 *ret_address, int *ret_size,
		       struct netlink_ext_ack *extack)
{
	struct vdpatest_sf *sf = to_sf(port);

	mutex_lock(&sf->pf->lock);
	ether_addr_copy(ret_address, sf->mac);
	mutex_unlock(&sf->pf->lock);
	*ret_size = ETH_ALEN;
	return 0;
}

static int hw_addr_set(struct devlink_port *port, const u8 *address, int size,
		       struct netlink_ext_ack *extack)
{
	struct vdpatest_sf *sf = to_sf(port);
	int err = vdpatest_fault(VDPATEST_FN_HW_ADDR, &sf->pf->pdev->dev, extack);

	if (err)
		return err;
	mutex_lock(&sf->pf->lock);
	ether_addr_copy(sf->mac, address);
	mutex_unlock(&sf->pf->lock);
	return 0;
}

static int state_get(struct devlink_port *port, enum devlink_port_fn_state *ret_state,
		     enum devlink_port_fn_opstate *ret_opstate,
		     struct netlink_ext_ack *extack)
{
	struct vdpatest_sf *sf = to_sf(port);

	mutex_lock(&sf->pf->lock);
	*ret_state = DEVLINK_PORT_FN_STATE_INACTIVE;
	if (is_on(sf))
		*ret_state = DEVLINK_PORT_FN_STATE_ACTIVE;
	*ret_opstate = DEVLINK_PORT_FN_OPSTATE_DETACHED;
	if (sf->state == SF_IN_USE || sf->state == SF_TEARDOWN)
		*ret_opstate = DEVLINK_PORT_FN_OPSTATE_ATTACHED;
	mutex_unlock(&sf->pf->lock);
	return 0;
}

static int turn(struct vdpatest_sf *sf, bool on, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&sf->pf->lock);
	if (on == is_on(sf))
		return 0;
	if (on && sf->state == SF_TEARDOWN) {
		NL_SET_ERR_MSG_MOD(extack, "SF is inactivated but it is still attached");
		return -EBUSY;
	}
	sf->state = on ? SF_ACTIVE : SF_TEARDOWN;
	queue_work(sf->pf->work, &sf->work);
	return 0;
}

static int state_set(struct devlink_port *port, enum devlink_port_fn_state state,
		     struct netlink_ext_ack *extack)
{
	struct vdpatest_sf *sf = to_sf(port);
	int err = vdpatest_fault(VDPATEST_FN_STATE, &sf->pf->pdev->dev, extack);

	if (err)
		return err;
	mutex_lock(&sf->pf->lock);
	err = turn(sf, state == DEVLINK_PORT_FN_STATE_ACTIVE, extack);
	mutex_unlock(&sf->pf->lock);
	return err;
}

static const struct devlink_port_ops port_ops = {
	.port_del = port_del,
	.port_fn_hw_addr_get = hw_addr_get,
	.port_fn_hw_addr_set = hw_addr_set,
	.port_fn_state_get = state_get,
	.port_fn_state_set = state_set,
};

/* ---- new ports ---- */

/* In mlx5's words; an extended ACK has to be a literal. */
#define REFUSE(reason)                              \
	do {                                        \
		NL_SET_ERR_MSG_MOD(extack, reason); \
		return -EOPNOTSUPP;                 \
	} while (0)

static int check(const struct vdpatest_pf *pf, const struct devlink_port_new_attrs *attrs,
		 struct netlink_ext_ack *extack)
{
	if (attrs->flavour != DEVLINK_PORT_FLAVOUR_PCI_SF)
		REFUSE("Driver supports only SF port addition");
	if (attrs->port_index_valid)
		REFUSE("Driver does not support user defined port index assignment");
	if (!attrs->sfnum_valid)
		REFUSE("User must provide unique sfnum. "
		       "Driver does not support auto assignment");
	if (attrs->controller_valid && attrs->controller)
		REFUSE("External controller is unsupported");
	if (attrs->pfnum)
		REFUSE("Invalid pfnum supplied");
	if (pf->eswitch_mode != DEVLINK_ESWITCH_MODE_SWITCHDEV)
		REFUSE("SF ports are only supported in eswitch switchdev mode.");
	return 0;
}

/* Takes a slot; a number stays taken until the function has gone. */
static int take_slot(struct vdpatest_sf *sf, struct netlink_ext_ack *extack)
{
	struct vdpatest_pf *pf = sf->pf;
	struct vdpatest_sf *other;
	unsigned long slot;
	int err = 0;

	mutex_lock(&pf->lock);
	xa_for_each(&pf->sfs, slot, other) {
		if (other->sfnum == sf->sfnum) {
			NL_SET_ERR_MSG_MOD(extack,
					   "SF already exist. Choose different sfnum");
			err = -EEXIST;
		}
	}
	if (!err && !sfs)
		err = -ENOSPC;
	if (!err)
		err = xa_alloc(&pf->sfs, &sf->slot, sf, XA_LIMIT(0, sfs - 1), GFP_KERNEL);
	if (err == -EBUSY)
		err = -ENOSPC;
	mutex_unlock(&pf->lock);
	return err;
}

static int register_port(struct vdpatest_sf *sf)
{
	struct devlink_port_attrs attrs = {};
	int err;

	attrs.switch_id.id_len = sizeof(u32);
	*(__be32 *)attrs.switch_id.id = cpu_to_be32(pci_dev_id(sf->pf->pdev));
	devlink_port_attrs_set(&sf->port, &attrs);
	devlink_port_attrs_pci_sf_set(&sf->port, 0, 0, sf->sfnum, false);
	err = devl_port_register_with_ops(priv_to_devlink(sf->pf), &sf->port,
					  FIRST_INDEX + sf->slot, &port_ops);
	if (err)
		return err;
	sf->representor = vdpatest_representor_new(&sf->pf->pdev->dev, &sf->port);
	if (!IS_ERR(sf->representor))
		return 0;
	devl_port_unregister(&sf->port);
	return PTR_ERR(sf->representor);
}

int vdpatest_port_new(struct devlink *devlink, const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack, struct devlink_port **ret_port)
{
	struct vdpatest_pf *pf = devlink_priv(devlink);
	struct vdpatest_sf *sf;
	int err;

	err = vdpatest_fault(VDPATEST_PORT_NEW, &pf->pdev->dev, extack);
	if (!err)
		err = check(pf, attrs, extack);
	if (err)
		return err;
	sf = kzalloc(sizeof(*sf), GFP_KERNEL);
	if (!sf)
		return -ENOMEM;
	sf->pf = pf;
	sf->sfnum = attrs->sfnum;
	INIT_WORK(&sf->work, settle);
	err = take_slot(sf, extack);
	if (err)
		goto err_free;
	err = register_port(sf);
	if (err)
		goto err_slot;
	*ret_port = &sf->port;
	return 0;

err_slot:
	xa_erase(&pf->sfs, sf->slot);
err_free:
	kfree(sf);
	return err;
}

void vdpatest_port_del_all(struct vdpatest_pf *pf)
{
	struct vdpatest_sf *sf;
	unsigned long slot;
	bool deleted;

	for (;;) {
		mutex_lock(&pf->lock);
		deleted = true;
		xa_for_each(&pf->sfs, slot, sf) {
			deleted = sf->deleted;
			if (!deleted)
				break;
		}
		mutex_unlock(&pf->lock);
		if (deleted)
			break;
		port_remove(sf);
	}
}
