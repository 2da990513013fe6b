"""The cases that hold for the middleware of all languages."""

import json
import pathlib

import pytest

from rolegate.rules import HttpRules, Question, RpcRules
from rolegate.v1 import registry_pb2

CASES = json.loads(
    (
        pathlib.Path(__file__).parents[2] / "conformance" / "middleware.json"
    ).read_text(encoding="utf-8")
)


def expected(case):
    answer = case["expect"]
    if "denied" in answer:
        return None
    if "public" in answer:
        return Question(public=True)
    return Question(answer["action"], answer["resource"], answer["context"])


def each(kind):
    return [pytest.param(case, id=case["name"]) for case in CASES[kind]]


@pytest.mark.parametrize("case", each("http"))
def test_http(case):
    rules = HttpRules(CASES["tables"][case["table"]])
    for target in (case["path"], case["path"].encode()):
        assert rules.question(case["method"], target) == expected(case)


@pytest.mark.parametrize("case", each("rpc"))
def test_rpc(case):
    rules = RpcRules(CASES["tables"][case["table"]])
    name = case["rpc"].rsplit("/", 1)[1] + "Request"
    message = getattr(registry_pb2, name, registry_pb2.GetStatusRequest)(
        **case["message"]
    )
    assert rules.question(case["rpc"], message) == expected(case)


@pytest.mark.parametrize("case", each("wrong_tables"))
def test_wrong_tables(case):
    table = HttpRules if case["for"] == "http" else RpcRules
    with pytest.raises(ValueError, match=case["error"]):
        table(case["rules"])


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"pubic": True}, "rule 1: `pubic` has no meaning here"),
        ({"public": "yes"}, "rule 1: `public` is not true or false"),
        ({"action": 7, "resource": "*"}, "rule 1: `action` is missing"),
        (
            {"action": "a:B", "resource": "*", "context": {"a:C": 7}},
            "rule 1: `a:C` is missing or not a text",
        ),
        (
            {"action": "a:B", "resource": "*", "context": "a:C"},
            "rule 1: `context` is not a mapping",
        ),
    ],
)
def test_what_was_mistyped_is_told(rule, error):
    with pytest.raises(ValueError, match=error):
        HttpRules([{"method": "GET", "path": "/", **rule}])


@pytest.mark.parametrize(
    "target",
    [b"/a\xff", b"/a\x00", b"/a\r\nb", b"/\xc0\xaf", "/a\udcff"],
)
def test_bytes_that_are_no_path(target):
    rules = HttpRules(CASES["tables"]["everything"])
    assert rules.question("GET", target) is None


def rpc_rule(resource):
    return RpcRules(
        [{"rpc": "/a.B/C", "action": "a:B", "resource": f"arn:{resource}"}]
    )


@pytest.mark.parametrize(
    ("field", "message", "resource"),
    [
        # An integer that is there, zero too; a text within a message.
        ("page_size", registry_pb2.ListRolesRequest(), "arn:0"),
        (
            "role.role_name",
            registry_pb2.GetRoleResponse(
                role=registry_pb2.RoleSummary(role_name="r")
            ),
            "arn:r",
        ),
        # What is no text, no integer, not there, or more than one.
        ("role.role_name", registry_pb2.GetRoleResponse(), None),
        ("role", registry_pb2.GetRoleResponse(), None),
        ("no_such", registry_pb2.GetRoleResponse(), None),
        ("file.x", registry_pb2.GetRoleResponse(file="f"), None),
        ("policies", registry_pb2.GetRoleResponse(policies=["p"]), None),
        ("loaded", registry_pb2.GetStatusResponse(loaded=True), None),
        ("DESCRIPTOR", registry_pb2.GetRoleResponse(), None),
        ("role_name", None, None),
        ("role_name", b"not a message", None),
    ],
)
def test_fields(field, message, resource):
    question = rpc_rule(f"{{{field}}}").question("/a.B/C", message)
    assert (question and question.resource) == resource


@pytest.mark.parametrize("rpc", ["", "/", "/a.B/", "/a.B/C/D", "a.B/C", "/a.B"])
def test_methods_that_are_none(rpc):
    rules = RpcRules([{"rpc": "/a.B/*", "action": "a:B", "resource": "*"}])
    question = rules.question(rpc, None)
    assert question is None
