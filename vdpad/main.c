// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpad: the loop, signals, the watchdog, and what it is told on its command line. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "broker.h"
#include "bus.h"
#include "journal.h"
#include "manager.h"
#include "worker-client.h"

#define ETC_FOLDER "/etc/vdpad/documents.d"
#define RUN_FOLDER "/run/vdpad/documents.d"
#define VAR_FOLDER "/var/lib/vdpad/documents"
#define EX_USAGE 64

struct arguments {
	bool spawn_workers;
	bool done; /* what was asked for is printed */
};

static void print_help(void)
{
	puts("Usage: vdpad [--spawn-workers]\n"
	     "\n"
	     "Keeps the vDPA devices of this host as documents say: " ETC_FOLDER
	     ",\n" RUN_FOLDER " and those that were applied.\n"
	     "\n"
	     "  --spawn-workers  make workers itself, where systemd does not; started as root\n"
	     "  --version        print the version\n"
	     "  --help           print this");
}

/* 0, or an exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "spawn-workers", no_argument, NULL, 'w' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 'w':
			arguments->spawn_workers = true;
			break;
		case 'v':
			puts("vdpad " PACKAGE_VERSION);
			arguments->done = true;
			return 0;
		case 'h':
			print_help();
			arguments->done = true;
			return 0;
		default:
			return EX_USAGE;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "vdpad: it takes no arguments; see vdpad --help\n");
	return EX_USAGE;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info,
		   void *userdata)
{
	(void)info;
	(void)userdata;
	sd_notify(0, "STOPPING=1");
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *userdata)
{
	const struct manager_reply nobody = {};

	(void)source;
	(void)info;
	manager_reload(userdata, &nobody);
	return 0;
}

static int add_signals(sd_event *event, struct manager *manager)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r = sd_event_add_signal(event, NULL, SIGTERM, on_stop, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, on_stop, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGHUP, on_reload, manager);
	return r;
}

/* ---- Without systemd ----------------------------------------------------------------------- */

/* The applied documents are the daemon's own. */
static int make_folder(const char *path, const struct passwd *user)
{
	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chown(path, user->pw_uid, user->pw_gid) < 0 ? -errno : 0;
}

static int become_user(const struct passwd *user)
{
	if (setgroups(0, NULL) < 0 || setgid(user->pw_gid) < 0 ||
	    setuid(user->pw_uid) < 0)
		return -errno;
	return 0;
}

/* The broker stays root's and makes workers; we become our own user before anything is opened. */
static int spawn(struct broker **ret_broker)
{
	const struct passwd *user = getpwnam("vdpad");
	int r;

	if (!user) {
		fprintf(stderr, "vdpad: there is no user vdpad, which it is to become\n");
		return -ENOENT;
	}
	r = make_folder("/var/lib/vdpad", user);
	if (!r)
		r = make_folder(VAR_FOLDER, user);
	if (!r)
		r = broker_new(LIBEXECDIR "/vdpad-worker", ret_broker);
	return r < 0 ? r : become_user(user);
}

/* Without a bus, documents and the log are what there is to talk to it by. */
static int open_bus(sd_event *event, struct manager *manager, struct bus **ret_bus)
{
	int r = bus_new(event, manager, ret_bus);

	if (r >= 0)
		return 0;
	if (r == -EEXIST) {
		journal(JOURNAL_OTHER, LOG_ERR, NULL,
			"another process is " BUS_NAME " on the system bus");
		return r;
	}
	journal(JOURNAL_OTHER, LOG_NOTICE, NULL, "there is no system bus to be on: %s",
		strerror(-r));
	return 0;
}

/* The watchdog is fed by the loop alone: a stuck worker is none of its business. */
static int run(sd_event *event, struct worker_source *workers)
{
	const struct manager_options options = {
		.etc_folder = ETC_FOLDER,
		.run_folder = RUN_FOLDER,
		.var_folder = VAR_FOLDER,
		.workers = workers,
	};
	struct manager *manager = NULL;
	struct bus *bus = NULL;
	int r = manager_new(event, &options, &manager);

	if (r >= 0)
		r = add_signals(event, manager);
	if (r >= 0)
		r = open_bus(event, manager, &bus);
	if (r >= 0)
		r = manager_start(manager);
	if (r >= 0)
		r = sd_event_set_watchdog(event, true);
	if (r >= 0) {
		journal(JOURNAL_STARTED, LOG_INFO, NULL,
			"vdpad " PACKAGE_VERSION " is up");
		sd_notify(0, "READY=1");
		r = sd_event_loop(event);
	}
	bus_free(bus);
	manager_free(manager);
	return r;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {};
	struct worker_source *workers = worker_source_sockets();
	struct broker *broker = NULL;
	sd_event *event = NULL;
	int r = parse_arguments(argc, argv, &arguments);

	if (r || arguments.done)
		return r;
	journal_open();
	if (arguments.spawn_workers)
		r = spawn(&broker);
	if (broker)
		workers = worker_source_broker(broker);
	if (r >= 0)
		r = sd_event_default(&event);
	if (r >= 0)
		r = run(event, workers);
	if (r < 0)
		journal(JOURNAL_OTHER, LOG_ERR, NULL, "cannot run: %s", strerror(-r));
	sd_event_unref(event);
	broker_free(broker);
	return r < 0 ? EXIT_FAILURE : r;
}
