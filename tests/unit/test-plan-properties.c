// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What holds of every plan for a document, tried on some thousands of documents and hosts by chance:
 * run on a model of the kernel it reaches the document, after which nothing is to be done; it touches
 * nothing that is not the document's; the order in a document says nothing; from one document to
 * another and back is clean; what was reached can be exported and planned to nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "kernel-model.h"
#include "plan.h"
#include "random-document.h"
#include "snapshots.h"

#define ROUNDS 1500
#define NAMES_MAX 64

static int64_t number_of(const char *name)
{
	return strtoll(name, NULL, 10);
}

static struct vdpam_plan_options options = { .uid_of = number_of, .gid_of = number_of };

/* NULL for one that is not valid. */
static struct vdpam_document *read_document(struct json_object *json)
{
	const char *text = json_object_to_json_string(json);
	struct vdpam_document_source source = { "random", text, strlen(text) };
	struct vdpam_document *document = NULL;
	struct vdpam_faults *faults = NULL;

	if (vdpam_document_new(&source, 1, &document, &faults) < 0)
		vdpam_faults_free(faults);
	return document;
}

/* ---- Running ---- */

static struct vdpam_plan *plan_for(struct json_object *json, struct json_object *host,
				   const char *const *prune, size_t n_prune)
{
	struct vdpam_document *document = read_document(json);
	struct vdpam_snapshot *snapshot = snapshot_from_json(host);
	struct vdpam_plan *plan = NULL;

	options.prune = prune;
	options.n_prune = n_prune;
	assert_int_equal(vdpam_plan_new(document, snapshot, &options, &plan, NULL), 0);
	vdpam_snapshot_unref(snapshot);
	vdpam_document_unref(document);
	return plan;
}

static void fail_at(struct json_object *document, struct json_object *host,
		    const struct vdpam_plan *plan, const char *why)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		struct json_object *step =
			vdpam_step_to_json(vdpam_plan_get_step(plan, i));

		print_message("%zu %s\n", i + 1, json_object_to_json_string(step));
		json_object_put(step);
	}
	print_message("document %s\nhost %s\n", json_object_to_json_string(document),
		      json_object_to_json_string(host));
	fail_msg("%s", why);
}

/* Runs all steps; none may be refused, and what a step needs comes before it. */
static void run(struct json_object *document, struct json_object *host,
		struct vdpam_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct vdpam_plan_entry *entry = &plan->entries[i];
		const char *fault;
		char why[128];

		for (size_t j = 0; j < entry->n_needs; j++)
			assert_true(entry->needs[j] < i);
		fault = model_run(host, entry->step);
		if (fault) {
			snprintf(why, sizeof(why), "step %zu: %s", i + 1, fault);
			fail_at(document, host, plan, why);
		}
	}
}

static void expect_nothing_to_do(struct json_object *document, struct json_object *host)
{
	struct vdpam_plan *plan = plan_for(document, host, NULL, 0);

	if (plan->count)
		fail_at(document, host, plan, "there is still something to do");
	vdpam_plan_free(plan);
}

/* From nothing by way of another document and of what others do. */
static struct json_object *random_host(struct chance *chance)
{
	struct json_object *host = model_new(), *document = random_document(chance);
	struct vdpam_document *valid = read_document(document);
	uint32_t times = chance_below(chance, 6);

	if (valid) {
		struct vdpam_plan *plan = plan_for(document, host, NULL, 0);

		run(document, host, plan);
		vdpam_plan_free(plan);
	}
	for (uint32_t i = 0; i < times; i++)
		random_meddling(chance, host);
	vdpam_document_unref(valid);
	json_object_put(document);
	return host;
}

/* ---- Whether a host is what a document says, by somebody else's judgement ---- */

static bool same(struct json_object *device, struct json_object *wanted, const char *key,
		 const char *shown)
{
	struct json_object *config = json_object_object_get(device, "config");
	struct json_object *want = json_object_object_get(wanted, key);
	struct json_object *is = json_object_object_get(config, shown);

	/* What the kernel does not tell is taken as right. */
	return !want || !is ||
	       !strcmp(json_object_get_string(want), json_object_get_string(is));
}

/* A char device that there is has the group and mode that are wanted. */
static bool has_access(struct json_object *device, struct json_object *wanted)
{
	struct json_object *want = json_object_object_get(wanted, "chardev");
	struct json_object *is = json_object_object_get(device, "chardev_access");
	struct json_object *group = json_object_object_get(want, "group");
	struct json_object *mode = json_object_object_get(want, "mode");

	if (!want || !is)
		return true;
	return strtoll(json_object_get_string(group), NULL, 10) ==
		       json_object_get_int64(json_object_object_get(is, "gid")) &&
	       (!mode || json_object_equal(mode, json_object_object_get(is, "mode")));
}

static bool has_driver(struct json_object *device, struct json_object *wanted)
{
	struct json_object *want = json_object_object_get(wanted, "driver");
	struct json_object *is = json_object_object_get(device, "driver");

	if (!want)
		return true;
	return strcmp(json_object_get_string(want), "none")
		       ? is && json_object_equal(want, is)
		       : !is;
}

/* Whether the management device that is wanted is there: else the device waits, as it is. */
static bool can_be_there(struct json_object *host, struct json_object *wanted)
{
	struct json_object *selector = json_object_object_get(wanted, "mgmtdev");
	struct json_object *vf = json_object_object_get(selector, "vf");
	struct json_object *sfnum = json_object_object_get(selector, "sfnum");
	struct json_object *uuid = json_object_object_get(selector, "mdev");
	char handle[64] = "";

	if (json_object_is_type(selector, json_type_string))
		snprintf(handle, sizeof(handle), "%s", json_object_get_string(selector));
	else if (vf)
		snprintf(handle, sizeof(handle), "pci/0000:01:10.%d",
			 json_object_get_int(vf));
	else if (sfnum)
		snprintf(handle, sizeof(handle), "auxiliary/vdpatest.sf.%d",
			 json_object_get_int(sfnum));
	else
		snprintf(handle, sizeof(handle), "mdev/%s", json_object_get_string(uuid));
	return model_find(host, "mgmtdevs", handle);
}

static void expect_device(struct json_object *host, struct json_object *wanted)
{
	const char *name = json_object_get_string(json_object_object_get(wanted, "name"));
	struct json_object *device = model_find(host, "devices", name);
	struct json_object *timeout = json_object_object_get(wanted, "msg_timeout");

	if (!can_be_there(host, wanted))
		return;
	if (!device) {
		if (!json_object_get_boolean(json_object_object_get(wanted, "on_demand")))
			fail_msg("there is no %s", name);
		return;
	}
	if (!has_driver(device, wanted) || !has_access(device, wanted) ||
	    !same(device, wanted, "mac", "mac") || !same(device, wanted, "mtu", "mtu") ||
	    !same(device, wanted, "max_vqp", "max_vq_pairs") ||
	    (timeout &&
	     !json_object_equal(timeout, json_object_object_get(device, "msg_timeout"))))
		fail_msg("%s is\n%s\nand not\n%s", name,
			 json_object_to_json_string(device),
			 json_object_to_json_string(wanted));
}

static void expect_function(struct json_object *function, struct json_object *wanted)
{
	static const char *const keys[] = { "mac", "mdev_type", "parent" };

	assert_non_null(function);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct json_object *want = json_object_object_get(wanted, keys[i]);

		if (want &&
		    !json_object_equal(want, json_object_object_get(function, keys[i])))
			fail_msg("%s is\n%s\nand not\n%s", keys[i],
				 json_object_to_json_string(function),
				 json_object_to_json_string(wanted));
	}
}

static void expect_functions(struct json_object *host, struct json_object *document)
{
	struct json_object *list = json_object_object_get(document, "functions");
	struct json_object *pf = model_find(host, "functions", MODEL_VF_PF);

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *wanted = json_object_array_get_idx(list, i);
		struct json_object *count = json_object_object_get(wanted, "count");
		struct json_object *uuid = json_object_object_get(wanted, "uuid");
		struct json_object *sfnum = json_object_object_get(wanted, "sfnum");
		char handle[64] = "";

		if (count)
			assert_int_equal(json_object_get_int(count),
					 json_object_get_int(json_object_object_get(
						 pf, "sriov_numvfs")));
		if (uuid)
			snprintf(handle, sizeof(handle), "mdev/%s",
				 json_object_get_string(uuid));
		if (sfnum)
			snprintf(handle, sizeof(handle), "auxiliary/vdpatest.sf.%d",
				 json_object_get_int(sfnum));
		if (*handle)
			expect_function(model_find(host, "functions", handle), wanted);
	}
}

static void expect_document(struct json_object *host, struct json_object *document)
{
	struct json_object *list = json_object_object_get(document, "devices");

	for (size_t i = 0; i < json_object_array_length(list); i++)
		expect_device(host, json_object_array_get_idx(list, i));
	expect_functions(host, document);
}

/* ---- What is not the document's ---- */

static bool is_named(struct json_object *document, const char *name)
{
	struct json_object *list = json_object_object_get(document, "devices");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (!strcmp(name, json_object_get_string(json_object_object_get(
					  json_object_array_get_idx(list, i), "name"))))
			return true;
	}
	return false;
}

static bool is_collateral(const struct vdpam_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);

		for (size_t j = 0; j < vdpam_step_count_collateral(step); j++) {
			if (!strcmp(vdpam_step_get_collateral(step, j), name))
				return true;
		}
	}
	return false;
}

static void expect_untouched(struct json_object *before, struct json_object *after,
			     struct json_object *document, const struct vdpam_plan *plan)
{
	struct json_object *list = json_object_object_get(before, "devices");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *device = json_object_array_get_idx(list, i);
		const char *name =
			json_object_get_string(json_object_object_get(device, "name"));

		if (is_named(document, name) || is_collateral(plan, name))
			continue;
		if (!json_object_equal(device, model_find(after, "devices", name)))
			fail_at(document, before, plan, name);
	}
}

/* ---- Properties ---- */

static struct json_object *copy_of(struct json_object *json)
{
	struct json_object *copy = NULL;

	json_object_deep_copy(json, &copy, NULL);
	return copy;
}

static void check_reached(struct json_object *document, struct json_object *host)
{
	struct json_object *after = copy_of(host);
	struct vdpam_plan *plan = plan_for(document, host, NULL, 0);

	run(document, after, plan);
	expect_document(after, document);
	expect_nothing_to_do(document, after);
	expect_untouched(host, after, document, plan);
	vdpam_plan_free(plan);
	json_object_put(after);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The steps as texts, sorted; each to be freed. */
static size_t list_steps(const struct vdpam_plan *plan, char *texts[NAMES_MAX])
{
	assert_true(plan->count <= NAMES_MAX);
	for (size_t i = 0; i < plan->count; i++) {
		struct json_object *step = vdpam_step_to_json(plan->entries[i].step);

		texts[i] = strdup(json_object_to_json_string(step));
		json_object_put(step);
	}
	qsort(texts, plan->count, sizeof(*texts), compare_texts);
	return plan->count;
}

static void check_order(struct chance *chance, struct json_object *document,
			struct json_object *host)
{
	struct json_object *other = random_permutation(chance, document);
	struct vdpam_plan *plans[2] = { plan_for(document, host, NULL, 0),
					plan_for(other, host, NULL, 0) };
	char *texts[2][NAMES_MAX];
	size_t count = list_steps(plans[0], texts[0]);

	assert_int_equal(list_steps(plans[1], texts[1]), count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(texts[0][i], texts[1][i]);
		free(texts[0][i]);
		free(texts[1][i]);
	}
	vdpam_plan_free(plans[0]);
	vdpam_plan_free(plans[1]);
	json_object_put(other);
}

static void check_export(struct json_object *host)
{
	struct vdpam_snapshot *snapshot = snapshot_from_json(host);
	struct json_object *json = vdpam_export(snapshot, NULL, 0);
	struct vdpam_document *document = read_document(json);

	if (!document)
		fail_msg("no document: %s", json_object_to_json_string(json));
	vdpam_document_unref(document);
	expect_nothing_to_do(json, host);
	json_object_put(json);
	vdpam_snapshot_unref(snapshot);
}

/* A document made true with what it named before pruned, as the next generation. */
static void become(struct json_object *document, struct json_object *host,
		   struct vdpam_generation **generation)
{
	const char *const *names =
		*generation ? vdpam_generation_get_names(*generation) : NULL;
	size_t count = *generation ? vdpam_generation_count(*generation) : 0;
	struct vdpam_plan *plan = plan_for(document, host, names, count);
	struct vdpam_document *parsed = read_document(document);
	struct vdpam_generation *old = *generation;
	struct vdpam_snapshot *snapshot;

	run(document, host, plan);
	snapshot = snapshot_from_json(host);
	assert_int_equal(vdpam_generation_new(parsed, old, snapshot, generation), 0);
	vdpam_generation_free(old);
	expect_document(host, document);
	expect_nothing_to_do(document, host);
	vdpam_snapshot_unref(snapshot);
	vdpam_document_unref(parsed);
	vdpam_plan_free(plan);
}

/* The host without what is counted up, to be freed. */
static char *essence(struct json_object *host)
{
	struct json_object *copy = copy_of(host);
	struct json_object *list = json_object_object_get(copy, "devices");
	size_t n = json_object_array_length(list);
	char *texts[NAMES_MAX], *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	for (size_t i = 0; i < n; i++) {
		struct json_object *device = json_object_array_get_idx(list, i);

		json_object_object_del(device, "identity");
		texts[i] = strdup(json_object_to_json_string(device));
	}
	qsort(texts, n, sizeof(*texts), compare_texts);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s\n", texts[i]);
		free(texts[i]);
	}
	list = json_object_object_get(copy, "functions");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		fprintf(out, "%s\n",
			json_object_get_string(json_object_object_get(
				json_object_array_get_idx(list, i), "handle")));
	fclose(out);
	json_object_put(copy);
	return all;
}

/* From nothing to a document, to another, to nothing at all: as if neither had been. */
static void check_there_and_back(struct json_object *a, struct json_object *b)
{
	struct json_object *host = model_new(), *pristine = model_new();
	struct json_object *nothing =
		json_tokener_parse("{\"version\":1,\"functions\":[],\"devices\":[]}");
	struct vdpam_generation *generation = NULL;
	char *is, *should;

	become(a, host, &generation);
	become(b, host, &generation);
	become(a, host, &generation);
	become(nothing, host, &generation);
	is = essence(host);
	should = essence(pristine);
	assert_string_equal(is, should);
	free(is);
	free(should);
	vdpam_generation_free(generation);
	json_object_put(host);
	json_object_put(pristine);
	json_object_put(nothing);
}

/* One valid document; how many were not is counted. */
static struct json_object *valid_document(struct chance *chance, size_t *tries)
{
	for (;;) {
		struct json_object *json = random_document(chance);
		struct vdpam_document *document = read_document(json);

		++*tries;
		vdpam_document_unref(document);
		if (document)
			return json;
		json_object_put(json);
	}
}

static void test_properties(void **state)
{
	struct chance chance = { 1 };
	size_t tries = 0, steps = 0;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct json_object *document = valid_document(&chance, &tries);
		struct json_object *other = valid_document(&chance, &tries);
		struct json_object *host = random_host(&chance);
		struct vdpam_plan *plan = plan_for(document, host, NULL, 0);

		steps += plan->count;
		vdpam_plan_free(plan);
		check_export(host);
		check_reached(document, host);
		check_order(&chance, document, host);
		check_there_and_back(document, other);
		json_object_put(document);
		json_object_put(other);
		json_object_put(host);
	}
	print_message("%d rounds, %zu documents, %zu steps\n", ROUNDS, tries, steps);
	/* Were most of them refused or empty, nothing would have been tried. */
	assert_true(tries < 8 * ROUNDS && steps > 5 * ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_properties) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
