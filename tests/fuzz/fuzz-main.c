// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a fuzz target as an ordinary test: over the files named and all *.bin of the folders named,
 * else over the corpus and the captures. Reports as TAP.
 */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static int number;

static void run_file(const char *path)
{
	static uint8_t bytes[1024 * 1024];
	uint8_t *copy;
	size_t size;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		err(1, "%s", path);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);

	/* In memory of its own size, as libFuzzer has it. */
	copy = malloc(size ? size : 1);
	if (!copy)
		err(1, "malloc");
	memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	printf("ok %d - %s\n", ++number,
	       strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	fflush(stdout);
}

static int is_input(const struct dirent *entry)
{
	const char *suffix = strrchr(entry->d_name, '.');

	return suffix && strcmp(suffix, ".bin") == 0;
}

static void run(const char *path)
{
	struct dirent **entries;
	struct stat status;
	char inner[4096];
	int count;

	if (stat(path, &status) < 0)
		err(1, "%s", path);
	if (!S_ISDIR(status.st_mode)) {
		run_file(path);
		return;
	}

	count = scandir(path, &entries, is_input, alphasort);
	if (count < 0)
		err(1, "%s", path);
	for (int i = 0; i < count; i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		run_file(inner);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	if (argc < 2) {
		run(TEST_DATA "/netlink");
		run(FUZZ_CORPUS);
	}
	printf("1..%d\n", number);
	return 0;
}
