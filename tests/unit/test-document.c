// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Documents as structs: what each key becomes, defaults, templates, several files, the list of faults.
 * Which documents are taken, and what is said of the others, is tests/document/corpus.py's.
 */
#include <errno.h>
#include <linux/virtio_ids.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "document.h"

#define SOURCE(name, string)                                             \
	{                                                                \
		.file = (name), .text = (string), .size = strlen(string) \
	}

static struct vdpam_document *read_text(const char *text)
{
	const struct vdpam_document_source source = SOURCE("a.json", text);
	struct vdpam_document *document = NULL;
	struct vdpam_faults *faults = NULL;

	if (vdpam_document_new(&source, 1, &document, &faults) < 0)
		fail_msg("%s: %s", vdpam_faults_get_path(faults, 0),
			 vdpam_faults_get_message(faults, 0));
	assert_null(faults);
	return document;
}

static struct vdpam_faults *read_faults(const struct vdpam_document_source *sources,
					size_t count)
{
	struct vdpam_document *document = NULL;
	struct vdpam_faults *faults = NULL;

	assert_int_equal(vdpam_document_new(sources, count, &document, &faults), -EINVAL);
	assert_null(document);
	assert_non_null(faults);
	return faults;
}

/* That a document has these keys: bits of its enum. */
#define assert_given(object, bits)                                  \
	do {                                                        \
		assert_int_equal((object)->keys.given, (bits));     \
		assert_int_equal((object)->keys.present, (bits));   \
		assert_int_equal((object)->keys.templated, 0);      \
		assert_string_equal((object)->keys.file, "a.json"); \
	} while (0)
#define BIT(key) (1U << (key))

/* ---- Every key ----------------------------------------------------------------------------- */

static void test_vf(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"functions\":[{\"type\":\"vf\",\"pf\":\"pci/0000:01:00.0\","
		"\"count\":4,\"driver\":\"mlx5_core\",\"vfs\":[{\"index\":3,\"mac\":"
		"\"02:00:00:00:00:0A\",\"vlan\":100,\"qos\":7,\"trust\":true,\"spoofchk\":"
		"false,\"link_state\":\"disable\",\"min_tx_rate\":1,\"max_tx_rate\":"
		"4294967295},{\"index\":0}]}]}");
	const struct vdpam_doc_function *function = document->functions;
	const struct vdpam_doc_vf *vf = function->vfs.vfs;

	(void)state;
	assert_int_equal(document->n_functions, 1);
	assert_int_equal(document->n_devices, 0);
	assert_given(function, BIT(VDPAM_DOC_FUNCTION_TYPE) | BIT(VDPAM_DOC_FUNCTION_PF) |
				       BIT(VDPAM_DOC_FUNCTION_COUNT) |
				       BIT(VDPAM_DOC_FUNCTION_DRIVER) |
				       BIT(VDPAM_DOC_FUNCTION_VFS));
	assert_int_equal(function->type, VDPAM_DOC_VF);
	assert_string_equal(function->pf, "pci/0000:01:00.0");
	assert_int_equal(function->count, 4);
	assert_string_equal(function->driver, "mlx5_core");
	assert_int_equal(function->vfs.count, 2);
	assert_given(vf, BIT(VDPAM_DOC_VF_MAX_TX_RATE + 1) - 1);
	assert_int_equal(vf->index, 3);
	assert_int_equal(vf->mac.value, 0x02000000000a);
	assert_int_equal(vf->vlan, 100);
	assert_int_equal(vf->qos, 7);
	assert_true(vf->trust);
	assert_false(vf->spoofchk);
	assert_int_equal(vf->link_state, VDPAM_DOC_LINK_DISABLE);
	assert_int_equal(vf->min_tx_rate, 1);
	assert_int_equal(vf->max_tx_rate, UINT32_MAX);
	assert_given(vf + 1, BIT(VDPAM_DOC_VF_INDEX));
	assert_int_equal(vf[1].keys.index, 1);
	vdpam_document_unref(document);
}

static void test_sf_and_mdev(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"functions\":[{\"type\":\"sf\",\"pf\":\"pci/0000:03:00.1\","
		"\"sfnum\":88,\"mac\":\"02:00:00:00:00:58\",\"eswitch\":\"switchdev\"},"
		"{\"type\":\"mdev\",\"parent\":\"mtty\",\"mdev_type\":\"mtty-2\",\"uuid\":"
		"\"83B8F4F2-509F-382F-3C1E-E6BFE0FA1001\"}]}");
	const struct vdpam_doc_function *sf = document->functions, *mdev = sf + 1;

	(void)state;
	assert_int_equal(document->n_functions, 2);
	assert_given(sf, BIT(VDPAM_DOC_FUNCTION_TYPE) | BIT(VDPAM_DOC_FUNCTION_PF) |
				 BIT(VDPAM_DOC_FUNCTION_SFNUM) |
				 BIT(VDPAM_DOC_FUNCTION_MAC) |
				 BIT(VDPAM_DOC_FUNCTION_ESWITCH));
	assert_int_equal(sf->type, VDPAM_DOC_SF);
	assert_int_equal(sf->sfnum, 88);
	assert_int_equal(sf->mac.value, 0x020000000058);
	assert_int_equal(mdev->type, VDPAM_DOC_MDEV);
	assert_int_equal(mdev->keys.index, 1);
	assert_string_equal(mdev->parent, "mtty");
	assert_string_equal(mdev->mdev_type, "mtty-2");
	assert_string_equal(mdev->uuid, "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	vdpam_document_unref(document);
}

static void test_device(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"devices\":[{\"name\":\"vdpa0\",\"mgmtdev\":{\"pf\":"
		"\"pci/0000:01:00.0\",\"vf\":2},\"mac\":\"02:00:00:00:00:01\",\"mtu\":1500,"
		"\"max_vqp\":4,\"features\":[\"MTU\",\"MAC\",\"MQ\",\"bit-40\"],\"driver\":"
		"\"vhost\",\"chardev\":{\"owner\":\"root\",\"group\":\"kvm\",\"mode\":"
		"\"0640\"},\"on_demand\":true},{\"name\":\"disk0\",\"mgmtdev\":\"vduse\","
		"\"msg_timeout\":5,\"driver\":\"none\"}]}");
	const struct vdpam_doc_device *device = document->devices, *disk = device + 1;

	(void)state;
	assert_int_equal(document->n_devices, 2);
	assert_given(device, (BIT(VDPAM_DOC_DEVICE_MSG_TIMEOUT) - 1) &
				     ~BIT(VDPAM_DOC_DEVICE_COUNT));
	assert_string_equal(device->name, "vdpa0");
	assert_null(device->mgmtdev.handle);
	assert_given(&device->mgmtdev,
		     BIT(VDPAM_DOC_SELECTOR_PF) | BIT(VDPAM_DOC_SELECTOR_VF));
	assert_string_equal(device->mgmtdev.pf, "pci/0000:01:00.0");
	assert_int_equal(device->mgmtdev.vf.value, 2);
	assert_int_equal(device->mac.value, 0x020000000001);
	assert_int_equal(device->mtu, 1500);
	assert_int_equal(device->max_vqp, 4);
	assert_true(device->features.is_net);
	assert_false(device->features.is_block);
	assert_int_equal(device->features.net, 0x10000400028);
	assert_string_equal(device->driver, "vhost_vdpa");
	assert_given(&device->chardev, BIT(VDPAM_DOC_CHARDEV_MODE + 1) - 1);
	assert_string_equal(device->chardev.owner, "root");
	assert_string_equal(device->chardev.group, "kvm");
	assert_int_equal(device->chardev.mode, 0640);
	assert_true(device->on_demand);
	assert_given(disk, BIT(VDPAM_DOC_DEVICE_NAME) | BIT(VDPAM_DOC_DEVICE_MGMTDEV) |
				   BIT(VDPAM_DOC_DEVICE_MSG_TIMEOUT) |
				   BIT(VDPAM_DOC_DEVICE_DRIVER));
	assert_string_equal(disk->mgmtdev.handle, "vduse");
	assert_int_equal(disk->msg_timeout, 5);
	assert_string_equal(disk->driver, "none");
	vdpam_document_unref(document);
}

static void test_selectors(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"mgmtdev\":{\"mdev\":"
		"\"83B8F4F2-509F-382F-3C1E-E6BFE0FA1001\"}},{\"name\":\"b\",\"mgmtdev\":"
		"{\"sfnum\":4294967295,\"pf\":\"pci/0000:01:00.0\"}}]}");

	(void)state;
	assert_given(&document->devices[0].mgmtdev, BIT(VDPAM_DOC_SELECTOR_MDEV));
	assert_string_equal(document->devices[0].mgmtdev.mdev,
			    "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	assert_given(&document->devices[1].mgmtdev,
		     BIT(VDPAM_DOC_SELECTOR_PF) | BIT(VDPAM_DOC_SELECTOR_SFNUM));
	assert_int_equal(document->devices[1].mgmtdev.sfnum.value, UINT32_MAX);
	vdpam_document_unref(document);
}

static void test_features(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"devices\":[{\"name\":\"a\",\"mgmtdev\":\"m\",\"features\":"
		"[\"MQ\",\"VERSION_1\"]},{\"name\":\"b\",\"mgmtdev\":\"m\",\"features\":"
		"[\"RO\"]},{\"name\":\"c\",\"mgmtdev\":\"m\",\"features\":[\"VERSION_1\","
		"\"bit-63\"]},{\"name\":\"d\",\"mgmtdev\":\"m\",\"features\":[]}]}");
	static const uint64_t version_1 = UINT64_C(1) << 32, last = UINT64_C(1) << 63;
	static const struct {
		uint32_t virtio_id;
		int result[4];
		uint64_t features[4];
	} expected[] = {
		{ VIRTIO_ID_NET,
		  { 0, -EINVAL, 0, 0 },
		  { version_1 | 1 << 22, 7, version_1 | last, 0 } },
		{ VIRTIO_ID_BLOCK,
		  { 0, 0, 0, 0 },
		  { version_1 | 1 << 12, 1 << 5, version_1 | last, 0 } },
		{ VIRTIO_ID_FS,
		  { -EINVAL, -EINVAL, 0, 0 },
		  { 7, 7, version_1 | last, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		for (size_t k = 0; k < 4; k++) {
			uint64_t features = 7;

			assert_int_equal(
				vdpam_doc_features_of(&document->devices[k].features,
						      expected[i].virtio_id, &features),
				expected[i].result[k]);
			assert_int_equal(features, expected[i].features[k]);
		}
	}
	vdpam_document_unref(document);
}

/* What is printed stands for the same bits of each class again. */
static void test_features_printed(void **state)
{
	static const char *const lists[] = {
		"[]",
		"[\"MQ\"]",
		"[\"MQ\",\"bit-12\",\"bit-22\"]",
		"[\"bit-12\",\"bit-22\"]",
		"[\"bit-5\",\"VERSION_1\",\"bit-63\"]",
		"[\"RO\",\"MQ\"]",
		"[\"MAC\",\"MQ\",\"CTRL_VQ\"]",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct vdpam_document *first, *second;
		struct json_object *printed;

		snprintf(text, sizeof(text),
			 "{\"version\":1,\"devices\":[{\"name\":\"a\",\"mgmtdev\":\"m\","
			 "\"features\":%s}]}",
			 lists[i]);
		first = read_text(text);
		printed = vdpam_document_to_json(first);
		second = read_text(json_object_to_json_string(printed));
		assert_memory_equal(&first->devices->features, &second->devices->features,
				    sizeof(first->devices->features));
		json_object_put(printed);
		vdpam_document_unref(second);
		vdpam_document_unref(first);
	}
}

static void test_profile(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"defaults\":{\"driver\":\"virtio\"},\"profiles\":[{\"name\":"
		"\"p\",\"match\":{\"vendors\":[\"15b3\"],\"devices\":[\"101d\",\"1018\"],"
		"\"drivers\":[\"mlx5_core\"],\"pfNames\":[\"ens*\"],\"pciAddresses\":"
		"[\"0000:01:00.0\"]},\"functions\":[{\"type\":\"vf\",\"count\":4}],"
		"\"devices\":[{\"name\":\"{pf}-{n}\",\"count\":4,\"mgmtdev\":{\"vf\":"
		"\"{n}\"},\"mac\":\"02:00:00:00:00:{n}\"}]}]}");
	const struct vdpam_doc_profile *profile = document->profiles;
	const struct vdpam_doc_device *device = profile->devices.devices;

	(void)state;
	assert_int_equal(document->n_profiles, 1);
	assert_int_equal(document->n_devices, 0);
	assert_string_equal(profile->name, "p");
	assert_string_equal(profile->match.vendors.texts[0], "15b3");
	assert_int_equal(profile->match.devices.count, 2);
	assert_string_equal(profile->match.devices.texts[1], "1018");
	assert_string_equal(profile->match.drivers.texts[0], "mlx5_core");
	assert_string_equal(profile->match.pf_names.texts[0], "ens*");
	assert_string_equal(profile->match.pci_addresses.texts[0], "0000:01:00.0");
	assert_int_equal(profile->functions.count, 1);
	assert_null(profile->functions.functions->pf);
	assert_int_equal(profile->functions.functions->count, 4);
	assert_int_equal(profile->devices.count, 1);
	assert_string_equal(device->name, "{pf}-{n}");
	assert_int_equal(device->count, 4);
	assert_int_equal(device->mgmtdev.vf.step, 1);
	assert_int_equal(device->mac.step, 1);
	assert_string_equal(device->driver, "virtio_vdpa");
	vdpam_document_unref(document);
}

/* ---- Defaults and templates ---------------------------------------------------------------- */

static void test_defaults(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"devices\":[{\"name\":\"plain\",\"mgmtdev\":\"m\"},{\"name\":"
		"\"own\",\"mgmtdev\":\"m\",\"mtu\":9000,\"driver\":\"vhost\",\"features\":"
		"[\"MTU\"],\"max_vqp\":1,\"chardev\":{\"mode\":\"0600\"},\"on_demand\":false},"
		"{\"name\":\"virtio\",\"mgmtdev\":\"m\",\"driver\":\"virtio\"},{\"name\":"
		"\"disk\",\"mgmtdev\":\"vduse\"}],\"defaults\":{\"driver\":\"vhost\",\"mtu\":"
		"1500,\"max_vqp\":2,\"features\":[\"MTU\",\"MQ\"],\"chardev\":{\"group\":"
		"\"kvm\"},\"on_demand\":true,\"msg_timeout\":3}}");
	const struct vdpam_doc_device *device = document->devices;
	uint32_t always = BIT(VDPAM_DOC_DEVICE_NAME) | BIT(VDPAM_DOC_DEVICE_MGMTDEV) |
			  BIT(VDPAM_DOC_DEVICE_DRIVER);
	uint32_t created = BIT(VDPAM_DOC_DEVICE_MTU) | BIT(VDPAM_DOC_DEVICE_MAX_VQP) |
			   BIT(VDPAM_DOC_DEVICE_FEATURES);
	uint32_t vhost = BIT(VDPAM_DOC_DEVICE_CHARDEV) | BIT(VDPAM_DOC_DEVICE_ON_DEMAND);

	(void)state;
	assert_given(&device[0], always | created | vhost);
	assert_string_equal(device[0].driver, "vhost_vdpa");
	assert_int_equal(device[0].mtu, 1500);
	assert_int_equal(device[0].max_vqp, 2);
	assert_int_equal(device[0].features.net, 1 << 22 | 1 << 3);
	assert_string_equal(device[0].chardev.group, "kvm");
	assert_true(device[0].on_demand);
	assert_given(&device[1], always | created | vhost);
	assert_int_equal(device[1].mtu, 9000);
	assert_int_equal(device[1].max_vqp, 1);
	assert_int_equal(device[1].features.net, 1 << 3);
	/* The whole of it is the device's own. */
	assert_given(&device[1].chardev, BIT(VDPAM_DOC_CHARDEV_MODE));
	assert_false(device[1].on_demand);
	assert_given(&device[2], always | created);
	assert_string_equal(device[2].driver, "virtio_vdpa");
	assert_given(&device[3], always | vhost | BIT(VDPAM_DOC_DEVICE_MSG_TIMEOUT));
	assert_int_equal(device[3].msg_timeout, 3);
	vdpam_document_unref(document);
}

static void test_template(void **state)
{
	struct vdpam_document *document = read_text(
		"{\"version\":1,\"devices\":[{\"name\":\"first\",\"mgmtdev\":\"m\"},{\"name\":"
		"\"e-{n}.{n}\",\"count\":256,\"mgmtdev\":{\"pf\":\"pci/0000:81:00.0\",\"vf\":"
		"\"{n}\"},\"mac\":\"02:{n}:00:00:01:{n}\"},{\"name\":\"h{n}\",\"count\":2,"
		"\"mgmtdev\":\"pci/0000:01:00.{n}\"}]}");

	(void)state;
	assert_int_equal(document->n_devices, 1 + 256 + 2);
	for (unsigned int n = 0; n < 256; n++) {
		const struct vdpam_doc_device *device = &document->devices[1 + n];
		char name[16];

		snprintf(name, sizeof(name), "e-%u.%u", n, n);
		assert_string_equal(device->name, name);
		assert_given(device, BIT(VDPAM_DOC_DEVICE_NAME) |
					     BIT(VDPAM_DOC_DEVICE_MGMTDEV) |
					     BIT(VDPAM_DOC_DEVICE_MAC));
		assert_int_equal(device->keys.index, 1);
		assert_int_equal(device->mgmtdev.keys.templated, 0);
		assert_int_equal(device->mgmtdev.vf.value, n);
		assert_int_equal(device->mgmtdev.vf.step, 0);
		assert_int_equal(device->mac.value,
				 UINT64_C(0x020000000100) | (uint64_t)n << 32 | n);
		assert_int_equal(device->mac.step, 0);
	}
	assert_string_equal(document->devices[258].name, "h1");
	assert_string_equal(document->devices[258].mgmtdev.handle, "pci/0000:01:00.1");
	vdpam_document_unref(document);
}

/* ---- Several files ------------------------------------------------------------------------- */

static void test_files(void **state)
{
	const struct vdpam_document_source sources[] = {
		SOURCE("one", "{\"version\":1,\"defaults\":{\"mtu\":1500},\"devices\":["
			      "{\"name\":\"a\",\"mgmtdev\":\"m\"}]}"),
		SOURCE("two", "{\"version\":1,\"devices\":[{\"name\":\"b\",\"mgmtdev\":"
			      "{\"pf\":\"pci/0000:01:00.0\",\"vf\":0}}]}"),
		SOURCE("three", "{\"version\":1,\"functions\":[{\"type\":\"vf\",\"pf\":"
				"\"pci/0000:01:00.0\",\"count\":1}]}"),
	};
	struct vdpam_document *document;

	(void)state;
	assert_int_equal(vdpam_document_new(sources, 3, &document, NULL), 0);
	assert_int_equal(document->n_devices, 2);
	assert_string_equal(document->devices[0].keys.file, "one");
	assert_int_equal(document->devices[0].mtu, 1500);
	assert_string_equal(document->devices[1].keys.file, "two");
	assert_int_equal(document->devices[1].keys.index, 0);
	assert_false(vdpam_doc_has(&document->devices[1].keys, VDPAM_DOC_DEVICE_MTU));
	assert_string_equal(document->functions[0].keys.file, "three");

	assert_ptr_equal(vdpam_document_ref(document), document);
	assert_null(vdpam_document_unref(document));
	assert_null(vdpam_document_unref(document));
	assert_null(vdpam_document_unref(NULL));
	assert_int_equal(vdpam_document_new(NULL, 0, &document, NULL), 0);
	assert_int_equal(document->n_devices, 0);
	vdpam_document_unref(document);
}

/* A name of the file itself can be anything: it is told apart, and shown escaped. */
static void test_file_names(void **state)
{
	const struct vdpam_document_source sources[] = {
		SOURCE("a\n",
		       "{\"version\":1,\"devices\":[{\"name\":\"x\",\"mgmtdev\":\"m\"}]}"),
		SOURCE("a",
		       "{\"version\":1,\"devices\":[{\"name\":\"x\",\"mgmtdev\":\"m\"}]}"),
	};
	struct vdpam_faults *faults = read_faults(sources, 2);
	struct json_object *json = vdpam_faults_to_json(faults);

	(void)state;
	assert_int_equal(vdpam_faults_total(faults), 1);
	assert_string_equal(vdpam_faults_get_file(faults, 0), "a");
	assert_string_equal(vdpam_faults_get_path(faults, 0), "devices[0].name");
	assert_string_equal(vdpam_faults_get_message(faults, 0),
			    "\"x\" is that of devices[0] in a\\x0a already");
	assert_string_equal(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN),
			    "[{\"file\":\"a\",\"path\":\"devices[0].name\",\"message\":"
			    "\"\\\"x\\\" is that of devices[0] in a\\\\x0a already\"}]");
	json_object_put(json);
	vdpam_faults_free(faults);
}

/* ---- Faults -------------------------------------------------------------------------------- */

/* All that is wrong is said at once, whatever else is. */
static void test_several_faults(void **state)
{
	static const char text[] =
		"{\"version\":1,\"extra\":0,\"devices\":[{\"name\":\"a\",\"mtu\":70000,"
		"\"mgmtdev\":\"m\"},{\"name\":\"a\",\"mgmtdev\":{\"pf\":\"x\",\"vf\":0},"
		"\"mac\":\"ff:ff:ff:ff:ff:ff\"},{\"mgmtdev\":7,\"driver\":\"vhost-vdpa\"},"
		"{\"name\":\"b\",\"count\":2,\"mgmtdev\":\"m\"}],\"functions\":[{\"type\":"
		"\"sf\"},4]}";
	static const char *const expected[] = {
		"extra: there is no such key here; there are version defaults functions "
		"devices profiles",
		"devices[0].mtu: 70000 is not in 68..65535",
		"devices[1].mgmtdev.pf: \"x\" is not the handle of a PF such as "
		"pci/0000:01:00.0",
		"devices[2].mgmtdev: 7 is not a handle such as pci/0000:01:00.2 or "
		"vdpasim_net",
		"devices[2].driver: vhost-vdpa is not the name of a bus driver: it is called "
		"vhost_vdpa",
		"devices[2]: name is missing",
		"functions[0]: pf is missing",
		"functions[0]: sfnum is missing",
		"functions[1]: 4 is not an object",
		"devices[1].mac: ff:ff:ff:ff:ff:ff is not the address of one station",
		"devices[1].name: \"a\" is that of devices[0] already",
		"devices[3].name: a device with a count has {n} in its name",
	};
	const struct vdpam_document_source source = SOURCE("f", text);
	struct vdpam_faults *faults = read_faults(&source, 1);

	(void)state;
	for (size_t i = 0; i < vdpam_faults_count(faults); i++) {
		char said[512];

		snprintf(said, sizeof(said), "%s: %s", vdpam_faults_get_path(faults, i),
			 vdpam_faults_get_message(faults, i));
		assert_in_range(i, 0, sizeof(expected) / sizeof(*expected) - 1);
		assert_string_equal(said, expected[i]);
	}
	assert_int_equal(vdpam_faults_total(faults),
			 sizeof(expected) / sizeof(*expected));
	vdpam_faults_free(faults);
}

static void test_many_faults(void **state)
{
	char *text = malloc(1 << 20), *end = text;
	struct vdpam_document_source source = { .file = "f", .text = text };
	struct vdpam_faults *faults;

	(void)state;
	end += sprintf(end, "{\"version\":1,\"devices\":[0");
	for (unsigned int i = 1; i < 10000; i++)
		end += sprintf(end, ",%u", i);
	end += sprintf(end, "]}");
	source.size = (size_t)(end - text);
	faults = read_faults(&source, 1);
	assert_int_equal(vdpam_faults_total(faults), 10000);
	assert_int_equal(vdpam_faults_count(faults), VDPAM_FAULTS_MAX);
	assert_string_equal(vdpam_faults_get_path(faults, VDPAM_FAULTS_MAX - 1),
			    "devices[99]");
	assert_null(vdpam_faults_get_path(faults, VDPAM_FAULTS_MAX));
	assert_null(vdpam_faults_get_file(faults, VDPAM_FAULTS_MAX));
	assert_null(vdpam_faults_get_message(faults, VDPAM_FAULTS_MAX));
	vdpam_faults_free(faults);
	free(text);
}

/* Lists that are as long as they may be, and one longer. */
static void test_long_lists(void **state)
{
	static const struct {
		const char *before, *item, *after;
		size_t most;
		const char *path;
	} lists[] = {
		{ "{\"version\":1,\"profiles\":[{\"name\":\"p\",\"match\":{\"vendors\":[",
		  "\"15b3\"", "]}}]}", 1000, "profiles[0].match.vendors" },
		{ "{\"version\":1,\"devices\":[", "{}", "]}", 20000, "devices" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		for (size_t extra = 0; extra < 2; extra++) {
			char *text = malloc(1 << 20),
			     *end = stpcpy(text, lists[i].before);
			struct vdpam_document_source source = { .file = "f" };
			struct vdpam_document *document = NULL;
			struct vdpam_faults *faults = NULL;
			bool is_too_long;

			for (size_t k = 0; k < lists[i].most + extra; k++)
				end += sprintf(end, "%s%s", k ? "," : "", lists[i].item);
			stpcpy(end, lists[i].after);
			source.text = text;
			source.size = strlen(text);
			vdpam_document_new(&source, 1, &document, &faults);
			is_too_long = faults && !strcmp(vdpam_faults_get_path(faults, 0),
							lists[i].path);
			assert_int_equal(is_too_long, extra);
			vdpam_faults_free(faults);
			vdpam_document_unref(document);
			free(text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vf),
		cmocka_unit_test(test_sf_and_mdev),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_features_printed),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_several_faults),
		cmocka_unit_test(test_many_faults),
		cmocka_unit_test(test_long_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
