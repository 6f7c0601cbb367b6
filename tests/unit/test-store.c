// SPDX-License-Identifier: GPL-2.0-or-later
/* Documents on disk: read, replaced, damaged, faulty, removed; and folders that are changed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"
#include "store.h"

#define DOCUMENT(name)                                  \
	"{\"version\":1,\"devices\":[{\"name\":\"" name \
	"\",\"mgmtdev\":\"vdpasim_net\"}]}"

struct fixture {
	char root[32], folders[STORE_PLACE_COUNT][64];
	sd_event *event;
	struct store store;
	unsigned int changes;
};

static void on_changed(void *userdata)
{
	((struct fixture *)userdata)->changes++;
}

static void open_store(struct fixture *f)
{
	const char *const folders[] = { f->folders[0], f->folders[1], f->folders[2] };

	f->store = (struct store){};
	assert_int_equal(store_init(&f->store, f->event, folders), 0);
	f->store.changed = on_changed;
	f->store.userdata = f;
	assert_true(store_load(&f->store) >= 0);
}

static int setup(void **state)
{
	static const char *const names[] = { "etc", "run", "var" };
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->root, "/tmp/test-store.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (unsigned int i = 0; i < STORE_PLACE_COUNT; i++) {
		snprintf(f->folders[i], sizeof(f->folders[i]), "%s/%s", f->root,
			 names[i]);
		assert_int_equal(mkdir(f->folders[i], 0700), 0);
	}
	assert_true(sd_event_new(&f->event) >= 0);
	open_store(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_fini(&f->store);
	sd_event_unref(f->event);
	assert_int_equal(folder_remove(f->root), 0);
	free(f);
	return 0;
}

static void put(const struct fixture *f, enum store_place place, const char *name,
		const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->folders[place], name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool has(const struct fixture *f, enum store_place place, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->folders[place], name);
	return access(path, F_OK) == 0;
}

static void save(struct fixture *f, const char *name, const char *text)
{
	struct vdpam_error *error = NULL;

	assert_int_equal(store_save(&f->store, name, text, strlen(text), &error), 0);
}

static const char *device_of(const struct stored *stored)
{
	assert_non_null(stored);
	assert_non_null(stored->document);
	return vdpam_document_get_device_name(stored->document, 0);
}

static void test_places(void **state)
{
	struct fixture *f = *state;

	put(f, STORE_VAR, "a.json", DOCUMENT("v"));
	put(f, STORE_ETC, "b.json", DOCUMENT("e"));
	put(f, STORE_RUN, "c.json", DOCUMENT("r"));
	put(f, STORE_RUN, ".d.json", DOCUMENT("hidden"));
	put(f, STORE_RUN, "e.txt", "no document");
	assert_int_equal(store_load(&f->store), 1);
	assert_int_equal(f->store.count, 3);
	assert_string_equal(device_of(f->store.documents[0]), "e");
	assert_string_equal(device_of(f->store.documents[1]), "r");
	assert_string_equal(device_of(f->store.documents[2]), "v");
	assert_int_equal(store_load(&f->store), 0);
}

static void test_saved_and_kept(void **state)
{
	struct fixture *f = *state;

	save(f, "a", DOCUMENT("one"));
	save(f, "a", DOCUMENT("two"));
	assert_true(has(f, STORE_VAR, "a.json~"));
	assert_false(has(f, STORE_VAR, ".a.json.new"));
	store_fini(&f->store);
	open_store(f);
	assert_int_equal(f->store.count, 1);
	assert_string_equal(device_of(store_find(&f->store, "a")), "two");
}

static void test_damaged(void **state)
{
	struct fixture *f = *state;

	save(f, "a", DOCUMENT("one"));
	save(f, "a", DOCUMENT("two"));
	put(f, STORE_VAR, "a.json", "{\"version\":1,\"dev");
	store_fini(&f->store);
	open_store(f);
	assert_string_equal(device_of(store_find(&f->store, "a")), "one");
	assert_null(store_find(&f->store, "a")->fault);
	assert_true(has(f, STORE_VAR, "a.json.damaged"));
}

/* Without one before it, it stays: what is not there lets go of its devices. */
static void test_damaged_first(void **state)
{
	struct fixture *f = *state;

	save(f, "a", DOCUMENT("one"));
	put(f, STORE_VAR, "a.json", "{\"version\":1,\"dev");
	assert_int_equal(store_load(&f->store), 1);
	assert_non_null(store_find(&f->store, "a")->fault);
	assert_string_equal(device_of(store_find(&f->store, "a")), "one");
	assert_true(has(f, STORE_VAR, "a.json"));
	assert_false(has(f, STORE_VAR, "a.json.damaged"));
	assert_int_equal(store_load(&f->store), 0);
}

/* One of the administrator's is left alone, and so is what it said before. */
static void test_faulty(void **state)
{
	struct fixture *f = *state;

	put(f, STORE_ETC, "a.json", DOCUMENT("one"));
	store_load(&f->store);
	put(f, STORE_ETC, "a.json", "{");
	assert_int_equal(store_load(&f->store), 1);
	assert_non_null(store_find(&f->store, "a")->fault);
	assert_string_equal(device_of(store_find(&f->store, "a")), "one");
	assert_false(has(f, STORE_ETC, "a.json.damaged"));
	put(f, STORE_ETC, "a.json", DOCUMENT("one"));
	assert_int_equal(store_load(&f->store), 1);
	assert_null(store_find(&f->store, "a")->fault);
}

static void test_removed(void **state)
{
	struct fixture *f = *state;
	struct vdpam_error *error = NULL;

	save(f, "a", DOCUMENT("one"));
	put(f, STORE_ETC, "b.json", DOCUMENT("two"));
	store_load(&f->store);
	assert_int_equal(store_remove(&f->store, "a", &error), 0);
	assert_null(store_find(&f->store, "a"));
	assert_false(has(f, STORE_VAR, "a.json"));
	assert_true(store_remove(&f->store, "a", &error) < 0);
	assert_int_equal(vdpam_error_get_code(error), VDPAM_ERROR_NO_SUCH_DOCUMENT);
	error = vdpam_error_free(error);
	assert_true(store_remove(&f->store, "b", &error) < 0);
	assert_int_equal(vdpam_error_get_code(error), VDPAM_ERROR_MANAGED);
	vdpam_error_free(error);
	assert_true(has(f, STORE_ETC, "b.json"));
}

static void wait_for_change(struct fixture *f)
{
	unsigned int before = f->changes;

	for (int i = 0; i < 100 && f->changes == before; i++)
		assert_true(sd_event_run(f->event, 100000) >= 0);
	assert_int_equal(f->changes, before + 1);
}

static void link_to(const struct fixture *f, const char *target, const char *name)
{
	char path[128], fresh[128];

	snprintf(path, sizeof(path), "%s/%s", f->folders[STORE_RUN], name);
	snprintf(fresh, sizeof(fresh), "%s/..new", f->folders[STORE_RUN]);
	assert_int_equal(symlink(target, fresh), 0);
	assert_int_equal(rename(fresh, path), 0);
}

/* A mounted ConfigMap: a.json -> ..data/a.json, and ..data is exchanged. */
static void test_watched(void **state)
{
	struct fixture *f = *state;
	char path[128];

	for (int i = 1; i <= 2; i++) {
		snprintf(path, sizeof(path), "%s/..%d", f->folders[STORE_RUN], i);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put(f, STORE_RUN, "..1/a.json", DOCUMENT("one"));
	put(f, STORE_RUN, "..2/a.json", DOCUMENT("two"));
	link_to(f, "..1", "..data");
	link_to(f, "..data/a.json", "a.json");
	store_load(&f->store);
	assert_string_equal(device_of(store_find(&f->store, "a")), "one");
	assert_int_equal(store_watch(&f->store), 0);
	link_to(f, "..2", "..data");
	wait_for_change(f);
	assert_string_equal(device_of(store_find(&f->store, "a")), "two");
	/* A folder that goes, and one that comes. */
	assert_int_equal(rmdir(f->folders[STORE_ETC]), 0);
	sd_event_run(f->event, 300000);
	sd_event_run(f->event, 300000);
	assert_int_equal(mkdir(f->folders[STORE_ETC], 0700), 0);
	sd_event_run(f->event, 300000);
	sd_event_run(f->event, 300000);
	put(f, STORE_ETC, "z.json", DOCUMENT("three"));
	wait_for_change(f);
	assert_string_equal(device_of(store_find(&f->store, "z")), "three");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_saved_and_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_faulty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watched, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
