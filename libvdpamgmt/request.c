// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One netlink request and all of its answer. Knows how netlink says data, done, failed and warned;
 * must not know any family.
 */
#include "request.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "wire.h"

/* What the handling of a message returns when the answer goes on; 0 and negative errnos end it. */
#define MORE 1

/* The kernel's MAX_ERRNO. */
#define ERRNO_LIMIT 4095

struct answer {
	const struct nlmsghdr *request;
	int (*reply)(const struct nlmsghdr *message, void *userdata);
	void *userdata;
	char *text;
	bool interrupted; /* the kernel said so of any part of the dump */
	bool ended;       /* nothing more of it is to come */
};

static bool is_dump(const struct nlmsghdr *request)
{
	return (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/* The error counts more than the words: when those are damaged there are none. */
static void take_text(struct answer *answer, const struct nlmsghdr *message,
		      size_t offset)
{
	const struct nlattr *attrs[NLMSGERR_ATTR_MSG + 1];

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (vdpam_wire_collect(message, offset, attrs, NLMSGERR_ATTR_MSG + 1) < 0)
		return;

	free(answer->text);
	answer->text = NULL;
	vdpam_wire_string(attrs[NLMSGERR_ATTR_MSG], &answer->text);
}

/*
 * Where the words are: behind the header of our request, and behind the rest of it unless capped.
 * Whatever the length says, nothing outside the message is read.
 */
static size_t text_offset(const struct nlmsghdr *message, const struct nlmsgerr *error)
{
	if (message->nlmsg_flags & NLM_F_CAPPED)
		return sizeof(*error);
	return sizeof(error->error) + error->msg.nlmsg_len;
}

static int handle_error(struct answer *answer, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
		return -EBADMSG;
	if (error->error > 0 || error->error < -ERRNO_LIMIT)
		return -EBADMSG;
	/* Success of a dump is said by its end; before that the list would be a part taken for all. */
	if (error->error == 0 && is_dump(answer->request))
		return -EBADMSG;

	take_text(answer, message, text_offset(message, error));

	answer->ended = true;
	return error->error;
}

static int handle_done(struct answer *answer, const struct nlmsghdr *message)
{
	const int *error = mnl_nlmsg_get_payload(message);

	/* Some commands answer in several messages without being a dump: their ACK is the end. */
	if (!is_dump(answer->request))
		return MORE;
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
		return -EBADMSG;
	if (*error > 0 || *error < -ERRNO_LIMIT)
		return -EBADMSG;

	take_text(answer, message, sizeof(*error));

	answer->ended = true;
	if (*error == 0 && answer->interrupted)
		return -EAGAIN;

	return *error;
}

static int handle_message(struct answer *answer, const struct nlmsghdr *message)
{
	int r;

	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;

	switch (message->nlmsg_type) {
	case NLMSG_NOOP:
		return MORE;
	case NLMSG_ERROR:
		return handle_error(answer, message);
	case NLMSG_DONE:
		return handle_done(answer, message);
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	}

	if (message->nlmsg_type != answer->request->nlmsg_type)
		return -EBADMSG;
	if (!answer->reply)
		return MORE;

	r = answer->reply(message, answer->userdata);
	return r < 0 ? r : MORE;
}

static bool is_ours(const struct answer *answer, const struct nlmsghdr *message)
{
	uint32_t port = answer->request->nlmsg_pid;

	return message->nlmsg_seq == answer->request->nlmsg_seq &&
	       (port == 0 || message->nlmsg_pid == port);
}

/* Not mnl_nlmsg_ok(): a length of 2 GiB and above is negative to it, and passes. */
static bool is_whole(const struct nlmsghdr *message, size_t left)
{
	return left >= sizeof(*message) && message->nlmsg_len >= sizeof(*message) &&
	       message->nlmsg_len <= left;
}

static int handle_datagram(struct answer *answer, const char *buffer, size_t left)
{
	int r = MORE;

	while (r == MORE && left > 0) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		size_t step;

		if (!is_whole(message, left))
			return -EBADMSG;
		if (is_ours(answer, message))
			r = handle_message(answer, message);

		/* The last one may come without its padding. */
		step = NLMSG_ALIGN(message->nlmsg_len);
		if (step > left)
			step = left;
		buffer += step;
		left -= step;
	}

	return r;
}

int vdpam_request(struct vdpam_transport *transport, struct nlmsghdr *request,
		  int (*reply)(const struct nlmsghdr *message, void *userdata),
		  void *userdata, char **ret_text)
{
	struct answer answer = { .request = request,
				 .reply = reply,
				 .userdata = userdata };
	int r;

	if (!is_dump(request))
		request->nlmsg_flags |= NLM_F_ACK;

	r = vdpam_transport_send(transport, request);
	if (r == 0) {
		do {
			r = vdpam_transport_receive(transport);
			if (r >= 0)
				r = handle_datagram(&answer, transport->buffer, r);
		} while (r == MORE);

		/* The kernel refuses the next dump (EBUSY) while this one has not been read. */
		if (!answer.ended)
			vdpam_transport_drain(transport);
	}

	if (ret_text)
		*ret_text = answer.text;
	else
		free(answer.text);

	return r;
}
