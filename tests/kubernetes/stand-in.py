#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kubelet for the flows: stand-in.py FOLDER serves Registration in it, watches each resource that
# registers, and prints a line for each list. stand-in.py allocate SOCKET ID… asks for devices and prints
# the answer as JSON.

import sys
import threading

from google.protobuf import json_format

import kubelet


def watch(folder, request):
    client = kubelet.Client(folder / request.endpoint)
    for reply in client.watch():
        states = ' '.join(sorted(f'{one.ID}={one.health}' for one in reply.devices))
        print(f'list {request.resource_name} {states}', flush=True)


def main():
    if sys.argv[1] == 'allocate':
        answer = kubelet.Client(sys.argv[2]).allocate(*sys.argv[3:])
        print(json_format.MessageToJson(answer, indent=None))
        return
    folder = kubelet.pathlib.Path(sys.argv[1])
    server = kubelet.Kubelet(folder)
    print('ready', flush=True)
    while True:
        request = server.requests.get()
        print(f'registered {request.resource_name} {request.endpoint}', flush=True)
        threading.Thread(target=watch, args=(folder, request), daemon=True).start()


main()
