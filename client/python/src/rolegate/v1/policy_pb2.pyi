from rolegate.v1 import context_pb2 as _context_pb2
from rolegate.v1 import decision_pb2 as _decision_pb2
from rolegate.v1 import fault_pb2 as _fault_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
POLICY_KIND_BOUNDARY: PolicyKind
POLICY_KIND_IDENTITY: PolicyKind
POLICY_KIND_RCP: PolicyKind
POLICY_KIND_RESOURCE: PolicyKind
POLICY_KIND_SCP: PolicyKind
POLICY_KIND_SESSION: PolicyKind
POLICY_KIND_TRUST: PolicyKind
POLICY_KIND_UNSPECIFIED: PolicyKind

class InlinePolicy(_message.Message):
    __slots__ = ["document", "kind", "name"]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    document: str
    kind: PolicyKind
    name: str
    def __init__(self, kind: _Optional[_Union[PolicyKind, str]] = ..., name: _Optional[str] = ..., document: _Optional[str] = ...) -> None: ...

class SimulateRequest(_message.Message):
    __slots__ = ["actions", "caller_arn", "context", "policies", "principal", "resource_account", "resources"]
    class ContextEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.ContextValues
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.ContextValues, _Mapping]] = ...) -> None: ...
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CALLER_ARN_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedScalarFieldContainer[str]
    caller_arn: str
    context: _containers.MessageMap[str, _context_pb2.ContextValues]
    policies: _containers.RepeatedCompositeFieldContainer[InlinePolicy]
    principal: str
    resource_account: str
    resources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, principal: _Optional[str] = ..., actions: _Optional[_Iterable[str]] = ..., resources: _Optional[_Iterable[str]] = ..., context: _Optional[_Mapping[str, _context_pb2.ContextValues]] = ..., policies: _Optional[_Iterable[_Union[InlinePolicy, _Mapping]]] = ..., caller_arn: _Optional[str] = ..., resource_account: _Optional[str] = ...) -> None: ...

class SimulateResponse(_message.Message):
    __slots__ = ["registry_revision", "results"]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    registry_revision: str
    results: _containers.RepeatedCompositeFieldContainer[SimulationResult]
    def __init__(self, results: _Optional[_Iterable[_Union[SimulationResult, _Mapping]]] = ..., registry_revision: _Optional[str] = ...) -> None: ...

class SimulationResult(_message.Message):
    __slots__ = ["action", "decision", "explanation", "reason", "resource"]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    action: str
    decision: _decision_pb2.Decision
    explanation: _decision_pb2.Explanation
    reason: str
    resource: str
    def __init__(self, action: _Optional[str] = ..., resource: _Optional[str] = ..., decision: _Optional[_Union[_decision_pb2.Decision, str]] = ..., explanation: _Optional[_Union[_decision_pb2.Explanation, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class ValidateRequest(_message.Message):
    __slots__ = ["document", "kind"]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    document: str
    kind: PolicyKind
    def __init__(self, document: _Optional[str] = ..., kind: _Optional[_Union[PolicyKind, str]] = ...) -> None: ...

class ValidateResponse(_message.Message):
    __slots__ = ["findings"]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[_fault_pb2.Fault]
    def __init__(self, findings: _Optional[_Iterable[_Union[_fault_pb2.Fault, _Mapping]]] = ...) -> None: ...

class PolicyKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
