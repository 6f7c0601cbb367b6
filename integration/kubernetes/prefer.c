// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which devices the kubelet had best allocate: of one NUMA node, and from there spread over PFs. Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

struct candidate {
	const struct kube_device *device;
	int node;
	const char *pf;
	bool chosen;
};

static struct candidate *find_candidate(struct candidate *all, size_t count,
					const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(all[i].device->id, id))
			return &all[i];
	}
	return NULL;
}

static size_t count_chosen(const struct candidate *all, size_t count, const char *pf)
{
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++)
		chosen += all[i].chosen && (!pf || !strcmp(all[i].pf, pf));
	return chosen;
}

static size_t count_node(const struct candidate *all, size_t count, int node, bool chosen)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += all[i].node == node && all[i].chosen == chosen;
	return found;
}

/*
 * The node to go on with: the one that most of what is chosen is on, then one that has enough for
 * all that is still wanted, of those the emptiest so that larger ones stay whole, else the fullest.
 */
static bool is_better_node(const struct candidate *all, size_t count, int a, int b,
			   size_t wanted)
{
	size_t chosen_a = count_node(all, count, a, true),
	       chosen_b = count_node(all, count, b, true);
	size_t free_a = count_node(all, count, a, false),
	       free_b = count_node(all, count, b, false);

	if (chosen_a != chosen_b)
		return chosen_a > chosen_b;
	if ((free_a >= wanted) != (free_b >= wanted))
		return free_a >= wanted;
	return free_a >= wanted ? free_a < free_b : free_a > free_b;
}

static int best_node(const struct candidate *all, size_t count, size_t wanted)
{
	int best = -1;
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		if (all[i].chosen)
			continue;
		if (!found || is_better_node(all, count, all[i].node, best, wanted))
			best = all[i].node;
		found = true;
	}
	return best;
}

/* Of that node the one whose PF has been given away least, in the order of names. */
static struct candidate *best_candidate(struct candidate *all, size_t count, int node)
{
	struct candidate *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		size_t used;

		if (all[i].chosen || all[i].node != node)
			continue;
		used = count_chosen(all, count, all[i].pf);
		if (used < least) {
			least = used;
			best = &all[i];
		}
	}
	return best;
}

static void choose(struct candidate *all, size_t count, size_t size)
{
	size_t chosen = count_chosen(all, count, NULL);

	while (chosen < size) {
		int node = best_node(all, count, size - chosen);
		struct candidate *candidate;

		while (chosen < size && (candidate = best_candidate(all, count, node))) {
			candidate->chosen = true;
			chosen++;
		}
	}
}

static int by_id(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	return strcmp(left->device->id, right->device->id);
}

static int collect(const struct kube_pool *pool, size_t resource,
		   struct json_object *request, struct candidate *all, size_t *ret_count,
		   char **ret_message)
{
	struct json_object *available = kube_get(request, "available_deviceIDs");
	struct json_object *must = kube_get(request, "must_include_deviceIDs");
	size_t count = 0;

	for (size_t i = 0; i < kube_length(available); i++) {
		struct candidate candidate = { 0 };
		int r = kube_find(pool, resource, kube_text_at(available, i),
				  &candidate.device, ret_message);

		if (r < 0)
			return r;
		candidate.node = kube_device_numa_node(pool, candidate.device);
		candidate.pf = kube_device_pf(pool, candidate.device);
		if (!find_candidate(all, count, candidate.device->id))
			all[count++] = candidate;
	}
	qsort(all, count, sizeof(*all), by_id);
	for (size_t i = 0; i < kube_length(must); i++) {
		struct candidate *found =
			find_candidate(all, count, kube_text_at(must, i));

		if (!found)
			return kube_refuse(
				ret_message, -EINVAL,
				"'%s' has to be included, and is not available",
				kube_text_at(must, i));
		found->chosen = true;
	}
	*ret_count = count;
	return 0;
}

static int prefer_one(const struct kube_pool *pool, size_t resource,
		      struct json_object *request, struct json_object *reply,
		      char **ret_message)
{
	int64_t size = json_object_get_int64(kube_get(request, "allocation_size"));
	struct candidate *all = calloc(
		kube_length(kube_get(request, "available_deviceIDs")) + 1, sizeof(*all));
	struct json_object *ids = json_object_new_array();
	size_t count = 0;
	int r = all ? collect(pool, resource, request, all, &count, ret_message)
		    : -ENOMEM;

	if (!r && (size < 0 || (uint64_t)size > count ||
		   count_chosen(all, count, NULL) > (size_t)size))
		r = kube_refuse(ret_message, -EINVAL,
				"%lld devices are wanted of %zu, of which %zu have to be "
				"included",
				(long long)size, count, count_chosen(all, count, NULL));
	if (!r)
		choose(all, count, (size_t)size);
	for (size_t i = 0; !r && i < count; i++) {
		if (all[i].chosen)
			json_object_array_add(ids, kube_string(all[i].device->id));
	}
	kube_set(reply, "deviceIDs", ids);
	free(all);
	return r;
}

int kube_prefer(const struct kube_pool *pool, size_t resource, const char *request,
		char **ret_reply, char **ret_message)
{
	return kube_answer(pool, resource, request, prefer_one, ret_reply, ret_message);
}
