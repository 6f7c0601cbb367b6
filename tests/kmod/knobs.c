// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults on demand: a file for each operation in debugfs, and what holds for longer as
 * module parameters. Knows nothing of the operations themselves.
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "vdpatest.h"

struct fault {
	unsigned int error;
	unsigned int times;
	unsigned int sleep_ms;
	char text[NETLINK_MAX_FMTMSG_LEN];
};

/* clang-format off */
static const char *const names[VDPATEST_OPS] = {
	[VDPATEST_DEV_ADD] = "dev_add",
	[VDPATEST_DEV_DEL] = "dev_del",
	[VDPATEST_ESWITCH] = "eswitch",
	[VDPATEST_FN_HW_ADDR] = "fn_hw_addr",
	[VDPATEST_FN_STATE] = "fn_state",
	[VDPATEST_MDEV_CREATE] = "mdev_create",
	[VDPATEST_PORT_DEL] = "port_del",
	[VDPATEST_PORT_NEW] = "port_new",
	[VDPATEST_RELOAD] = "reload",
	[VDPATEST_RELOAD_UP] = "reload_up",
	[VDPATEST_SF_ATTACH] = "sf_attach",
	[VDPATEST_SF_PROBE] = "sf_probe",
	[VDPATEST_SRIOV] = "sriov",
	[VDPATEST_VF_PROBE] = "vf_probe",
};
/* clang-format on */

static struct dentry *directory;
static DEFINE_SPINLOCK(lock); /* protects faults and calls */
static struct fault faults[VDPATEST_OPS];
static unsigned long calls[VDPATEST_OPS];

static int late_ms;
module_param(late_ms, int, 0644);
MODULE_PARM_DESC(late_ms,
		 "ms from probe to management device, 0: as the persona, -1: never");

static char *refuse_eswitch = "";
module_param(refuse_eswitch, charp, 0644);
MODULE_PARM_DESC(refuse_eswitch, "e-switch mode that is refused: legacy, switchdev");

int vdpatest_lateness(unsigned int of_persona)
{
	int ms = READ_ONCE(late_ms);

	return ms ? ms : (int)of_persona;
}

bool vdpatest_eswitch_refused(u16 mode)
{
	bool legacy = mode == DEVLINK_ESWITCH_MODE_LEGACY;
	bool refused;

	kernel_param_lock(THIS_MODULE);
	refused = sysfs_streq(refuse_eswitch, legacy ? "legacy" : "switchdev");
	kernel_param_unlock(THIS_MODULE);
	return refused;
}

/* The fault that this call meets; one with neither errno nor sleep if it meets none. */
static struct fault take(enum vdpatest_op op)
{
	struct fault fault = {};

	spin_lock(&lock);
	calls[op]++;
	if (faults[op].times) {
		faults[op].times--;
		fault = faults[op];
	}
	spin_unlock(&lock);
	return fault;
}

int vdpatest_fault(enum vdpatest_op op, struct device *dev,
		   struct netlink_ext_ack *extack)
{
	struct fault fault = take(op);

	if (fault.sleep_ms)
		msleep(fault.sleep_ms);
	if (!fault.error)
		return 0;
	if (fault.text[0] && extack)
		NL_SET_ERR_MSG_FMT(extack, "%s", fault.text);
	else if (fault.text[0])
		dev_err(dev, "%s\n", fault.text);
	return -(int)fault.error;
}

/* One "key=value" of a knob; "text=" takes the rest of the line. */
static int parse_word(struct fault *fault, char *word, char **rest)
{
	if (!strncmp(word, "text=", 5)) {
		if (*rest)
			word[strlen(word)] = ' ';
		*rest = NULL;
		return strscpy(fault->text, word + 5) < 0 ? -EINVAL : 0;
	}
	if (!strncmp(word, "errno=", 6))
		return kstrtouint(word + 6, 0, &fault->error);
	if (!strncmp(word, "times=", 6))
		return kstrtouint(word + 6, 0, &fault->times);
	if (!strncmp(word, "sleep=", 6))
		return kstrtouint(word + 6, 0, &fault->sleep_ms);
	return -EINVAL;
}

static int parse(enum vdpatest_op op, char *line, struct fault *fault)
{
	char *word;
	int err;

	fault->times = 1;
	while ((word = strsep(&line, " "))) {
		if (!*word)
			continue;
		err = parse_word(fault, word, &line);
		if (err)
			return err;
	}
	/* Nobody could be told that a device was not deleted. */
	if (fault->error >= MAX_ERRNO || (op == VDPATEST_DEV_DEL && fault->error))
		return -EINVAL;
	return 0;
}

static ssize_t knob_write(struct file *file, const char __user *from, size_t count,
			  loff_t *position)
{
	enum vdpatest_op op = (uintptr_t)file_inode(file)->i_private;
	struct fault fault = {};
	char line[2 * NETLINK_MAX_FMTMSG_LEN];
	int err;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = '\0';
	err = parse(op, strim(line), &fault);
	if (err)
		return err;
	spin_lock(&lock);
	faults[op] = fault;
	spin_unlock(&lock);
	return count;
}

static int knob_show(struct seq_file *seq, void *data)
{
	enum vdpatest_op op = (uintptr_t)seq->private;
	struct fault fault;
	unsigned long count;

	spin_lock(&lock);
	fault = faults[op];
	count = calls[op];
	spin_unlock(&lock);
	seq_printf(seq, "calls=%lu errno=%u times=%u sleep=%u text=%s\n", count,
		   fault.error, fault.times, fault.sleep_ms, fault.text);
	return 0;
}

static int knob_open(struct inode *inode, struct file *file)
{
	return single_open(file, knob_show, inode->i_private);
}

static const struct file_operations knob_fops = {
	.owner = THIS_MODULE,
	.open = knob_open,
	.read = seq_read,
	.write = knob_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void vdpatest_knobs_init(void)
{
	uintptr_t op;

	directory = debugfs_create_dir("vdpatest", NULL);
	for (op = 0; op < VDPATEST_OPS; op++)
		debugfs_create_file(names[op], 0600, directory, (void *)op, &knob_fops);
}

void vdpatest_knobs_exit(void)
{
	debugfs_remove(directory);
}
