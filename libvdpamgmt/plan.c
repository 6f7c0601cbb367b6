// SPDX-License-Identifier: LGPL-2.1-or-later
/* A plan: a list of steps, in the order in which they run. Who decides on them is in plan-….c. */
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "objects.h"
#include "private.h"

struct vdpam_plan *vdpam_plan_free(struct vdpam_plan *plan)
{
	if (plan) {
		for (size_t i = 0; i < plan->count; i++) {
			vdpam_step_unref(plan->entries[i].step);
			vdpam_error_free(plan->entries[i].error);
			free(plan->entries[i].needs);
		}
		for (size_t i = 0; i < plan->n_notes; i++)
			free(plan->notes[i].target);
		free(plan->entries);
		free(plan->notes);
		free(plan);
	}
	return NULL;
}

size_t vdpam_plan_count(const struct vdpam_plan *plan)
{
	return plan->count;
}

bool vdpam_plan_is_done(const struct vdpam_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->entries[i].status != VDPAM_STEP_DONE)
			return false;
	}
	return true;
}

struct vdpam_step *vdpam_plan_get_step(const struct vdpam_plan *plan, size_t index)
{
	return index < plan->count ? plan->entries[index].step : NULL;
}

enum vdpam_step_status vdpam_plan_get_status(const struct vdpam_plan *plan, size_t index)
{
	return index < plan->count ? plan->entries[index].status : VDPAM_STEP_PENDING;
}

const struct vdpam_error *vdpam_plan_get_error(const struct vdpam_plan *plan,
					       size_t index)
{
	return index < plan->count ? plan->entries[index].error : NULL;
}

static struct vdpam_plan_entry *append(struct vdpam_plan *plan)
{
	return vdpam_append(&plan->entries, &plan->count, sizeof(*plan->entries));
}

int vdpam_plan_add_step(struct vdpam_plan *plan, struct vdpam_step *step)
{
	struct vdpam_plan_entry *entry = append(plan);

	if (!entry) {
		vdpam_step_unref(step);
		return -ENOMEM;
	}
	entry->step = step;
	return 0;
}

int vdpam_plan_add(struct vdpam_plan *plan, enum vdpam_operation operation,
		   const char *target, const char *why, struct vdpam_step **ret_step)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_step_new(operation, target, &step);
	if (!r)
		r = vdpam_plan_add_step(plan, step);
	if (r < 0)
		return r;
	*ret_step = step;
	return vdpam_step_set_why(step, why);
}

int vdpam_plan_append(struct vdpam_plan *plan, const struct vdpam_plan *more)
{
	size_t first = plan->count;

	for (size_t i = 0; i < more->count; i++) {
		const struct vdpam_plan_entry *from = &more->entries[i];
		struct vdpam_plan_entry *entry = append(plan);

		if (!entry)
			return -ENOMEM;
		entry->step = vdpam_step_ref(from->step);
		for (size_t j = 0; j < from->n_needs; j++)
			vdpam_plan_require(plan, first + from->needs[j]);
	}
	for (size_t i = 0; i < more->n_notes; i++) {
		int r = vdpam_plan_add_note(plan, more->notes[i].target,
					    more->notes[i].text);

		if (r < 0)
			return r;
	}
	return plan->lacks_memory ? -ENOMEM : 0;
}

int vdpam_plan_new_joined(struct vdpam_plan *const *plans, size_t count,
			  struct vdpam_plan **ret_plan)
{
	struct vdpam_plan *plan = calloc(1, sizeof(*plan));
	int r = plan ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < count; i++)
		r = plans[i] ? vdpam_plan_append(plan, plans[i]) : 0;
	if (r < 0)
		vdpam_plan_free(plan);
	else
		*ret_plan = plan;
	return r;
}

int vdpam_plan_add_note(struct vdpam_plan *plan, const char *target, const char *text)
{
	struct vdpam_plan_note *larger =
		reallocarray(plan->notes, plan->n_notes + 1, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	plan->notes = larger;
	larger[plan->n_notes].target = strdup(target);
	larger[plan->n_notes].text = text;
	return larger[plan->n_notes++].target ? 0 : -ENOMEM;
}

size_t vdpam_plan_count_notes(const struct vdpam_plan *plan)
{
	return plan->n_notes;
}

const char *vdpam_plan_get_note(const struct vdpam_plan *plan, size_t index,
				const char **ret_target)
{
	*ret_target = plan->notes[index].target;
	return plan->notes[index].text;
}

void vdpam_plan_add_need(struct vdpam_plan *plan, size_t step, size_t index)
{
	struct vdpam_plan_entry *entry = &plan->entries[step];
	size_t *need = vdpam_append(&entry->needs, &entry->n_needs, sizeof(*need));

	if (need)
		*need = index;
	else
		plan->lacks_memory = true;
}

void vdpam_plan_require(struct vdpam_plan *plan, size_t index)
{
	vdpam_plan_add_need(plan, plan->count - 1, index);
}

int vdpam_plan_finish(struct vdpam_plan *plan, int r, struct vdpam_plan **ret_plan,
		      struct vdpam_error **ret_error)
{
	if (r < 0 || !plan || plan->lacks_memory) {
		vdpam_plan_free(plan);
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, r < 0 ? r : -ENOMEM,
				  NULL, NULL, "cannot plan");
	}
	*ret_plan = plan;
	return 0;
}
