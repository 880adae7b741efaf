"""Bodies of OTLP requests in a folder, one JSON document per signal on standard output: {"traces": ..., "logs": ...}.

The documents are OTLP/JSON as the protocol defines it: ids in hex, enums as numbers, 64-bit integers as strings.
"""

import base64
import json
import pathlib
import sys

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = {
    "traces": (ExportTraceServiceRequest, "resourceSpans"),
    "logs": (ExportLogsServiceRequest, "resourceLogs"),
}
IDS = {"traceId", "spanId", "parentSpanId"}


def with_hex_ids(node):
    if isinstance(node, list):
        return [with_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: base64.b64decode(value).hex() if key in IDS else with_hex_ids(value) for key, value in node.items()
    }


def decode(path, request):
    if path.suffix == ".json":
        return json.loads(path.read_text())
    message = request()
    message.ParseFromString(path.read_bytes())
    return with_hex_ids(MessageToDict(message, use_integers_for_enums=True))


found = {}
for signal, (request, member) in REQUESTS.items():
    files = sorted(pathlib.Path(sys.argv[1]).glob(f"*.{signal}.*"))
    found[signal] = {member: [entry for path in files for entry in decode(path, request).get(member, [])]}
json.dump(found, sys.stdout, ensure_ascii=False)
