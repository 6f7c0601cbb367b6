// SPDX-License-Identifier: LGPL-2.1-or-later
/* The texts of a document: which ones are taken for a name, a handle, a driver and so on. */
#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "document-parse.h"
#include "private.h"

/* A string; "" for anything else: no text that is taken is empty. */
static const char *text_of(const struct vdpam_doc_value *value)
{
	return json_object_is_type(value->json, json_type_string)
		       ? json_object_get_string(value->json)
		       : "";
}

static enum vdpam_doc_verdict keep(struct vdpam_doc_maker *maker,
				   const struct vdpam_doc_value *value, const char *text)
{
	const char **member = value->member;

	*member = vdpam_doc_keep(maker, text, strlen(text));
	return *member ? VDPAM_DOC_RIGHT : VDPAM_DOC_WRONG;
}

/* ---- Forms --------------------------------------------------------------------------------- */

/* "A-Z_-": as between [ and ] of a regular expression. */
static bool is_in_set(const char *set, char byte)
{
	while (*set) {
		if (set[1] == '-' && set[2]) {
			if (byte >= set[0] && byte <= set[2])
				return true;
			set += 3;
		} else if (*set++ == byte) {
			return true;
		}
	}
	return false;
}

/* The size of the placeholder that begins here, 0 for none. */
static size_t placeholder_size(const char *text, unsigned int where)
{
	if (where & (VDPAM_IN_DEVICE | VDPAM_IN_PROFILE_DEVICE) &&
	    !strncmp(text, "{n}", 3))
		return 3;
	if (where & VDPAM_IN_PROFILE_DEVICE && !strncmp(text, "{pf}", 4))
		return 4;
	return 0;
}

/*
 * Whether a text is of a form, with the placeholders that there can be at `where` (0: none). How
 * long a templated one becomes is seen when it is expanded.
 */
static enum vdpam_doc_verdict match_form(const struct vdpam_doc_form *form,
					 const char *text, size_t size,
					 unsigned int where)
{
	bool is_templated = false;

	for (size_t i = 0; i < size;) {
		size_t skip = placeholder_size(text + i, where);

		if (!skip && !is_in_set(i ? form->rest : form->first, text[i]))
			return VDPAM_DOC_WRONG;
		is_templated |= skip > 0;
		i += skip ? skip : 1;
	}
	if (is_templated)
		return VDPAM_DOC_TEMPLATED;
	return size >= form->min && size <= form->max ? VDPAM_DOC_RIGHT : VDPAM_DOC_WRONG;
}

/* Whether each byte is one of `set`, or what stands in `picture` where that is not an x. */
static bool is_like(const char *picture, const char *set, const char *text)
{
	size_t size = strlen(picture);

	if (strlen(text) != size)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (picture[i] == 'x' ? !is_in_set(set, text[i]) : text[i] != picture[i])
			return false;
	}
	return true;
}

static bool is_pci_address(const char *text)
{
	return is_like("xxxx:xx:xx.x", "0-9a-f", text) && text[8] <= '1' &&
	       text[11] <= '7';
}

/* ---- Kinds --------------------------------------------------------------------------------- */

static enum vdpam_doc_verdict read_form(struct vdpam_doc_maker *maker,
					const struct vdpam_doc_value *value,
					unsigned int where)
{
	const struct vdpam_doc_form *form = value->field->form;
	const char *text = text_of(value);
	enum vdpam_doc_verdict verdict = match_form(form, text, strlen(text), where);

	if (verdict == VDPAM_DOC_WRONG)
		return vdpam_doc_wrong(maker, value, form->what);
	return keep(maker, value, text) == VDPAM_DOC_RIGHT ? verdict : VDPAM_DOC_WRONG;
}

enum vdpam_doc_verdict vdpam_doc_read_text(struct vdpam_doc_maker *maker,
					   const struct vdpam_doc_value *value)
{
	return read_form(maker, value, 0);
}

enum vdpam_doc_verdict vdpam_doc_read_name(struct vdpam_doc_maker *maker,
					   const struct vdpam_doc_value *value)
{
	return read_form(maker, value, value->where);
}

enum vdpam_doc_verdict vdpam_doc_read_handle(struct vdpam_doc_maker *maker,
					     const struct vdpam_doc_value *value)
{
	const struct vdpam_doc_form *form = &vdpam_doc_handle_form;
	const char *text = text_of(value);
	const char *slash = strchr(text, '/');
	const char *device = slash ? slash + 1 : text;
	enum vdpam_doc_verdict verdict =
		match_form(form, device, strlen(device), value->where);

	if (verdict == VDPAM_DOC_WRONG ||
	    (slash && !match_form(form, text, (size_t)(slash - text), 0)))
		return vdpam_doc_wrong(maker, value, form->what);
	return keep(maker, value, text) == VDPAM_DOC_RIGHT ? verdict : VDPAM_DOC_WRONG;
}

enum vdpam_doc_verdict vdpam_doc_read_pf(struct vdpam_doc_maker *maker,
					 const struct vdpam_doc_value *value)
{
	const char *text = text_of(value);

	if (strncmp(text, "pci/", 4) || !is_pci_address(text + 4))
		return vdpam_doc_wrong(maker, value,
				       "the handle of a PF such as pci/0000:01:00.0");
	return keep(maker, value, text);
}

static enum vdpam_doc_verdict read_pci_address(struct vdpam_doc_maker *maker,
					       const struct vdpam_doc_value *value)
{
	const char *text = text_of(value);

	if (!is_pci_address(text))
		return vdpam_doc_wrong(maker, value,
				       "a PCI address such as 0000:01:00.0");
	return keep(maker, value, text);
}

enum vdpam_doc_verdict vdpam_doc_read_uuid(struct vdpam_doc_maker *maker,
					   const struct vdpam_doc_value *value)
{
	static const char picture[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *text = text_of(value);
	char lower[sizeof(picture)] = "";

	if (!is_like(picture, "0-9A-Fa-f", text))
		return vdpam_doc_wrong(
			maker, value,
			"a UUID such as 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	/* As the kernel writes it. */
	for (size_t i = 0; text[i]; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	return keep(maker, value, lower);
}

enum vdpam_doc_verdict vdpam_doc_read_bus_driver(struct vdpam_doc_maker *maker,
						 const struct vdpam_doc_value *value)
{
	struct vdpam_error *error = NULL;
	const char *text = text_of(value);
	const char *name;

	if (!*text)
		return vdpam_doc_wrong(
			maker, value,
			"vhost_vdpa, virtio_vdpa, another bus driver, or none");
	if (vdpam_driver_parse(text, &name, &error) < 0) {
		VDPAM_DOC_FAULT(maker, value->path, "%s", vdpam_error_get_message(error));
		vdpam_error_free(error);
		return VDPAM_DOC_WRONG;
	}
	return keep(maker, value, name);
}

enum vdpam_doc_verdict vdpam_doc_read_mode(struct vdpam_doc_maker *maker,
					   const struct vdpam_doc_value *value)
{
	const char *text = text_of(value);

	if (!is_like("0xxx", "0-7", text))
		return vdpam_doc_wrong(maker, value,
				       "a mode: 0 and three octal digits in quotes, such "
				       "as \"0660\"");
	*(uint32_t *)value->member = (uint32_t)strtoul(text, NULL, 8);
	return VDPAM_DOC_RIGHT;
}

enum vdpam_doc_verdict vdpam_doc_read_texts(struct vdpam_doc_maker *maker,
					    const struct vdpam_doc_value *value)
{
	enum vdpam_doc_verdict verdict = VDPAM_DOC_RIGHT;
	struct vdpam_doc_list *list = value->member;
	size_t count;

	if (!vdpam_doc_read_size(maker, value, &count))
		return VDPAM_DOC_WRONG;
	list->texts = calloc(count ? count : 1, sizeof(*list->texts));
	if (!list->texts) {
		maker->no_memory = true;
		return VDPAM_DOC_WRONG;
	}
	for (; list->count < count; list->count++) {
		const struct vdpam_doc_value item = {
			.path = VDPAM_PATH_INDEX(value->path, list->count),
			.json = json_object_array_get_idx(value->json, list->count),
			.field = value->field,
			.member = &list->texts[list->count],
		};

		if ((value->field->form
			     ? read_form(maker, &item, 0)
			     : read_pci_address(maker, &item)) != VDPAM_DOC_RIGHT)
			verdict = VDPAM_DOC_WRONG;
	}
	return verdict;
}
