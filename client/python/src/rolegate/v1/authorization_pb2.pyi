from google.protobuf import duration_pb2 as _duration_pb2
from rolegate.v1 import context_pb2 as _context_pb2
from rolegate.v1 import decision_pb2 as _decision_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuthorizationCheck(_message.Message):
    __slots__ = ["action", "context", "resource", "resource_account"]
    class ContextEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.ContextValues
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.ContextValues, _Mapping]] = ...) -> None: ...
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    action: str
    context: _containers.MessageMap[str, _context_pb2.ContextValues]
    resource: str
    resource_account: str
    def __init__(self, action: _Optional[str] = ..., resource: _Optional[str] = ..., resource_account: _Optional[str] = ..., context: _Optional[_Mapping[str, _context_pb2.ContextValues]] = ...) -> None: ...

class AuthorizationResult(_message.Message):
    __slots__ = ["decision", "decision_id", "encoded_message", "explanation", "reason"]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ENCODED_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    decision_id: str
    encoded_message: str
    explanation: _decision_pb2.Explanation
    reason: str
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, str]] = ..., reason: _Optional[str] = ..., decision_id: _Optional[str] = ..., encoded_message: _Optional[str] = ..., explanation: _Optional[_Union[_decision_pb2.Explanation, _Mapping]] = ...) -> None: ...

class AuthorizeRequest(_message.Message):
    __slots__ = ["action", "context", "explain", "presenter", "principal", "resource", "resource_account", "session_token"]
    class ContextEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.ContextValues
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.ContextValues, _Mapping]] = ...) -> None: ...
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    PRESENTER_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    action: str
    context: _containers.MessageMap[str, _context_pb2.ContextValues]
    explain: bool
    presenter: str
    principal: str
    resource: str
    resource_account: str
    session_token: str
    def __init__(self, session_token: _Optional[str] = ..., principal: _Optional[str] = ..., action: _Optional[str] = ..., resource: _Optional[str] = ..., resource_account: _Optional[str] = ..., context: _Optional[_Mapping[str, _context_pb2.ContextValues]] = ..., presenter: _Optional[str] = ..., explain: bool = ...) -> None: ...

class AuthorizeResponse(_message.Message):
    __slots__ = ["cacheable_for", "context_keys_read", "decision", "decision_id", "encoded_message", "explanation", "reason", "registry_revision"]
    CACHEABLE_FOR_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_KEYS_READ_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ENCODED_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    cacheable_for: _duration_pb2.Duration
    context_keys_read: _containers.RepeatedScalarFieldContainer[str]
    decision: _decision_pb2.Decision
    decision_id: str
    encoded_message: str
    explanation: _decision_pb2.Explanation
    reason: str
    registry_revision: str
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, str]] = ..., reason: _Optional[str] = ..., registry_revision: _Optional[str] = ..., decision_id: _Optional[str] = ..., encoded_message: _Optional[str] = ..., cacheable_for: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., context_keys_read: _Optional[_Iterable[str]] = ..., explanation: _Optional[_Union[_decision_pb2.Explanation, _Mapping]] = ...) -> None: ...

class AuthorizeStreamError(_message.Message):
    __slots__ = ["code", "message"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class AuthorizeStreamRequest(_message.Message):
    __slots__ = ["batch", "correlation_id"]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    batch: BatchAuthorizeRequest
    correlation_id: int
    def __init__(self, correlation_id: _Optional[int] = ..., batch: _Optional[_Union[BatchAuthorizeRequest, _Mapping]] = ...) -> None: ...

class AuthorizeStreamResponse(_message.Message):
    __slots__ = ["batch", "correlation_id", "error"]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    batch: BatchAuthorizeResponse
    correlation_id: int
    error: AuthorizeStreamError
    def __init__(self, correlation_id: _Optional[int] = ..., batch: _Optional[_Union[BatchAuthorizeResponse, _Mapping]] = ..., error: _Optional[_Union[AuthorizeStreamError, _Mapping]] = ...) -> None: ...

class BatchAuthorizeRequest(_message.Message):
    __slots__ = ["checks", "context", "explain", "presenter", "principal", "session_token"]
    class ContextEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.ContextValues
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.ContextValues, _Mapping]] = ...) -> None: ...
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    PRESENTER_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[AuthorizationCheck]
    context: _containers.MessageMap[str, _context_pb2.ContextValues]
    explain: bool
    presenter: str
    principal: str
    session_token: str
    def __init__(self, session_token: _Optional[str] = ..., principal: _Optional[str] = ..., context: _Optional[_Mapping[str, _context_pb2.ContextValues]] = ..., checks: _Optional[_Iterable[_Union[AuthorizationCheck, _Mapping]]] = ..., presenter: _Optional[str] = ..., explain: bool = ...) -> None: ...

class BatchAuthorizeResponse(_message.Message):
    __slots__ = ["registry_revision", "results"]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    registry_revision: str
    results: _containers.RepeatedCompositeFieldContainer[AuthorizationResult]
    def __init__(self, results: _Optional[_Iterable[_Union[AuthorizationResult, _Mapping]]] = ..., registry_revision: _Optional[str] = ...) -> None: ...
