// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the daemon on the bus, many times, and says how long its answers took:
 *
 *   asker CLIENTS CALLS   so many processes, each of which asks for the status CALLS times, one after
 *                         the other; prints "CALLS FAILED P50 P99 MAX", times in microseconds
 *   asker flood           one that always has 120 calls under way that want a look at the kernel, until
 *                         SIGTERM; prints "ready", and at the end "ANSWERED REFUSED"
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#define NAME "org.vdpad1"
#define MANAGER "org.vdpad1.Manager"
#define ROOT "/org/vdpad1"
#define FLOOD 120 /* the bus itself lets nobody wait for more than 128 answers */
#define PATIENCE_USEC UINT64_C(60000000)
#define FAILED UINT64_MAX

static uint64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int complain(int r)
{
	fprintf(stderr, "asker: %s\n", strerror(-r));
	return 1;
}

/* ---- Many clients that wait for each answer ---- */

static uint64_t ask_once(sd_bus *bus)
{
	sd_bus_message *call = NULL, *reply = NULL;
	uint64_t begun = now_usec();
	int r = sd_bus_message_new_method_call(bus, &call, NAME, ROOT, MANAGER,
					       "Snapshot");

	if (r >= 0)
		r = sd_bus_message_append(call, "s", "status");
	if (r >= 0)
		r = sd_bus_call(bus, call, PATIENCE_USEC, NULL, &reply);
	sd_bus_message_unref(call);
	sd_bus_message_unref(reply);
	return r < 0 ? FAILED : now_usec() - begun;
}

/* Writes one time for each call. */
static int be_client(unsigned long calls, int to)
{
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r < 0)
		return complain(r);
	for (unsigned long i = 0; i < calls; i++) {
		uint64_t took = ask_once(bus);

		if (write(to, &took, sizeof(took)) != sizeof(took))
			return complain(-errno);
	}
	sd_bus_flush_close_unref(bus);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static int report(int from, size_t count)
{
	uint64_t *times = calloc(count + 1, sizeof(*times));
	size_t have = 0, good;

	if (!times)
		return complain(-ENOMEM);
	while (have < count && read(from, &times[have], sizeof(*times)) == sizeof(*times))
		have++;
	qsort(times, have, sizeof(*times), compare);
	for (good = have; good && times[good - 1] == FAILED;)
		good--;
	printf("%zu %zu %llu %llu %llu\n", have, count - good,
	       (unsigned long long)(good ? times[good / 2] : 0),
	       (unsigned long long)(good ? times[good * 99 / 100] : 0),
	       (unsigned long long)(good ? times[good - 1] : 0));
	free(times);
	return good == count ? 0 : 1;
}

static int ask(unsigned long clients, unsigned long calls)
{
	int ends[2];

	if (pipe(ends) < 0)
		return complain(-errno);
	for (unsigned long i = 0; i < clients; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return complain(-errno);
		if (!pid) {
			close(ends[0]);
			_exit(be_client(calls, ends[1]));
		}
	}
	close(ends[1]);
	return report(ends[0], clients * calls);
}

/* ---- One that does not wait ---- */

static volatile sig_atomic_t stop;
static unsigned long answered, refused;
static unsigned int under_way;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	(void)userdata;
	(void)error;
	under_way--;
	if (sd_bus_message_is_method_error(reply, NULL))
		refused++;
	else
		answered++;
	return 1;
}

static int send_one(sd_bus *bus)
{
	sd_bus_message *call = NULL;
	int r = sd_bus_message_new_method_call(bus, &call, NAME, ROOT, MANAGER,
					       "Refresh");

	if (r >= 0)
		r = sd_bus_message_append(call, "t", PATIENCE_USEC);
	if (r >= 0)
		r = sd_bus_call_async(bus, NULL, call, on_answer, NULL, PATIENCE_USEC);
	sd_bus_message_unref(call);
	under_way += r >= 0;
	return r;
}

static int flood(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	sigaction(SIGTERM, &action, NULL);
	puts("ready");
	fflush(stdout);
	while (r >= 0 && !stop) {
		while (r >= 0 && under_way < FLOOD)
			r = send_one(bus);
		if (r >= 0)
			r = sd_bus_process(bus, NULL);
		if (!r)
			r = sd_bus_wait(bus, PATIENCE_USEC);
		if (r == -EINTR)
			r = 0;
	}
	sd_bus_close_unref(bus);
	printf("%lu %lu\n", answered, refused);
	return r < 0 ? complain(r) : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "flood"))
		return flood();
	if (argc == 3)
		return ask(strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10));
	fputs("Usage: asker CLIENTS CALLS | asker flood\n", stderr);
	return 64;
}
