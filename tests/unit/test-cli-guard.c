// SPDX-License-Identifier: GPL-2.0-or-later
/* The guard of vdpactl: whatever becomes of the child, the caller has its answer and its descriptors. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What child and test both see: the guard closes every descriptor that could carry it. */
static struct shared {
	volatile pid_t child;
	volatile int stage;
	volatile bool go_on;
	volatile bool was_interrupted;
} * shared;

static int setup(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Children that were left behind become ours. */
	return shared == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void pause_msec(unsigned int msec)
{
	usleep(msec * 1000);
}

static bool wait_for_stage(int stage)
{
	for (int i = 0; i < 500 && shared->stage < stage; i++)
		pause_msec(10);
	return shared->stage >= stage;
}

/* ---- Verbs ---- */

static int run_and_print(struct command *cmd)
{
	(void)cmd;
	puts("out");
	fputs("err\n", stderr);
	return 7;
}

static int run_until_killed(struct command *cmd)
{
	(void)cmd;
	guard_say("unbinding %s", "n0");
	raise(SIGKILL);
	return 0;
}

static int run_for_ever(struct command *cmd)
{
	(void)cmd;
	/* Not longer than the test. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	puts("so far");
	guard_say("asking the kernel");
	printf("never flushed, so never seen");
	shared->child = getpid();
	while (pause() < 0)
		;
	return 0;
}

static int run_and_stay(struct command *cmd)
{
	(void)cmd;
	shared->child = getpid();
	puts("told");
	guard_leave(75);
	puts("not told");
	shared->stage = 1;
	while (!shared->go_on)
		pause_msec(5);
	shared->stage = 2;
	return 0;
}

static int run_and_look(struct command *cmd)
{
	(void)cmd;
	shared->stage = 1;
	for (int i = 0; i < 100 && !guard_is_interrupted(); i++)
		pause_msec(10);
	shared->was_interrupted = guard_is_interrupted();
	puts("what is done");
	return 0;
}

static int run_and_count(struct command *cmd)
{
	int count = 0;

	(void)cmd;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	printf("%d\n", count);
	return 0;
}

static int run_and_print_much(struct command *cmd)
{
	(void)cmd;
	for (int i = 0; i < 10000; i++)
		puts("sixty-four letters are one line, so that all of them are 640 KB....");
	return 0;
}

static int guard_verb(void *userdata)
{
	struct command *cmd = userdata;

	return guard_run(cmd);
}

/* Runs it under the guard. */
static void guarded(int (*run)(struct command *), uint64_t timeout_usec, bool json,
		    struct printed *printed)
{
	const struct verb verb = { .name = "try", .run = run };
	struct command cmd = { .verb = &verb,
			       .timeout_usec = timeout_usec,
			       .json = json };

	memset(shared, 0, sizeof(*shared));
	catch_output(guard_verb, &cmd, printed);
}

/* ---- Tests ---- */

static struct printed printed;

static void test_passes_on(void **state)
{
	(void)state;
	guarded(run_and_print, USEC_PER_SEC, false, &printed);
	assert_string_equal(printed.out, "out\n");
	assert_string_equal(printed.err, "err\n");
	assert_int_equal(printed.status, 7);
}

static void test_killed(void **state)
{
	(void)state;
	guarded(run_until_killed, USEC_PER_SEC, false, &printed);
	assert_string_equal(printed.err,
			    "vdpactl: try: the process that did it was killed by "
			    "SIGKILL while unbinding n0\n");
	assert_int_equal(printed.status, 1);
}

/* Ends the child that was left alone. */
static void end_child(void)
{
	assert_int_equal(kill(shared->child, SIGKILL), 0);
	assert_int_equal(waitpid(shared->child, NULL, 0), shared->child);
}

static void test_stuck(void **state)
{
	uint64_t before = now_usec();

	(void)state;
	guarded(run_for_ever, USEC_PER_SEC / 2, true, &printed);
	assert_in_range(now_usec() - before, 2400000, 60000000);
	expect_words(printed.err, "{\"error\":{\"code\":\"kernel-stuck\"");
	expect_words(printed.err, "while asking the kernel");
	/* What was done before is seen at once. */
	assert_string_equal(printed.out, "so far\n");
	assert_int_equal(printed.status, 75);
	end_child();
}

/* The pipe has nothing more, and nobody holds its other end. */
static void expect_end(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&end, 1, 0), 1);
	assert_int_equal(end.revents, POLLHUP);
	close(fd);
}

/* Whoever reads our output does not wait for a child that cannot end. */
static void test_holds_nothing(void **state)
{
	const struct verb verb = { .name = "try", .run = run_for_ever };
	struct command cmd = { .verb = &verb };
	int fds[2], other[2], out_fd = dup(STDOUT_FILENO);
	char words[64];

	(void)state;
	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(other), 0);
	dup2(fds[1], STDOUT_FILENO);
	assert_int_equal(guard_run(&cmd), 75);
	dup2(out_fd, STDOUT_FILENO);
	close(out_fd);
	close(fds[1]);
	close(other[1]);
	assert_int_equal(read(fds[0], words, sizeof(words)), strlen("so far\n"));
	expect_end(fds[0]);
	expect_end(other[0]);
	end_child();
}

static void test_descriptors(void **state)
{
	(void)state;
	guarded(run_and_count, USEC_PER_SEC, false, &printed);
	/* The three of everybody, and where its messages go. */
	assert_string_equal(printed.out, "4\n");
}

static void test_stays_behind(void **state)
{
	int status;

	(void)state;
	guarded(run_and_stay, USEC_PER_SEC, false, &printed);
	assert_int_equal(printed.status, 75);
	assert_string_equal(printed.out, "told\n");
	assert_true(wait_for_stage(1));
	assert_int_equal(getsid(shared->child), shared->child);
	shared->go_on = true;
	assert_true(wait_for_stage(2));
	assert_int_equal(waitpid(shared->child, &status, 0), shared->child);
	assert_true(WIFEXITED(status));
}

/* Has a process of ours signal the caller, and it alone, once the verb runs. */
static void interrupt_soon(void)
{
	pid_t caller = getpid();

	if (fork())
		return;
	wait_for_stage(1);
	kill(caller, SIGTERM);
	_exit(0);
}

static void run_interrupted(void)
{
	const struct verb verb = { .name = "try", .run = run_and_look };
	struct command cmd = { .verb = &verb, .timeout_usec = 10 * USEC_PER_SEC };

	memset(shared, 0, sizeof(*shared));
	interrupt_soon();
	catch_output(guard_verb, &cmd, &printed);
	wait(NULL);
	assert_string_equal(printed.out, "what is done\n");
}

static void test_interrupted(void **state)
{
	(void)state;
	run_interrupted();
	assert_true(shared->was_interrupted);
	expect_words(printed.err, "try: interrupted");
	assert_int_equal(printed.status, 1);
}

/* A shell starts what is to run in the background with signals ignored. */
static void test_ignored_signal(void **state)
{
	(void)state;
	signal(SIGTERM, SIG_IGN);
	run_interrupted();
	signal(SIGTERM, SIG_DFL);
	assert_false(shared->was_interrupted);
	assert_string_equal(printed.err, "");
	assert_int_equal(printed.status, 0);
}

static void test_much(void **state)
{
	(void)state;
	guarded(run_and_print_much, 5 * USEC_PER_SEC, false, &printed);
	assert_int_equal(printed.status, 0);
	assert_int_equal(strlen(printed.out), sizeof(printed.out) - 1);
}

/* Runs it with standard output being `fd`, which is closed. */
static int status_with_stdout(int (*run)(struct command *), int fd)
{
	const struct verb verb = { .name = "try", .run = run };
	struct command cmd = { .verb = &verb, .timeout_usec = USEC_PER_SEC };
	int out_fd = dup(STDOUT_FILENO), status;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	status = guard_run(&cmd);
	dup2(out_fd, STDOUT_FILENO);
	close(out_fd);
	return status;
}

static void test_nowhere_to_print(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(
		status_with_stdout(run_and_print_much, open("/dev/full", O_WRONLY)), 1);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(status_with_stdout(run_and_print_much, fds[1]), 1);
	/* A failure keeps its own status. */
	assert_int_equal(status_with_stdout(run_and_print, open("/dev/full", O_WRONLY)),
			 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes_on),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_holds_nothing),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_stays_behind),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_ignored_signal),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_nowhere_to_print),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
