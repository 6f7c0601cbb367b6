// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child that may sleep in the kernel, and the parent that never does. The parent waits on a
 * pidfd and a pipe alone; what the child prints goes to two memory files, which the parent copies
 * out: a child that nothing can kill holds none of the caller's descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bus.h"

#define GRACE_USEC \
	(2 * USEC_PER_SEC) /* beyond --timeout, for the child to say so itself */
#define TICK_USEC 100000   /* how often what the child printed is copied out */
#define STAYS (-1)
#define INTERRUPTED 1

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* since Linux 6.3 */
#endif

/* One write to the pipe: whether the caller shall wait for the child, and what it shall see. */
struct message {
	int leave_status;      /* STAYS, or the exit status for the caller */
	bool is_progress;      /* for the terminal */
	uint64_t timeout_usec; /* how long each thing takes from now on; 0: as before */
	char line[240];        /* of progress */
};

/*
 * What the child is about, in memory that both have: of thousands of steps each says so, and a
 * message would wake the parent as often. The parent reads it when the time of the last one that
 * it knows is over.
 */
struct shared {
	_Atomic uint64_t since_usec;
	char about[240];
};

struct guard {
	pid_t pid;
	int pidfd, pipe_fd, signal_fd;
	int out_fd, err_fd;   /* memory files */
	off_t out_at, err_at; /* how far they were copied out */
	uint64_t deadline_usec;
	bool shows_progress; /* standard error is a terminal that has some */
	int leave_status;
};

/* What asks a verb to stop. Blocked from the fork on: the parent hands them to the child. */
static sigset_t stop_signals;
/* The child's. */
static bool is_child, was_interrupted;
static int message_fd = -1;
static struct shared *shared;

uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

uint64_t left_usec(uint64_t deadline_usec)
{
	uint64_t now = now_usec();

	return now < deadline_usec ? deadline_usec - now : 0;
}

/* ---- In the child ---- */

static void send_message(const struct message *message)
{
	/* A parent that is gone is no reason to stop half way. */
	if (message_fd >= 0 && write(message_fd, message, sizeof(*message)) < 0)
		message_fd = -1;
}

void guard_say(const char *format, ...)
{
	va_list args;

	/* What was printed is for now. */
	fflush(stdout);
	if (!is_child)
		return;
	va_start(args, format);
	vsnprintf(shared->about, sizeof(shared->about), format, args);
	va_end(args);
	shared->since_usec = now_usec();
}

void guard_progress(const char *line)
{
	struct message message = { .leave_status = STAYS, .is_progress = true };

	snprintf(message.line, sizeof(message.line), "%s", line);
	send_message(&message);
}

void guard_extend(struct command *cmd, uint64_t timeout_usec)
{
	struct message message = { .leave_status = STAYS, .timeout_usec = timeout_usec };

	if (cmd->options[OPTION_TIMEOUT])
		return;
	cmd->timeout_usec = timeout_usec;
	cmd->deadline_usec = now_usec() + timeout_usec;
	send_message(&message);
}

/* They stay blocked, so that no call of ours is cut short; between two steps we look. */
bool guard_is_interrupted(void)
{
	const struct timespec at_once = {};

	while (is_child && sigtimedwait(&stop_signals, NULL, &at_once) > 0)
		was_interrupted = true;
	return was_interrupted;
}

static void redirect(int from, int to)
{
	if (dup2(from, to) < 0)
		_exit(vdpam_error_code_exit_status(VDPAM_ERROR_INTERNAL));
}

/* Nothing of what is printed from now on is for anybody. */
static void silence(void)
{
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	redirect(null_fd, STDOUT_FILENO);
	redirect(null_fd, STDERR_FILENO);
	close(null_fd);
}

void guard_leave(int status)
{
	struct message message = { .leave_status = status };

	fflush(stdout);
	fflush(stderr);
	send_message(&message);
	setsid();
	silence();
	/* Nobody waits for us any more: whoever stops us now means it. */
	guard_is_interrupted();
	sigprocmask(SIG_UNBLOCK, &stop_signals, NULL);
	sigemptyset(&stop_signals);
}

static void become_child(const struct guard *guard, int pipe_fd)
{
	is_child = true;
	redirect(guard->out_fd, STDOUT_FILENO);
	redirect(guard->err_fd, STDERR_FILENO);
	redirect(open("/dev/null", O_RDONLY), STDIN_FILENO);
	message_fd = STDERR_FILENO + 1;
	if (pipe_fd != message_fd)
		redirect(pipe_fd, message_fd);
	fcntl(message_fd, F_SETFD, FD_CLOEXEC);
	close_range((unsigned int)message_fd + 1, ~0U, 0);
}

static int run_verb(struct command *cmd)
{
	struct cli_error *error = daemon_connect(cmd);
	int status = error ? fail(cmd, error) : cmd->verb->run(cmd);

	daemon_close(cmd);
	return status;
}

_Noreturn static void run_child(const struct guard *guard, int pipe_fd,
				struct command *cmd)
{
	int status;

	become_child(guard, pipe_fd);
	cmd->deadline_usec = now_usec() + cmd->timeout_usec;
	status = run_verb(cmd);
	if (guard_is_interrupted()) {
		if (!status || !cmd->json)
			fail(cmd,
			     cli_error_new(VDPAM_ERROR_INTERNAL, EINTR, NULL,
					   "%s: interrupted; what was under way is done, "
					   "nothing was begun after it",
					   cmd->verb->name));
		status = INTERRUPTED;
	}
	exit(status);
}

/* ---- In the parent ---- */

static int memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	/* A kernel that does not know the flag does not miss it in its log either. */
	return fd < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC) : fd;
}

/* Those that the caller did not ignore: what a shell starts in the background ignores SIGINT. */
static void find_stop_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(&stop_signals);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction action;

		if (!sigaction(signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&stop_signals, signals[i]);
	}
}

static int start(struct guard *guard, struct command *cmd)
{
	int pipe_fds[2];

	guard->out_fd = memory_file("vdpactl-stdout");
	guard->err_fd = memory_file("vdpactl-stderr");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guard->out_fd < 0 || guard->err_fd < 0 || shared == MAP_FAILED ||
	    pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	snprintf(shared->about, sizeof(shared->about), "starting");
	/* Ignored, it would make the kernel reap the child before we can. */
	signal(SIGCHLD, SIG_DFL);
	find_stop_signals();
	sigprocmask(SIG_BLOCK, &stop_signals, NULL);
	guard->pid = fork();
	if (guard->pid < 0)
		return -errno;
	if (!guard->pid)
		run_child(guard, pipe_fds[1], cmd);
	close(pipe_fds[1]);
	guard->pipe_fd = pipe_fds[0];
	guard->signal_fd = signalfd(-1, &stop_signals, SFD_CLOEXEC | SFD_NONBLOCK);
	guard->pidfd = pidfd_open(guard->pid, 0);
	return guard->pidfd < 0 || guard->signal_fd < 0 ? -errno : 0;
}

static void show_progress(struct guard *guard, const struct command *cmd,
			  const char *line)
{
	if (!cmd->shows_progress)
		return;
	fprintf(stderr, "\r%s\033[K", line);
	guard->shows_progress = true;
}

static void take_message(struct guard *guard, struct command *cmd,
			 const struct message *message)
{
	if (message->is_progress) {
		show_progress(guard, cmd, message->line);
		return;
	}
	if (message->timeout_usec)
		cmd->timeout_usec = message->timeout_usec;
	guard->deadline_usec = now_usec() + cmd->timeout_usec + GRACE_USEC;
}

/* A plan of many steps: each of them has its own time. Returns whether there is time left. */
static bool has_time(struct guard *guard, const struct command *cmd)
{
	uint64_t deadline_usec = shared->since_usec + cmd->timeout_usec + GRACE_USEC;

	if (deadline_usec > guard->deadline_usec)
		guard->deadline_usec = deadline_usec;
	return left_usec(guard->deadline_usec);
}

/* Whether the child said that it stays behind. */
static bool take_messages(struct guard *guard, struct command *cmd)
{
	struct pollfd pipe = { .fd = guard->pipe_fd, .events = POLLIN };
	struct message message;

	while (poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLIN) &&
	       read(guard->pipe_fd, &message, sizeof(message)) == sizeof(message)) {
		guard->leave_status = message.leave_status;
		if (message.leave_status != STAYS)
			return true;
		take_message(guard, cmd, &message);
	}
	return false;
}

/* A terminal signals both of us, but kill(1) and service managers the parent alone. */
static void pass_signal_on(const struct guard *guard)
{
	struct signalfd_siginfo info;

	if (read(guard->signal_fd, &info, sizeof(info)) == sizeof(info))
		pidfd_send_signal(guard->pidfd, (int)info.ssi_signo, NULL, 0);
}

/*
 * What is new in a memory file. Returns 0 or a negative errno. By pread(): the file's own offset is
 * shared with the child.
 */
static int copy_out(int memory_fd, off_t *offset, int fd)
{
	static char buffer[65536];
	ssize_t count;

	while ((count = pread(memory_fd, buffer, sizeof(buffer), *offset)) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(fd, buffer + done, (size_t)(count - done));

			if (n < 0 && errno != EINTR)
				return -errno;
			done += n > 0 ? n : 0;
		}
		*offset += count;
	}
	return count < 0 ? -errno : 0;
}

enum outcome {
	CHILD_ENDED,
	CHILD_STAYS_BEHIND,
	CHILD_IS_STUCK,
};

static enum outcome watch(struct guard *guard, struct command *cmd)
{
	struct pollfd fds[] = {
		{ .fd = guard->pidfd, .events = POLLIN },
		{ .fd = guard->pipe_fd, .events = POLLIN },
		{ .fd = guard->signal_fd, .events = POLLIN },
	};

	for (;;) {
		uint64_t left = left_usec(guard->deadline_usec);
		int count = poll(fds, 3,
				 left < TICK_USEC ? (int)((left + 999) / 1000)
						  : (int)(TICK_USEC / 1000));

		if (take_messages(guard, cmd))
			return CHILD_STAYS_BEHIND;
		copy_out(guard->out_fd, &guard->out_at, STDOUT_FILENO);
		if (fds[0].revents)
			return CHILD_ENDED;
		if (!count && !left_usec(guard->deadline_usec) && !has_time(guard, cmd))
			return CHILD_IS_STUCK;
		if (fds[1].revents & POLLHUP)
			fds[1].fd = -1;
		if (fds[2].revents)
			pass_signal_on(guard);
	}
}

static int ended_status(const struct guard *guard, struct command *cmd)
{
	siginfo_t info = {};

	if (waitid(P_PIDFD, (id_t)guard->pidfd, &info, WEXITED) < 0)
		return fail(cmd, cli_error_new(VDPAM_ERROR_INTERNAL, errno, NULL,
					       "%s: lost the process that did it: %s",
					       cmd->verb->name, strerror(errno)));
	if (info.si_code == CLD_EXITED)
		return info.si_status;
	return fail(
		cmd,
		cli_error_new(VDPAM_ERROR_INTERNAL, 0, NULL,
			      "%s: the process that did it was killed by SIG%s while %s",
			      cmd->verb->name, sigabbrev_np(info.si_status),
			      shared->about));
}

static int stuck_status(const struct guard *guard, struct command *cmd)
{
	return fail(cmd,
		    cli_error_new(
			    VDPAM_ERROR_KERNEL_STUCK, ETIMEDOUT, NULL,
			    "%s: the kernel has not answered in %llu s while %s; process "
			    "%d waits on for it (/proc/%d/stack says where)",
			    cmd->verb->name,
			    (unsigned long long)((cmd->timeout_usec + GRACE_USEC) /
						 USEC_PER_SEC),
			    shared->about, (int)guard->pid, (int)guard->pid));
}

static int finish(struct guard *guard, struct command *cmd, enum outcome outcome)
{
	int status = guard->leave_status;
	int r = copy_out(guard->out_fd, &guard->out_at, STDOUT_FILENO);

	copy_out(guard->err_fd, &guard->err_at, STDERR_FILENO);
	switch (outcome) {
	case CHILD_ENDED:
		status = ended_status(guard, cmd);
		break;
	case CHILD_STAYS_BEHIND:
		break;
	case CHILD_IS_STUCK:
		status = stuck_status(guard, cmd);
		break;
	}
	if (r < 0 && !status)
		status =
			fail(cmd, cli_error_new(VDPAM_ERROR_INTERNAL, -r, NULL,
						"%s: cannot write to standard output: %s",
						cmd->verb->name, strerror(-r)));
	return status;
}

int guard_run(struct command *cmd)
{
	struct guard guard = {
		.pidfd = -1,
		.pipe_fd = -1,
		.signal_fd = -1,
		.out_fd = -1,
		.err_fd = -1,
		.deadline_usec = now_usec() + cmd->timeout_usec + GRACE_USEC,
		.leave_status = STAYS,
	};
	enum outcome outcome;
	int r;

	cmd->on_terminal = isatty(STDOUT_FILENO);
	cmd->shows_progress = !cmd->json && !cmd->quiet && isatty(STDERR_FILENO);
	r = start(&guard, cmd);

	if (r < 0)
		return fail(cmd,
			    cli_error_new(VDPAM_ERROR_INTERNAL, -r, NULL,
					  "%s: cannot start the process that does it: %s",
					  cmd->verb->name, strerror(-r)));
	outcome = watch(&guard, cmd);
	if (guard.shows_progress)
		fputs("\r\033[K", stderr);
	/* From here on Ctrl-C ends us: all that can still wait is whoever reads our output. */
	sigprocmask(SIG_UNBLOCK, &stop_signals, NULL);
	return finish(&guard, cmd, outcome);
}
