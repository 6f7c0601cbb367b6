// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl metrics: what the daemon counts, as OpenMetrics text. */
#include "bus.h"

static int run_metrics(struct command *cmd)
{
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "Metrics");
	AUTO_FREE char *text = NULL;
	struct cli_error *error = daemon_read_file(cmd, call, &text);

	if (error)
		return fail(cmd, error);
	fputs(text, stdout);
	return 0;
}

const struct verb metrics_verb = {
	.name = "metrics",
	.usage = "",
	.summary = "Print what the daemon counts, as OpenMetrics text",
	.daemon = DAEMON_NEEDED,
	.run = run_metrics,
};
