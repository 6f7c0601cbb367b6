/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents, and hosts, by chance: the same ones for the same seed. */
#ifndef TESTS_RANDOM_DOCUMENT_H
#define TESTS_RANDOM_DOCUMENT_H

#include <stdint.h>

struct json_object;

struct chance {
	uint64_t state;
};

/* 0 to n - 1. */
uint32_t chance_below(struct chance *chance, uint32_t n);

/* A document for the host of model_new(). Not each that comes out is valid. */
struct json_object *random_document(struct chance *chance);

/* What somebody else does to the host of a model: a device made, changed, removed, a driver switched. */
void random_meddling(struct chance *chance, struct json_object *host);

/* The same documents with its devices, functions and VFs in another order. */
struct json_object *random_permutation(struct chance *chance,
				       struct json_object *document);

#endif
