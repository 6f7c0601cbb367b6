// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the reading verbs print, against the files in tests/data/cli. The library is the real one;
 * its netlink is a socket pair and its /sys a folder, both of which the test fills.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <linux/genetlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../vdpactl/doctor.h"
#include "datagrams.h"

enum {
	MGMTDEV_BUS = 1,
	MGMTDEV_NAME,
	CLASSES,
	NAME,
	ID,
	VENDOR,
	MAX_VQS,
	MAX_VQ_SIZE,
	MIN_VQ_SIZE,
	MAC,
	LINK,
	MTU = 13,
	MGMTDEV_MAX_VQS = 15,
	MGMTDEV_FEATURES,
	FEATURES = 20,
	CAPACITY,
};
enum {
	MGMTDEV_NEW = 1,
	DEV_NEW = 3,
	CONFIG_GET = 6,
};

static char root[] = "/tmp/test-cli-verbs.XXXXXX";
static int kernel = -1; /* its end of the socket pair */
static uint32_t sequence;
static int in_use; /* what the library says of each device */
static int library_error;

/* ---- What the kernel says ---- */

static char datagram[16384];
static size_t datagram_size;

static void add(const struct reply *reply)
{
	assert_true(datagram_size + reply->header.nlmsg_len <= sizeof(datagram));
	memcpy(datagram + datagram_size, reply, reply->header.nlmsg_len);
	datagram_size += NLMSG_ALIGN(reply->header.nlmsg_len);
}

static void add_end(uint16_t type, int error)
{
	struct reply end = { .header = {
				     .nlmsg_len = NLMSG_LENGTH(sizeof(struct nlmsgerr)),
				     .nlmsg_type = type,
				     .nlmsg_seq = sequence++,
				     .nlmsg_flags = NLM_F_MULTI,
			     } };

	memcpy(NLMSG_DATA(&end.header), &error, sizeof(error));
	add(&end);
	assert_int_equal(send(kernel, datagram, datagram_size, 0), datagram_size);
	datagram_size = 0;
}

static void say_family(void)
{
	struct reply reply;

	reply_begin(&reply, sequence, CTRL_CMD_NEWFAMILY, 0);
	reply.header.nlmsg_type = GENL_ID_CTRL;
	reply_put_u16(&reply, CTRL_ATTR_FAMILY_ID, 0x23);
	add(&reply);
	add_end(NLMSG_ERROR, 0);
}

static void say_mgmtdevs(void)
{
	struct reply reply;

	reply_begin(&reply, sequence, MGMTDEV_NEW, NLM_F_MULTI);
	reply_put_text(&reply, MGMTDEV_NAME, "vdpasim_net");
	reply_put_u64(&reply, CLASSES, 1 << 1);
	reply_put_u32(&reply, MGMTDEV_MAX_VQS, 3);
	reply_put_u64(&reply, MGMTDEV_FEATURES, 1 << 3 | 1 << 5 | 1ULL << 32);
	add(&reply);
	reply_begin(&reply, sequence, MGMTDEV_NEW, NLM_F_MULTI);
	reply_put_text(&reply, MGMTDEV_NAME, "vduse");
	reply_put_u64(&reply, CLASSES, 1 << 1 | 1 << 2 | 1ULL << 26);
	add(&reply);
	add_end(NLMSG_DONE, 0);
}

static void begin_device(struct reply *reply, uint8_t command, const char *name,
			 uint32_t id)
{
	reply_begin(reply, sequence, command, NLM_F_MULTI);
	reply_put_text(reply, MGMTDEV_NAME, id == 1 ? "vdpasim_net" : "vduse");
	reply_put_text(reply, NAME, name);
	reply_put_u32(reply, ID, id);
}

static void say_device(const char *name, uint32_t id)
{
	struct reply reply;

	begin_device(&reply, DEV_NEW, name, id);
	reply_put_u32(&reply, VENDOR, 0x1af4);
	reply_put_u32(&reply, MAX_VQS, 3);
	reply_put_u16(&reply, MAX_VQ_SIZE, 256);
	reply_put_u16(&reply, MIN_VQ_SIZE, 1);
	add(&reply);
}

static void say_devices(void)
{
	say_device("n0", 1);
	say_device("disk\n", 2);
	say_device("going", 1);
	say_device("refused", 1);
	say_device("idle", 26);
	add_end(NLMSG_DONE, 0);
}

static void say_configs(void)
{
	static const uint8_t mac[] = { 2, 0, 0, 0, 0, 0xa1 };
	struct reply reply;

	begin_device(&reply, CONFIG_GET, "n0", 1);
	reply_put(&reply, MAC, mac, sizeof(mac));
	reply_put_u16(&reply, LINK, 1);
	reply_put_u16(&reply, MTU, 1500);
	reply_put_u64(&reply, FEATURES, 1 << 3 | 1 << 5 | 1ULL << 40);
	add(&reply);
	begin_device(&reply, CONFIG_GET, "disk\n", 2);
	reply_put_u64(&reply, CAPACITY, UINT64_MAX);
	add(&reply);
	begin_device(&reply, CONFIG_GET, "going", 1);
	add(&reply);
	begin_device(&reply, CONFIG_GET, "refused", 1);
	add(&reply);
	add_end(NLMSG_DONE, 0);
}

/* ---- What /sys has ---- */

static void make(const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/'));
	     slash++) {
		*slash = '\0';
		assert_true(!mkdir(full, 0755) || errno == EEXIST);
		*slash = '/';
	}
	if (!text)
		return;
	file = fopen(full, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_link(const char *path, const char *target)
{
	char full[256];

	make(path, NULL);
	snprintf(full, sizeof(full), "%s/%s", root, path);
	assert_int_equal(symlink(target, full), 0);
}

#define DEVICES "bus/vdpa/devices/"
#define DRIVERS "bus/vdpa/drivers/"

static int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	make("bus/vdpa/drivers_autoprobe", "1\n");
	make(DEVICES "n0/vhost-vdpa-0/dev", "511:0\n");
	make_link(DRIVERS "vhost_vdpa/n0", "../../devices/n0");
	make(DEVICES "disk\n/virtio3/block/vda/dev", "254:0\n");
	make_link(DEVICES "disk\n/virtio3/driver", "../../../virtio/drivers/virtio_blk");
	make_link(DRIVERS "virtio_vdpa/disk\n", "../../devices/disk\n");
	make(DEVICES "going/uevent", "DRIVER=vhost_vdpa\n");
	make(DEVICES "refused/virtio4/", NULL);
	make_link(DRIVERS "virtio_vdpa/refused", "../../devices/refused");
	make(DEVICES "idle/uevent", "");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int group_teardown(void **state)
{
	(void)state;
	close(kernel);
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- In place of the library ---- */

int vdpam_new(struct vdpam_ctx **ret_ctx)
{
	struct timeval patience = { .tv_usec = 50000 };
	int fds[2];

	if (library_error)
		return library_error;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	close(kernel);
	kernel = fds[1];
	sequence = 1;
	say_family();
	say_mgmtdevs();
	say_devices();
	say_configs();
	return vdpam_new_from_fds(ret_ctx, fds[0],
				  open(root, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Who holds what depends on the machine that runs the test. */
int vdpam_device_is_in_use(struct vdpam_ctx *ctx, const struct vdpam_device *device,
			   struct vdpam_holders **ret_holders)
{
	(void)ctx;
	(void)device;
	(void)ret_holders;
	return in_use;
}

/* ---- Tests ---- */

static struct printed printed;

static int run_verb(void *userdata)
{
	const char *const *line = userdata;
	struct command cmd;
	int status;

	assert_null(parse_line(&cmd, *line));
	status = cmd.verb->run(&cmd);
	command_clear(&cmd);
	return status;
}

static void run_line(const char *line)
{
	catch_output(run_verb, &line, &printed);
}

/* What a right command prints is in the files NAME.txt and, with --json, NAME.json. */
static void expect_both(const char *line, const char *name)
{
	char json_line[128], file[64];

	run_line(line);
	assert_string_equal(printed.err, "");
	assert_int_equal(printed.status, 0);
	snprintf(file, sizeof(file), "%s.txt", name);
	expect_golden(printed.out, file);

	snprintf(json_line, sizeof(json_line), "%s --json", line);
	run_line(json_line);
	assert_string_equal(printed.err, "");
	assert_int_equal(printed.status, 0);
	snprintf(file, sizeof(file), "%s.json", name);
	expect_golden(printed.out, file);
}

static void test_list(void **state)
{
	(void)state;
	expect_both("list", "list-devices");
	expect_both("list mgmtdevs", "list-mgmtdevs");
	expect_both("list drivers", "list-drivers");
	run_line("list devices --json");
	expect_golden(printed.out, "list-devices.json");
}

static void test_list_holders(void **state)
{
	(void)state;
	in_use = -EACCES;
	expect_both("list --holders", "list-holders-unknown");
	in_use = 1;
	run_line("list --holders");
	expect_golden(printed.out, "list-holders.txt");
	in_use = 0;
}

static void test_show(void **state)
{
	(void)state;
	expect_both("show n0", "show-device");
	expect_both("show disk\\x0a", "show-disk");
	expect_both("show vdpasim_net", "show-mgmtdev");
}

static void test_status(void **state)
{
	(void)state;
	expect_both("status", "status");
}

static char *label_of(const char *path)
{
	return strdup(strcmp(path, "/dev/vhost-vdpa-0") ? "vhost_device_t" : "device_t");
}

static struct json_object *findings(bool has_iommu, int hung_task_panic, bool is_root)
{
	AUTO_VIEW struct view view = {};
	struct command cmd = { .verb = &doctor_verb };
	struct host host = {
		.has_iommu = has_iommu,
		.is_root = is_root,
		.hung_task_panic = hung_task_panic,
		.selinux_type = label_of,
	};

	assert_int_equal(view_open(&cmd, VDPAM_LOOK_WHOLE, &view), 0);
	host.snapshot = view.snapshot;
	return doctor_findings(&host);
}

static int print_findings(void *userdata)
{
	const char *const *host = userdata;

	json_print(json_listing("findings",
				findings(!strchr(*host, 'i'), !!strchr(*host, 'h'),
					 !strchr(*host, 'u'))));
	return 0;
}

/* A host with each fault that a snapshot or its own files can show, and one without. */
static void test_doctor(void **state)
{
	const char *sick = "ihu", *sound = "";

	(void)state;
	catch_output(print_findings, &sick, &printed);
	expect_golden(printed.out, "doctor-sick.json");
	catch_output(print_findings, &sound, &printed);
	expect_golden(printed.out, "doctor.json");
}

static void test_doctor_without_vdpa(void **state)
{
	struct host host = { .has_bus = true, .is_root = true };
	struct json_object *rows = doctor_findings(&host);

	(void)state;
	assert_int_equal(json_object_array_length(rows), 1);
	expect_words(json_object_to_json_string(rows), "initial network namespace");
	json_object_put(rows);
	host.has_bus = false;
	rows = doctor_findings(&host);
	assert_int_equal(json_object_array_length(rows), 1);
	expect_words(json_object_to_json_string(rows), "modprobe vdpa");
	json_object_put(rows);
}

static void test_path(void **state)
{
	(void)state;
	expect_both("path n0", "path");
	run_line("path idle");
	assert_int_equal(printed.status, 5);
	assert_string_equal(printed.out, "");
	expect_words(printed.err, "its driver is none");
	run_line("path refused --json");
	assert_int_equal(printed.status, 5);
	expect_words(printed.err, "\"code\":\"wrong-driver\"");
	expect_words(printed.err, "\"target\":\"refused\"");
}

static void test_info(void **state)
{
	(void)state;
	expect_both("info n0 --format cdi", "info-cdi");
	expect_both("info n0 --format libvirt-xml", "info-libvirt-xml");
	expect_both("info n0 --format qemu", "info-qemu");
	run_line("info disk\\x0a --format cdi --json");
	assert_int_equal(printed.status, 0);
	expect_words(printed.out, "\"path\":\"/dev/vda\",\"type\":\"b\"");
	run_line("info disk\\x0a --format libvirt-xml");
	assert_int_equal(printed.status, 5);
	expect_words(printed.err, "its driver is virtio_vdpa");
	run_line("info idle --format qemu --json");
	assert_int_equal(printed.status, 5);
	assert_string_equal(printed.out, "");
	expect_words(printed.err, "\"code\":\"wrong-driver\"");
}

static void test_absent(void **state)
{
	static const char *const lines[] = { "show nope",
					     "path nope",
					     "info nope --format cdi",
					     "stats nope",
					     "bind nope vhost_vdpa",
					     "unbind nope",
					     "destroy nope",
					     "set nope --mac 02:00:00:00:00:01" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		run_line(lines[i]);
		assert_int_equal(printed.status, 4);
		assert_string_equal(printed.out, "");
		expect_words(printed.err, "vdpactl: ");
		expect_words(printed.err, "nope");
	}
	run_line("create n1 --mgmtdev nope -j");
	assert_int_equal(printed.status, 4);
	expect_words(printed.err, "{\"error\":{\"code\":\"no-such-mgmtdev\"");
}

/* What is refused without the kernel: there is none behind these. */
static void test_refused_at_once(void **state)
{
	static const struct {
		const char *line;
		int status;
	} lines[] = {
		{ "create ../../x --mgmtdev h", 64 },
		{ "create a/b --mgmtdev h", 64 },
		{ "create .. --mgmtdev h", 64 },
		{ "create --mgmtdev h -- -rf", 64 },
		{ "create x\n --mgmtdev h", 64 },
		{ "create x\\x41 --mgmtdev h", 64 },
		{ "create n0", 64 },
		{ "create n0 --mgmtdev h --mtu 10", 64 },
		{ "create n0 --mgmtdev h --mtu 65536", 64 },
		{ "create n0 --mgmtdev h --max-vqp 0", 64 },
		{ "create n0 --mgmtdev h --max-vqp 32769", 64 },
		{ "create n0 --mgmtdev h --mac ff:ff:ff:ff:ff:ff", 64 },
		{ "create n0 --mgmtdev h --features FOO", 64 },
		{ "create n0 --mgmtdev h --driver vhost-vdpa", 64 },
		{ "bind n0 vhost-vdpa", 64 },
		{ "bind n\\0 vhost_vdpa", 64 },
		{ "set n0", 64 },
		{ "set n0 --mac 1", 64 },
		{ "stats n0 --queue x", 64 },
		{ "stats n0 --queue 65536", 64 },
		{ "list functionz", 64 },
		{ "info n0", 64 },
		{ "info n0 --format xml", 64 },
		{ "list drivers --holders", 64 },
		{ "create n0 --mgmtdev h --persist", 69 },
		{ "destroy n0 --persist", 69 },
		{ "bind n0 vhost --persist", 69 },
		{ "unbind n0 --persist", 69 },
		{ "set n0 --mac 02:00:00:00:00:01 --persist", 69 },
	};

	(void)state;
	library_error = -EXDEV;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		run_line(lines[i].line);
		if (printed.status != lines[i].status)
			fail_msg("'%s' ended with %d, not %d: %s", lines[i].line,
				 printed.status, lines[i].status, printed.err);
		assert_string_equal(printed.out, "");
	}
	run_line("bind n0 vhost-vdpa");
	expect_words(printed.err, "vhost_vdpa");
	library_error = 0;
}

static void test_no_netlink(void **state)
{
	(void)state;
	library_error = -EPROTONOSUPPORT;
	run_line("list");
	assert_int_equal(printed.status, 69);
	library_error = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_holders),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_doctor),
		cmocka_unit_test(test_doctor_without_vdpa),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_no_netlink),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
