/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the libvirt hook share. A domain is read (domain-xml.c), the daemon is asked
 * (daemon.c, answers.c), what that means is decided (verdict.c, pure), and main.c puts it together.
 * libvirt itself is never called: it waits for the hook.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}
#define AUTO_FREE __attribute__((cleanup(cleanup_free)))

#define HOOK_XML_MAX (4U << 20) /* bytes of a domain */

/*
 * A device of a domain, and what the daemon says of it. Texts are as they are shown, escaped; each
 * belongs to the struct.
 */
struct hook_device {
	char *source; /* as the domain has it: a path */
	char *name;   /* NULL: not known, the path has only the number of a char device */
	char *chardev; /* the path, when it has that number; NULL: it has a name */
	/* What is known of it: by hook_take_devices(). */
	bool is_known; /* the kernel has it, or a document names it */
	bool is_managed;
	char *driver; /* NULL: none, or there is no device */
	char *state;
	/* Who has it open: by hook_take_holders(). */
	bool in_use;
	char *holder; /* the first: "pid 171 (qemu-system-x86)"; NULL: not told */
	size_t n_holders;
	/* What came of it when it was asked for: by hook_daemon_demand(). */
	bool was_asked;
	char *error; /* a sentence; NULL: none */
};

/* ---- The domain (domain-xml.c) ---- */

/*
 * The devices of a domain whose source is a path of vhost_vdpa that we know. Nothing is loaded, no
 * entity is expanded. Free with hook_devices_free().
 *
 * Returns 0; -EBADMSG for what is not the XML of a domain, or has a document type; -ENOMEM.
 */
int hook_read_domain(const char *text, size_t size, struct hook_device **ret_devices,
		     size_t *ret_count);
void hook_devices_free(struct hook_device *devices, size_t count);

/* ---- What the daemon said (answers.c) ---- */

/* From the listing of the devices, which is JSON. 0, -EBADMSG, -ENOMEM. */
int hook_take_devices(const char *json, struct hook_device *devices, size_t count);
/* From the answer of Holders(). */
int hook_take_holders(const char *json, struct hook_device *devices, size_t count);

/* ---- What it means (verdict.c) ---- */

enum hook_verdict {
	HOOK_USABLE,
	HOOK_ASK, /* the daemon is to make it what its document says, then decide again */
	HOOK_REFUSED,
};

/* Pure. When it is refused, `*ret_sentence` says why; to be freed; NULL: no memory. */
enum hook_verdict hook_decide(const char *guest, const struct hook_device *device,
			      char **ret_sentence);
/* The same sentence for another reason. */
char *hook_refusal(const char *guest, const struct hook_device *device,
		   const char *reason);
/* Whether vdpad is told that the domain has ended: what is on demand goes then. Pure. */
bool hook_is_given_back(const struct hook_device *device);

/* ---- The daemon (daemon.c) ---- */

struct hook_daemon;

/* Connects within a second, and starts nothing. A negative errno: it is not there. */
int hook_daemon_open(struct hook_daemon **ret_daemon);
void hook_daemon_close(struct hook_daemon *daemon); /* takes NULL */
/* Whether it is still there. */
bool hook_daemon_is_there(struct hook_daemon *daemon);

/*
 * Each call has ten seconds. Functions with `ret_fault` return 0 or a negative errno; then it is
 * why, in words that are to be freed, or NULL.
 */
int hook_daemon_look(struct hook_daemon *daemon, struct hook_device *devices,
		     size_t count, char **ret_fault);
int hook_daemon_find_holders(struct hook_daemon *daemon, struct hook_device *devices,
			     size_t count, char **ret_fault);
/* Asks for the device in a guest's name, or no longer; what went wrong is in the struct. */
void hook_daemon_demand(struct hook_daemon *daemon, const char *guest,
			struct hook_device *device, bool wanted);

#endif
