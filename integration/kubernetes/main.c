// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdpa-device-plugin: gives vDPA devices to Kubernetes. The loop: hints lead to a look, a look to
 * lists that are pushed; the kubelet's comings and goings lead to registrations. Nothing is polled.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "plugin-private.h"

/* A burst of hints is one look; a last one, because a hint may come before what it is about. */
#define SETTLE_MS 20
#define LAST_LOOK_MS 300

struct options {
	const char *config, *plugin_dir, *registry_dir, *devinfo_dir, *cdi_dir;
	bool use_cdi;
};

struct loop {
	struct kube_plugin *plugin;
	struct kube_kubelet *kubelet;
	struct kube_look *look;
	int signal_fd;
	int64_t look_at, again_at, retry_at; /* ms of CLOCK_MONOTONIC; -1: not */
	bool complained;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void usage(FILE *stream)
{
	fputs("usage: vdpa-device-plugin [OPTION...]\n"
	      "\n"
	      "Gives vDPA devices to Kubernetes, as a device plugin of the kubelet.\n"
	      "\n"
	      "  --config FILE        resources (/etc/vdpad/device-plugin.json)\n"
	      "  --plugin-dir DIR     the kubelet's (/var/lib/kubelet/device-plugins)\n"
	      "  --registry-dir DIR   be found by the plugin watcher there, instead\n"
	      "  --devinfo-dir DIR    device information\n"
	      "                       (/var/run/k8s.cni.cncf.io/devinfo/dp)\n"
	      "  --cdi-dir DIR        CDI specifications (/var/run/cdi)\n"
	      "  --use-cdi            hand devices over by their CDI names\n"
	      "  --version            print the version\n"
	      "  --help               print the options\n",
	      stream);
}

/* Returns -1 to go on, or the exit status. */
static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "plugin-dir", required_argument, NULL, 'p' },
		{ "registry-dir", required_argument, NULL, 'r' },
		{ "devinfo-dir", required_argument, NULL, 'd' },
		{ "cdi-dir", required_argument, NULL, 'i' },
		{ "use-cdi", no_argument, NULL, 'u' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char **values[] = { ['c'] = &options->config,
				  ['p'] = &options->plugin_dir,
				  ['r'] = &options->registry_dir,
				  ['d'] = &options->devinfo_dir,
				  ['i'] = &options->cdi_dir };
	int letter;

	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter == 'h') {
			usage(stdout);
			return 0;
		}
		if (letter == 'v') {
			puts("vdpa-device-plugin " PACKAGE_VERSION);
			return 0;
		}
		if (letter == '?')
			return 64;
		if (letter == 'u')
			options->use_cdi = true;
		else
			*values[letter] = optarg;
	}
	if (optind < argc) {
		kube_log(LOG_ERR, "no arguments are wanted; see --help");
		return 64;
	}
	return -1;
}

static char *read_all(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	FILE *memory = file ? open_memstream(&text, ret_size) : NULL;
	char buffer[4096];
	size_t n;

	while (memory && (n = fread(buffer, 1, sizeof(buffer), file)) &&
	       fwrite(buffer, 1, n, memory) == n && ftell(memory) <= 2 << 20)
		;
	if (memory)
		fclose(memory);
	if (file)
		fclose(file);
	return text;
}

static int read_config(const char *path, struct kube_config **ret_config)
{
	size_t size = 0;
	char *message = NULL, *text;
	int r;

	errno = 0;
	text = read_all(path, &size);
	if (!text) {
		kube_log(LOG_ERR, "cannot read %s: %s", path, strerror(errno));
		return 1;
	}
	r = kube_config_parse(text, size, ret_config, &message);
	if (r < 0)
		kube_log(LOG_ERR, "%s: %s", path, message ? message : strerror(-r));
	free(message);
	free(text);
	return r < 0 ? 65 : 0;
}

/* ---- The loop -------------------------------------------------------------------------------- */

static void look(struct loop *loop)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct vdpam_error *error = NULL;
	int r = kube_look_take(loop->look, &snapshot, &error);

	if (!r) {
		loop->complained = false;
		r = kube_plugin_update(loop->plugin, snapshot);
		vdpam_snapshot_unref(snapshot);
		if (r > 0)
			kube_kubelet_push(loop->kubelet);
		return;
	}
	/* Once: it is said again only after it was well meanwhile. */
	if (!loop->complained)
		kube_log(LOG_ERR, "%s%s",
			 error ? vdpam_error_get_message(error) : strerror(-r),
			 error && vdpam_error_get_code(error) ==
						 VDPAM_ERROR_NO_KERNEL_SUPPORT
				 ? "; the vdpa family exists only in the initial network "
				   "namespace: a pod needs hostNetwork: true"
				 : "");
	loop->complained = true;
	vdpam_error_free(error);
}

static int timeout_of(const struct loop *loop)
{
	const int64_t times[] = { loop->look_at, loop->again_at, loop->retry_at };
	int64_t now = now_ms(), first = -1;

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		if (times[i] >= 0 && (first < 0 || times[i] < first))
			first = times[i];
	}
	if (first < 0)
		return -1;
	return first > now ? (int)(first - now) : 0;
}

static bool is_due(int64_t *at)
{
	if (*at < 0 || *at > now_ms())
		return false;
	*at = -1;
	return true;
}

static int turn(struct loop *loop, bool *ret_end)
{
	struct pollfd polls[2 + KUBE_LOOK_FDS] = {
		{ .fd = loop->signal_fd, .events = POLLIN },
		{ .fd = kube_kubelet_get_fd(loop->kubelet), .events = POLLIN },
	};
	int fds[KUBE_LOOK_FDS], retry = -1, r;
	size_t count = kube_look_get_fds(loop->look, fds);

	for (size_t i = 0; i < count; i++)
		polls[2 + i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	if (poll(polls, 2 + count, timeout_of(loop)) < 0 && errno != EINTR)
		return -errno;
	*ret_end = polls[0].revents;
	r = kube_look_drain(loop->look);
	if (r < 0)
		return r;
	if (r) {
		if (loop->look_at < 0)
			loop->look_at = now_ms() + SETTLE_MS;
		loop->again_at = now_ms() + LAST_LOOK_MS;
	}
	if (is_due(&loop->look_at) || is_due(&loop->again_at))
		look(loop);
	if (polls[1].revents || is_due(&loop->retry_at)) {
		r = kube_kubelet_sync(loop->kubelet, &retry);
		loop->retry_at = retry < 0 ? -1 : now_ms() + retry;
	}
	return r < 0 ? r : 0;
}

static int run(struct loop *loop)
{
	bool end = false;
	int r = 0;

	/* All hints are listened for: what happens from now on leads to another look. */
	look(loop);
	loop->retry_at = 0;
	while (!r && !end)
		r = turn(loop, &end);
	if (r < 0)
		kube_log(LOG_ERR, "this ends: %s", strerror(-r));
	return r < 0 ? 1 : 0;
}

static int catch_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* Before gRPC has threads, which inherit it. */
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(const struct options *options, const struct kube_config *config)
{
	struct kube_files *files = kube_files_new(options->devinfo_dir, options->cdi_dir);
	struct loop loop = { .look_at = -1, .again_at = -1, .retry_at = -1 };
	int r, status = 1;

	loop.signal_fd = catch_signals();
	loop.plugin = files ? kube_plugin_new(config, options->use_cdi, files) : NULL;
	r = loop.plugin ? kube_look_new(&loop.look) : -ENOMEM;
	if (!r)
		r = kube_kubelet_new(loop.plugin,
				     options->registry_dir ? options->registry_dir
							   : options->plugin_dir,
				     options->registry_dir != NULL, &loop.kubelet);
	if (r < 0)
		kube_log(LOG_ERR, "cannot begin: %s", strerror(-r));
	else
		status = run(&loop);
	kube_kubelet_free(loop.kubelet);
	kube_look_free(loop.look);
	kube_files_free(files);
	kube_plugin_free(loop.plugin);
	close(loop.signal_fd);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {
		.config = "/etc/vdpad/device-plugin.json",
		.plugin_dir = "/var/lib/kubelet/device-plugins",
		.devinfo_dir = "/var/run/k8s.cni.cncf.io/devinfo/dp",
		.cdi_dir = "/var/run/cdi",
	};
	struct kube_config *config = NULL;
	int status = parse_options(argc, argv, &options);

	if (status < 0) {
		umask(022);
		status = read_config(options.config, &config);
		if (!status)
			status = serve(&options, config);
		kube_config_free(config);
	}
	return status;
}
