// SPDX-License-Identifier: GPL-2.0-or-later
/* Datagrams for tests and fuzz targets. Must not use the code that is tested. */
#include "datagrams.h"

#include <err.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct datagrams *datagrams, const char *bytes, size_t size)
{
	char *copy = malloc(size ? size : 1);

	if (!copy)
		err(1, "malloc");
	memcpy(copy, bytes, size);
	datagrams->bytes[datagrams->count] = copy;
	datagrams->size[datagrams->count++] = size;
}

void datagrams_split(struct datagrams *datagrams, const void *bytes, size_t size)
{
	const char *next = bytes;
	uint32_t length;

	datagrams->count = 0;
	while (size >= sizeof(length) && datagrams->count < DATAGRAMS_MAX) {
		memcpy(&length, next, sizeof(length));
		next += sizeof(length);
		size -= sizeof(length);
		if (length > size)
			length = (uint32_t)size;
		add(datagrams, next, length);
		next += length;
		size -= length;
	}
}

void datagrams_load(struct datagrams *datagrams, const char *name)
{
	static char bytes[256 * 1024];
	char path[512];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/netlink/%s.bin", TEST_DATA, name);
	file = fopen(path, "re");
	if (!file)
		err(1, "%s", path);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);

	datagrams_split(datagrams, bytes, size);
	if (datagrams->count == 0)
		errx(1, "%s has no datagram", path);
}

struct nlmsghdr *datagrams_message(const char *name, size_t index)
{
	const struct nlmsghdr *message;
	struct datagrams datagrams;
	struct nlmsghdr *copy;
	int left;

	datagrams_load(&datagrams, name);
	message = (const struct nlmsghdr *)datagrams.bytes[0];
	left = (int)datagrams.size[0];
	while (index-- > 0 && mnl_nlmsg_ok(message, left))
		message = mnl_nlmsg_next(message, &left);
	if (!mnl_nlmsg_ok(message, left))
		errx(1, "%s has not so many messages", name);

	copy = malloc(message->nlmsg_len);
	if (!copy)
		err(1, "malloc");
	memcpy(copy, message, message->nlmsg_len);
	datagrams_free(&datagrams);
	return copy;
}

static void each_message(const char *next, size_t left,
			 void (*take)(const struct nlmsghdr *message))
{
	while (left >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr header, *message;

		memcpy(&header, next, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left)
			return;
		message = malloc(header.nlmsg_len);
		if (!message)
			err(1, "malloc");
		memcpy(message, next, header.nlmsg_len);
		take(message);
		free(message);
		next += header.nlmsg_len;
		left -= header.nlmsg_len;
	}
}

void datagrams_each_message(const void *bytes, size_t size,
			    void (*take)(const struct nlmsghdr *message))
{
	struct datagrams datagrams;

	datagrams_split(&datagrams, bytes, size);
	for (size_t i = 0; i < datagrams.count; i++)
		each_message(datagrams.bytes[i], datagrams.size[i], take);
	datagrams_free(&datagrams);
}

void datagrams_free(struct datagrams *datagrams)
{
	for (size_t i = 0; i < datagrams->count; i++)
		free(datagrams->bytes[i]);
	datagrams->count = 0;
}

void reply_begin(struct reply *reply, uint32_t sequence, uint8_t command, uint16_t flags)
{
	struct genlmsghdr *header;

	memset(reply, 0, sizeof(*reply));
	mnl_nlmsg_put_header(reply);
	reply->header.nlmsg_type = 0x23;
	reply->header.nlmsg_flags = flags;
	reply->header.nlmsg_seq = sequence;
	header = mnl_nlmsg_put_extra_header(&reply->header, sizeof(*header));
	header->cmd = command;
	header->version = 1;
}

void reply_put(struct reply *reply, uint16_t type, const void *bytes, size_t size)
{
	if (!mnl_attr_put_check(&reply->header, sizeof(*reply), type, size, bytes))
		errx(1, "a reply of more than %zu bytes", sizeof(*reply));
}

void reply_put_text(struct reply *reply, uint16_t type, const char *text)
{
	reply_put(reply, type, text, strlen(text) + 1);
}

void reply_put_u8(struct reply *reply, uint16_t type, uint8_t number)
{
	reply_put(reply, type, &number, sizeof(number));
}

void reply_put_u16(struct reply *reply, uint16_t type, uint16_t number)
{
	reply_put(reply, type, &number, sizeof(number));
}

void reply_put_u32(struct reply *reply, uint16_t type, uint32_t number)
{
	reply_put(reply, type, &number, sizeof(number));
}

void reply_put_u64(struct reply *reply, uint16_t type, uint64_t number)
{
	reply_put(reply, type, &number, sizeof(number));
}

struct nlmsghdr *reply_copy(const struct reply *reply)
{
	struct nlmsghdr *copy = malloc(reply->header.nlmsg_len);

	if (!copy)
		err(1, "malloc");
	memcpy(copy, reply, reply->header.nlmsg_len);
	return copy;
}

uint32_t random_next(uint32_t *state)
{
	/* xorshift32 */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
