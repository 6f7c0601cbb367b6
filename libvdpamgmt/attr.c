// SPDX-License-Identifier: LGPL-2.1-or-later
/* The numbers of a device: what each is called and how it is read; MAC addresses as text. */
#include <errno.h>
#include <stdio.h>

#include "vdpamgmt.h"

#define MAC_BYTES 6

static const struct {
	const char *name;
	enum vdpam_attr_kind kind;
} attrs[VDPAM_ATTR_COUNT] = {
	[VDPAM_ATTR_VENDOR_ID] = { "vendor_id", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_VQS] = { "max_vqs", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_VQ_SIZE] = { "max_vq_size", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MIN_VQ_SIZE] = { "min_vq_size", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_FEATURES] = { "features", VDPAM_KIND_FEATURES },
	[VDPAM_ATTR_MAC] = { "mac", VDPAM_KIND_MAC },
	[VDPAM_ATTR_MTU] = { "mtu", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_VQ_PAIRS] = { "max_vq_pairs", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_LINK] = { "link", VDPAM_KIND_LINK },
	[VDPAM_ATTR_LINK_ANNOUNCE] = { "link_announce", VDPAM_KIND_BOOL },
	[VDPAM_ATTR_NEGOTIATED_FEATURES] = { "negotiated_features", VDPAM_KIND_FEATURES },
	[VDPAM_ATTR_CAPACITY] = { "capacity", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_BLOCK_SIZE] = { "block_size", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_SIZE_MAX] = { "size_max", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_SEG_MAX] = { "seg_max", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_NUM_QUEUES] = { "num_queues", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_PHYSICAL_BLOCK_EXP] = { "physical_block_exp", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_ALIGNMENT_OFFSET] = { "alignment_offset", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MIN_IO_SIZE] = { "min_io_size", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_OPT_IO_SIZE] = { "opt_io_size", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_DISCARD_SECTORS] = { "max_discard_sectors", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_DISCARD_SEG] = { "max_discard_seg", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_DISCARD_SECTOR_ALIGNMENT] = { "discard_sector_alignment",
						  VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_WRITE_ZEROES_SECTORS] = { "max_write_zeroes_sectors",
						  VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_MAX_WRITE_ZEROES_SEG] = { "max_write_zeroes_seg", VDPAM_KIND_NUMBER },
	[VDPAM_ATTR_READ_ONLY] = { "read_only", VDPAM_KIND_BOOL },
	[VDPAM_ATTR_FLUSH] = { "flush", VDPAM_KIND_BOOL },
};

const char *vdpam_attr_name(enum vdpam_attr attr)
{
	return attrs[attr].name;
}

enum vdpam_attr_kind vdpam_attr_kind(enum vdpam_attr attr)
{
	return attrs[attr].kind;
}

bool vdpam_attr_is_config(enum vdpam_attr attr)
{
	return attr >= VDPAM_ATTR_MAC;
}

void vdpam_mac_format(uint64_t mac, char text[VDPAM_MAC_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < MAC_BYTES; i++) {
		unsigned int byte = mac >> (8 * (MAC_BYTES - 1 - i)) & 0xff;

		text[3 * i] = digits[byte >> 4];
		text[3 * i + 1] = digits[byte & 0xf];
		text[3 * i + 2] = i < MAC_BYTES - 1 ? ':' : 0;
	}
}

static int parse_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;

	return -EINVAL;
}

int vdpam_mac_parse(const char *text, uint64_t *ret_mac)
{
	uint64_t mac = 0;

	for (size_t i = 0; i < MAC_BYTES; i++) {
		int high, low;

		/* Never looks behind the NUL: it is no digit. */
		high = parse_digit(text[3 * i]);
		if (high < 0)
			return -EINVAL;
		low = parse_digit(text[3 * i + 1]);
		if (low < 0)
			return -EINVAL;
		if (text[3 * i + 2] != (i < MAC_BYTES - 1 ? ':' : 0))
			return -EINVAL;
		mac = mac << 8 | (unsigned int)(high << 4 | low);
	}

	*ret_mac = mac;
	return 0;
}

bool vdpam_mac_is_unicast(uint64_t mac)
{
	const uint64_t group_bit = UINT64_C(1) << 40;

	return mac != 0 && mac >> 48 == 0 && !(mac & group_bit);
}
