// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tries to open the given file again and again until SIGTERM, closing it at once when
 * that works; then prints "TRIES OPENED". For tests that nobody can get in between two
 * steps. The name is looked up at each try, so the file may come and go.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	unsigned long tries = 0, opened = 0;
	int fd;

	if (argc != 2) {
		fputs("Usage: opener FILE\n", stderr);
		return 64;
	}
	if (sigaction(SIGTERM, &action, NULL) < 0) {
		fprintf(stderr, "opener: %s\n", strerror(errno));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (!stop) {
		tries++;
		fd = open(argv[1], O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		opened++;
		close(fd);
	}
	printf("%lu %lu\n", tries, opened);
	return 0;
}
