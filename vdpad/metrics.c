// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters, and OpenMetrics text of them. */
#include <stdio.h>

#include "manager-private.h"

static const double bounds[BUCKET_COUNT] = { 0.005, 0.01, 0.05, 0.1, 0.25,
					     0.5,   1,    5,    30,  300 };

void metrics_settled(struct metrics *metrics, uint64_t usec)
{
	size_t bucket = 0;

	while (bucket < BUCKET_COUNT && (double)usec > bounds[bucket] * 1e6)
		bucket++;
	metrics->buckets[bucket]++;
	metrics->settle_count++;
	metrics->settle_usec += usec;
}

static void family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void counter(FILE *out, const char *name, const char *help, uint64_t value)
{
	family(out, name, "counter", help);
	fprintf(out, "%s_total %llu\n", name, (unsigned long long)value);
}

static void gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
	family(out, name, "gauge", help);
	fprintf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void print_states(FILE *out, const struct manager *manager)
{
	size_t counts[STATE_COUNT];

	view_count_states(manager, counts);
	family(out, "vdpad_devices", "gauge", "Devices by state.");
	for (unsigned int state = 0; state < STATE_COUNT; state++)
		fprintf(out, "vdpad_devices{state=\"%s\"} %zu\n",
			device_state_name((enum device_state)state), counts[state]);
}

static void print_histogram(FILE *out, const struct metrics *metrics)
{
	uint64_t sum = 0;

	family(out, "vdpad_reconcile_seconds", "histogram",
	       "From the look that found a difference until nothing was left to do.");
	for (size_t i = 0; i < BUCKET_COUNT; i++) {
		sum += metrics->buckets[i];
		fprintf(out, "vdpad_reconcile_seconds_bucket{le=\"%g\"} %llu\n",
			bounds[i], (unsigned long long)sum);
	}
	fprintf(out,
		"vdpad_reconcile_seconds_bucket{le=\"+Inf\"} %llu\n"
		"vdpad_reconcile_seconds_sum %.6f\n"
		"vdpad_reconcile_seconds_count %llu\n",
		(unsigned long long)metrics->settle_count,
		(double)metrics->settle_usec / 1e6,
		(unsigned long long)metrics->settle_count);
}

static void print(FILE *out, const struct manager *manager)
{
	const struct metrics *metrics = &manager->metrics;

	print_states(out, manager);
	print_histogram(out, metrics);
	counter(out, "vdpad_looks", "Looks at the kernel.", metrics->looks);
	counter(out, "vdpad_uevent_overruns", "Times that events were lost.",
		metrics->overruns);
	counter(out, "vdpad_fights", "Devices that somebody else kept changing back.",
		metrics->fights);
	counter(out, "vdpad_steps_done", "Changes that were made.", metrics->steps_done);
	counter(out, "vdpad_steps_failed", "Changes that failed.", metrics->steps_failed);
	gauge(out, "vdpad_kernel_lanes_stuck",
	      "Requests that the kernel does not finish.",
	      schedule_count_stuck(manager->schedule) + manager->look.stuck);
	counter(out, "vdpad_workers_abandoned", "Workers that were left to the kernel.",
		schedule_count_abandoned(manager->schedule));
	gauge(out, "vdpad_documents_faulty", "Documents that are left out.",
	      documents_count_faulty(manager));
	gauge(out, "vdpad_desired_generation", "Generation of the documents.",
	      manager->desired_generation);
	gauge(out, "vdpad_observed_generation",
	      "Generation of the documents that was last made true as far as it can be.",
	      manager->observed_generation);
	fputs("# EOF\n", out);
}

char *manager_get_metrics(struct manager *manager)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print(out, manager);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
