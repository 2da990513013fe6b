"""What the service answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Union

from rolegate.v1 import decision_pb2

_ALLOW = decision_pb2.DECISION_ALLOW
_EXPLICIT_DENY = decision_pb2.DECISION_EXPLICIT_DENY

#: Condition keys with their values, one or several each.
Context = Mapping[str, Union[str, Sequence[str]]]


@dataclasses.dataclass(frozen=True)
class Decision:
    """An answer to "may they?". True where it allows, as ``allowed`` is.

    ``explicit``: a statement denies; without it nothing allowed.
    ``reason``: the decision in a sentence.
    ``decision_id``: its name in the audit log.
    ``registry_revision``: what decided.
    ``encoded_message``: a denial's record, sealed for administrators.
    ``cacheable_for``: for how many seconds an equal question may be answered
    from a cache; None: not at all.
    ``context_keys_read``: what the answer depends on.
    ``explanation``: why, where it was asked for.
    """

    allowed: bool
    explicit: bool
    reason: str
    decision_id: str
    registry_revision: str
    encoded_message: str = ""
    cacheable_for: float | None = None
    context_keys_read: tuple[str, ...] = ()
    explanation: decision_pb2.Explanation | None = None

    def __bool__(self) -> bool:
        return self.allowed


def fill_context(context: Context | None, field: Any) -> None:
    """Writes a context into a request's field."""
    for key, values in (context or {}).items():
        field[key].values.extend(
            [values] if isinstance(values, str) else values
        )


def decision_of(answer: Any) -> Decision:
    """The decision of an AuthorizeResponse."""
    keys = answer.context_keys_read
    return _decision(
        answer,
        answer.registry_revision,
        answer.cacheable_for.ToTimedelta().total_seconds()
        if answer.HasField("cacheable_for")
        else None,
        tuple(keys) if keys else (),
    )


def decisions_of(batch: Any) -> list[Decision]:
    """The decisions of a BatchAuthorizeResponse, in the checks' order."""
    revision = batch.registry_revision
    return [_decision(each, revision, None, ()) for each in batch.results]


def _decision(
    answer: Any,
    revision: str,
    cacheable_for: float | None,
    context_keys_read: tuple[str, ...],
) -> Decision:
    verdict = answer.decision
    decision = object.__new__(Decision)
    # A frozen class sets its members one by one at several times the cost, and
    # this is on every caller's path.
    decision.__dict__.update(
        {
            "allowed": verdict == _ALLOW,
            "explicit": verdict == _EXPLICIT_DENY,
            "reason": answer.reason,
            "decision_id": answer.decision_id,
            "registry_revision": revision,
            "encoded_message": answer.encoded_message,
            "cacheable_for": cacheable_for,
            "context_keys_read": context_keys_read,
            "explanation": answer.explanation
            if answer.HasField("explanation")
            else None,
        }
    )
    return decision
