// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XML that libvirt wrote, with what users put into it: it loads nothing and expands nothing. libvirt
 * writes no document type, so what has one is refused before its entities are read.
 */
#include "xml.h"

#include <libxml/parser.h>
#include <string.h>

#include "hook.h"

/* Called where a document type begins, before anything in it is read. */
static void refuse_type(void *userdata, const xmlChar *name, const xmlChar *external,
			const xmlChar *system)
{
	xmlParserCtxt *parser = userdata;
	bool *has_doctype = parser->_private;

	(void)name;
	(void)external;
	(void)system;
	*has_doctype = true;
	xmlStopParser(parser);
}

xmlDoc *xml_read(const char *text, size_t size)
{
	xmlParserCtxt *parser = size && size <= HOOK_XML_MAX ? xmlNewParserCtxt() : NULL;
	bool has_doctype = false;
	xmlDoc *tree;

	if (!parser)
		return NULL;
	parser->_private = &has_doctype;
	parser->sax->internalSubset = refuse_type;
	tree = xmlCtxtReadMemory(parser, text, (int)size, NULL, NULL,
				 XML_PARSE_NONET | XML_PARSE_NOERROR |
					 XML_PARSE_NOWARNING);
	xmlFreeParserCtxt(parser);
	if (has_doctype) {
		xmlFreeDoc(tree);
		return NULL;
	}
	return tree;
}

bool xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       !strcmp((const char *)node->name, name);
}

xmlNode *xml_child(const xmlNode *node, const char *name)
{
	for (xmlNode *child = node->children; child; child = child->next) {
		if (xml_is(child, name))
			return child;
	}
	return NULL;
}
