// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names: which ones we give, how foreign ones are shown, and what virtio calls its classes and
 * feature bits.
 */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "vdpamgmt.h"

#define NAME_LIMIT 63
#define FEATURE_BITS 64

static const char alphanumeric[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789";

bool vdpam_name_is_valid(const char *name)
{
	size_t length = strnlen(name, NAME_LIMIT + 1);

	if (length == 0 || length > NAME_LIMIT || !strchr(alphanumeric, name[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!strchr(alphanumeric, name[i]) && !strchr("_.:-", name[i]))
			return false;

	return true;
}

static bool is_shown_as_is(unsigned char byte)
{
	return byte >= 0x20 && byte <= 0x7e && byte != '\\';
}

char *vdpam_name_escape(const char *name)
{
	static const char digits[] = "0123456789abcdef";
	char *text, *end;

	text = malloc(4 * strlen(name) + 1);
	if (!text)
		return NULL;

	end = text;
	for (; *name; name++) {
		unsigned char byte = *name;

		if (is_shown_as_is(byte)) {
			*end++ = *name;
			continue;
		}
		*end++ = '\\';
		*end++ = 'x';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 0xf];
	}
	*end = 0;

	return text;
}

/* The byte that "\xHH" stands for; -EINVAL for anything else and for \x00. */
static int parse_escape(const char *text)
{
	char digits[3], *end;
	long byte;

	if (text[0] != '\\' || text[1] != 'x' || !text[2] || !text[3])
		return -EINVAL;

	memcpy(digits, text + 2, 2);
	digits[2] = 0;
	if (strspn(digits, "0123456789abcdefABCDEF") != 2)
		return -EINVAL;
	byte = strtol(digits, &end, 16);

	return byte > 0 ? (int)byte : -EINVAL;
}

int vdpam_name_unescape(const char *text, char **ret_name)
{
	char *name, *end;

	name = malloc(strlen(text) + 1);
	if (!name)
		return -ENOMEM;

	for (end = name; *text; end++) {
		int byte;

		if (*text != '\\') {
			*end = *text++;
			continue;
		}
		byte = parse_escape(text);
		if (byte < 0) {
			free(name);
			return byte;
		}
		*end = (char)byte;
		text += 4;
	}
	*end = 0;

	*ret_name = name;
	return 0;
}

/* The kernel's words, lower case. */
static const char *const classes[] = {
	[VIRTIO_ID_NET] = "net",
	[VIRTIO_ID_BLOCK] = "block",
	[VIRTIO_ID_CONSOLE] = "console",
	[VIRTIO_ID_RNG] = "rng",
	[VIRTIO_ID_BALLOON] = "balloon",
	[VIRTIO_ID_IOMEM] = "iomem",
	[VIRTIO_ID_RPMSG] = "rpmsg",
	[VIRTIO_ID_SCSI] = "scsi",
	[VIRTIO_ID_9P] = "9p",
	[VIRTIO_ID_MAC80211_WLAN] = "mac80211_wlan",
	[VIRTIO_ID_RPROC_SERIAL] = "rproc_serial",
	[VIRTIO_ID_CAIF] = "caif",
	[VIRTIO_ID_MEMORY_BALLOON] = "memory_balloon",
	[VIRTIO_ID_GPU] = "gpu",
	[VIRTIO_ID_CLOCK] = "clock",
	[VIRTIO_ID_INPUT] = "input",
	[VIRTIO_ID_VSOCK] = "vsock",
	[VIRTIO_ID_CRYPTO] = "crypto",
	[VIRTIO_ID_SIGNAL_DIST] = "signal_dist",
	[VIRTIO_ID_PSTORE] = "pstore",
	[VIRTIO_ID_IOMMU] = "iommu",
	[VIRTIO_ID_MEM] = "mem",
	[VIRTIO_ID_SOUND] = "sound",
	[VIRTIO_ID_FS] = "fs",
	[VIRTIO_ID_PMEM] = "pmem",
	[VIRTIO_ID_RPMB] = "rpmb",
	[VIRTIO_ID_MAC80211_HWSIM] = "mac80211_hwsim",
	[VIRTIO_ID_VIDEO_ENCODER] = "video_encoder",
	[VIRTIO_ID_VIDEO_DECODER] = "video_decoder",
	[VIRTIO_ID_SCMI] = "scmi",
	[VIRTIO_ID_NITRO_SEC_MOD] = "nitro_sec_mod",
	[VIRTIO_ID_I2C_ADAPTER] = "i2c_adapter",
	[VIRTIO_ID_WATCHDOG] = "watchdog",
	[VIRTIO_ID_CAN] = "can",
	[VIRTIO_ID_DMABUF] = "dmabuf",
	[VIRTIO_ID_PARAM_SERV] = "param_serv",
	[VIRTIO_ID_AUDIO_POLICY] = "audio_policy",
	[VIRTIO_ID_BT] = "bt",
	[VIRTIO_ID_GPIO] = "gpio",
};

const char *vdpam_class_name(uint32_t virtio_id)
{
	if (virtio_id >= sizeof(classes) / sizeof(classes[0]))
		return NULL;

	return classes[virtio_id];
}

/* The words of iproute2, where it has any. */
static const char *const transport_features[FEATURE_BITS] = {
	[VIRTIO_F_NOTIFY_ON_EMPTY] = "NOTIFY_ON_EMPTY",
	[VIRTIO_F_ANY_LAYOUT] = "ANY_LAYOUT",
	[VIRTIO_RING_F_INDIRECT_DESC] = "RING_INDIRECT_DESC",
	[VIRTIO_RING_F_EVENT_IDX] = "RING_EVENT_IDX",
	[VIRTIO_F_VERSION_1] = "VERSION_1",
	[VIRTIO_F_ACCESS_PLATFORM] = "ACCESS_PLATFORM",
	[VIRTIO_F_RING_PACKED] = "RING_PACKED",
	[VIRTIO_F_IN_ORDER] = "IN_ORDER",
	[VIRTIO_F_ORDER_PLATFORM] = "ORDER_PLATFORM",
	[VIRTIO_F_SR_IOV] = "SR_IOV",
	[38] = "NOTIFICATION_DATA", /* not in the headers of 6.1 */
};

static const char *const net_features[FEATURE_BITS] = {
	[VIRTIO_NET_F_CSUM] = "CSUM",
	[VIRTIO_NET_F_GUEST_CSUM] = "GUEST_CSUM",
	[VIRTIO_NET_F_CTRL_GUEST_OFFLOADS] = "CTRL_GUEST_OFFLOADS",
	[VIRTIO_NET_F_MTU] = "MTU",
	[VIRTIO_NET_F_MAC] = "MAC",
	[VIRTIO_NET_F_GUEST_TSO4] = "GUEST_TSO4",
	[VIRTIO_NET_F_GUEST_TSO6] = "GUEST_TSO6",
	[VIRTIO_NET_F_GUEST_ECN] = "GUEST_ECN",
	[VIRTIO_NET_F_GUEST_UFO] = "GUEST_UFO",
	[VIRTIO_NET_F_HOST_TSO4] = "HOST_TSO4",
	[VIRTIO_NET_F_HOST_TSO6] = "HOST_TSO6",
	[VIRTIO_NET_F_HOST_ECN] = "HOST_ECN",
	[VIRTIO_NET_F_HOST_UFO] = "HOST_UFO",
	[VIRTIO_NET_F_MRG_RXBUF] = "MRG_RXBUF",
	[VIRTIO_NET_F_STATUS] = "STATUS",
	[VIRTIO_NET_F_CTRL_VQ] = "CTRL_VQ",
	[VIRTIO_NET_F_CTRL_RX] = "CTRL_RX",
	[VIRTIO_NET_F_CTRL_VLAN] = "CTRL_VLAN",
	[VIRTIO_NET_F_CTRL_RX_EXTRA] = "CTRL_RX_EXTRA",
	[VIRTIO_NET_F_GUEST_ANNOUNCE] = "GUEST_ANNOUNCE",
	[VIRTIO_NET_F_MQ] = "MQ",
	[VIRTIO_NET_F_CTRL_MAC_ADDR] = "CTRL_MAC_ADDR",
	[VIRTIO_NET_F_HASH_REPORT] = "HASH_REPORT",
	[VIRTIO_NET_F_RSS] = "RSS",
	[VIRTIO_NET_F_RSC_EXT] = "RSC_EXT",
	[VIRTIO_NET_F_STANDBY] = "STANDBY",
	[VIRTIO_NET_F_SPEED_DUPLEX] = "SPEED_DUPLEX",
};

static const char *const block_features[FEATURE_BITS] = {
	[VIRTIO_BLK_F_BARRIER] = "BARRIER",
	[VIRTIO_BLK_F_SIZE_MAX] = "SIZE_MAX",
	[VIRTIO_BLK_F_SEG_MAX] = "SEG_MAX",
	[VIRTIO_BLK_F_GEOMETRY] = "GEOMETRY",
	[VIRTIO_BLK_F_RO] = "RO",
	[VIRTIO_BLK_F_BLK_SIZE] = "BLK_SIZE",
	[VIRTIO_BLK_F_SCSI] = "SCSI",
	[VIRTIO_BLK_F_FLUSH] = "FLUSH",
	[VIRTIO_BLK_F_TOPOLOGY] = "TOPOLOGY",
	[VIRTIO_BLK_F_CONFIG_WCE] = "CONFIG_WCE",
	[VIRTIO_BLK_F_MQ] = "MQ",
	[VIRTIO_BLK_F_DISCARD] = "DISCARD",
	[VIRTIO_BLK_F_WRITE_ZEROES] = "WRITE_ZEROES",
	[15] = "LIFETIME", /* these two are not in the headers of 6.1 */
	[VIRTIO_BLK_F_SECURE_ERASE] = "SECURE_ERASE",
	[17] = "ZONED",
};

static const char *class_feature_name(uint32_t virtio_id, unsigned int bit)
{
	switch (virtio_id) {
	case VIRTIO_ID_NET:
		return net_features[bit];
	case VIRTIO_ID_BLOCK:
		return block_features[bit];
	}

	return NULL;
}

const char *vdpam_feature_name(uint32_t virtio_id, unsigned int bit)
{
	const char *name;

	if (bit >= FEATURE_BITS)
		return NULL;

	name = class_feature_name(virtio_id, bit);
	return name ? name : transport_features[bit];
}

/* The number in "bit-40", as snprintf() would write it; -EINVAL for anything else. */
static int parse_bit(const char *name)
{
	static const char prefix[] = "bit-";
	char *end;
	unsigned long bit;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return -EINVAL;
	name += strlen(prefix);
	if (name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1]))
		return -EINVAL;
	bit = strtoul(name, &end, 10);

	return !*end && bit < FEATURE_BITS ? (int)bit : -EINVAL;
}

int vdpam_feature_parse(uint32_t virtio_id, const char *name, unsigned int *ret_bit)
{
	int numbered = parse_bit(name);

	if (numbered >= 0) {
		*ret_bit = (unsigned int)numbered;
		return 0;
	}
	for (unsigned int bit = 0; bit < FEATURE_BITS; bit++) {
		const char *known = vdpam_feature_name(virtio_id, bit);

		if (known && strcmp(name, known) == 0) {
			*ret_bit = bit;
			return 0;
		}
	}

	return -EINVAL;
}
