// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a large document costs: ten times as much of it costs ten times as much, whatever it says and
 * whatever is wrong with it. Counts, not times: the compiler calls us in each basic block of the
 * library's reading (-fsanitize-coverage=trace-pc), so a loop within a loop shows on any machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "document.h"

#define FEW 1000
#define MANY (10 * FEW)
#define FIRST 10000 /* of the numbers in a document: all of five digits */

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	blocks++;
}

/* ---- Documents of any size ----------------------------------------------------------------- */

/* Writes an item for each number; `format` has up to two places for it. */
static void write_items(FILE *stream, const char *key, const char *format,
			unsigned int count)
{
	fprintf(stream, ",\"%s\":[", key);
	for (unsigned int i = 0; i < count; i++) {
		if (i)
			fputc(',', stream);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* those below */
		fprintf(stream, format, FIRST + i, FIRST + i);
#pragma GCC diagnostic pop
	}
	fputc(']', stream);
}

static void write_right(FILE *stream, unsigned int count)
{
	write_items(stream, "devices",
		    "{\"name\":\"n%u\",\"mgmtdev\":\"vdpasim_net\",\"mac\":"
		    "\"02:00:00:00:00:01\",\"mtu\":1500,\"max_vqp\":2,\"features\":"
		    "[\"MAC\",\"MTU\",\"MQ\"],\"driver\":\"vhost_vdpa\",\"chardev\":"
		    "{\"owner\":\"root\",\"group\":\"kvm\",\"mode\":\"0660\"}}",
		    count);
}

/* Everything wrong that can be. */
static void write_faulty(FILE *stream, unsigned int count)
{
	write_items(
		stream, "devices",
		"{\"name\":\"a b%u\",\"mgmtdev\":{\"pf\":\"x\",\"vf\":-1,\"z\":0},"
		"\"mac\":\"zz\",\"mtu\":70000,\"max_vqp\":0,\"features\":[\"X\",\"MTU\","
		"\"MTU\"],\"driver\":\"vhost-vdpa\",\"chardev\":{\"owner\":\"\","
		"\"group\":3,\"mode\":\"660\"},\"on_demand\":1,\"msg_timeout\":0,"
		"\"what\":[]}",
		count);
}

static void write_strangers(FILE *stream, unsigned int count)
{
	write_items(stream, "devices", "%u", count);
}

static void write_doubles(FILE *stream, unsigned int count)
{
	write_items(stream, "devices",
		    "{\"name\":\"same\",\"mgmtdev\":\"vdpasim_net\",\"mtu\":%u}", count);
}

static void write_template(FILE *stream, unsigned int count)
{
	fprintf(stream,
		",\"devices\":[{\"name\":\"a-{n}\",\"count\":%u,\"mgmtdev\":{\"pf\":"
		"\"pci/0000:01:00.0\",\"sfnum\":\"{n}\"},\"mtu\":1500}]",
		count);
}

static void write_sfs(FILE *stream, unsigned int count)
{
	write_items(stream, "functions",
		    "{\"type\":\"sf\",\"pf\":\"pci/0000:01:00.0\",\"sfnum\":%u}", count);
	write_items(stream, "devices",
		    "{\"name\":\"n%u\",\"mgmtdev\":{\"pf\":\"pci/0000:01:00.0\","
		    "\"sfnum\":%u}}",
		    count);
}

static void write_mdevs(FILE *stream, unsigned int count)
{
	write_items(stream, "functions",
		    "{\"type\":\"mdev\",\"parent\":\"mtty\",\"mdev_type\":\"mtty-2\","
		    "\"uuid\":\"83b8f4f2-509f-382f-3c1e-e6bfe0f%u\"}",
		    count);
	write_items(stream, "devices",
		    "{\"name\":\"n%u\",\"mgmtdev\":{\"mdev\":"
		    "\"83b8f4f2-509f-382f-3c1e-e6bfe0f%u\"}}",
		    count);
}

static void write_vfs(FILE *stream, unsigned int count)
{
	fputs(",\"functions\":[{\"type\":\"vf\",\"pf\":\"pci/0000:01:00.0\",\"count\":20000",
	      stream);
	write_items(stream, "vfs", "{\"index\":%u,\"vlan\":100,\"trust\":true}", count);
	fputs("}]", stream);
	write_items(
		stream, "devices",
		"{\"name\":\"n%u\",\"mgmtdev\":{\"pf\":\"pci/0000:01:00.0\",\"vf\":%u}}",
		count);
}

static void write_profiles(FILE *stream, unsigned int count)
{
	write_items(stream, "profiles",
		    "{\"name\":\"p%u\",\"match\":{\"vendors\":[\"15b3\"]},\"functions\":"
		    "[{\"type\":\"sf\",\"sfnum\":1}],\"devices\":[{\"name\":\"{pf}-%u\","
		    "\"mgmtdev\":{\"sfnum\":1}}]}",
		    count);
}

/* ---- Their cost ---------------------------------------------------------------------------- */

struct shape {
	const char *name;
	void (*write)(FILE *stream, unsigned int count);
	int result;
};

/* Basic blocks, from the text to the document printed, or to its faults, and all freed again. */
static uint64_t cost_of(const struct shape *shape, unsigned int count)
{
	struct vdpam_document_source source = { .file = "f" };
	struct vdpam_document *document = NULL;
	struct vdpam_faults *faults = NULL;
	char *text;
	FILE *stream = open_memstream(&text, &source.size);
	int r;

	assert_non_null(stream);
	fputs("{\"version\":1", stream);
	shape->write(stream, count);
	fputc('}', stream);
	assert_int_equal(fclose(stream), 0);
	source.text = text;
	blocks = 0;
	r = vdpam_document_new(&source, 1, &document, &faults);
	if (r != shape->result)
		fail_msg("%s: %s: %s", shape->name,
			 faults ? vdpam_faults_get_path(faults, 0) : "",
			 faults ? vdpam_faults_get_message(faults, 0) : "valid");
	if (r < 0) {
		assert_in_range(vdpam_faults_total(faults), count - 1, 100 * count);
		json_object_put(vdpam_faults_to_json(faults));
		vdpam_faults_free(faults);
	} else {
		json_object_put(vdpam_document_to_json(document));
		vdpam_document_unref(document);
	}
	free(text);
	return blocks;
}

static void test_linear(void **state)
{
	static const struct shape shapes[] = {
		{ "right devices", write_right, 0 },
		{ "faulty devices", write_faulty, -EINVAL },
		{ "no devices at all", write_strangers, -EINVAL },
		{ "one name", write_doubles, -EINVAL },
		{ "a template", write_template, 0 },
		{ "SFs", write_sfs, 0 },
		{ "mediated devices", write_mdevs, 0 },
		{ "VFs", write_vfs, 0 },
		{ "profiles", write_profiles, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		uint64_t few = cost_of(&shapes[i], FEW), many = cost_of(&shapes[i], MANY);

		print_message("# %s: %" PRIu64 " and %" PRIu64 " blocks, %.2f times\n",
			      shapes[i].name, few, many, (double)many / (double)few);
		/* That it is counted at all. */
		assert_in_range(few, 10 * FEW, UINT64_MAX);
		/* A longer number is a few blocks more. */
		assert_in_range(many, 5 * few, few * 21 / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
