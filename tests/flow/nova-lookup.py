#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nova's own look at a compute node. Prints "ready", then for each line of stdin, a PCI address, a line
of JSON: what Nova would report of that function to its scheduler ("type"), and the path that it would
give to a guest ("path")."""

import json
import sys
import types

import nova.monkey_patch  # before all else, as in each of Nova's programs
import libvirt
import nova.conf
from nova.virt.libvirt import driver, host

URI = "qemu:///system"


def device_type(node, address):
    """What nova-compute tells at its start and in each of its periods."""
    devices = driver.LibvirtDriver._get_pci_passthrough_devices(types.SimpleNamespace(_host=node))
    return next((device["dev_type"] for device in json.loads(devices) if device["address"] == address), None)


def device_path(node, address):
    """What it asks for when it plugs a port of type vdpa."""
    try:
        return node.get_vdpa_device_path(address)
    except StopIteration:
        return "no device"


def main():
    nova.conf.CONF([], project="nova", default_config_files=[])
    driver.libvirt = libvirt  # as its constructor does
    node = host.Host(URI)
    node.initialize()
    print("ready", flush=True)
    for line in sys.stdin:
        address = line.strip()
        print(json.dumps({"type": device_type(node, address), "path": device_path(node, address)}), flush=True)


main()
