#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is not right: bytes over HTTP/2, and configurations.

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

import grpc
import jsonschema

from kubelet import CONFIG, PLUGIN, check, device, dp, refused, rig, run_tests

PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, 'big') + bytes([kind, flags]) + \
        stream.to_bytes(4, 'big') + payload


def header(name, value):
    return b'\x00' + bytes([len(name)]) + name + bytes([len(value)]) + value


def headers(path):
    return b''.join(header(*pair) for pair in (
        (b':method', b'POST'), (b':scheme', b'http'), (b':path', path),
        (b':authority', b'localhost'), (b'content-type', b'application/grpc'),
        (b'te', b'trailers')))


def talk(path, chunks):
    """Sends it in the pieces given; returns all that came back until a second of silence."""
    answer = b''
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(path))
        s.settimeout(1)
        try:
            for chunk in chunks:
                s.sendall(chunk)
            while piece := s.recv(65536):
                answer += piece
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
    return answer


def call_bytes(path, data, split=False, padded=False):
    body = frame(0, 9 if padded else 1, 1, b'\x08' + data + bytes(8) if padded else data)
    whole = PREFACE + frame(4, 0, 0, b'') + frame(1, 4, 1, headers(path)) + body
    return [whole[i:i + 1] for i in range(len(whole))] if split else [whole]


def test_garbage_over_http2():
    with rig([device('n0')]) as (r, kubelet):
        request = kubelet.next()
        path = r.root / 'plugins' / request.endpoint
        allocate = b'/v1beta1.DevicePlugin/Allocate'
        right = dp.AllocateRequest()
        right.container_requests.add().devices_ids.append('n0')
        unknown = right.SerializeToString() + b'\xf8\x3f\x07'  # field 1023

        def message(data, flag=0):
            return bytes([flag]) + len(data).to_bytes(4, 'big') + data
        for split in (False, True):
            assert b'/dev/vhost-vdpa-0' in talk(path, call_bytes(
                allocate, message(unknown), split=split))
            # This gRPC does not know padding, which no kubelet sends: a status, and no more.
            assert b'grpc-status\x0212' in talk(path, call_bytes(
                allocate, message(unknown), split=split, padded=True))
        client = r.client(request)
        for wrong, code in (
                ((b'/v1beta1.DevicePlugin/Nothing', dp.Empty()), grpc.StatusCode.UNIMPLEMENTED),
                ((b'/v1beta1.Registration/Register', dp.Empty()), grpc.StatusCode.UNIMPLEMENTED)):
            refused(code, client.channel.unary_unary(
                wrong[0].decode(), lambda m: m.SerializeToString()), wrong[1])
        raw = client.channel.unary_unary(allocate.decode())
        # What is no message is for this gRPC a method that it does not have.
        refused(grpc.StatusCode.UNIMPLEMENTED, raw, b'\xff\xff\xff')
        refused(grpc.StatusCode.RESOURCE_EXHAUSTED, raw, bytes(5 << 20))
        for chunks in ([b'\x00' * 100], [PREFACE + os.urandom(4096)], [PREFACE[:10]],
                       [b'GET / HTTP/1.1\r\n\r\n'],
                       call_bytes(allocate, message(b'xx', 1)),       # compressed, without a word
                       call_bytes(allocate, b'\x00\xff\xff\xff\xff'),  # longer than it is
                       [PREFACE + frame(4, 0, 0, b'') + frame(0, 0, 7, b'data of no stream')],
                       [PREFACE + frame(1, 4, 1, b'\xff' * 50)],
                       [PREFACE + frame(8, 0, 0, bytes(4)) + frame(6, 0, 0, b'x')]):
            assert b'/dev/vhost-vdpa-0' not in talk(path, chunks)
        assert client.allocate('n0').devices
        assert r.plugin.poll() is None


def test_configurations_that_are_not_right():
    wrong = {'{': 'no JSON', '{"resourceList":[],"resourceList":[]}': 'twice', '[]': 'an object', '{"resourceList":[]}': 'resourceList',
             '{"resourceList":[{"resourceName":"a b"}]}': 'resourceList[0].resourceName',
             '{"resourceList":[{"resourceName":"a","selectors":[{"vdpaType":"vfio"}]}]}':
             'resourceList[0].selectors[0].vdpaType',
             '{"resourceList":[{"resourceName":"a","selectors":{"isRdma":true}}]}': 'isRdma',
             '{"resourceList":[{"resourceName":"a","selektors":[]}]}': "no key 'selektors'",
             '{"resourceList":[{"resourceName":"a"},{"resourceName":"a"}]}': 'the same',
             '{"resourceList":[{"resourceName":"a","selectors":[{"names":[1]}]}]}':
             'selectors[0].names[0]'}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'c.json'
        for text, words in wrong.items():
            path.write_text(text)
            done = subprocess.run([PLUGIN, '--config', path], stderr=subprocess.PIPE, text=True)
            assert done.returncode == 65, f'{text}: {done.returncode}'
            assert words in done.stderr, done.stderr
            if words not in ('no JSON', 'the same'):  # which no schema can tell
                try:
                    check('schemas/device-plugin-1.schema.json', text)
                except jsonschema.ValidationError:
                    continue
                raise AssertionError(f'the schema takes {text}')
    check('schemas/device-plugin-1.schema.json', json.dumps(CONFIG))


sys.exit(run_tests(globals()))
