/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams for tests and fuzz targets: read from captures, or written by hand. */
#ifndef TESTS_DATAGRAMS_H
#define TESTS_DATAGRAMS_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define DATAGRAMS_MAX 64

/* Each datagram has memory of exactly its size, so that a sanitizer sees the first byte too many. */
struct datagrams {
	char *bytes[DATAGRAMS_MAX];
	size_t size[DATAGRAMS_MAX];
	size_t count;
};

/*
 * Splits what is in a capture (see tests/data/netlink/README.md). A length that goes beyond the end
 * means the rest.
 */
void datagrams_split(struct datagrams *datagrams, const void *bytes, size_t size);

/* The capture of that name, such as "device-get-6.12"; ends the program when there is none. */
void datagrams_load(struct datagrams *datagrams, const char *name);

/* The message at `index` of the first datagram of a capture; the caller frees it. */
struct nlmsghdr *datagrams_message(const char *name, size_t index);

/*
 * Splits likewise, and hands each message that lies within its datagram to `take`, in memory of
 * exactly its size.
 */
void datagrams_each_message(const void *bytes, size_t size,
			    void (*take)(const struct nlmsghdr *message));

void datagrams_free(struct datagrams *datagrams);

/* A message that a test writes. */
struct reply {
	union {
		struct nlmsghdr header;
		char bytes[8192];
	};
};

/* An empty one of the family 0x23; with NLM_F_MULTI or what else is in `flags`. */
void reply_begin(struct reply *reply, uint32_t sequence, uint8_t command, uint16_t flags);

void reply_put(struct reply *reply, uint16_t type, const void *bytes, size_t size);
void reply_put_text(struct reply *reply, uint16_t type, const char *text);
void reply_put_u8(struct reply *reply, uint16_t type, uint8_t number);
void reply_put_u16(struct reply *reply, uint16_t type, uint16_t number);
void reply_put_u32(struct reply *reply, uint16_t type, uint32_t number);
void reply_put_u64(struct reply *reply, uint16_t type, uint64_t number);

/* The bytes so far, in memory of exactly their size, which the caller frees. */
struct nlmsghdr *reply_copy(const struct reply *reply);

/* The same numbers in each run and on each machine. */
uint32_t random_next(uint32_t *state);

#endif
