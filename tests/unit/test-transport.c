// SPDX-License-Identifier: GPL-2.0-or-later
/* The transport, on sockets of this kernel: netlink where it matters who sent, pairs elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport.h"

#define BUFFER_SIZE (64 * 1024)

/* A transport on one end of a pair; the other end is returned. Waits 50 ms at most. */
static int pair(struct vdpam_transport *transport, int type)
{
	struct timeval patience = { .tv_usec = 50000 };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(
		setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
		0);
	assert_int_equal(vdpam_transport_init(transport, fds[0]), 0);
	return fds[1];
}

static int get_option(int fd, int level, int option)
{
	socklen_t length = sizeof(int);
	int value = -1;

	assert_int_equal(getsockopt(fd, level, option, &value, &length), 0);
	return value;
}

static void test_open(void **state)
{
	struct sockaddr_nl kernel = { .nl_pid = 42 };
	struct vdpam_transport transport;
	socklen_t length = sizeof(kernel);
	int fd = vdpam_transport_open();

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(get_option(fd, SOL_SOCKET, SO_DOMAIN), AF_NETLINK);
	assert_int_equal(get_option(fd, SOL_SOCKET, SO_PROTOCOL), NETLINK_GENERIC);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(getpeername(fd, (struct sockaddr *)&kernel, &length), 0);
	assert_int_equal(kernel.nl_pid, 0);

	assert_int_equal(vdpam_transport_init(&transport, fd), 0);
	assert_int_not_equal(transport.port, 0);
	assert_int_equal(transport.size, BUFFER_SIZE);
	assert_int_equal(transport.forged, 0);
	assert_int_equal(get_option(fd, SOL_NETLINK, NETLINK_EXT_ACK), 1);
	assert_int_equal(get_option(fd, SOL_NETLINK, NETLINK_CAP_ACK), 1);
	assert_int_equal(get_option(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK), 1);
	/* A dump pauses at half of it; twice the 32 KiB of one datagram have to fit there. */
	assert_true(get_option(fd, SOL_SOCKET, SO_RCVBUF) >= 4 * 32 * 1024);
	vdpam_transport_fini(&transport);
	assert_int_equal(transport.fd, -1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	vdpam_transport_fini(&transport);
}

static void test_init_bound(void **state)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct vdpam_transport transport;
	socklen_t length = sizeof(address);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(vdpam_transport_init(&transport, fd), 0);
	assert_int_equal(transport.port, address.nl_pid);
	vdpam_transport_fini(&transport);
}

static void test_init_wrong(void **state)
{
	struct vdpam_transport transport;
	int fds[2];

	(void)state;
	assert_int_equal(vdpam_transport_init(&transport, -1), -EBADF);
	assert_int_equal(transport.fd, -1);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(vdpam_transport_init(&transport, fds[0]), -ENOTSOCK);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	close(fds[1]);
}

static void test_send(void **state)
{
	struct nlmsghdr message = { .nlmsg_len = sizeof(message), .nlmsg_type = 0x23 },
			got;
	struct vdpam_transport transport;
	int peer = pair(&transport, SOCK_DGRAM);

	(void)state;
	assert_int_equal(transport.port, 0);
	for (uint32_t sequence = 1; sequence <= 3; sequence++) {
		assert_int_equal(vdpam_transport_send(&transport, &message), 0);
		assert_int_equal(recv(peer, &got, sizeof(got), 0), sizeof(got));
		assert_int_equal(got.nlmsg_type, 0x23);
		assert_int_equal(got.nlmsg_seq, sequence);
		assert_int_equal(transport.sequence, sequence);
	}
	transport.port = 77;
	assert_int_equal(vdpam_transport_send(&transport, &message), 0);
	assert_int_equal(recv(peer, &got, sizeof(got), 0), sizeof(got));
	assert_int_equal(got.nlmsg_pid, 77);

	close(peer);
	vdpam_transport_fini(&transport);
}

/* An error, and no signal. */
static void test_send_hangup(void **state)
{
	struct nlmsghdr message = { .nlmsg_len = sizeof(message) };
	struct vdpam_transport transport;
	int peer = pair(&transport, SOCK_SEQPACKET);

	(void)state;
	close(peer);
	assert_int_equal(vdpam_transport_send(&transport, &message), -EPIPE);
	vdpam_transport_fini(&transport);
}

static void test_receive(void **state)
{
	static char bytes[BUFFER_SIZE + 1];
	struct vdpam_transport transport;
	int peer = pair(&transport, SOCK_DGRAM);

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(send(peer, bytes, 5, 0), 5);
	assert_int_equal(send(peer, bytes, BUFFER_SIZE, 0), BUFFER_SIZE);
	assert_int_equal(vdpam_transport_receive(&transport), 5);
	assert_memory_equal(transport.buffer, "xxxxx", 5);
	assert_int_equal(vdpam_transport_receive(&transport), BUFFER_SIZE);

	assert_int_equal(send(peer, bytes, BUFFER_SIZE + 1, 0), BUFFER_SIZE + 1);
	assert_int_equal(send(peer, "next", 4, 0), 4);
	assert_int_equal(vdpam_transport_receive(&transport), -EMSGSIZE);
	assert_int_equal(vdpam_transport_receive(&transport), 4);
	assert_int_equal(vdpam_transport_receive(&transport), -ETIMEDOUT);
	close(peer);
	vdpam_transport_fini(&transport);
}

static void test_receive_hangup(void **state)
{
	struct vdpam_transport transport;
	int peer = pair(&transport, SOCK_SEQPACKET);

	(void)state;
	close(peer);
	assert_int_equal(vdpam_transport_receive(&transport), -ECONNRESET);
	vdpam_transport_drain(&transport);
	vdpam_transport_fini(&transport);
}

static void test_drain(void **state)
{
	static char bytes[BUFFER_SIZE + 1];
	struct vdpam_transport transport;
	int peer = pair(&transport, SOCK_DGRAM);

	(void)state;
	assert_int_equal(send(peer, "one", 3, 0), 3);
	assert_int_equal(send(peer, bytes, sizeof(bytes), 0), sizeof(bytes));
	assert_int_equal(send(peer, "two", 3, 0), 3);
	vdpam_transport_drain(&transport);
	assert_int_equal(vdpam_transport_receive(&transport), -ETIMEDOUT);
	assert_int_equal(send(peer, "three", 5, 0), 5);
	assert_int_equal(vdpam_transport_receive(&transport), 5);
	close(peer);
	vdpam_transport_fini(&transport);
}

static int interrupts, interrupted_peer;

static void on_alarm(int signal)
{
	(void)signal;
	if (++interrupts == 3 && send(interrupted_peer, "late", 4, 0) != 4)
		abort();
}

static void test_interrupted(void **state)
{
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } },
			 never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm }; /* not SA_RESTART */
	struct timeval patience = { .tv_sec = 30 };
	struct vdpam_transport transport;

	(void)state;
	interrupted_peer = pair(&transport, SOCK_DGRAM);
	assert_int_equal(setsockopt(transport.fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				    sizeof(patience)),
			 0);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(vdpam_transport_receive(&transport), 4);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(interrupts >= 3);
	close(interrupted_peer);
	vdpam_transport_fini(&transport);
}

/* Any process may send to any other on this protocol; on the generic one root alone may. */
static void test_forged(void **state)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct timeval patience = { .tv_usec = 50000 };
	struct vdpam_transport transport;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
	int forger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);

	(void)state;
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(vdpam_transport_init(&transport, fd), 0);
	to.nl_pid = transport.port;

	for (unsigned int i = 1; i <= 3; i++) {
		struct nlmsghdr message = { .nlmsg_len = sizeof(message),
					    .nlmsg_seq = 1 };

		assert_int_equal(sendto(forger, &message, sizeof(message), 0,
					(struct sockaddr *)&to, sizeof(to)),
				 sizeof(message));
		if (i < 3)
			assert_int_equal(vdpam_transport_receive(&transport), -ETIMEDOUT);
		else
			vdpam_transport_drain(&transport);
		assert_int_equal(transport.forged, i);
	}
	close(forger);
	vdpam_transport_fini(&transport);
}

/* The kernel itself refuses a forger on the socket that we open: that of root too. */
static void test_forger_refused(void **state)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct nlmsghdr message = { .nlmsg_len = sizeof(message), .nlmsg_seq = 1 };
	struct vdpam_transport transport;
	int forger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	(void)state;
	assert_int_equal(vdpam_transport_init(&transport, vdpam_transport_open()), 0);
	to.nl_pid = transport.port;
	assert_int_equal(sendto(forger, &message, sizeof(message), 0,
				(struct sockaddr *)&to, sizeof(to)),
			 -1);
	assert_true(errno == ECONNREFUSED || errno == EPERM);
	close(forger);
	vdpam_transport_fini(&transport);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),           cmocka_unit_test(test_init_bound),
		cmocka_unit_test(test_init_wrong),     cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_hangup),    cmocka_unit_test(test_receive),
		cmocka_unit_test(test_receive_hangup), cmocka_unit_test(test_drain),
		cmocka_unit_test(test_interrupted),    cmocka_unit_test(test_forged),
		cmocka_unit_test(test_forger_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
