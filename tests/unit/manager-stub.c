// SPDX-License-Identifier: GPL-2.0-or-later
/* See manager-stub.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manager-stub.h"

static const char *const claims[] = {
	[MANAGER_CLAIM_NONE] = "none",
	[MANAGER_CLAIM_PERSIST] = "persist",
	[MANAGER_CLAIM_FORCE] = "force",
};

struct pending {
	struct manager *manager;
	struct manager_reply reply;
};

struct manager *stub_new(sd_event *event)
{
	struct manager *manager = calloc(1, sizeof(*manager));

	manager->event = event;
	return manager;
}

void stub_free(struct manager *manager)
{
	vdpam_error_free(manager->error);
	json_object_put(manager->result);
	free(manager);
}

static int answer(sd_event_source *source, void *userdata)
{
	struct pending *pending = userdata;

	pending->reply.fn(pending->reply.userdata, pending->manager->error,
			  pending->manager->result);
	sd_event_source_unref(source);
	free(pending);
	return 0;
}

static void ask(struct manager *manager, const struct manager_reply *reply)
{
	struct pending *pending;
	sd_event_source *source;
	size_t length = strlen(manager->asked);

	snprintf(manager->asked + length, sizeof(manager->asked) - length, " %llu",
		 (unsigned long long)reply->timeout_usec);
	manager->count++;
	if (manager->is_silent)
		return;
	pending = calloc(1, sizeof(*pending));
	*pending = (struct pending){ manager, *reply };
	sd_event_add_defer(manager->event, &source, answer, pending);
}

#define ASKED(manager, ...) \
	snprintf((manager)->asked, sizeof((manager)->asked), __VA_ARGS__)

void manager_set_observer(struct manager *manager,
			  const struct manager_observer *observer)
{
	manager->observer = observer ? *observer : (struct manager_observer){};
}

void manager_cancel(struct manager *manager, void *userdata)
{
	(void)userdata;
	ASKED(manager, "cancel");
}

struct json_object *manager_get_listing(struct manager *manager, const char *kind)
{
	(void)manager;
	return strcmp(kind, "devices")
		       ? NULL
		       : json_tokener_parse("{\"version\":1,\"devices\":[]}");
}

struct json_object *manager_get_status(struct manager *manager)
{
	(void)manager;
	return json_tokener_parse("{\"version\":1,\"state\":\"settled\","
				  "\"desired_generation\":3,\"observed_generation\":2}");
}

char *manager_get_metrics(struct manager *manager)
{
	(void)manager;
	return strdup("# EOF\n");
}

char *manager_get_document(struct manager *manager, const char *name,
			   struct vdpam_error **ret_error)
{
	(void)manager;
	if (!strcmp(name, "default"))
		return strdup("{}");
	*ret_error = vdpam_error_new(VDPAM_ERROR_NO_SUCH_DOCUMENT, 0, name, NULL,
				     "no document");
	return NULL;
}

void manager_create(struct manager *manager, const struct vdpam_device_wish *wish,
		    bool persist, const struct manager_reply *reply)
{
	ASKED(manager, "create %s %s %s %llx %u %u %d:%llx %d", wish->name, wish->mgmtdev,
	      wish->driver ? wish->driver : "-", (unsigned long long)wish->mac, wish->mtu,
	      wish->max_vqp, wish->has_features, (unsigned long long)wish->features,
	      persist);
	ask(manager, reply);
}

void manager_destroy(struct manager *manager, const char *const *names, size_t count,
		     enum manager_claim claim, const struct manager_reply *reply)
{
	ASKED(manager, "destroy %zu %s %s", count, names[0], claims[claim]);
	ask(manager, reply);
}

void manager_bind(struct manager *manager, const char *name, const char *driver,
		  enum manager_claim claim, const struct manager_reply *reply)
{
	ASKED(manager, "bind %s %s %s", name, driver ? driver : "-", claims[claim]);
	ask(manager, reply);
}

void manager_set_mac(struct manager *manager, const char *name, uint64_t mac,
		     enum manager_claim claim, const struct manager_reply *reply)
{
	ASKED(manager, "set %s %llx %s", name, (unsigned long long)mac, claims[claim]);
	ask(manager, reply);
}

void manager_demand(struct manager *manager, const char *name, const char *consumer,
		    bool wanted, const struct manager_reply *reply)
{
	ASKED(manager, "demand %s %s %d", name, consumer, wanted);
	ask(manager, reply);
}

void manager_announce(struct manager *manager, const char *name,
		      const struct manager_reply *reply)
{
	ASKED(manager, "announce %s", name);
	ask(manager, reply);
}

int manager_set_consumer(struct manager *manager, const char *name,
			 const char *libvirt_name, const char *domain)
{
	ASKED(manager, "set-consumer %s '%s' '%s'", name, libvirt_name, domain);
	manager->count++;
	return 0;
}

void manager_forget_consumers(struct manager *manager)
{
	ASKED(manager, "forget-consumers");
}

void manager_vf_count(struct manager *manager, const char *pf, uint32_t count, bool force,
		      const struct manager_reply *reply)
{
	ASKED(manager, "vf-count %s %u %d", pf, count, force);
	ask(manager, reply);
}

void manager_vf_set(struct manager *manager, const char *pf, uint32_t index,
		    const struct vdpam_vf_wish *wish, const struct manager_reply *reply)
{
	size_t length;

	ASKED(manager, "vf-set %s %u", pf, index);
	for (int attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++) {
		length = strlen(manager->asked);
		if (wish->present & (1U << attr))
			snprintf(manager->asked + length, sizeof(manager->asked) - length,
				 " %s=%llx", vdpam_vf_attr_name((enum vdpam_vf_attr)attr),
				 (unsigned long long)wish->number[attr]);
	}
	ask(manager, reply);
}

void manager_sf_add(struct manager *manager, const struct vdpam_sf_wish *wish,
		    const struct manager_reply *reply)
{
	ASKED(manager, "sf-add %s %u %llx %s", wish->pf, wish->sfnum,
	      (unsigned long long)wish->mac, wish->eswitch ? wish->eswitch : "-");
	ask(manager, reply);
}

void manager_sf_del(struct manager *manager, const char *pf, uint32_t sfnum, bool force,
		    const struct manager_reply *reply)
{
	ASKED(manager, "sf-del %s %u %d", pf, sfnum, force);
	ask(manager, reply);
}

void manager_mdev_create(struct manager *manager, const struct vdpam_mdev_wish *wish,
			 const struct manager_reply *reply)
{
	ASKED(manager, "mdev-create %s %s %s", wish->parent, wish->type, wish->uuid);
	ask(manager, reply);
}

void manager_mdev_remove(struct manager *manager, const char *uuid,
			 const struct manager_reply *reply)
{
	ASKED(manager, "mdev-remove %s", uuid);
	ask(manager, reply);
}

void manager_function_bind(struct manager *manager, const char *handle,
			   const char *driver, const struct manager_reply *reply)
{
	ASKED(manager, "function-bind %s %s", handle, driver ? driver : "-");
	ask(manager, reply);
}

void manager_apply(struct manager *manager, const char *name, const char *text,
		   size_t size, unsigned int flags, const struct manager_reply *reply)
{
	ASKED(manager, "apply %s %.*s %u", name, (int)size, text, flags);
	ask(manager, reply);
}

void manager_remove_document(struct manager *manager, const char *name, bool prune,
			     const struct manager_reply *reply)
{
	ASKED(manager, "document-remove %s %d", name, prune);
	ask(manager, reply);
}

void manager_adopt(struct manager *manager, const char *const *names, size_t count,
		   const struct manager_reply *reply)
{
	ASKED(manager, "adopt %zu %s", count, names[0]);
	ask(manager, reply);
}

void manager_reload(struct manager *manager, const struct manager_reply *reply)
{
	ASKED(manager, "reload");
	ask(manager, reply);
}

void manager_get_holders(struct manager *manager, const char *const *names, size_t count,
			 const struct manager_reply *reply)
{
	ASKED(manager, "holders %zu %s", count, names[0]);
	ask(manager, reply);
}

void manager_get_stats(struct manager *manager, const char *name, uint32_t queue,
		       const struct manager_reply *reply)
{
	ASKED(manager, "stats %s %u", name, queue);
	ask(manager, reply);
}

void manager_look(struct manager *manager, const struct manager_reply *reply)
{
	ASKED(manager, "look");
	ask(manager, reply);
}
