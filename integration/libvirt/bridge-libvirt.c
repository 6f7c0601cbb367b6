// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bridge's connection to libvirt, which may be absent, started again, or slow: it is asked for
 * what it has, and what it says has happened is a reason to ask. Read only, as any user may.
 */
#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"

#define URI "qemu:///system"
#define RETRY_MS 2000
#define KEEPALIVE_SECONDS 5
#define KEEPALIVE_COUNT 6 /* unanswered: it is given up */
#define PATIENCE_SECONDS 30

struct bridge_libvirt {
	virConnect *connection; /* NULL: not there */
	bool is_lost;           /* it is to be closed, but not from its own callback */
	int retry;              /* a timer of the loop */
	void (*changed)(void *userdata);
	void *userdata;
};

/* ---- One that does not answer ---- */

/* A call has no deadline of its own, and one that hangs keeps us for ever: we begin anew. */
static void give_up(int signal)
{
	static const char text[] = "vdpad-libvirt: libvirt does not answer\n";

	(void)signal;
	_exit(write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? 2 : EXIT_FAILURE);
}

/* ---- What it says ---- */

static void tell(struct bridge_libvirt *libvirt)
{
	libvirt->changed(libvirt->userdata);
}

static void on_node(virConnect *connection, virNodeDevice *device, int event, int detail,
		    void *opaque)
{
	(void)connection;
	(void)device;
	(void)event;
	(void)detail;
	tell(opaque);
}

static void on_node_update(virConnect *connection, virNodeDevice *device, void *opaque)
{
	(void)connection;
	(void)device;
	tell(opaque);
}

static int on_domain(virConnect *connection, virDomain *domain, int event, int detail,
		     void *opaque)
{
	(void)connection;
	(void)domain;
	(void)event;
	(void)detail;
	tell(opaque);
	return 0;
}

static void on_domain_device(virConnect *connection, virDomain *domain, const char *alias,
			     void *opaque)
{
	(void)connection;
	(void)domain;
	(void)alias;
	tell(opaque);
}

static void on_close(virConnect *connection, int reason, void *opaque)
{
	struct bridge_libvirt *libvirt = opaque;

	(void)connection;
	(void)reason;
	libvirt->is_lost = true;
	virEventUpdateTimeout(libvirt->retry, 0);
	tell(libvirt);
}

/* ---- The connection ---- */

static int listen_to(struct bridge_libvirt *libvirt, virConnect *connection)
{
	static const int node_events[] = { VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
					   VIR_NODE_DEVICE_EVENT_ID_UPDATE };
	static const int domain_events[] = { VIR_DOMAIN_EVENT_ID_LIFECYCLE,
					     VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
					     VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED };
	const virConnectNodeDeviceEventGenericCallback node_callbacks[] = {
		VIR_NODE_DEVICE_EVENT_CALLBACK(on_node),
		VIR_NODE_DEVICE_EVENT_CALLBACK(on_node_update),
	};
	const virConnectDomainEventGenericCallback domain_callbacks[] = {
		VIR_DOMAIN_EVENT_CALLBACK(on_domain),
		VIR_DOMAIN_EVENT_CALLBACK(on_domain_device),
		VIR_DOMAIN_EVENT_CALLBACK(on_domain_device),
	};
	int r = virConnectRegisterCloseCallback(connection, on_close, libvirt, NULL);

	for (size_t i = 0; r >= 0 && i < sizeof(node_events) / sizeof(*node_events); i++)
		r = virConnectNodeDeviceEventRegisterAny(connection, NULL, node_events[i],
							 node_callbacks[i], libvirt,
							 NULL);
	for (size_t i = 0; r >= 0 && i < sizeof(domain_events) / sizeof(*domain_events);
	     i++)
		r = virConnectDomainEventRegisterAny(connection, NULL, domain_events[i],
						     domain_callbacks[i], libvirt, NULL);
	return r < 0 ? r
		     : virConnectSetKeepAlive(connection, KEEPALIVE_SECONDS,
					      KEEPALIVE_COUNT);
}

static void disconnect(struct bridge_libvirt *libvirt)
{
	if (!libvirt->connection)
		return;
	fprintf(stderr, "vdpad-libvirt: libvirt has gone\n");
	virConnectUnregisterCloseCallback(libvirt->connection, on_close);
	virConnectClose(libvirt->connection);
	libvirt->connection = NULL;
}

static void try_to_connect(int timer, void *opaque)
{
	struct bridge_libvirt *libvirt = opaque;
	virConnect *connection;

	if (libvirt->is_lost)
		disconnect(libvirt);
	libvirt->is_lost = false;
	alarm(PATIENCE_SECONDS);
	connection = virConnectOpenReadOnly(URI);
	if (connection && listen_to(libvirt, connection) < 0) {
		virConnectClose(connection);
		connection = NULL;
	}
	alarm(0);
	virEventUpdateTimeout(timer, connection ? -1 : RETRY_MS);
	if (!connection)
		return;
	fprintf(stderr, "vdpad-libvirt: libvirt is there\n");
	libvirt->connection = connection;
	tell(libvirt);
}

/* Its errors are those of calls, which say so too. */
static void ignore_error(void *userdata, virError *error)
{
	(void)userdata;
	(void)error;
}

int bridge_libvirt_new(void (*changed)(void *userdata), void *userdata,
		       struct bridge_libvirt **ret_libvirt)
{
	struct bridge_libvirt *libvirt = calloc(1, sizeof(*libvirt));

	if (!libvirt)
		return -ENOMEM;
	virSetErrorFunc(NULL, ignore_error);
	signal(SIGALRM, give_up);
	libvirt->changed = changed;
	libvirt->userdata = userdata;
	libvirt->retry = virEventAddTimeout(0, try_to_connect, libvirt, NULL);
	if (libvirt->retry < 0) {
		free(libvirt);
		return -ENOMEM;
	}
	*ret_libvirt = libvirt;
	return 0;
}

/* ---- What it has ---- */

/* One that has gone meanwhile, or makes no sense, is left out. 0 or -ENOMEM. */
static int add_node(struct bridge_view *view, virNodeDevice *device)
{
	AUTO_FREE char *xml = virNodeDeviceGetXMLDesc(device, 0);
	struct bridge_node *node = &view->nodes[view->n_nodes];
	int r = xml ? bridge_read_node(xml, strlen(xml), node) : -EBADMSG;

	view->n_nodes += !r;
	return r == -ENOMEM ? r : 0;
}

static int list_nodes(virConnect *connection, struct bridge_view *view)
{
	virNodeDevice **devices = NULL;
	int count = virConnectListAllNodeDevices(connection, &devices,
						 VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA);
	int r = 0;

	if (count < 0)
		return -EIO;
	view->is_known = true;
	view->nodes = calloc((size_t)count + 1, sizeof(*view->nodes));
	for (int i = 0; i < count; i++) {
		if (!r)
			r = view->nodes ? add_node(view, devices[i]) : -ENOMEM;
		virNodeDeviceFree(devices[i]);
	}
	free(devices);
	return r;
}

static int add_domain(struct bridge_view *view, virDomain *domain)
{
	AUTO_FREE char *xml = virDomainGetXMLDesc(domain, 0);
	struct bridge_domain *added = &view->domains[view->n_domains];
	const char *name = virDomainGetName(domain);
	int r = xml && name ? hook_read_domain(xml, strlen(xml), &added->devices,
					       &added->n_devices)
			    : -EBADMSG;

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	added->name = strdup(name);
	view->n_domains++;
	return added->name ? 0 : -ENOMEM;
}

static int list_domains(virConnect *connection, struct bridge_view *view)
{
	virDomain **domains = NULL;
	int count = virConnectListAllDomains(connection, &domains,
					     VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	int r = 0;

	if (count < 0)
		return -EIO;
	view->domains = calloc((size_t)count + 1, sizeof(*view->domains));
	for (int i = 0; i < count; i++) {
		if (!r)
			r = view->domains ? add_domain(view, domains[i]) : -ENOMEM;
		virDomainFree(domains[i]);
	}
	free(domains);
	return r;
}

int bridge_libvirt_list(struct bridge_libvirt *libvirt, struct bridge_view *ret_view)
{
	int r;

	*ret_view = (struct bridge_view){};
	if (!libvirt->connection || libvirt->is_lost)
		return 0;
	alarm(PATIENCE_SECONDS);
	r = list_nodes(libvirt->connection, ret_view);
	if (!r)
		r = list_domains(libvirt->connection, ret_view);
	alarm(0);
	if (r < 0)
		bridge_view_fini(ret_view);
	return r;
}

void bridge_view_fini(struct bridge_view *view)
{
	for (size_t i = 0; i < view->n_nodes; i++)
		bridge_node_fini(&view->nodes[i]);
	free(view->nodes);
	for (size_t i = 0; i < view->n_domains; i++) {
		free(view->domains[i].name);
		hook_devices_free(view->domains[i].devices, view->domains[i].n_devices);
	}
	free(view->domains);
	*view = (struct bridge_view){};
}
