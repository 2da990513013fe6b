"""Calls to services that a driver guards with its client's middleware.

HTTP goes over a bare socket, so that paths, doubled headers and bytes that are
no text arrive as a scenario writes them.
"""
import concurrent.futures
import json
import os
import socket
import sys
import types

import grpc
from google.protobuf import json_format

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 20
STREAMING = ("Watch",)


def messages():
    """The generated messages alone, without the Python client around them."""
    source = os.path.join(os.path.dirname(HERE), "python", "src", "rolegate")
    if "rolegate" not in sys.modules:
        package = types.ModuleType("rolegate")
        package.__path__ = [source]
        sys.modules["rolegate"] = package
    from rolegate.v1 import registry_pb2
    return registry_pb2


def http(address, method, path, header_lines):
    """One request as written; `(status, header lines, body)`.

    The status is 0 if the server closed the connection without an answer.
    """
    host, port = address.rsplit(":", 1)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {address}",
             "Connection: close", *header_lines, "", ""]
    with socket.create_connection((host, int(port)), SECONDS) as connection:
        try:
            # A character stands for the byte of its number.
            connection.sendall("\r\n".join(lines).encode("latin-1"))
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:  # closed before it was all read
            return 0, [], b""
    if not answer:
        return 0, [], b""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    names = [tuple(part.strip() for part in line.split(":", 1))
             for line in rest]
    if any(name.lower() == "transfer-encoding" for name, _ in names):
        body = dechunked(body)
    return int(first.split()[1]), names, body


def dechunked(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        whole += body[:length]
        if length == 0:
            break
        body = body[length + 2:]
    return whole


def http_answer(argument, path):
    """What a guarded HTTP service says, in the form that scenarios compare."""
    status, names, body = http(argument["to"], argument.get("method", "GET"),
                               path, argument.get("headers", []))
    found = {"status": status, "headers": {}, "body": None,
             "whole": repr(names) + body.decode("utf-8", "replace")}
    for name, value in names:
        found["headers"].setdefault(name.lower(), value)
    try:
        found["body"] = json.loads(body)
    except ValueError:
        pass
    return found


def grpc_answer(argument):
    """The same of a guarded gRPC service; one connection for each call."""
    registry = messages()
    method = argument["method"]
    request = json_format.ParseDict(argument.get("message", {}),
                                    getattr(registry, method + "Request")())
    metadata = [tuple(pair) for pair in argument.get("metadata", [])]
    found = {"code": "OK", "details": "", "messages": [], "whole": ""}
    with grpc.insecure_channel(argument["to"], [
            ("grpc.use_local_subchannel_pool", 1)]) as channel:
        kind = (channel.unary_stream if method in STREAMING
                else channel.unary_unary)
        call = kind(f"/rolegate.v1.RegistryService/{method}",
                    type(request).SerializeToString,
                    getattr(registry, method + "Response").FromString)
        try:
            answer = call(request, timeout=SECONDS, metadata=metadata)
            for each in answer if method in STREAMING else [answer]:
                found["messages"].append(json_format.MessageToDict(
                    each, preserving_proto_field_name=True))
        except grpc.RpcError as error:
            found["code"] = error.code().name
            found["details"] = error.details() or ""
            found["whole"] = found["details"] + repr(
                error.trailing_metadata())
    return found


def at_once(times, call):
    """The answers to so many calls that start together."""
    if times == 1:
        return [call()]
    with concurrent.futures.ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: call(), range(times)))
