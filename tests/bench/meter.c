// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a command and appends "NAME,DEVICES,INSTRUCTIONS" to a file: all that it took from the fork
 * to its end, kernel included. In a machine whose clock counts instructions a nanosecond is one.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int append(const char *path, const char *name, const char *devices, uint64_t count)
{
	FILE *file = fopen(path, "ae");

	if (!file)
		return -1;
	fprintf(file, "%s,%s,%" PRIu64 "\n", name, devices, count);
	return fclose(file);
}

int main(int argc, char **argv)
{
	uint64_t start;
	pid_t pid;
	int status;

	if (argc < 5) {
		fputs("Usage: meter FILE NAME DEVICES COMMAND [ARGUMENT]...\n", stderr);
		return 64;
	}
	start = now();
	pid = fork();
	if (!pid) {
		execv(argv[4], argv + 4);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
	    append(argv[1], argv[2], argv[3], now() - start) < 0) {
		fprintf(stderr, "meter: %s\n", strerror(errno));
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
