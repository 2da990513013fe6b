from google.protobuf import timestamp_pb2 as _timestamp_pb2
from rolegate.v1 import context_pb2 as _context_pb2
from rolegate.v1 import fault_pb2 as _fault_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetRoleRequest(_message.Message):
    __slots__ = ["role_arn"]
    ROLE_ARN_FIELD_NUMBER: _ClassVar[int]
    role_arn: str
    def __init__(self, role_arn: _Optional[str] = ...) -> None: ...

class GetRoleResponse(_message.Message):
    __slots__ = ["file", "permissions_boundary_arn", "policies", "role", "tags"]
    FILE_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_BOUNDARY_ARN_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    file: str
    permissions_boundary_arn: str
    policies: _containers.RepeatedScalarFieldContainer[str]
    role: RoleSummary
    tags: _containers.RepeatedCompositeFieldContainer[_context_pb2.Tag]
    def __init__(self, role: _Optional[_Union[RoleSummary, _Mapping]] = ..., policies: _Optional[_Iterable[str]] = ..., permissions_boundary_arn: _Optional[str] = ..., tags: _Optional[_Iterable[_Union[_context_pb2.Tag, _Mapping]]] = ..., file: _Optional[str] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ["counts", "failed_reloads", "faults", "findings", "from_last_good", "held_back", "held_back_since", "held_folders", "loaded", "loaded_at", "reloads", "revision"]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    FAILED_RELOADS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    FROM_LAST_GOOD_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_SINCE_FIELD_NUMBER: _ClassVar[int]
    HELD_FOLDERS_FIELD_NUMBER: _ClassVar[int]
    LOADED_AT_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    RELOADS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    counts: RegistryCounts
    failed_reloads: int
    faults: _containers.RepeatedCompositeFieldContainer[_fault_pb2.Fault]
    findings: _containers.RepeatedCompositeFieldContainer[_fault_pb2.Fault]
    from_last_good: bool
    held_back: bool
    held_back_since: _timestamp_pb2.Timestamp
    held_folders: _containers.RepeatedCompositeFieldContainer[HeldFolder]
    loaded: bool
    loaded_at: _timestamp_pb2.Timestamp
    reloads: int
    revision: str
    def __init__(self, revision: _Optional[str] = ..., loaded_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[_Union[RegistryCounts, _Mapping]] = ..., faults: _Optional[_Iterable[_Union[_fault_pb2.Fault, _Mapping]]] = ..., findings: _Optional[_Iterable[_Union[_fault_pb2.Fault, _Mapping]]] = ..., loaded: bool = ..., from_last_good: bool = ..., held_back_since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., reloads: _Optional[int] = ..., failed_reloads: _Optional[int] = ..., held_back: bool = ..., held_folders: _Optional[_Iterable[_Union[HeldFolder, _Mapping]]] = ...) -> None: ...

class HeldFolder(_message.Message):
    __slots__ = ["faults", "held_since", "path"]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    HELD_SINCE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    faults: _containers.RepeatedCompositeFieldContainer[_fault_pb2.Fault]
    held_since: _timestamp_pb2.Timestamp
    path: str
    def __init__(self, path: _Optional[str] = ..., held_since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., faults: _Optional[_Iterable[_Union[_fault_pb2.Fault, _Mapping]]] = ...) -> None: ...

class ListRolesRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "path_prefix"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PATH_PREFIX_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    path_prefix: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., path_prefix: _Optional[str] = ...) -> None: ...

class ListRolesResponse(_message.Message):
    __slots__ = ["next_page_token", "roles"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    roles: _containers.RepeatedCompositeFieldContainer[RoleSummary]
    def __init__(self, roles: _Optional[_Iterable[_Union[RoleSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RegistryCounts(_message.Message):
    __slots__ = ["files", "groups", "identity_providers", "managed_policies", "organizations", "resource_policies", "revocations", "roles", "users"]
    FILES_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    MANAGED_POLICIES_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATIONS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_POLICIES_FIELD_NUMBER: _ClassVar[int]
    REVOCATIONS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    files: int
    groups: int
    identity_providers: int
    managed_policies: int
    organizations: int
    resource_policies: int
    revocations: int
    roles: int
    users: int
    def __init__(self, files: _Optional[int] = ..., roles: _Optional[int] = ..., users: _Optional[int] = ..., groups: _Optional[int] = ..., managed_policies: _Optional[int] = ..., resource_policies: _Optional[int] = ..., organizations: _Optional[int] = ..., revocations: _Optional[int] = ..., identity_providers: _Optional[int] = ...) -> None: ...

class ReloadRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ReloadResponse(_message.Message):
    __slots__ = ["counts", "findings", "loaded_at", "revision"]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    LOADED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    counts: RegistryCounts
    findings: _containers.RepeatedCompositeFieldContainer[_fault_pb2.Fault]
    loaded_at: _timestamp_pb2.Timestamp
    revision: str
    def __init__(self, revision: _Optional[str] = ..., loaded_at: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[_Union[RegistryCounts, _Mapping]] = ..., findings: _Optional[_Iterable[_Union[_fault_pb2.Fault, _Mapping]]] = ...) -> None: ...

class RoleSummary(_message.Message):
    __slots__ = ["arn", "max_session_duration", "path", "role_id", "role_name"]
    ARN_FIELD_NUMBER: _ClassVar[int]
    MAX_SESSION_DURATION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    ROLE_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_NAME_FIELD_NUMBER: _ClassVar[int]
    arn: str
    max_session_duration: int
    path: str
    role_id: str
    role_name: str
    def __init__(self, arn: _Optional[str] = ..., role_name: _Optional[str] = ..., path: _Optional[str] = ..., role_id: _Optional[str] = ..., max_session_duration: _Optional[int] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ["revision"]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: str
    def __init__(self, revision: _Optional[str] = ...) -> None: ...
