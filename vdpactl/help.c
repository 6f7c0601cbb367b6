// SPDX-License-Identifier: GPL-2.0-or-later
/* What --help prints: the verbs, those of one noun, and the usage and options of one of them. */
#include "command.h"

static void print_option(enum option_id id)
{
	const struct option_text *text = &option_texts[id];
	char words[32];

	if (!text->word)
		snprintf(words, sizeof(words), "-%c", text->letter);
	else if (text->letter)
		snprintf(words, sizeof(words), "-%c, %s", text->letter, text->word);
	else
		snprintf(words, sizeof(words), "%s%s%s", text->word,
			 text->value ? " " : "", text->value ? text->value : "");
	printf("  %-20s  %s\n", words, text->help);
}

static void print_options(uint64_t mask)
{
	for (int id = 0; id < OPTION_COUNT; id++) {
		if (mask & OPTION_BIT(id))
			print_option((enum option_id)id);
	}
}

void help_print(const struct verb *const *verbs, const char *noun)
{
	if (noun)
		printf("usage: vdpactl %s VERB [ARGUMENT...]\n", noun);
	else
		puts("usage: vdpactl [OPTION...] [VERB [ARGUMENT...]]\n"
		     "\n"
		     "Shows and changes the vDPA devices of this host. Without a verb: status.");
	printf("\nverbs ('vdpactl %s%sVERB --help' says more):\n", noun ? noun : "",
	       noun ? " " : "");
	for (size_t i = 0; verbs[i]; i++) {
		if (!noun || verb_is_of(verbs[i], noun))
			printf("  %-20s  %s\n", verbs[i]->name, verbs[i]->summary);
	}
	puts("\noptions, before or after the verb:");
	print_options(GLOBAL_OPTIONS);
}

void help_print_verb(const struct verb *verb)
{
	printf("usage: vdpactl %s%s%s\n\n%s.\n", verb->name, *verb->usage ? " " : "",
	       verb->usage, verb->summary);
	if (verb->options) {
		puts("\noptions:");
		print_options(verb->options);
	}
	puts("\noptions of every verb:");
	print_options(GLOBAL_OPTIONS);
}
