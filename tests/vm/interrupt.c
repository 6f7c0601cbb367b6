// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into a program: INTERRUPT="SIGNAL K" sends that signal to the first process of it that
 * is about to make its Kth call which changes something. INTERRUPT_COUNT=FILE gets a line from each
 * process with the number of its calls. For what strace would take too long to stop at.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int signal_number;
static long at, count;

__attribute__((constructor)) static void read_environment(void)
{
	const char *text = getenv("INTERRUPT");
	char *rest;

	if (!text)
		return;
	signal_number = (int)strtol(text, &rest, 10);
	at = strtol(rest, NULL, 10);
	if (signal_number <= 0 || at <= 0)
		abort();
}

__attribute__((destructor)) static void tell_count(void)
{
	const char *name = getenv("INTERRUPT_COUNT");
	FILE *file = name ? fopen(name, "ae") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", count);
	fclose(file);
}

/* Before the call: it is not made when the signal kills. A forked child counts on from its parent. */
static void count_call(void)
{
	if (++count == at)
		kill(getpid(), signal_number);
}

/* The C library's own function of this name. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t size)
{
	count_call();
	return REAL(write)(fd, bytes, size);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags,
	       const struct sockaddr *address, socklen_t length)
{
	count_call();
	return REAL(sendto)(fd, bytes, size, flags, address, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	count_call();
	return REAL(sendmsg)(fd, message, flags);
}

int flock(int fd, int operation)
{
	count_call();
	return REAL(flock)(fd, operation);
}

int renameat(int old_fd, const char *old_name, int new_fd, const char *new_name)
{
	count_call();
	return REAL(renameat)(old_fd, old_name, new_fd, new_name);
}

int unlinkat(int fd, const char *name, int flags)
{
	count_call();
	return REAL(unlinkat)(fd, name, flags);
}

int symlinkat(const char *target, int fd, const char *name)
{
	count_call();
	return REAL(symlinkat)(target, fd, name);
}

int fchownat(int fd, const char *name, uid_t owner, gid_t group, int flags)
{
	count_call();
	return REAL(fchownat)(fd, name, owner, group, flags);
}

int chmod(const char *name, mode_t mode)
{
	count_call();
	return REAL(chmod)(name, mode);
}
