/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon on the bus. Translates between org.vdpad1 and manager.h, and decides nothing but who
 * may ask. schemas/org.vdpad1.xml says what each member is for.
 */
#ifndef BUS_H
#define BUS_H

#include <json-c/json.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "manager.h"

#define BUS_NAME "org.vdpad1"
#define BUS_ROOT "/org/vdpad1"
#define BUS_DEVICES BUS_ROOT "/device"
#define BUS_MGMTDEVS BUS_ROOT "/mgmtdev"

/* ---- For main.c ---------------------------------------------------------------------------- */

struct bus;

/*
 * Connects to the system bus, takes the name and becomes the observer of `manager`, which is
 * borrowed and not started yet. A connection that is lost is made anew. 0; -ENOENT, -ECONNREFUSED
 * where there is no bus; -EEXIST when another daemon has the name; another -errno.
 */
int bus_new(sd_event *event, struct manager *manager, struct bus **ret_bus);
/* Before manager_free(). Takes NULL, returns NULL. */
struct bus *bus_free(struct bus *bus);

/* ---- Between the files of the bus ---------------------------------------------------------- */

struct bus_call;

/*
 * What a method is and needs. There is no method without an entry: each entry of a vtable leads to
 * bus_method(), which refuses what it does not find here.
 */
struct bus_method {
	const char *interface, *member;
	const char *action; /* of polkit, without "org.vdpad1."; NULL: anybody may */
	/* What polkit is told: sets `details` and `claim`. NULL: nothing. 0 or -errno. */
	int (*describe)(struct bus_call *request, sd_bus_message *call);
	/*
	 * Authorised. Reads the arguments and asks the manager, or answers. -errno: the call itself is
	 * wrong, which the caller is told.
	 */
	int (*run)(struct bus_call *request, sd_bus_message *call);
	/* Puts what the manager answered into the reply. NULL: nothing is in it. */
	int (*reply)(sd_bus_message *reply, struct json_object *result);
};

enum bus_detail {
	BUS_DETAIL_DEVICE,
	BUS_DETAIL_MGMTDEV,
	BUS_DETAIL_DRIVER,
};
#define BUS_DETAIL_COUNT (BUS_DETAIL_DRIVER + 1)
#define BUS_ACTIONS_MAX 3

/* A method call on its way. */
struct bus_call {
	struct bus *bus;
	struct bus_call *next;
	sd_bus_message *call;
	const struct bus_method *method;
	sd_bus_slot *slot; /* of the question to bus or polkit that is open */
	uid_t uid;
	bool has_uid;
	char *details[BUS_DETAIL_COUNT]; /* escaped; NULL: not said */
	const char *
		actions[BUS_ACTIONS_MAX]; /* which are needed; the first NULL ends them */
	size_t asked;                     /* how many of them are granted */
	enum manager_claim claim;
};

/* A property, and the keys of the object's JSON that it is made of: one, or several as "a{sv}". */
struct bus_property {
	const char *name;
	const char *type;    /* as for bus_append_json() */
	const char *keys[5]; /* the first NULL ends them */
};

/* Each is a table that ends with a NULL name; bus-….c has it. */
extern const struct bus_method bus_manager_methods[], bus_device_methods[];
extern const struct bus_property bus_manager_properties[], bus_device_properties[],
	bus_mgmtdev_properties[];
extern const sd_bus_vtable bus_manager_vtable[], bus_device_vtable[],
	bus_mgmtdev_vtable[];

/* The entry of every method in every vtable. */
int bus_method(sd_bus_message *call, void *userdata, sd_bus_error *error);
const struct bus_method *bus_find_method(const char *interface, const char *member);

/* What bus-….c needs of the connection. */
struct manager *bus_get_manager(struct bus *bus);
/* What the observer was told last of it: borrowed, NULL when there is none. */
struct json_object *bus_get_device(struct bus *bus, const char *name);
struct json_object *bus_get_mgmtdev(struct bus *bus, const char *handle);

/*
 * An argument that is a name, to the kernel's bytes. polkit is told each detail in its one escaped
 * form, however it was written: a rule must not be led astray. 0 or -errno.
 */
int bus_call_set_detail(struct bus_call *request, enum bus_detail detail,
			const char *text);
/* The device whose object was called, and what is known of it. A bus_method's `describe`. */
int bus_call_describe_device(struct bus_call *request, sd_bus_message *call);
/* The kernel's bytes of a text of the call, to be freed; NULL: the request was ended. */
char *bus_call_read_name(struct bus_call *request, const char *text);
/* The name of the device whose object was called; NULL: no memory. To be freed. */
char *bus_call_device(const struct bus_call *request);
/* "", "persist", "force". 0 or -EINVAL. */
int bus_call_set_claim(struct bus_call *request, const char *word);
/* Where the manager's answer goes. */
struct manager_reply bus_call_reply(struct bus_call *request, uint64_t timeout_usec);
/* Each ends the request. */
void bus_call_answer(struct bus_call *request, const struct vdpam_error *error,
		     struct json_object *result);
void bus_call_fail(struct bus_call *request, enum vdpam_error_code code,
		   const char *sentence);
void bus_call_refuse(struct bus_call *request); /* not authorised */
void bus_call_send(struct bus_call *request, sd_bus_message *reply, int r);

/* ---- Methods on functions (bus-function.c), for the table of bus-manager.c ---- */

int bus_describe_handle(struct bus_call *request, sd_bus_message *call);
int bus_run_set_vf_count(struct bus_call *request, sd_bus_message *call);
int bus_run_set_vf(struct bus_call *request, sd_bus_message *call);
int bus_run_add_sf(struct bus_call *request, sd_bus_message *call);
int bus_run_delete_sf(struct bus_call *request, sd_bus_message *call);
int bus_run_create_mdev(struct bus_call *request, sd_bus_message *call);
int bus_run_remove_mdev(struct bus_call *request, sd_bus_message *call);
int bus_describe_bind_function(struct bus_call *request, sd_bus_message *call);
int bus_run_bind_function(struct bus_call *request, sd_bus_message *call);

/* ---- Consumers (bus-consumer.c), for the table of bus-device.c ---- */

int bus_run_set_consumer(struct bus_call *request, sd_bus_message *call);

/* ---- Values (bus-value.c) ---- */

/* JSON as a value of the D-Bus type `type`: "s", "b", "t", "as", "a{sv}". NULL is an empty one. */
int bus_append_json(sd_bus_message *message, const char *type, struct json_object *value);
/* The value of a property into `reply`. `object` may be NULL: there is no such object. */
int bus_append_property(sd_bus_message *reply, const struct bus_property *properties,
			const char *name, struct json_object *object,
			sd_bus_error *error);
/* The answer of most methods: the JSON itself, as "s". */
int bus_reply_json(sd_bus_message *reply, struct json_object *result);
/* A new sealed memory file; or -errno. */
int bus_memory_file(const char *text, size_t size);
/* All of a descriptor, at most 8 MiB. 0; -EFBIG; -EINVAL for what could block; -errno. */
int bus_read_file(int fd, char **ret_text, size_t *ret_size);
/* Of `a{sv}`: a key that is not known, or of another type, is -EINVAL. */
struct bus_option {
	const char *key;
	char type;     /* 's', 'u', 't', 'b' */
	void *value;   /* const char **, uint32_t *, uint64_t *, int * */
	bool *present; /* NULL: not asked */
};
int bus_read_options(sd_bus_message *call, const struct bus_option *options,
		     size_t count);

/* ---- polkit (polkit.c) ---- */

/*
 * Whether the caller may do what the request needs; asks without waiting. Ends with bus_call_run()
 * or by ending the request. 0 or -errno, when the request has not been ended.
 */
int polkit_check(struct bus_call *request, sd_bus *connection);
/* bus.c: what follows when all is granted. */
void bus_call_run(struct bus_call *request);

#endif
