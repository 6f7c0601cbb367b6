// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl create: a new device, bound and read back. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

/* The strings that a wish points to. */
struct texts {
	char *name, *mgmtdev;
};

static void free_texts(struct texts *texts)
{
	free(texts->name);
	free(texts->mgmtdev);
}

static struct cli_error *parse_name(const struct command *cmd, struct texts *texts)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(cmd->arguments[0]));

	if (vdpam_name_is_valid(cmd->arguments[0])) {
		texts->name = must(strdup(cmd->arguments[0]));
		return NULL;
	}
	return cli_error_new(
		VDPAM_ERROR_INVALID_NAME, EINVAL, shown,
		"create '%s': a new name has 1 to 63 letters, digits and _.:- and begins "
		"with a letter or digit",
		shown);
}

static struct cli_error *parse_numbers(const struct command *cmd,
				       struct vdpam_device_wish *wish)
{
	const char *const *options = cmd->options;
	struct cli_error *error = NULL;
	uint64_t mtu = 0, max_vqp = 0;

	if (options[OPTION_MAC])
		error = value_mac(options[OPTION_MAC], &wish->mac);
	if (!error && options[OPTION_MTU])
		error = value_number("--mtu", options[OPTION_MTU], VDPAM_MTU_MIN,
				     VDPAM_MTU_MAX, &mtu);
	if (!error && options[OPTION_MAX_VQP])
		error = value_number("--max-vqp", options[OPTION_MAX_VQP], 1,
				     VDPAM_MAX_VQP_MAX, &max_vqp);
	if (!error && options[OPTION_FEATURES])
		error = value_features(options[OPTION_FEATURES], UINT64_MAX,
				       &wish->features);
	wish->mtu = (uint32_t)mtu;
	wish->max_vqp = (uint32_t)max_vqp;
	wish->has_features = options[OPTION_FEATURES] != NULL;
	return error;
}

/* All that can be refused before the kernel is asked for anything. */
static struct cli_error *parse_wish(const struct command *cmd, struct texts *texts,
				    struct vdpam_device_wish *wish)
{
	struct cli_error *error = parse_name(cmd, texts);

	if (!error && !cmd->options[OPTION_MGMTDEV])
		error = cli_error_new(
			VDPAM_ERROR_USAGE, 0, NULL,
			"create %s: --mgmtdev is missing; 'vdpactl list mgmtdevs' "
			"shows what there is",
			texts->name);
	if (!error)
		error = value_name(cmd, cmd->options[OPTION_MGMTDEV], &texts->mgmtdev);
	if (!error)
		error = parse_numbers(cmd, wish);
	if (!error && cmd->options[OPTION_DRIVER])
		error = value_driver(cmd->options[OPTION_DRIVER], &wish->driver);
	wish->name = texts->name;
	wish->mgmtdev = texts->mgmtdev;
	return error;
}

/* Which bit a feature's name stands for depends on the class, and that on the management device. */
static struct cli_error *resolve_features(const struct command *cmd,
					  const struct view *view,
					  struct vdpam_device_wish *wish)
{
	const struct vdpam_mgmtdev *mgmtdev =
		vdpam_snapshot_find_mgmtdev(view->snapshot, wish->mgmtdev);

	if (!wish->has_features || !mgmtdev)
		return NULL;
	return value_features(cmd->options[OPTION_FEATURES],
			      vdpam_mgmtdev_get_classes(mgmtdev), &wish->features);
}

static void say_created(const char *name, struct json_object *steps,
			struct json_object *device)
{
	struct json_object *mgmtdev = step_argument(steps, 0, VDPAM_ARG_MGMTDEV);
	AUTO_FREE char *binding = binding_text(device);

	printf("created %s on %s%s%s\n", name,
	       mgmtdev ? json_object_get_string(mgmtdev) : "?", binding ? ", " : "",
	       binding ? binding : "");
}

/* The classes of the management device, as the daemon knows it; all of them where it does not. */
static struct cli_error *find_classes(const struct command *cmd, uint64_t *ret_classes)
{
	struct json_object *listing = NULL, *rows;
	struct cli_error *error = daemon_snapshot(cmd, "mgmtdevs", &listing);
	const char *handle = cmd->options[OPTION_MGMTDEV];

	*ret_classes = UINT64_MAX;
	rows = error ? NULL : json_get(listing, "mgmtdevs");
	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (!strcmp(json_object_get_string(json_get(row, "handle")), handle))
			*ret_classes = daemon_classes(json_get(row, "classes"));
	}
	json_object_put(listing);
	return error;
}

static void append_options(const struct command *cmd,
			   const struct vdpam_device_wish *wish, sd_bus_message *call)
{
	daemon_open_options(call);
	if (cmd->options[OPTION_MAC])
		daemon_append_option(call, "mac", "s", cmd->options[OPTION_MAC]);
	if (wish->mtu)
		daemon_append_option(call, "mtu", "u", wish->mtu);
	if (wish->max_vqp)
		daemon_append_option(call, "max_vqp", "u", wish->max_vqp);
	if (wish->has_features)
		daemon_append_option(call, "features", "t", wish->features);
	if (wish->driver)
		daemon_append_option(call, "driver", "s", wish->driver);
	if (cmd->options[OPTION_PERSIST])
		daemon_append_option(call, "persist", "b", true);
	daemon_close_options(call);
}

static int ask_daemon(const struct command *cmd, struct vdpam_device_wish *wish)
{
	AUTO_FREE char *mgmtdev = must(vdpam_name_escape(wish->mgmtdev));
	struct cli_error *error = NULL;
	sd_bus_message *call;
	uint64_t classes;

	if (wish->has_features) {
		error = find_classes(cmd, &classes);
		if (!error)
			error = value_features(cmd->options[OPTION_FEATURES], classes,
					       &wish->features);
	}
	if (error)
		return fail(cmd, error);
	call = daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "Create");
	daemon_append(call, "ss", wish->name, mgmtdev);
	append_options(cmd, wish, call);
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, wish->name, call, say_created);
}

static int create(struct command *cmd, struct vdpam_device_wish *wish)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	struct cli_error *wrong;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, wish);
	status = view_open(cmd, VDPAM_LOOK_WHOLE, &view);
	if (status)
		return status;
	wrong = resolve_features(cmd, &view, wish);
	if (wrong)
		return fail(cmd, wrong);
	r = vdpam_plan_new_create(view.snapshot, wish, &plan, &error);
	jobs_add(jobs, wish->name, VDPAM_DEVICE_CREATE, r, plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_created);
}

static int run_create(struct command *cmd)
{
	struct texts texts = {};
	struct vdpam_device_wish wish = {};
	struct cli_error *error = parse_wish(cmd, &texts, &wish);
	int status;

	if (!error)
		error = refuse_persist(cmd);
	status = error ? fail(cmd, error) : create(cmd, &wish);
	free_texts(&texts);
	return status;
}

const struct verb create_verb = {
	.name = "create",
	.usage = "NAME --mgmtdev H [--mac M] [--mtu N] [--max-vqp N] [--features F,F...] "
		 "[--driver D] [--persist]",
	.summary = "Create a device, bind it to a driver and read it back",
	.options = OPTION_BIT(OPTION_MGMTDEV) | OPTION_BIT(OPTION_MAC) |
		   OPTION_BIT(OPTION_MTU) | OPTION_BIT(OPTION_MAX_VQP) |
		   OPTION_BIT(OPTION_FEATURES) | OPTION_BIT(OPTION_DRIVER) |
		   OPTION_BIT(OPTION_PERSIST),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_create,
};
