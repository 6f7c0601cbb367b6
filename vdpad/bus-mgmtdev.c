// SPDX-License-Identifier: GPL-2.0-or-later
/* org.vdpad1.ManagementDevice: what there is to know of one. */
#include <errno.h>
#include <stdlib.h>

#include "bus.h"

const struct bus_property bus_mgmtdev_properties[] = {
	{ "Handle", "s", { "handle" } },
	{ "Bus", "s", { "bus" } },
	{ "Device", "s", { "device" } },
	{ "Function", "s", { "function" } },
	{ "Classes", "as", { "classes" } },
	{ "Features", "as", { "features" } },
	{ "Driver", "s", { "driver" } },
	{ "DmaTranslation", "s", { "dma_translation" } },
	{ "PciAddress", "s", { "pci_address" } },
	{ "Pf", "s", { "pf" } },
	{ "Uuid", "s", { "uuid" } },
	{ "Numbers", "a{sv}", { "max_supported_vqs", "vf_index", "sfnum", "numa_node" } },
	{ "Devices", "as", { "devices" } },
	{ NULL, NULL, {} },
};

static int get_property(sd_bus *connection, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *error)
{
	struct json_object *object;
	char *handle = NULL;

	(void)connection;
	(void)interface;
	if (sd_bus_path_decode(path, BUS_MGMTDEVS, &handle) <= 0)
		return -ENOMEM;
	object = bus_get_mgmtdev(userdata, handle);
	free(handle);
	return bus_append_property(reply, bus_mgmtdev_properties, property, object,
				   error);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

const sd_bus_vtable bus_mgmtdev_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Handle", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Bus", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Device", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Function", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Classes", "as", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Features", "as", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Driver", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("DmaTranslation", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("PciAddress", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Pf", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Uuid", "s", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Numbers", "a{sv}", get_property, 0, CHANGES),
	SD_BUS_PROPERTY("Devices", "as", get_property, 0, CHANGES),
	SD_BUS_VTABLE_END,
};
