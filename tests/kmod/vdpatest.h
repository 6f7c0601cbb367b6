/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the test NIC know of each other.
 *
 * A *function* (function.c) is what vDPA devices sit on, whatever made it: a PCI VF
 * (vf.c), a subfunction (sf.c) of a port (port.c) of the PF (pf.c), a mediated device
 * (mdev.c). A *persona* (persona.c) gives it the habits of a real driver.
 *
 * Locks, outermost first: the device's, devlink's, vdpatest_switch.lock, the vDPA bus's
 * (taken inside vdpa_*), vdpatest_pf.lock, vdpatest_vdpa.lock.
 */
#ifndef VDPATEST_H
#define VDPATEST_H

#include <linux/auxiliary_bus.h>
#include <linux/if_ether.h>
#include <linux/mdev.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>
#include <linux/vringh.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/devlink.h>

/* ---- main.c ---- */

/*
 * Objects whose last reference somebody else may drop, at a time of his own: the module
 * waits for them before it goes.
 */
void vdpatest_live_get(void);
void vdpatest_live_put(void);

/* ---- knobs.c ---- */

enum vdpatest_op {
	VDPATEST_DEV_ADD,
	VDPATEST_DEV_DEL,
	VDPATEST_ESWITCH,
	VDPATEST_FN_HW_ADDR,
	VDPATEST_FN_STATE,
	VDPATEST_MDEV_CREATE,
	VDPATEST_PORT_DEL,
	VDPATEST_PORT_NEW,
	VDPATEST_RELOAD,
	VDPATEST_RELOAD_UP,
	VDPATEST_SF_ATTACH,
	VDPATEST_SF_PROBE,
	VDPATEST_SRIOV,
	VDPATEST_VF_PROBE,
	VDPATEST_OPS,
};

/*
 * To be called first thing in an operation: sleeps and returns the negative errno that
 * somebody asked for, 0 most of the time. The text goes to the caller's extended ACK, to
 * the kernel log where there is none.
 */
int vdpatest_fault(enum vdpatest_op op, struct device *dev,
		   struct netlink_ext_ack *extack);

/* How long after its probe a management device comes, in ms; -1 is never. */
int vdpatest_lateness(unsigned int of_persona);
bool vdpatest_eswitch_refused(u16 mode);

void vdpatest_knobs_init(void);
void vdpatest_knobs_exit(void);

/* ---- persona.c ---- */

enum vdpatest_vnet {
	VDPATEST_VNET_ALWAYS,     /* vDPA is there from the probe on */
	VDPATEST_VNET_DRIVERINIT, /* enable_vnet takes effect on reload */
	VDPATEST_VNET_RUNTIME,    /* enable_vnet makes an auxiliary device at once */
};

enum vdpatest_mac {
	VDPATEST_MAC_OF_FUNCTION, /* zero until the function is given one */
	VDPATEST_MAC_OF_HARDWARE, /* there from the beginning */
	VDPATEST_MAC_RANDOM,      /* another one for each device */
};

struct vdpatest_persona {
	const char *name;
	u32 vendor_id;
	bool managed; /* a management device, not one vDPA device of its own */
	enum vdpatest_vnet vnet;
	enum vdpatest_mac mac;
	u16 max_pairs;
	u16 default_pairs;
	u64 attributes; /* that DEV_NEW may carry, by number */
	u64 features;
	u64 unasked;  /* of these, what only provisioning turns on */
	u64 needed;   /* without them no device is made */
	bool narrows; /* what was provisioned once is all there is from then on */
	bool has_stats;
	bool mac_settable;
	unsigned int capacity; /* devices at a time, 0 for no limit */
	int full_errno;
	const char *full_text;
	int superset_errno;
	int pairs_errno;
	unsigned int late_ms;
};

/* The persona that a function probed now gets. */
const struct vdpatest_persona *vdpatest_persona(void);

/* ---- auxiliary.c ---- */

struct vdpatest_aux {
	struct auxiliary_device adev;
	void *owner;
	u32 sfnum;
};

/*
 * Makes vdpatest.NAME.N. N is free, no more. Ends with vdpatest_aux_remove(),
 * which waits for the driver's remove.
 */
struct vdpatest_aux *vdpatest_aux_add(struct device *parent, const char *name,
				      void *owner, u32 sfnum);
void vdpatest_aux_remove(struct vdpatest_aux *aux);

static inline struct vdpatest_aux *vdpatest_to_aux(struct auxiliary_device *adev)
{
	return container_of(adev, struct vdpatest_aux, adev);
}

/* ---- switch.c ---- */

struct vdpatest_function;

/*
 * enable_vnet as a runtime parameter: the functions on it have a vDPA auxiliary device
 * while it is on. First member of the devlink instance's private data.
 */
struct vdpatest_switch {
	struct mutex lock; /* protects all below */
	bool on;
	struct list_head functions;
};

extern const struct devlink_param vdpatest_switch_param;

void vdpatest_switch_init(struct vdpatest_switch *sw);
int vdpatest_switch_join(struct vdpatest_switch *sw, struct vdpatest_function *fn);
void vdpatest_switch_leave(struct vdpatest_function *fn);

int vdpatest_switch_driver_register(void);
void vdpatest_switch_driver_unregister(void);

/* ---- function.c ---- */

struct vdpatest_vdpa;

struct vdpatest_function {
	struct vdpatest_switch own_switch; /* first: what switch.c takes it for */
	struct device *dev; /* names the management device, is above its vDPA devices */
	struct device *dma_dev; /* the PCI function */
	const struct vdpatest_persona *persona;
	struct vdpatest_sf *sf; /* NULL but for a subfunction */
	u8 mac[ETH_ALEN];
	u16 mtu;

	/* Protected by the vDPA bus's lock. */
	struct vdpa_mgmt_dev mgmt;
	u64 features;
	unsigned int devices;

	/* Protected by whoever calls up and down; the work ends before down goes on. */
	struct delayed_work late;
	bool registered;
	struct vdpatest_vdpa *unmanaged;

	/* Protected by the switch's lock. */
	struct vdpatest_switch *vnet;
	struct list_head on_switch;
	struct vdpatest_aux *aux;
};

/* dma_dev is dev or a PCI function above it. */
void vdpatest_function_init(struct vdpatest_function *fn, struct device *dev,
			    struct device *dma_dev,
			    const struct vdpatest_persona *persona);
/* Brings the management device, now or later, or the device that needs none. */
int vdpatest_function_up(struct vdpatest_function *fn);
/* Takes it away with all devices on it; nothing when there is none. */
void vdpatest_function_down(struct vdpatest_function *fn);

/* ---- devlink.c ---- */

/* A function with a devlink instance. The instance is not registered yet. */
struct vdpatest_function *vdpatest_devlink_new(struct device *dev,
					       struct device *dma_dev);
/* enabled: what enable_eth, enable_rdma and enable_vnet begin with, where they exist. */
int vdpatest_devlink_start(struct vdpatest_function *fn, struct vdpatest_switch *sw,
			   bool enabled);
void vdpatest_devlink_stop(struct vdpatest_function *fn);
void vdpatest_devlink_free(struct vdpatest_function *fn);

/* ---- provision.c ---- */

struct vdpatest_provision {
	u64 features;
	u16 pairs;
	u16 mtu;
	u8 mac[ETH_ALEN];
};

/* What the function makes of DEV_NEW's attributes; negative errno when it refuses. */
int vdpatest_provision(struct vdpatest_function *fn,
		       const struct vdpa_dev_set_config *config,
		       struct vdpatest_provision *ret_provision);

/* ---- vdpa-dev.c, map.c, virtqueue.c ---- */

struct vdpatest_queue {
	struct vringh ring;
	struct vringh_kiov in;
	struct vringh_kiov out;
	struct vdpa_vq_state state;
	struct vdpa_callback callback;
	u64 descriptors;
	u64 driver;
	u64 device;
	u32 size;
	bool ready;
	u64 received;
	u64 completed;
};

struct vdpatest_vdpa {
	struct vdpa_device vdpa;
	const struct vdpatest_persona *persona;
	struct work_struct work;
	spinlock_t iotlb_lock;
	struct vhost_iotlb iotlb;

	struct mutex lock; /* protects all below */
	struct virtio_net_config config;
	u64 device_features;
	u64 driver_features;
	u8 status;
	u16 nqueues;
	struct vdpatest_queue *queues;
};

/* Not registered yet; put_device() frees it. */
struct vdpatest_vdpa *vdpatest_vdpa_new(struct vdpatest_function *fn, const char *name,
					const struct vdpatest_provision *provision);
int vdpatest_vdpa_set_mac(struct vdpatest_vdpa *v, const u8 *mac);

static inline struct vdpatest_vdpa *vdpatest_to_vdpa(struct vdpa_device *vdpa)
{
	return container_of(vdpa, struct vdpatest_vdpa, vdpa);
}

int vdpatest_map_everything(struct vdpatest_vdpa *v);
int vdpatest_set_map(struct vdpa_device *vdpa, unsigned int asid,
		     struct vhost_iotlb *iotlb);
int vdpatest_reset_map(struct vdpa_device *vdpa, unsigned int asid);

/* All with vdpatest_vdpa.lock held. */
int vdpatest_queue_start(struct vdpatest_vdpa *v, u16 index);
void vdpatest_queue_stop(struct vdpatest_vdpa *v, u16 index);
bool vdpatest_queue_is_control(const struct vdpatest_vdpa *v, u16 index);
/* Serves the queue; true when it should be called again. */
bool vdpatest_queue_serve(struct vdpatest_vdpa *v, u16 index);

/* ---- pf.c ---- */

struct vdpatest_pf {
	struct vdpatest_switch vnet; /* first: what switch.c takes it for */
	struct pci_dev *pdev;
	const struct vdpatest_persona *persona;
	u16 eswitch_mode; /* devlink's lock protects it */
	struct workqueue_struct *work;
	struct mutex lock; /* protects the SFs' states, addresses and ends */
	struct xarray sfs;
	struct vdpatest_mdev_parent *mdev_parent;
};

extern struct pci_driver vdpatest_pf_driver;

/* ---- representor.c ---- */

/* dev is the PF; the port is registered, and stays so for longer than this. */
struct net_device *vdpatest_representor_new(struct device *dev,
					    struct devlink_port *port);
void vdpatest_representor_free(struct net_device *netdev);

/* ---- port.c ---- */

/* Both with devlink's lock held. */
int vdpatest_port_new(struct devlink *devlink, const struct devlink_port_new_attrs *attrs,
		      struct netlink_ext_ack *extack, struct devlink_port **ret_port);
void vdpatest_port_del_all(struct vdpatest_pf *pf);

/* What the driver of a subfunction tells to and asks of its port. */
int vdpatest_sf_nest(struct vdpatest_sf *sf, struct devlink *devlink);
void vdpatest_sf_attached(struct vdpatest_sf *sf, bool attached);
void vdpatest_sf_get_mac(struct vdpatest_sf *sf, u8 *ret_mac);
struct device *vdpatest_sf_pci(struct vdpatest_sf *sf);

/* ---- sf.c, vf.c, mdev.c ---- */

int vdpatest_sf_driver_register(void);
void vdpatest_sf_driver_unregister(void);

extern struct pci_driver vdpatest_vf_driver;

int vdpatest_mdev_driver_register(void);
void vdpatest_mdev_driver_unregister(void);
/* Makes the PF a parent of mediated devices. */
int vdpatest_mdev_parent_add(struct vdpatest_pf *pf);
void vdpatest_mdev_parent_remove(struct vdpatest_pf *pf);

#endif
