// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the configuration: what users of the SR-IOV device plugin have, and our own selectors. What
 * we would have to ignore is an error, so that nobody gets other devices than he asked for. Pure.
 */
#include "config-values.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vdpamgmt-provision.h"

#define MAX_SIZE (1 << 20) /* bytes: more than a ConfigMap holds */
#define MAX_DEPTH 16
#define DEFAULT_PREFIX "vdpad.org"

/* ---- Selectors ------------------------------------------------------------------------------- */

static const char *const selector_keys[] = {
	"vendors",      "devices",  "drivers",   "pfNames",      "rootDevices",
	"pciAddresses", "vdpaType", "class",     "mgmtdevs",     "names",
	"functions",    "isRdma",   "linkTypes", "needVhostNet", "acpiIndexes",
	"ddpProfiles",  NULL,
};
static const char *const function_words[] = { "pf",    "vf",        "sf",    "mdev",
					      "vduse", "simulator", "other", NULL };

static int read_type(const struct kube_config_reader *reader, struct json_object *object,
		     const char *path, struct kube_selector *selector)
{
	const char *type = NULL;
	int r = kube_config_read_text(reader, object, path, "vdpaType", &type);

	if (r < 0 || !type)
		return r;
	if (!strcmp(type, "vhost"))
		selector->driver = "vhost_vdpa";
	else if (!strcmp(type, "virtio"))
		selector->driver = "virtio_vdpa";
	else
		return kube_config_fault(reader, "%s.vdpaType: vhost or virtio is wanted",
					 path);
	return 0;
}

/* What a vDPA device cannot be asked for: RDMA, a link type and so on. */
static int check_foreign(const struct kube_config_reader *reader,
			 struct json_object *object, const char *path)
{
	static const char *const lists[] = { "linkTypes", "acpiIndexes", "ddpProfiles",
					     NULL };
	bool rdma = false, vhost_net = false;
	int r = kube_config_read_flag(reader, object, path, "isRdma", &rdma);

	if (!r)
		r = kube_config_read_flag(reader, object, path, "needVhostNet",
					  &vhost_net);
	if (!r && (rdma || vhost_net))
		return kube_config_fault(reader, "%s.%s: a vDPA device cannot be that",
					 path, rdma ? "isRdma" : "needVhostNet");
	for (size_t i = 0; !r && lists[i]; i++) {
		struct json_object *value = kube_config_get(object, lists[i]);

		if (value && (!json_object_is_type(value, json_type_array) ||
			      json_object_array_length(value)))
			return kube_config_fault(reader, "%s.%s: vDPA devices have none",
						 path, lists[i]);
	}
	return r;
}

static int read_selector(const struct kube_config_reader *reader,
			 struct json_object *object, const char *path,
			 struct kube_selector *selector)
{
	struct {
		const char *key;
		struct vdpam_match_list *list;
	} lists[] = {
		{ "vendors", &selector->match.vendors },
		{ "devices", &selector->match.devices },
		{ "drivers", &selector->match.drivers },
		{ "pfNames", &selector->match.pf_names },
		{ "pciAddresses", &selector->match.pci_addresses },
		{ "rootDevices", &selector->match.root_devices },
		{ "mgmtdevs", &selector->mgmtdevs },
		{ "names", &selector->names },
		{ "functions", &selector->functions },
	};
	int r = kube_config_check_keys(reader, object, path, selector_keys);

	if (!r)
		r = check_foreign(reader, object, path);
	if (!r)
		r = read_type(reader, object, path, selector);
	if (!r)
		r = kube_config_read_text(reader, object, path, "class",
					  &selector->class);
	for (size_t i = 0; !r && i < sizeof(lists) / sizeof(*lists); i++)
		r = kube_config_read_list(reader, object, path, lists[i].key,
					  lists[i].list);
	for (size_t i = 0; !r && i < selector->functions.count; i++) {
		if (!kube_config_is_one_of(selector->functions.texts[i], function_words))
			return kube_config_fault(
				reader,
				"%s.functions[%zu]: pf, vf, sf, mdev, vduse, "
				"simulator or other is wanted",
				path, i);
	}
	return r;
}

static int read_selectors(const struct kube_config_reader *reader,
			  struct json_object *object, const char *path,
			  struct kube_resource *resource)
{
	struct json_object *value = kube_config_get(object, "selectors");
	/* One object stands for a list of one, as it does in the other plugin. */
	bool is_list = value && json_object_is_type(value, json_type_array);
	size_t count = is_list ? json_object_array_length(value) : 1;
	char inner[96];
	int r = 0;

	if (!count)
		count = 1; /* of nothing at all: every device */
	resource->selectors = calloc(count, sizeof(*resource->selectors));
	if (!resource->selectors)
		return -ENOMEM;
	resource->n_selectors = count;
	if (!value || (is_list && !json_object_array_length(value)))
		return 0;
	for (size_t i = 0; !r && i < count; i++) {
		snprintf(inner, sizeof(inner),
			 is_list ? "%s.selectors[%zu]" : "%s.selectors", path, i);
		r = read_selector(reader,
				  is_list ? json_object_array_get_idx(value, i) : value,
				  inner, &resource->selectors[i]);
	}
	return r;
}

/* ---- Resources ------------------------------------------------------------------------------- */

/* As Kubernetes has a qualified name: letters and digits at the ends, between them _.- too. */
static bool is_name(const char *text, bool prefix)
{
	size_t length = strlen(text);

	if (!length || length > (prefix ? 253 : KUBE_NAME_MAX) ||
	    !isalnum((unsigned char)text[0]) || !isalnum((unsigned char)text[length - 1]))
		return false;
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && *text != '-' && *text != '.' &&
		    (prefix || *text != '_'))
			return false;
	}
	return true;
}

static int read_name(const struct kube_config_reader *reader, struct json_object *object,
		     const char *path, struct kube_resource *resource)
{
	int r = kube_config_read_text(reader, object, path, "resourceName",
				      &resource->suffix);

	resource->prefix = DEFAULT_PREFIX;
	if (!r)
		r = kube_config_read_text(reader, object, path, "resourcePrefix",
					  &resource->prefix);
	if (r < 0)
		return r;
	if (!resource->suffix || !is_name(resource->suffix, false))
		return kube_config_fault(
			reader,
			"%s.resourceName: a name of 1 to 63 letters, digits, '-', "
			"'_' and '.' is wanted",
			path);
	if (!is_name(resource->prefix, true))
		return kube_config_fault(
			reader, "%s.resourcePrefix: a domain name is wanted", path);
	if (asprintf(&resource->name, "%s/%s", resource->prefix, resource->suffix) < 0) {
		resource->name = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int read_resource(const struct kube_config_reader *reader,
			 struct json_object *object, const char *path,
			 struct kube_resource *resource)
{
	static const char *const keys[] = {
		"resourceName",   "resourcePrefix",  "deviceType", "selectors",
		"additionalInfo", "excludeTopology", NULL
	};
	const char *type = NULL;
	int r = kube_config_check_keys(reader, object, path, keys);

	if (!r)
		r = read_name(reader, object, path, resource);
	if (!r)
		r = kube_config_read_text(reader, object, path, "deviceType", &type);
	if (!r && type && strcasecmp(type, "netDevice") != 0)
		return kube_config_fault(
			reader, "%s.deviceType: netDevice is wanted, if anything", path);
	if (!r && kube_config_get(object, "additionalInfo") &&
	    json_object_object_length(kube_config_get(object, "additionalInfo")))
		return kube_config_fault(
			reader, "%s.additionalInfo: this is not supported", path);
	if (!r)
		r = kube_config_read_flag(reader, object, path, "excludeTopology",
					  &resource->exclude_topology);
	return r < 0 ? r : read_selectors(reader, object, path, resource);
}

static int read_resources(const struct kube_config_reader *reader,
			  struct kube_config *config)
{
	static const char *const keys[] = { "resourceList", NULL };
	struct json_object *list = kube_config_get(reader->json, "resourceList");
	char path[40];
	int r = kube_config_check_keys(reader, reader->json, "the file", keys);

	if (r < 0)
		return r;
	if (!json_object_is_type(list, json_type_array) ||
	    !json_object_array_length(list))
		return kube_config_fault(reader,
					 "resourceList: a list of resources is wanted");
	config->resources =
		calloc(json_object_array_length(list), sizeof(*config->resources));
	if (!config->resources)
		return -ENOMEM;
	config->count = json_object_array_length(list);
	for (size_t i = 0; i < config->count; i++) {
		snprintf(path, sizeof(path), "resourceList[%zu]", i);
		r = read_resource(reader, json_object_array_get_idx(list, i), path,
				  &config->resources[i]);
		if (r < 0)
			return r;
		for (size_t j = 0; j < i; j++) {
			const char *other = config->resources[j].name;

			if (other && !strcasecmp(other, config->resources[i].name))
				return kube_config_fault(
					reader,
					"%s.resourceName: resourceList[%zu] is "
					"called the same",
					path, j);
		}
	}
	return 0;
}

/* Where the text stops being JSON; what is JSON and still refused is a key that is there twice, or so. */
static int say_where(const struct kube_config_reader *reader, const char *text,
		     size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	enum json_tokener_error error;
	struct json_object *json;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tokener, text, (int)size);
	error = json_tokener_get_error(tokener);
	if (error)
		kube_config_say_fault(reader, "byte %zu: this is no JSON: %s",
				      json_tokener_get_parse_end(tokener),
				      json_tokener_error_desc(error));
	else
		kube_config_say_fault(
			reader, "a key is there twice in its object, or a number is no "
				"whole one");
	json_object_put(json);
	json_tokener_free(tokener);
	return -EINVAL;
}

static int parse(const char *text, size_t size, struct kube_config_reader *reader)
{
	int r;

	if (size > MAX_SIZE)
		return kube_config_fault(reader, "the file is larger than 1 MiB");
	r = vdpam_json_parse(text, size, &reader->json);
	return r == -EINVAL ? say_where(reader, text, size) : r;
}

int kube_config_parse(const char *text, size_t size, struct kube_config **ret_config,
		      char **ret_message)
{
	struct kube_config_reader reader = { .ret_message = ret_message };
	struct kube_config *config = calloc(1, sizeof(*config));
	int r = config ? parse(text, size, &reader) : -ENOMEM;

	if (!r) {
		config->json = reader.json;
		r = read_resources(&reader, config);
	}
	if (r < 0)
		kube_config_free(config);
	else
		*ret_config = config;
	return r;
}

static void clear_selector(struct kube_selector *selector)
{
	struct vdpam_match *match = &selector->match;
	const struct vdpam_match_list *lists[] = {
		&match->vendors,     &match->devices,       &match->drivers,
		&match->pf_names,    &match->pci_addresses, &match->root_devices,
		&selector->mgmtdevs, &selector->names,      &selector->functions,
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		free((void *)lists[i]->texts);
}

struct kube_config *kube_config_free(struct kube_config *config)
{
	if (!config)
		return NULL;
	for (size_t i = 0; i < config->count; i++) {
		struct kube_resource *resource = &config->resources[i];

		for (size_t j = 0; j < resource->n_selectors; j++)
			clear_selector(&resource->selectors[j]);
		free(resource->selectors);
		free(resource->name);
	}
	free(config->resources);
	json_object_put(config->json);
	free(config);
	return NULL;
}
