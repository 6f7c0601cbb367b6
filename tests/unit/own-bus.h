/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon on a bus of our own, with a manager that only writes down what it is asked, and with a
 * polkit that answers as it is told.
 */
#ifndef TESTS_OWN_BUS_H
#define TESTS_OWN_BUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../vdpad/bus.h"
#include "manager-stub.h"

#define NOBODY 65534
#define SHORT_USEC (20 * UINT64_C(1000000))
#define N0 BUS_DEVICES "/n0"

extern struct own_bus {
	char folder[32];
	pid_t daemon;
	sd_event *event;
	struct manager *manager;
	struct bus *bus;
	sd_bus *client; /* of an ordinary user, if we can be one */
	sd_bus *polkit; /* NULL: there is none */
	bool polkit_allows;
	char polkit_asked[512];
} test;

int own_bus_set_up(void **state);
int own_bus_tear_down(void **state);
#define ON_BUS(name) \
	cmocka_unit_test_setup_teardown(name, own_bus_set_up, own_bus_tear_down)

/* As an ordinary user where we are root: who connects is who asks. */
sd_bus *connect_as(uid_t uid);
void start_polkit(bool allows);
/* Says so where we are nobody but ourselves. */
bool can_be_others(void);

sd_bus_message *new_call(const char *path, const char *interface, const char *member,
			 const char *types, ...);
/* Runs the loop until there is an answer, whatever it is. Takes `message`. */
sd_bus_message *answer_to(sd_bus *client, sd_bus_message *message);

#define CALL(path, interface, member, ...) \
	answer_to(test.client,             \
		  new_call(path, BUS_NAME "." interface, member, __VA_ARGS__))

/* Both take `reply`. */
void assert_error(sd_bus_message *reply, const char *name);
void assert_done(sd_bus_message *reply);

/* The call is done, and `expected` is what it asked the manager for. Takes `call`. */
void assert_asks(sd_bus_message *call, const char *expected);

#define ASKS(expected, path, interface, member, ...) \
	assert_asks(new_call(path, BUS_NAME "." interface, member, __VA_ARGS__), expected)

#endif
