"""Tables of rules: which action and resource a route or a method stands for.

A rule is a mapping::

    {"method": "GET", "path": "/orders/{id}",
     "action": "orders:GetOrder", "resource": "arn:aws:orders:::order/{id}",
     "context": {"orders:Channel": "http"}}
    {"rpc": "/shop.Orders/Get",
     "action": "orders:GetOrder", "resource": "arn:aws:orders:::order/{id}"}
    {"method": "GET", "path": "/healthz", "public": True}

``{name}`` stands for a segment of the path, ``{name...}`` for the rest of it;
in a rule for gRPC it names a field of the request message. The first rule that
matches holds, and what no rule matches is denied.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from typing import (
    Any,
    Callable,
    TypedDict,
)

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_ACTION = re.compile(r"[^\s:*?{}]+:[^\s:*?{}]+")
_METHOD = re.compile(r"[A-Z]+(-[A-Z]+)*|\*")
_PATH_NAME = re.compile(r"[A-Za-z0-9_]+")
_FIELD_NAME = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
_RPC = re.compile(r"/[A-Za-z_][A-Za-z0-9_.]*/([A-Za-z_][A-Za-z0-9_]*|\*)")
_METHOD_NAME = re.compile(r"[^/]+")
_BAD_BYTE = re.compile(rb"[^\x21-\x7e]|#|%(?![0-9A-Fa-f]{2})")
_INTEGERS = frozenset(
    (
        FieldDescriptor.CPPTYPE_INT32,
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT32,
        FieldDescriptor.CPPTYPE_UINT64,
    )
)


class Rule(TypedDict, total=False):
    """A rule as it is written; the module says what the parts mean."""

    method: str
    path: str
    rpc: str
    action: str
    resource: str
    context: Mapping[str, str]
    public: bool


@dataclasses.dataclass(frozen=True)
class Question:
    """What is to be asked before a call; a public one is not asked about."""

    action: str = ""
    resource: str = ""
    context: Mapping[str, str] = dataclasses.field(default_factory=dict)
    public: bool = False


class _Unmatched(Exception):
    """A placeholder has no value in this call."""


# Texts and the names of placeholders by turns, a text first.
_Template = Sequence[str]


class _Answer:
    """What a rule says of the calls that it matches."""

    def __init__(
        self,
        rule: Mapping[str, Any],
        names: re.Pattern[str],
        known: set[str] | None,
    ) -> None:
        self.public = rule.get("public", False)
        if not isinstance(self.public, bool):
            raise ValueError("`public` is not true or false")
        if self.public:
            for key in ("action", "resource", "context"):
                if key in rule:
                    raise ValueError(f"a public rule has no `{key}`")
            return
        self.action = _text(rule, "action")
        if not _ACTION.fullmatch(self.action):
            raise ValueError(
                f"the action `{self.action}` is not "
                "`service:Name` without wildcards"
            )
        self.resource = _template(_text(rule, "resource"), names, known)
        context = rule.get("context", {})
        if not isinstance(context, Mapping):
            raise ValueError("`context` is not a mapping of texts")
        self.context = {
            key: _template(_text(context, key), names, known) for key in context
        }

    def question(self, value: Callable[[str], str]) -> Question:
        if self.public:
            return Question(public=True)
        return Question(
            self.action,
            _filled(self.resource, value),
            {
                key: _filled(template, value)
                for key, template in self.context.items()
            },
        )


def _text(rule: Mapping[str, Any], key: str) -> str:
    value = rule.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"`{key}` is missing or not a text")
    return value


def _template(
    text: str, names: re.Pattern[str], known: set[str] | None
) -> _Template:
    parts = []
    first, *rest = text.split("{")
    parts.append(first)
    for piece in rest:
        name, closed, after = piece.partition("}")
        if not closed:
            raise ValueError(f"a placeholder of `{text}` is not closed")
        if not names.fullmatch(name):
            raise ValueError(
                f"`{name}` in `{text}` is no name of a placeholder"
            )
        if known is not None and name not in known:
            raise ValueError(
                f"`{text}` has the placeholder `{name}`, which "
                "the path does not have"
            )
        parts += [name, after]
    return parts


def _filled(template: _Template, value: Callable[[str], str]) -> str:
    return "".join(
        value(part) if i % 2 else part for i, part in enumerate(template)
    )


def _read(
    rules: Iterable[Mapping[str, Any]],
    keys: set[str],
    read: Callable[[Mapping[str, Any]], tuple[Any, Any]],
) -> list[Any]:
    """The rules read one after the other; errors name the rule's number."""
    table: list[Any] = []
    shapes: dict[Any, int] = {}
    for number, rule in enumerate(rules, 1):
        try:
            if not isinstance(rule, Mapping):
                raise ValueError("it is not a mapping")
            for key in rule:
                if key not in keys | {
                    "action",
                    "resource",
                    "context",
                    "public",
                }:
                    raise ValueError(f"`{key}` has no meaning here")
            shape, entry = read(rule)
            if shape in shapes:
                raise ValueError(
                    "it can never hold, for rule "
                    f"{shapes[shape]} matches the same"
                )
        except ValueError as error:
            raise ValueError(f"rule {number}: {error}") from None
        shapes[shape] = number
        table.append(entry)
    if not table:
        raise ValueError("there is no rule, so that everything would be denied")
    return table


class HttpRules:
    """A table for HTTP. Raises ValueError if it is wrong. Thread-safe."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._table = _read(rules, {"method", "path"}, _read_http)

    def question(self, method: str, target: str | bytes) -> Question | None:
        """What to ask before a request; None is a denial.

        ``target`` is the path as it came, still encoded; a query is ignored.
        """
        segments = _segments(target)
        if segments is None:
            return None
        for rule_method, pattern, answer in self._table:
            if rule_method != method and rule_method != "*":
                continue
            values = _match(pattern, segments)
            if values is not None:
                found: Question = answer.question(values.__getitem__)
                return found
        return None


@dataclasses.dataclass(frozen=True)
class _Placeholder:
    name: str
    rest: bool


def _read_http(rule: Mapping[str, Any]) -> tuple[Any, Any]:
    method, path = _text(rule, "method"), _text(rule, "path")
    if not _METHOD.fullmatch(method):
        raise ValueError(f"the method `{method}` is not in capitals")
    if not path.startswith("/"):
        raise ValueError(f"the path `{path}` does not begin with `/`")
    pattern: list[str | _Placeholder] = []
    names: set[str] = set()
    segments = path[1:].split("/")
    for i, segment in enumerate(segments):
        last = i == len(segments) - 1
        if not segment and not last:
            raise ValueError(f"the path `{path}` has an empty segment")
        if "{" not in segment and "}" not in segment:
            pattern.append(segment)
            continue
        if segment[0] != "{" or segment[-1] != "}":
            raise ValueError(f"the segment `{segment}` is not one placeholder")
        name = segment[1:-1]
        rest = name.endswith("...")
        if rest:
            name = name[:-3]
            if not last:
                raise ValueError(f"`{segment}` is not last in the path")
        if not _PATH_NAME.fullmatch(name):
            raise ValueError(
                f"`{segment}` has no name of letters, digits and `_`"
            )
        if name in names:
            raise ValueError(f"the path has `{name}` twice")
        names.add(name)
        pattern.append(_Placeholder(name, rest))
    shape = (
        method,
        *(part if isinstance(part, str) else part.rest for part in pattern),
    )
    return shape, (method, pattern, _Answer(rule, _PATH_NAME, names))


def _segments(target: str | bytes) -> list[str] | None:
    """The decoded segments; None where not every server reads them alike."""
    if isinstance(target, str):
        target = target.encode("utf-8", "surrogatepass")
    path = target.partition(b"?")[0]
    if not path.startswith(b"/") or _BAD_BYTE.search(path):
        return None
    raw = path[1:].split(b"/")
    segments = []
    for i, each in enumerate(raw):
        try:
            segment = urllib.parse.unquote_to_bytes(each).decode("utf-8")
        except UnicodeDecodeError:
            return None
        # Some servers cut what follows a semicolon, and then see the dots.
        if segment.partition(";")[0] in (".", ".."):
            return None
        if not segment and i < len(raw) - 1:
            return None
        if "/" in segment or "\\" in segment or _has_control(segment):
            return None
        segments.append(segment)
    return segments


def _has_control(text: str) -> bool:
    return not text.isprintable() and any(
        unicodedata.category(c) == "Cc" for c in text
    )


def _match(
    pattern: Sequence[str | _Placeholder], segments: Sequence[str]
) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for i, part in enumerate(pattern):
        if i >= len(segments):
            return None
        segment = segments[i]
        if isinstance(part, str):
            if part != segment:
                return None
        elif not segment:
            return None
        elif part.rest:
            values[part.name] = "/".join(segments[i:])
            return values
        else:
            values[part.name] = segment
    return values if len(pattern) == len(segments) else None


class RpcRules:
    """A table for gRPC. Raises ValueError if it is wrong. Thread-safe."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._order = _read(rules, {"rpc"}, _read_rpc)

    def question(self, rpc: str, message: Message | None) -> Question | None:
        """What to ask before a call; None is a denial.

        ``message``: the request, or None for a stream of them, whose fields
        no rule can name.
        """
        answer = self._find(rpc)
        if answer is None:
            return None
        try:
            return answer.question(lambda name: _field(message, name))
        except _Unmatched:
            return None

    def _find(self, rpc: str) -> _Answer | None:
        for pattern, answer in self._order:
            if pattern == rpc or (
                pattern.endswith("/*")
                and rpc.startswith(pattern[:-1])
                and _METHOD_NAME.fullmatch(rpc, len(pattern) - 1)
            ):
                found: _Answer = answer
                return found
        return None


def _read_rpc(rule: Mapping[str, Any]) -> tuple[Any, Any]:
    rpc = _text(rule, "rpc")
    if not _RPC.fullmatch(rpc):
        raise ValueError(
            f"the rpc `{rpc}` is not `/package.Service/Method` "
            "or `/package.Service/*`"
        )
    return rpc, (rpc, _Answer(rule, _FIELD_NAME, None))


def _field(message: Message | None, name: str) -> str:
    """A field's value as a text."""
    *path, last = name.split(".")
    found: Any = message
    for part in path:
        if _descriptor(found, part).message_type is None:
            raise _Unmatched
        if not found.HasField(part):
            raise _Unmatched
        found = getattr(found, part)
    field = _descriptor(found, last)
    if field.has_presence and not found.HasField(last):
        raise _Unmatched
    value = getattr(found, last)
    if field.cpp_type in _INTEGERS and field.enum_type is None:
        return str(value)
    if (
        field.type != FieldDescriptor.TYPE_STRING
        or not value
        or _has_control(value)
    ):
        raise _Unmatched
    return str(value)


def _descriptor(message: Any, name: str) -> Any:
    """The descriptor of a field that is there and has one value."""
    # Another serializer's messages have no descriptor, and no fields for us.
    descriptor = getattr(message, "DESCRIPTOR", None)
    field = descriptor and descriptor.fields_by_name.get(name)
    if field is None or _is_repeated(field):
        raise _Unmatched
    return field


def _is_repeated(field: Any) -> bool:
    # The newest protobuf has the one, the oldest supported the other.
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == FieldDescriptor.LABEL_REPEATED)
