/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is common to reading the XML of libvirt (xml.c). */
#ifndef XML_H
#define XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The tree of a text, to be freed with xmlFreeDoc(). NULL for what is not well-formed, is larger than
 * HOOK_XML_MAX, or has a document type. Nothing is loaded, no entity is expanded.
 */
xmlDoc *xml_read(const char *text, size_t size);
/* An element of that name, in no namespace. */
bool xml_is(const xmlNode *node, const char *name);
/* The first child of that name; NULL: there is none. */
xmlNode *xml_child(const xmlNode *node, const char *name);

#endif
