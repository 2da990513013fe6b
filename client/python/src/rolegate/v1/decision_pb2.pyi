from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DECISION_ALLOW: Decision
DECISION_EXPLICIT_DENY: Decision
DECISION_IMPLICIT_DENY: Decision
DECISION_UNSPECIFIED: Decision
DESCRIPTOR: _descriptor.FileDescriptor
LAYER_BOUNDARY: Layer
LAYER_IDENTITY: Layer
LAYER_RCP: Layer
LAYER_RESOURCE: Layer
LAYER_SCP: Layer
LAYER_SESSION: Layer
LAYER_TRUST: Layer
LAYER_UNSPECIFIED: Layer

class Explanation(_message.Message):
    __slots__ = ["lacking", "layers", "matched_statements", "missing_context_keys", "near_misses"]
    LACKING_FIELD_NUMBER: _ClassVar[int]
    LAYERS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_CONTEXT_KEYS_FIELD_NUMBER: _ClassVar[int]
    NEAR_MISSES_FIELD_NUMBER: _ClassVar[int]
    lacking: str
    layers: _containers.RepeatedCompositeFieldContainer[LayerResult]
    matched_statements: _containers.RepeatedCompositeFieldContainer[StatementReference]
    missing_context_keys: _containers.RepeatedScalarFieldContainer[str]
    near_misses: _containers.RepeatedCompositeFieldContainer[NearMiss]
    def __init__(self, layers: _Optional[_Iterable[_Union[LayerResult, _Mapping]]] = ..., matched_statements: _Optional[_Iterable[_Union[StatementReference, _Mapping]]] = ..., near_misses: _Optional[_Iterable[_Union[NearMiss, _Mapping]]] = ..., missing_context_keys: _Optional[_Iterable[str]] = ..., lacking: _Optional[str] = ...) -> None: ...

class LayerResult(_message.Message):
    __slots__ = ["decision", "layer"]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    decision: Decision
    layer: Layer
    def __init__(self, layer: _Optional[_Union[Layer, str]] = ..., decision: _Optional[_Union[Decision, str]] = ...) -> None: ...

class NearMiss(_message.Message):
    __slots__ = ["cause", "statement"]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    cause: str
    statement: StatementReference
    def __init__(self, statement: _Optional[_Union[StatementReference, _Mapping]] = ..., cause: _Optional[str] = ...) -> None: ...

class StatementReference(_message.Message):
    __slots__ = ["file", "index", "layer", "line", "policy", "sid"]
    FILE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    SID_FIELD_NUMBER: _ClassVar[int]
    file: str
    index: int
    layer: Layer
    line: int
    policy: str
    sid: str
    def __init__(self, layer: _Optional[_Union[Layer, str]] = ..., policy: _Optional[str] = ..., sid: _Optional[str] = ..., index: _Optional[int] = ..., file: _Optional[str] = ..., line: _Optional[int] = ...) -> None: ...

class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Layer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
