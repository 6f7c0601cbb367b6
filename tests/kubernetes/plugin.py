#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the device plugin offers to a kubelet, and what it does when one comes and goes.

import json
import os
import shutil
import subprocess
import sys
import time

import grpc

from kubelet import (CONFIG, PATIENCE, Client, Kubelet, Rig, check, device, dp, healths, refused, reg, rig,
                     run_tests, wait_until)


def test_registers_lists_and_allocates():
    with rig([device('n0'), device('n:1', number=1), device('v', 'virtio_vdpa')]) as (r, kubelet):
        request = kubelet.next()
        assert request.resource_name == 'vdpad.org/vhost_net'
        assert request.options.get_preferred_allocation_available
        client = r.client(request)
        assert client.call('GetDevicePluginOptions', dp.Empty(),
                           dp.DevicePluginOptions) == request.options
        assert healths(next(client.watch())) == {'n0': 'Healthy', 'n:1': 'Healthy'}
        reply = client.allocate('n:1')
        assert [(d.host_path, d.container_path, d.permissions) for d in reply.devices] == \
            [('/dev/vhost-vdpa-1', '/dev/vhost-vdpa-1', 'rw')]
        assert reply.envs['PCIDEVICE_VDPAD_ORG_VHOST_NET'] == 'n:1'
        assert json.loads(reply.envs['PCIDEVICE_VDPAD_ORG_VHOST_NET_INFO']) == \
            {'n:1': {'generic': {'deviceID': 'n:1'}, 'vdpa': {'mount': '/dev/vhost-vdpa-1'}}}
        assert reply.annotations['vdpad.org/vhost_net'] == 'n:1'
        assert not reply.cdi_devices
        assert client.allocate('n:1') == reply  # idempotent
        info = r.root / 'devinfo/vdpad.org-vhost_net-n:1-device.json'
        check('tests/data/consumer/device-info.schema.json', info.read_text())
        assert json.loads(info.read_text())['vdpa'] == \
            {'parent-device': 'n:1', 'driver': 'vhost', 'path': '/dev/vhost-vdpa-1'}
        refused(grpc.StatusCode.NOT_FOUND, client.allocate, 'v')
        refused(grpc.StatusCode.INVALID_ARGUMENT, client.allocate, 'n0', 'n0')
        refused(grpc.StatusCode.INVALID_ARGUMENT, client.allocate)


def test_unhealthy_and_back():
    with rig([device('n0'), device('n1')]) as (r, kubelet):
        client = r.client(kubelet.next())
        stream = client.watch()
        next(stream)
        r.write([device('n0', None), device('n1')])
        assert healths(next(stream)) == {'n0': 'Unhealthy', 'n1': 'Healthy'}
        assert 'no driver' in refused(grpc.StatusCode.FAILED_PRECONDITION,
                                      client.allocate, 'n0')
        r.write([device('n0', 'virtio_vdpa'), device('n1')])  # no other resource gets it
        time.sleep(0.5)
        r.write([device('n0', number=5), device('n1')])
        assert healths(next(stream)) == {'n0': 'Healthy', 'n1': 'Healthy'}
        assert client.allocate('n0').devices[0].host_path == '/dev/vhost-vdpa-5'
        r.write([device('n1')])
        assert healths(next(stream)) == {'n1': 'Healthy'}
        wait_until('its information is removed', lambda: not os.listdir(r.root / 'devinfo'))


def test_kubelet_restarts_ten_times():
    with rig([device('n0')]) as (r, kubelet):
        for _ in range(10):
            stream = r.client(kubelet.next()).watch()
            assert healths(next(stream)) == {'n0': 'Healthy'}
            kubelet.stop()
            kubelet.__init__(r.root / 'plugins')
        r.client(kubelet.next())
        time.sleep(1)
        assert kubelet.requests.empty(), 'it has registered twice'


def test_folder_that_goes_and_comes():
    with rig([device('n0')]) as (r, kubelet):
        kubelet.next()
        kubelet.stop()
        shutil.rmtree(r.root / 'plugins')
        path = r.root / 'plugins/vdpad-vdpad.org-vhost_net.sock'
        wait_until('it serves again', path.exists)
        kubelet.__init__(r.root / 'plugins')
        assert healths(next(r.client(kubelet.next()).watch())) == {'n0': 'Healthy'}


def test_kubelet_that_comes_late():
    made = Rig(CONFIG, [device('n0')])
    made.start()
    wait_until('it serves', lambda: os.listdir(made.root / 'plugins'))
    kubelet = Kubelet(made.root / 'plugins')
    assert kubelet.next().resource_name == 'vdpad.org/vhost_net'
    made.close()
    kubelet.stop()


def test_kubelet_that_is_killed_in_mid_stream():
    watcher = ('import sys,grpc; c=grpc.insecure_channel("unix:"+sys.argv[1]); '
               'i=iter(c.unary_stream("/v1beta1.DevicePlugin/ListAndWatch")(b"")); '
               'next(i); print(1,flush=True); next(i)')
    with rig([device('n0')]) as (r, kubelet):
        request = kubelet.next()
        for n in range(5):
            child = subprocess.Popen([sys.executable, '-c', watcher,
                                      str(r.root / 'plugins' / request.endpoint)],
                                     stdout=subprocess.PIPE)
            assert child.stdout.readline() == b'1\n'
            r.write([device('n0'), device(f'more{n}')])
            child.kill()
            child.wait()
            child.stdout.close()
        assert len(next(r.client(request).watch()).devices) == 2


def test_two_thousand_devices_of_ten_resources():
    config = {'resourceList': [{'resourceName': f'r{n}', 'selectors': [
        {'vdpaType': 'vhost', 'names': [f'r{n}-*' if n else '*-all-*']}]} for n in range(10)]}
    devices = [device(f'{"a" * 40}-all-{n}', number=n) for n in range(2000)]
    devices += [device(f'r{n}-x', number=3000 + n) for n in range(1, 10)]
    with rig(devices, config) as (r, kubelet):
        requests = {q.resource_name: q for q in (kubelet.next() for _ in range(10))}
        reply = next(r.client(requests['vdpad.org/r0']).watch())
        assert len(reply.devices) == 2000
        assert reply.ByteSize() < 4 << 20
        for n in range(1, 10):
            assert healths(next(r.client(requests[f'vdpad.org/r{n}']).watch())) == \
                {f'r{n}-x': 'Healthy'}


def test_preferred_allocation():
    mgmtdevs = [{'handle': f'pci/0000:0{pf}:00.{vf}', 'function': 'vf', 'pf': f'pci/0000:0{pf}:00.7',
                 'pci_address': f'0000:0{pf}:00.{vf}', 'numa_node': pf // 2}
                for pf in range(4) for vf in range(2)]
    devices = [device(f'd{n}', number=n, mgmtdev=one['handle'])
               for n, one in enumerate(mgmtdevs)]
    with rig([]) as (r, kubelet):
        client = r.client(kubelet.next())
        stream = client.watch()
        next(stream)
        r.write(devices, mgmtdevs)
        reply = next(stream)
        assert [one.topology.nodes[0].ID for one in reply.devices] == [0, 0, 0, 0, 1, 1, 1, 1]

        def prefer(size, must=(), available=range(8)):
            request = dp.PreferredAllocationRequest()
            request.container_requests.add(
                available_deviceIDs=[f'd{n}' for n in available],
                must_include_deviceIDs=must, allocation_size=size)
            return list(client.call('GetPreferredAllocation', request,
                                    dp.PreferredAllocationResponse)
                        .container_responses[0].deviceIDs)
        assert prefer(2) == ['d0', 'd2']  # one node, two PFs
        assert prefer(2, ['d5']) == ['d5', 'd6']
        assert prefer(2, available=[0, 4, 5, 6]) == ['d4', 'd6']  # where there is room
        assert len(set(prefer(6))) == 6
        refused(grpc.StatusCode.INVALID_ARGUMENT, prefer, 9)
        refused(grpc.StatusCode.INVALID_ARGUMENT, prefer, 1, ['d1', 'd2'])
        refused(grpc.StatusCode.NOT_FOUND, prefer, 1, [], [77])


def test_selectors():
    functions = [{'handle': 'pci/0000:01:00.0', 'function': 'pf', 'netdev': 'ens1f0',
                  'pci_address': '0000:01:00.0', 'pci_vendor': '15b3'}]
    functions += [{'handle': f'pci/0000:01:10.{n}', 'function': 'vf', 'vf_index': n,
                   'pf': 'pci/0000:01:00.0', 'pci_address': f'0000:01:10.{n}',
                   'pci_vendor': '15b3', 'pci_device': '101e',
                   'driver': 'mlx5_core' if n < 2 else 'other'} for n in range(4)]
    functions.append({'handle': 'auxiliary/mlx5_core.sf.2', 'function': 'sf', 'sfnum': 88,
                      'pf': 'pci/0000:01:00.0', 'pci_address': '0000:01:00.0'})
    devices = [device(f'vf{n}', number=n, mgmtdev=f'pci/0000:01:10.{n}') for n in range(4)]
    devices += [device('sf88', number=4, mgmtdev='auxiliary/mlx5_core.sf.2'),
                device('disk', number=5, mgmtdev='vduse') | {'class': 'block'},
                device('sim', number=6), device('virt', 'virtio_vdpa')]
    all_vhost = {'vf0', 'vf1', 'vf2', 'vf3', 'sf88', 'disk', 'sim'}
    cases = [([], all_vhost | {'virt'}), ([{'vdpaType': 'vhost'}], all_vhost),
             ({'vdpaType': 'virtio'}, {'virt'}), ([{'class': 'block'}], {'disk'}),
             ([{'functions': ['sf']}], {'sf88'}), ([{'mgmtdevs': ['vdpasim*']}], {'sim', 'virt'}),
             ([{'vendors': ['15B3'], 'devices': ['101e']}], {'vf0', 'vf1', 'vf2', 'vf3'}),
             ([{'vendors': ['15b3'], 'drivers': ['mlx5_core']}], {'vf0', 'vf1'}),
             ([{'pfNames': ['ens*#1-2']}], {'vf1', 'vf2'}),
             ([{'rootDevices': ['0000:01:00.0#0,3']}], {'vf0', 'vf3'}),
             ([{'pciAddresses': ['0000:01:10.2']}, {'names': ['s??']}], {'vf2', 'sim'}),
             ([{'vendors': ['8086']}], set())]
    for selectors, wanted in cases:  # each alone: a device belongs to one resource
        config = {'resourceList': [{'resourceName': 'r', 'selectors': selectors}]}
        with rig([], config) as (r, kubelet):
            stream = r.client(kubelet.next()).watch()
            assert not next(stream).devices
            r.write(devices, functions)
            if wanted:
                got = set(healths(next(stream)))
                assert got == wanted, f'{selectors}: {got}'


def test_first_resource_keeps_it():
    config = {'resourceList': [{'resourceName': 'a', 'selectors': [{'vdpaType': 'virtio'}]},
                               {'resourceName': 'b', 'selectors': [{'vdpaType': 'vhost'}]}]}
    with rig([device('n0')], config) as (r, kubelet):
        streams = {}
        for _ in range(2):
            request = kubelet.next()
            streams[request.resource_name] = r.client(request).watch()
        assert not next(streams['vdpad.org/a']).devices
        assert healths(next(streams['vdpad.org/b'])) == {'n0': 'Healthy'}
        r.write([device('n0', 'virtio_vdpa', virtio={'device': 'virtio1'})])
        assert healths(next(streams['vdpad.org/b'])) == {'n0': 'Unhealthy'}
        # Another device of that name is not the one that was taken.
        r.write([device('n0', 'virtio_vdpa', identity=7, virtio={
            'device': 'virtio1', 'driver': 'virtio_net', 'netdev': 'eth0'})])
        assert not next(streams['vdpad.org/b']).devices
        assert healths(next(streams['vdpad.org/a'])) == {'n0': 'Healthy'}


def test_cdi():
    with rig([device('n0'), device('0:1', number=1)], more=['--use-cdi']) as (r, kubelet):
        client = r.client(kubelet.next())
        reply = client.allocate('0:1')
        assert [one.name for one in reply.cdi_devices] == ['vdpad.org/net=0-1']
        assert reply.annotations['cdi.k8s.io/vdpad_vhost_net'] == 'vdpad.org/net=0-1'
        assert not reply.devices
        spec = r.root / 'cdi/vdpad.org-net.json'
        assert json.loads(spec.read_text())['cdiVersion'] == '0.5.0'
        r.write([device('n0', number=9)])
        wait_until('the specification is new', lambda: json.loads(spec.read_text()) == {
            'cdiVersion': '0.3.0', 'kind': 'vdpad.org/net', 'devices': [
                {'name': 'n0', 'containerEdits': {'deviceNodes': [
                    {'path': '/dev/vhost-vdpa-9', 'type': 'c', 'permissions': 'rw'}]}}]})
        root = r.root
        check('tests/data/consumer/cdi.schema.json', spec.read_text())
        assert stat_mode(spec) == 0o644
        r.plugin.terminate()
        assert r.plugin.wait(PATIENCE) == 0
        assert not os.listdir(root / 'cdi')
        assert not os.listdir(root / 'devinfo')
        r.plugin = None


def stat_mode(path):
    return path.stat().st_mode & 0o777


def test_files_of_others():
    names = {'theirs': 'x', 'vdpad.org-vhost-net-n0-device.json':
             '{"type":"vdpa","vdpa":{"parent-device":"n0"}}',
             'vdpad.org-vhost_net-bad-device.json': '{', 'other-device.json': '[]'}
    made = Rig(CONFIG, [device('n0')])
    for name, text in names.items():
        (made.root / 'devinfo' / name).write_text(text)
        (made.root / 'cdi' / name).write_text(text)
    left = made.root / 'devinfo/vdpad.org-vhost_net-gone-device.json'
    left.write_text('{"type":"vdpa","vdpa":{"parent-device":"gone"}}')
    kubelet = Kubelet(made.root / 'plugins')
    made.start()
    made.client(kubelet.next()).allocate('n0')
    wait_until('what a killed one left is removed', lambda: not left.exists())
    made.plugin.terminate()
    assert made.plugin.wait(PATIENCE) == 0
    for folder in ('devinfo', 'cdi'):
        assert {name: (made.root / folder / name).read_text()
                for name in os.listdir(made.root / folder)} == names
    made.plugin = None
    made.close()
    kubelet.stop()


def test_plugin_watcher():
    made = Rig(CONFIG, [device('n0')])
    made.start('--registry-dir', made.root / 'plugins')
    path = made.root / 'plugins/vdpad-vdpad.org-vhost_net.sock'
    wait_until('it serves', path.exists)
    client = Client(path)
    info = client.channel.unary_unary(
        '/pluginregistration.Registration/GetInfo', reg.InfoRequest.SerializeToString,
        reg.PluginInfo.FromString)(reg.InfoRequest())
    assert info == reg.PluginInfo(type='DevicePlugin', name='vdpad.org/vhost_net',
                                  endpoint=str(path), supported_versions=['v1beta1'])
    client.channel.unary_unary(
        '/pluginregistration.Registration/NotifyRegistrationStatus',
        reg.RegistrationStatus.SerializeToString,
        reg.RegistrationStatusResponse.FromString)(reg.RegistrationStatus(plugin_registered=True))
    assert healths(next(client.watch())) == {'n0': 'Healthy'}
    made.close()


sys.exit(run_tests(globals()))
