// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans for documents, from the fixtures in tests/data/plan: each a document, a snapshot, and the
 * steps that lead from one to the other, one line a step. They can be read as examples. With a
 * snapshot from before the document was applied the steps are those that lead back.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "plan.h"
#include "snapshots.h"

static int64_t uid_of(const char *name)
{
	return !strcmp(name, "root")   ? 0
	       : !strcmp(name, "qemu") ? 64055
				       : strtoll(name, NULL, 10);
}

static int64_t gid_of(const char *name)
{
	return !strcmp(name, "root")  ? 0
	       : !strcmp(name, "kvm") ? 104
				      : strtoll(name, NULL, 10);
}

static struct vdpam_document *read_document(struct json_object *json)
{
	const char *text = json_object_to_json_string(json);
	struct vdpam_document_source source = { "document", text, strlen(text) };
	struct vdpam_document *document = NULL;
	struct vdpam_faults *faults = NULL;

	if (vdpam_document_new(&source, 1, &document, &faults) < 0)
		fail_msg("%s: %s", vdpam_faults_get_path(faults, 0),
			 vdpam_faults_get_message(faults, 0));
	return document;
}

/* "driver-bind n0 driver=vhost_vdpa (needs 1)": the operation, its target, arguments in order. */
static void print_step(FILE *out, const struct vdpam_plan *plan, size_t index)
{
	const struct vdpam_plan_entry *entry = &plan->entries[index];
	struct json_object *json = vdpam_step_to_json(entry->step);
	struct json_object *arguments = json_object_object_get(json, "arguments");

	fprintf(out, "%s %s",
		json_object_get_string(json_object_object_get(json, "operation")),
		json_object_get_string(json_object_object_get(json, "target")));
	json_object_object_foreach(arguments, key, value)
	{
		if (strcmp(key, "identity"))
			fprintf(out, " %s=%s", key, json_object_get_string(value));
	}
	for (size_t i = 0; i < entry->n_needs; i++)
		fprintf(out, "%s%zu", i ? "," : " (needs ", entry->needs[i] + 1);
	fprintf(out, "%s", entry->n_needs ? ")" : "");
	for (size_t i = 0; i < vdpam_step_count_collateral(entry->step); i++)
		fprintf(out, "%s%s", i ? ", " : " costs ",
			vdpam_step_get_collateral(entry->step, i));
	json_object_put(json);
}

static char *print_plan(const struct vdpam_plan *plan)
{
	const char *target, *note;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		print_step(out, plan, i);
		fputc('\n', out);
	}
	for (size_t i = 0; i < vdpam_plan_count_notes(plan); i++) {
		note = vdpam_plan_get_note(plan, i, &target);
		fprintf(out, "note: %s %s\n", target, note);
	}
	fclose(out);
	return text;
}

static char *join_lines(struct json_object *lines)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < json_object_array_length(lines); i++)
		fprintf(out, "%s\n",
			json_object_get_string(json_object_array_get_idx(lines, i)));
	fclose(out);
	return text;
}

/* What a host has is what its export wants: nothing is to be done. */
static void check_export(const struct vdpam_snapshot *snapshot, const char *name)
{
	struct json_object *json = vdpam_export(snapshot, NULL, 0);
	struct vdpam_document *document = read_document(json);
	struct vdpam_plan_options options = { .uid_of = uid_of, .gid_of = gid_of };
	struct vdpam_plan *plan = NULL;
	char *is;

	assert_int_equal(vdpam_plan_new(document, snapshot, &options, &plan, NULL), 0);
	is = print_plan(plan);
	if (*is)
		fail_msg("%s: the export\n%s\nis planned\n%s", name,
			 json_object_to_json_string(json), is);
	free(is);
	vdpam_plan_free(plan);
	vdpam_document_unref(document);
	json_object_put(json);
}

static void check_fixture(struct json_object *fixture, const char *name)
{
	struct json_object *prune = json_object_object_get(fixture, "prune");
	struct vdpam_document *document =
		read_document(json_object_object_get(fixture, "document"));
	struct vdpam_snapshot *snapshot =
		snapshot_from_json(json_object_object_get(fixture, "snapshot"));
	struct json_object *json = json_object_object_get(fixture, "before");
	struct vdpam_snapshot *before = json ? snapshot_from_json(json) : NULL;
	const char *names[16];
	struct vdpam_plan_options options = {
		.prune = names,
		.n_prune = prune ? json_object_array_length(prune) : 0,
		.uid_of = uid_of,
		.gid_of = gid_of,
	};
	struct vdpam_plan *plan = NULL;
	char *is, *should;

	for (size_t i = 0; i < options.n_prune; i++)
		names[i] = json_object_get_string(json_object_array_get_idx(prune, i));
	if (before)
		assert_int_equal(
			vdpam_plan_new_back(document, before, snapshot, &plan, NULL), 0);
	else
		assert_int_equal(
			vdpam_plan_new(document, snapshot, &options, &plan, NULL), 0);
	is = print_plan(plan);
	should = join_lines(json_object_object_get(fixture, "steps"));
	if (strcmp(is, should))
		fail_msg("%s: the plan is\n%sand not\n%s", name, is, should);
	check_export(snapshot, name);
	free(is);
	free(should);
	vdpam_plan_free(plan);
	vdpam_snapshot_unref(snapshot);
	vdpam_snapshot_unref(before);
	vdpam_document_unref(document);
}

/* One file holds several fixtures: {"TITLE": {…}, …}. */
static void test_file(void **state)
{
	const char *path = *state;
	struct json_object *fixtures = json_object_from_file(path);

	if (!fixtures)
		fail_msg("%s: %s", path, json_util_get_last_err());
	assert_true(json_object_object_length(fixtures) > 0);
	json_object_object_foreach(fixtures, name, fixture)
	{
		print_message("%s\n", name);
		check_fixture(fixture, name);
	}
	json_object_put(fixtures);
}

static int is_json(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".json");
}

int main(void)
{
	static char paths[64][512];
	struct CMUnitTest tests[64] = { 0 };
	struct dirent **entries;
	int count = scandir(TEST_DATA "/plan", &entries, is_json, alphasort);

	if (count <= 0 || count > 64)
		return 1;
	for (int i = 0; i < count; i++) {
		snprintf(paths[i], sizeof(paths[i]), TEST_DATA "/plan/%s",
			 entries[i]->d_name);
		tests[i] = (struct CMUnitTest){ .name = strrchr(paths[i], '/') + 1,
						.test_func = test_file,
						.initial_state = paths[i] };
		free(entries[i]);
	}
	free(entries);
	return _cmocka_run_group_tests("plan-document", tests, (size_t)count, NULL, NULL);
}
