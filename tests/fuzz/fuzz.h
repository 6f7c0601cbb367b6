/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz target defines; libFuzzer calls it, or fuzz-main.c. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
