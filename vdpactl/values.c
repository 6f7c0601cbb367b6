// SPDX-License-Identifier: GPL-2.0-or-later
/* What is typed on the command line, as values. Nothing here asks the kernel anything. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "command.h"

struct cli_error *value_name(const struct command *cmd, const char *text, char **ret_name)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(text));
	int r = *text ? vdpam_name_unescape(text, ret_name) : -EINVAL;

	if (r == -ENOMEM)
		out_of_memory();
	if (r < 0)
		return cli_error_new(
			VDPAM_ERROR_INVALID_NAME, EINVAL, shown, "%s: %s",
			cmd->verb->name,
			*text ? "a '\\' in a name begins \\xHH, which is not \\x00"
			      : "a name is not empty");
	return NULL;
}

struct cli_error *value_number(const char *what, const char *text, uint64_t min,
			       uint64_t max, uint64_t *ret_number)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(text));
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	/* strtoull() alone takes blanks and signs before the digits. */
	if (!isdigit((unsigned char)*text) || *end)
		return cli_error_new(VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
				     "%s '%s' is not a number", what, shown);
	if (errno || number < min || number > max)
		return cli_error_new(VDPAM_ERROR_INVALID_VALUE, ERANGE, NULL,
				     "%s %s is not in %" PRIu64 "..%" PRIu64, what, shown,
				     min, max);
	*ret_number = number;
	return NULL;
}

struct cli_error *value_mac(const char *text, uint64_t *ret_mac)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(text));

	if (vdpam_mac_parse(text, ret_mac) < 0)
		return cli_error_new(
			VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
			"--mac '%s' is not a MAC address such as 02:00:00:00:00:01",
			shown);
	if (!vdpam_mac_is_unicast(*ret_mac))
		return cli_error_new(VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
				     "--mac %s is not the address of one station", shown);
	return NULL;
}

/*
 * 0, or -EINVAL with the name that this class does not have, if it is further along than the one
 * that another class did not have.
 */
static int features_of_class(const char *text, uint32_t virtio_id, uint64_t *ret_features,
			     const char **unknown)
{
	AUTO_FREE char *copy = must(strdup(text));
	char *rest = *copy ? copy : NULL, *name;
	uint64_t features = 0;

	while ((name = strsep(&rest, ","))) {
		unsigned int bit;

		if (vdpam_feature_parse(virtio_id, name, &bit) < 0) {
			if (!*unknown || text + (name - copy) > *unknown)
				*unknown = text + (name - copy);
			return -EINVAL;
		}
		features |= UINT64_C(1) << bit;
	}
	*ret_features = features;
	return 0;
}

struct cli_error *value_features(const char *text, uint64_t classes,
				 uint64_t *ret_features)
{
	AUTO_FREE char *word = NULL, *shown = NULL;
	const char *unknown = NULL;

	for (uint32_t id = 0; id < 64; id++) {
		if ((classes & (UINT64_C(1) << id)) &&
		    !features_of_class(text, id, ret_features, &unknown))
			return NULL;
	}
	word = must(unknown ? strndup(unknown, strcspn(unknown, ",")) : strdup(text));
	shown = must(vdpam_name_escape(word));
	return cli_error_new(
		VDPAM_ERROR_INVALID_VALUE, EINVAL, NULL,
		"--features: there is no feature '%s' here; they are called MTU, MAC, "
		"MQ and so on, or bit-40",
		shown);
}

struct cli_error *value_driver(const char *text, const char **ret_driver)
{
	struct vdpam_error *error = NULL;

	return vdpam_driver_parse(text, ret_driver, &error) < 0 ? cli_error_from(error)
								: NULL;
}

struct cli_error *value_sfnum(const struct command *cmd, uint32_t *ret_sfnum)
{
	const char *text = cmd->options[OPTION_SFNUM];
	struct cli_error *error;
	uint64_t number = 0;

	if (!text)
		return cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
				     "%s: --sfnum N is missing: which of the scalable "
				     "functions of the PF",
				     cmd->verb->name);
	error = value_number("--sfnum", text, 0, UINT32_MAX, &number);
	if (!error)
		*ret_sfnum = (uint32_t)number;
	return error;
}

struct cli_error *value_uuid(const struct command *cmd, const char *text,
			     char uuid[VDPAM_UUID_TEXT])
{
	AUTO_FREE char *shown = must(vdpam_name_escape(text));

	if (!vdpam_uuid_parse(text, uuid))
		return NULL;
	return cli_error_new(VDPAM_ERROR_INVALID_VALUE, EINVAL, shown,
			     "%s: '%s' is not a UUID such as "
			     "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
			     cmd->verb->name, shown);
}
