/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that stand for /sys in tests. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

/* Removes a folder and all that is in it; follows no link. 0, or -1 and errno. */
int folder_remove(const char *path);

#endif
