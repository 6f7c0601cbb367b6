// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the answer to a request, to a dump, and to the question for a family. The input is as
 * a capture: the datagrams of the answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "datagrams.h"
#include "family.h"
#include "fuzz.h"
#include "peer.h"
#include "request.h"

/* More would wait for room in the socket. */
#define SIZE_LIMIT 32768

static void require(int holds)
{
	if (!holds)
		abort();
}

static int reply(const struct nlmsghdr *message, void *userdata)
{
	size_t *seen = userdata;

	/* All of it is there to be read. */
	for (size_t i = 0; i < message->nlmsg_len; i++)
		*seen += ((const uint8_t *)message)[i];
	return 0;
}

/* A peer that has said it all, and hung up. */
static void begin(struct peer *peer, const struct datagrams *datagrams)
{
	peer_begin(peer);
	for (size_t i = 0; i < datagrams->count; i++)
		if (datagrams->size[i])
			peer_say(peer, datagrams->bytes[i], datagrams->size[i]);
	peer_hang_up(peer);
}

static void ask(const struct datagrams *datagrams, uint16_t type, uint16_t flags)
{
	struct nlmsghdr request = { .nlmsg_len = sizeof(request),
				    .nlmsg_type = type,
				    .nlmsg_flags = NLM_F_REQUEST | flags };
	struct peer peer;
	char *text;
	size_t seen = 0;
	int r;

	begin(&peer, datagrams);
	r = vdpam_request(&peer.transport, &request, reply, &seen, &text);
	require(r <= 0 && r >= -4095);
	require(!text || text[0]);
	free(text);
	peer_end(&peer);
}

static void ask_family(const struct datagrams *datagrams)
{
	struct peer peer;
	uint16_t id = 0;
	int r;

	begin(&peer, datagrams);
	r = vdpam_family_resolve(&peer.transport, "vdpa", &id);
	require(r < 0 ? id == 0 : id >= NLMSG_MIN_TYPE);
	peer_end(&peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct datagrams datagrams;

	if (size > SIZE_LIMIT)
		return 0;
	datagrams_split(&datagrams, bytes, size);
	ask(&datagrams, 0x23, 0);
	ask(&datagrams, 0x23, NLM_F_DUMP);
	ask_family(&datagrams);
	datagrams_free(&datagrams);

	return 0;
}
