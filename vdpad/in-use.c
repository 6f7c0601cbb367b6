// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who uses devices. Workers may not look at processes, and those that may do nothing else: so a plan
 * that would change a device under its users waits at a gate for their answer, and a failure that is
 * due to users gets their names afterwards.
 */
#include <errno.h>

#include "manager-private.h"
#include "wire.h"

#define AGAIN_USEC UINT64_C(500000)
/* A refusal without names is worth less than one that comes late, on a host that is slow. */
#define PATIENCE_USEC UINT64_C(8000000)

struct query *users_ask(struct manager *manager, const char *const *names, size_t count,
			query_done_fn *done, void *userdata)
{
	struct query *query = NULL;

	query_new(manager, WORKER_HOLDERS, wire_holders(names, count), PATIENCE_USEC,
		  done, userdata, &query);
	return query;
}

/* ---- Afterwards ---------------------------------------------------------------------------- */

static const struct vdpam_error *unseen_error(const struct vdpam_plan *plan, size_t index)
{
	const struct vdpam_error *error = vdpam_plan_get_error(plan, index);

	return error && vdpam_error_get_code(error) == VDPAM_ERROR_IN_USE &&
			       vdpam_error_get_target(error) &&
			       !vdpam_holders_count(vdpam_error_get_holders(error))
		       ? error
		       : NULL;
}

size_t plan_list_unseen(const struct vdpam_plan *plan, const char **names)
{
	size_t count = 0;

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_error *error = unseen_error(plan, i);

		if (error)
			names[count++] = vdpam_error_get_target(error);
	}
	return count;
}

void plan_name_holders(struct vdpam_plan *plan, struct json_object *answer)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_error *error = unseen_error(plan, i);
		struct vdpam_holders *holders =
			error ? wire_find_holders(answer, vdpam_error_get_target(error))
			      : NULL;
		struct vdpam_error *named =
			holders ? vdpam_error_name_holders(error, holders) : NULL;

		if (named)
			vdpam_plan_set_result(plan, i, vdpam_plan_get_status(plan, i),
					      named);
		vdpam_holders_free(holders);
	}
}

/* ---- Before -------------------------------------------------------------------------------- */

struct gate {
	struct gate *next;
	struct manager *manager;
	enum gate_kind kind;
	struct vdpam_plan *plan;
	uint64_t timeout_usec;
	const char *waits_for; /* a target that was in use when last asked */
	schedule_done_fn *done;
	void *userdata;
	struct query *query;
	sd_event_source *again;
};

/* Whether users are in the way of the step. The kernel refuses a MAC to nobody, who has read the old one. */
static bool minds_users(const struct gate *gate, size_t index)
{
	const struct vdpam_step *step = vdpam_plan_get_step(gate->plan, index);
	uint64_t value = 0;

	if (vdpam_plan_get_status(gate->plan, index) != VDPAM_STEP_PENDING)
		return false;
	if (vdpam_step_get_operation(step) == VDPAM_DEVICE_SET)
		return !vdpam_step_get_number(step, VDPAM_ARG_MAC, &value);
	vdpam_step_get_number(step, VDPAM_ARG_FORCE, &value);
	return gate->kind == GATE_WHOLE && !value &&
	       vdpam_step_get_operation(step) == VDPAM_DRIVER_UNBIND;
}

static void gate_free(struct gate *gate)
{
	struct gate **at = &gate->manager->gates;

	while (*at != gate)
		at = &(*at)->next;
	*at = gate->next;
	query_free(gate->query);
	sd_event_source_disable_unref(gate->again);
	free(gate);
}

static void open_gate(struct gate *gate)
{
	if (schedule_run(gate->manager->schedule, gate->plan, gate->timeout_usec,
			 gate->done, gate->userdata) < 0) {
		manager_skip(gate->manager, gate->plan);
		gate->done(gate->userdata, gate->plan);
	}
	gate_free(gate);
}

static void fail_step(struct gate *gate, size_t index,
		      const struct vdpam_holders *holders)
{
	const char *name = vdpam_step_get_target(vdpam_plan_get_step(gate->plan, index));
	AUTO_FREE char *shown = vdpam_name_escape(name);
	struct vdpam_error *error = manager_error(
		VDPAM_ERROR_IN_USE, EBUSY, name, "%s is in use: pid %d (%s) has it open",
		shown, (int)vdpam_holders_get_pid(holders, 0),
		vdpam_holders_get_comm(holders, 0));
	struct vdpam_error *named =
		error ? vdpam_error_name_holders(error, holders) : NULL;

	manager_step_begins(gate->manager, gate->plan, index);
	vdpam_plan_set_result(gate->plan, index, VDPAM_STEP_FAILED, named);
	manager_step_ends(gate->manager, gate->plan, index);
	vdpam_error_free(error);
}

/* It goes on, as a forced unbind does in the kernel; who asked for it has waited long enough. */
static void tell_waiting(const struct gate *gate, const char *name)
{
	AUTO_FREE char *shown = vdpam_name_escape(name);
	struct vdpam_error *error =
		manager_error(VDPAM_ERROR_TIMEOUT, ETIMEDOUT, name,
			      "the MAC of %s is not changed yet: it is in use, and will "
			      "be changed as soon as it is not",
			      shown);

	if (error)
		requests_wait(gate->manager, gate->plan, error);
	vdpam_error_free(error);
}

bool gates_tell(struct manager *manager, const struct vdpam_plan *plan)
{
	for (struct gate *gate = manager->gates; gate; gate = gate->next) {
		if (gate->plan != plan || !gate->waits_for)
			continue;
		tell_waiting(gate, gate->waits_for);
		return true;
	}
	return false;
}

/* Returns whether the step waits for the users to go. */
static bool judge(struct gate *gate, size_t index, struct json_object *answer)
{
	const struct vdpam_step *step = vdpam_plan_get_step(gate->plan, index);
	const char *name = vdpam_step_get_target(step);
	struct vdpam_holders *holders = wire_find_holders(answer, name);
	bool is_used = vdpam_holders_count(holders);
	uint64_t force = 0;

	vdpam_step_get_number(step, VDPAM_ARG_FORCE, &force);
	if (is_used && !force)
		fail_step(gate, index, holders);
	else if (is_used)
		gate->waits_for = name;
	vdpam_holders_free(holders);
	return is_used && force;
}

/* Nothing of the plan is begun where one of its steps cannot be. */
static void skip_all(struct gate *gate)
{
	bool failed = false;

	for (size_t i = 0; i < vdpam_plan_count(gate->plan); i++)
		failed |= vdpam_plan_get_status(gate->plan, i) == VDPAM_STEP_FAILED;
	if (failed)
		manager_skip(gate->manager, gate->plan);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata);

static void on_users(void *userdata, struct json_object *answer)
{
	struct gate *gate = userdata;
	bool waits = false;

	gate->query = NULL;
	gate->waits_for = NULL;
	for (size_t i = 0; answer && i < vdpam_plan_count(gate->plan); i++) {
		if (minds_users(gate, i))
			waits |= judge(gate, i, answer);
	}
	if (gate->kind == GATE_WHOLE)
		skip_all(gate);
	if (!waits || sd_event_add_time_relative(gate->manager->event, &gate->again,
						 CLOCK_MONOTONIC, AGAIN_USEC, 0, on_again,
						 gate) < 0)
		open_gate(gate);
}

static void ask(struct gate *gate)
{
	size_t count = vdpam_plan_count(gate->plan), n = 0;
	const char **names = calloc(count + 1, sizeof(*names));

	for (size_t i = 0; names && i < count; i++) {
		if (minds_users(gate, i))
			names[n++] =
				vdpam_step_get_target(vdpam_plan_get_step(gate->plan, i));
	}
	if (n)
		gate->query = users_ask(gate->manager, names, n, on_users, gate);
	free(names);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct gate *gate = userdata;

	(void)source;
	(void)usec;
	gate->again = sd_event_source_disable_unref(gate->again);
	ask(gate);
	if (!gate->query)
		open_gate(gate);
	return 0;
}

int gate_run(struct manager *manager, enum gate_kind kind, struct vdpam_plan *plan,
	     uint64_t timeout_usec, schedule_done_fn *done, void *userdata)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate)
		return -ENOMEM;
	*gate = (struct gate){
		.next = manager->gates,
		.manager = manager,
		.kind = kind,
		.plan = plan,
		.timeout_usec = timeout_usec,
		.done = done,
		.userdata = userdata,
	};
	manager->gates = gate;
	ask(gate);
	if (gate->query)
		return 0;
	/* There is nothing to ask, or nobody: then the kernel decides. */
	gate_free(gate);
	return schedule_run(manager->schedule, plan, timeout_usec, done, userdata);
}

void gates_fini(struct manager *manager)
{
	while (manager->gates) {
		vdpam_plan_free(manager->gates->plan);
		gate_free(manager->gates);
	}
}
