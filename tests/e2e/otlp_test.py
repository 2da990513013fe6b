"""A server's spans, by OpenTelemetry's published definitions, beside those of the
caller of the example in docs/traces.md.
   otlp_test.py BIN SOURCE WORK
"""
import json
import os
import re
import subprocess
import sys
import time
from concurrent import futures

import grpc
from google.protobuf import unknown_fields
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1 import (
    trace_service_pb2, trace_service_pb2_grpc)
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter)

BIN, SOURCE, WORK = sys.argv[1:]
AUTHORIZE = "rolegate.v1.AuthorizationService/Authorize"


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self):
        self.requests = []

    def Export(self, request, context):
        self.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self):
        return [span for request in self.requests
                for resource in request.resource_spans
                for scope in resource.scope_spans for span in scope.spans]


def unknown(message):
    """The fields that the published definitions do not know, anywhere in it."""
    found = len(unknown_fields.UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is not None:
            values = value if field.is_repeated else [value]
            found += sum(unknown(each) for each in values)
    return found


def attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value"))
            for pair in pairs}


def example(address):
    with open(os.path.join(SOURCE, "docs/traces.md"), encoding="utf-8") as page:
        code = re.search(r"```python\n(# traced\.py\n.*?)```", page.read(),
                         re.DOTALL)
    assert code is not None, "docs/traces.md has no traced.py"
    return code[1].replace("127.0.0.1:8470", address)


def serve(collector_port):
    ready = os.path.join(WORK, "ready")
    process = subprocess.Popen(
        [os.path.join(BIN, "rolegated"), "--registry",
         os.path.join(SOURCE, "deploy/demo/registry"), "--listen",
         "127.0.0.1:0", "--dev", "--ready-file", ready],
        env={**os.environ, "ROLEGATE_TRACING_SAMPLE_RATIO": "0",
             "ROLEGATE_TRACING_OTLP_ENDPOINT": f"127.0.0.1:{collector_port}"},
        stderr=subprocess.DEVNULL)
    for _ in range(200):
        if os.path.exists(ready):
            with open(ready, encoding="utf-8") as file:
                return process, json.load(file)["listeners"][0]
        time.sleep(0.05)
    process.kill()
    sys.exit("the server does not serve")


def main():
    receiver = Receiver()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process, address = serve(port)
    try:
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(provider)
        exec(compile(example(address), "traced.py", "exec"), {})
    finally:
        process.terminate()  # which sends what waits
        process.wait(timeout=30)
    server.stop(1).wait()

    for request in receiver.requests:
        assert unknown(request) == 0, request
    reloads = [s for s in receiver.spans() if s.name == "registry reload"]
    assert len(reloads) == 1, receiver.requests
    assert attributes(reloads[0].attributes)["rolegate.registry.files"] == 5

    mine = {s.name.lstrip("/"): s for s in exporter.get_finished_spans()}
    theirs = {s.name: s for s in receiver.spans()}
    caller, callee = mine[AUTHORIZE], theirs[AUTHORIZE]
    assert callee.trace_id == caller.context.trace_id.to_bytes(16, "big")
    assert callee.parent_span_id == caller.context.span_id.to_bytes(8, "big")
    assert caller.parent.span_id == mine["checkout"].context.span_id
    assert callee.kind == trace_pb2.Span.SPAN_KIND_SERVER
    assert callee.flags & trace_pb2.SPAN_FLAGS_TRACE_FLAGS_MASK & 1
    assert callee.flags & trace_pb2.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
    assert (caller.start_time <= callee.start_time_unix_nano
            <= callee.end_time_unix_nano <= caller.end_time)
    told = attributes(callee.attributes)
    assert told["rpc.method"] == AUTHORIZE, told
    assert told["rolegate.decision"] == "ALLOW", told
    print(f"{len(receiver.spans())} spans by OpenTelemetry's definitions")


main()
