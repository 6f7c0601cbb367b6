/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What store.c and store-file.c share. */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "store.h"

#define SUFFIX ".json"

/* The files of one applied document. */
struct names {
	char kept[300], previous[300], fresh[300], damaged[300];
};

void stored_free(struct stored *stored);
int stored_read_text(int folder, const char *name, char **ret_text, size_t *ret_size);
void stored_set_fault(struct stored *stored, const char *fault);
/* Takes the text. */
int stored_set_text(struct stored *stored, char *text, size_t size);
void stored_make_names(const char *name, struct names *names);
/* Durably. 0 or -errno. */
int stored_replace(int folder, const struct names *names, const char *text, size_t size);
/* A descriptor, or -errno. */
int store_open_folder(const struct store *store, enum store_place place);
/* Sets what is damaged aside. */
int stored_restore_previous(int folder, struct stored *stored);

#endif
