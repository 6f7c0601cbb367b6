# SPDX-License-Identifier: GPL-2.0-or-later
#
# A stand-in for the kubelet, on Debian's gRPC for Python, and the device plugin beside it: the real one,
# on snapshots from a file that this writes. For the tests of both; they print TAP.

import atexit
import contextlib
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent import futures

import grpc
import jsonschema

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
PLUGIN = pathlib.Path(os.environ.get('VDPAD_PLUGIN', 'tests/kubernetes/plugin-on-file')).resolve()
PATIENCE = 30  # seconds: only a plugin that does not do it at all takes so long


def generate(folder):
    """The messages, from the proto that the plugin is built from."""
    protos = SOURCE / 'integration/kubernetes'
    subprocess.run(['protoc', f'-I{protos}', f'--python_out={folder}',
                    'deviceplugin.proto', 'pluginregistration.proto'], check=True)
    sys.path.insert(0, str(folder))


GENERATED = tempfile.mkdtemp()
atexit.register(shutil.rmtree, GENERATED)
generate(GENERATED)
import deviceplugin_pb2 as dp  # noqa: E402
import pluginregistration_pb2 as reg  # noqa: E402


class Kubelet:
    """Serves Registration as a kubelet does, and counts who comes."""

    def __init__(self, folder):
        self.folder = folder
        self.requests = queue.Queue()
        for name in os.listdir(folder):  # as a kubelet that starts
            os.unlink(folder / name)
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        handler = grpc.unary_unary_rpc_method_handler(
            self.register, request_deserializer=dp.RegisterRequest.FromString,
            response_serializer=dp.Empty.SerializeToString)
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
            'v1beta1.Registration', {'Register': handler}),))
        self.server.add_insecure_port(f'unix:{folder}/kubelet.sock')
        self.server.start()

    def register(self, request, context):
        if request.version != 'v1beta1' or '/' in request.endpoint:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, 'not a right registration')
        self.requests.put(request)
        return dp.Empty()

    def next(self):
        return self.requests.get(timeout=PATIENCE)

    def stop(self):
        self.server.stop(0).wait()


class Client:
    """A kubelet's end of one resource."""

    def __init__(self, path):
        self.channel = grpc.insecure_channel(
            f'unix:{path}', options=[('grpc.use_local_subchannel_pool', 1)])
        grpc.channel_ready_future(self.channel).result(PATIENCE)

    def call(self, method, request, reply):
        return self.channel.unary_unary(
            f'/v1beta1.DevicePlugin/{method}', type(request).SerializeToString,
            reply.FromString)(request, timeout=PATIENCE)

    def watch(self):
        return self.channel.unary_stream(
            '/v1beta1.DevicePlugin/ListAndWatch', dp.Empty.SerializeToString,
            dp.ListAndWatchResponse.FromString)(dp.Empty())

    def allocate(self, *ids):
        request = dp.AllocateRequest()
        request.container_requests.add().devices_ids.extend(ids)
        return self.call('Allocate', request, dp.AllocateResponse).container_responses[0]


def device(name, driver='vhost_vdpa', number=0, **more):
    made = {'name': name, 'class': 'net', 'mgmtdev': 'vdpasim_net', 'driver': driver}
    if driver == 'vhost_vdpa':
        made['chardev'] = f'/dev/vhost-vdpa-{number}'
    return {key: value for key, value in (made | more).items() if value is not None}


class Rig:
    def __init__(self, config, devices):
        self.root = pathlib.Path(tempfile.mkdtemp())
        for name in ('plugins', 'devinfo', 'cdi', 'kernel'):
            (self.root / name).mkdir()
        self.write(devices)
        (self.root / 'config.json').write_text(json.dumps(config))
        self.log = open(self.root / 'log', 'w+')
        self.plugin = None

    def write(self, devices, functions=()):
        mgmtdevs = [{'handle': 'vdpasim_net', 'function': 'simulator'},
                    {'handle': 'vduse', 'function': 'vduse'}]
        mgmtdevs += [one for one in functions if one['function'] != 'pf']
        path = self.root / 'kernel/new'
        path.write_text(json.dumps({'mgmtdevs': mgmtdevs, 'functions': list(functions),
                                    'devices': devices}))
        path.rename(self.root / 'kernel/snapshot')

    def start(self, *more):
        self.plugin = subprocess.Popen(
            [PLUGIN, '--config', self.root / 'config.json', '--plugin-dir',
             self.root / 'plugins', '--devinfo-dir', self.root / 'devinfo',
             '--cdi-dir', self.root / 'cdi', *more],
            env=os.environ | {'VDPAD_TEST_SNAPSHOT': str(self.root / 'kernel/snapshot')},
            stderr=self.log)

    def client(self, request):
        return Client(self.root / 'plugins' / request.endpoint)

    def close(self):
        if self.plugin:
            self.plugin.terminate()
            status = self.plugin.wait(PATIENCE)
            self.log.seek(0)
            assert status == 0, f'it ended with {status}: {self.log.read()}'
        self.log.close()
        shutil.rmtree(self.root)


CONFIG = {'resourceList': [{'resourceName': 'vhost_net', 'selectors': [{'vdpaType': 'vhost'}]}]}


@contextlib.contextmanager
def rig(devices, config=None, more=()):
    made = Rig(config or CONFIG, devices)
    kubelet = Kubelet(made.root / 'plugins')
    try:
        made.start(*more)
        yield made, kubelet
        made.close()
    finally:
        kubelet.stop()
        if made.plugin and made.plugin.poll() is None:
            made.plugin.kill()


def check(schema, text):
    jsonschema.validate(json.loads(text), json.loads((SOURCE / schema).read_text()))


def wait_until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f'never: {what}'
        time.sleep(0.02)


def refused(code, call, *arguments):
    try:
        call(*arguments)
    except grpc.RpcError as error:
        assert error.code() == code, f'{error.code()}: {error.details()}'
        return error.details()
    raise AssertionError('this was not refused')


def healths(reply):
    return {one.ID: one.health for one in reply.devices}


def run_tests(names):
    """Those of a module, or of them whose names have the first argument in them. The exit status."""
    tests = [(name, test) for name, test in names.items() if name.startswith('test_')
             and (len(sys.argv) < 2 or sys.argv[1] in name)]
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f'ok {number} - {name[5:]}', flush=True)
        except Exception as error:  # whatever it is, it is this test's
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
            print(f'not ok {number} - {name[5:]}: {type(error).__name__}', flush=True)
    return failed != 0
