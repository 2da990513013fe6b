from google.protobuf import timestamp_pb2 as _timestamp_pb2
from rolegate.v1 import context_pb2 as _context_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

BIND_TO_CERTIFICATE: BindTo
BIND_TO_SPIFFE: BindTo
BIND_TO_UNSPECIFIED: BindTo
DESCRIPTOR: _descriptor.FileDescriptor

class AssumeRoleRequest(_message.Message):
    __slots__ = ["bind_to", "context", "duration_seconds", "external_id", "policy", "policy_arns", "role_arn", "role_session_name", "serial_number", "source_identity", "tags", "token_code", "transitive_tag_keys"]
    class ContextEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _context_pb2.ContextValues
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_context_pb2.ContextValues, _Mapping]] = ...) -> None: ...
    BIND_TO_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ARNS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    ROLE_ARN_FIELD_NUMBER: _ClassVar[int]
    ROLE_SESSION_NAME_FIELD_NUMBER: _ClassVar[int]
    SERIAL_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    TOKEN_CODE_FIELD_NUMBER: _ClassVar[int]
    TRANSITIVE_TAG_KEYS_FIELD_NUMBER: _ClassVar[int]
    bind_to: BindTo
    context: _containers.MessageMap[str, _context_pb2.ContextValues]
    duration_seconds: int
    external_id: str
    policy: str
    policy_arns: _containers.RepeatedScalarFieldContainer[str]
    role_arn: str
    role_session_name: str
    serial_number: str
    source_identity: str
    tags: _containers.RepeatedCompositeFieldContainer[_context_pb2.Tag]
    token_code: str
    transitive_tag_keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, role_arn: _Optional[str] = ..., role_session_name: _Optional[str] = ..., duration_seconds: _Optional[int] = ..., policy: _Optional[str] = ..., policy_arns: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[_Union[_context_pb2.Tag, _Mapping]]] = ..., transitive_tag_keys: _Optional[_Iterable[str]] = ..., external_id: _Optional[str] = ..., serial_number: _Optional[str] = ..., token_code: _Optional[str] = ..., source_identity: _Optional[str] = ..., context: _Optional[_Mapping[str, _context_pb2.ContextValues]] = ..., bind_to: _Optional[_Union[BindTo, str]] = ...) -> None: ...

class AssumeRoleResponse(_message.Message):
    __slots__ = ["assumed_role_user", "credentials", "packed_policy_size", "source_identity"]
    ASSUMED_ROLE_USER_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    PACKED_POLICY_SIZE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    assumed_role_user: AssumedRoleUser
    credentials: Credentials
    packed_policy_size: int
    source_identity: str
    def __init__(self, credentials: _Optional[_Union[Credentials, _Mapping]] = ..., assumed_role_user: _Optional[_Union[AssumedRoleUser, _Mapping]] = ..., packed_policy_size: _Optional[int] = ..., source_identity: _Optional[str] = ...) -> None: ...

class AssumeRoleWithSAMLRequest(_message.Message):
    __slots__ = ["duration_seconds", "policy", "policy_arns", "principal_arn", "role_arn", "saml_assertion"]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_ARNS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_ARN_FIELD_NUMBER: _ClassVar[int]
    ROLE_ARN_FIELD_NUMBER: _ClassVar[int]
    SAML_ASSERTION_FIELD_NUMBER: _ClassVar[int]
    duration_seconds: int
    policy: str
    policy_arns: _containers.RepeatedScalarFieldContainer[str]
    principal_arn: str
    role_arn: str
    saml_assertion: str
    def __init__(self, role_arn: _Optional[str] = ..., principal_arn: _Optional[str] = ..., saml_assertion: _Optional[str] = ..., policy: _Optional[str] = ..., policy_arns: _Optional[_Iterable[str]] = ..., duration_seconds: _Optional[int] = ...) -> None: ...

class AssumeRoleWithSAMLResponse(_message.Message):
    __slots__ = ["assumed_role_user", "audience", "credentials", "issuer", "name_qualifier", "packed_policy_size", "source_identity", "subject", "subject_type"]
    ASSUMED_ROLE_USER_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    NAME_QUALIFIER_FIELD_NUMBER: _ClassVar[int]
    PACKED_POLICY_SIZE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_TYPE_FIELD_NUMBER: _ClassVar[int]
    assumed_role_user: AssumedRoleUser
    audience: str
    credentials: Credentials
    issuer: str
    name_qualifier: str
    packed_policy_size: int
    source_identity: str
    subject: str
    subject_type: str
    def __init__(self, credentials: _Optional[_Union[Credentials, _Mapping]] = ..., assumed_role_user: _Optional[_Union[AssumedRoleUser, _Mapping]] = ..., packed_policy_size: _Optional[int] = ..., source_identity: _Optional[str] = ..., subject: _Optional[str] = ..., subject_type: _Optional[str] = ..., issuer: _Optional[str] = ..., audience: _Optional[str] = ..., name_qualifier: _Optional[str] = ...) -> None: ...

class AssumeRoleWithWebIdentityRequest(_message.Message):
    __slots__ = ["duration_seconds", "policy", "policy_arns", "role_arn", "role_session_name", "web_identity_token"]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_ARNS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    ROLE_ARN_FIELD_NUMBER: _ClassVar[int]
    ROLE_SESSION_NAME_FIELD_NUMBER: _ClassVar[int]
    WEB_IDENTITY_TOKEN_FIELD_NUMBER: _ClassVar[int]
    duration_seconds: int
    policy: str
    policy_arns: _containers.RepeatedScalarFieldContainer[str]
    role_arn: str
    role_session_name: str
    web_identity_token: str
    def __init__(self, role_arn: _Optional[str] = ..., role_session_name: _Optional[str] = ..., web_identity_token: _Optional[str] = ..., policy: _Optional[str] = ..., policy_arns: _Optional[_Iterable[str]] = ..., duration_seconds: _Optional[int] = ...) -> None: ...

class AssumeRoleWithWebIdentityResponse(_message.Message):
    __slots__ = ["assumed_role_user", "audience", "credentials", "packed_policy_size", "provider", "source_identity", "subject_from_web_identity_token"]
    ASSUMED_ROLE_USER_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    PACKED_POLICY_SIZE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FROM_WEB_IDENTITY_TOKEN_FIELD_NUMBER: _ClassVar[int]
    assumed_role_user: AssumedRoleUser
    audience: str
    credentials: Credentials
    packed_policy_size: int
    provider: str
    source_identity: str
    subject_from_web_identity_token: str
    def __init__(self, credentials: _Optional[_Union[Credentials, _Mapping]] = ..., assumed_role_user: _Optional[_Union[AssumedRoleUser, _Mapping]] = ..., packed_policy_size: _Optional[int] = ..., source_identity: _Optional[str] = ..., subject_from_web_identity_token: _Optional[str] = ..., provider: _Optional[str] = ..., audience: _Optional[str] = ...) -> None: ...

class AssumedRoleUser(_message.Message):
    __slots__ = ["arn", "assumed_role_id"]
    ARN_FIELD_NUMBER: _ClassVar[int]
    ASSUMED_ROLE_ID_FIELD_NUMBER: _ClassVar[int]
    arn: str
    assumed_role_id: str
    def __init__(self, assumed_role_id: _Optional[str] = ..., arn: _Optional[str] = ...) -> None: ...

class Credentials(_message.Message):
    __slots__ = ["access_key_id", "expiration", "session_token"]
    ACCESS_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRATION_FIELD_NUMBER: _ClassVar[int]
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    access_key_id: str
    expiration: _timestamp_pb2.Timestamp
    session_token: str
    def __init__(self, access_key_id: _Optional[str] = ..., session_token: _Optional[str] = ..., expiration: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DecodeAuthorizationMessageRequest(_message.Message):
    __slots__ = ["encoded_message"]
    ENCODED_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    encoded_message: str
    def __init__(self, encoded_message: _Optional[str] = ...) -> None: ...

class DecodeAuthorizationMessageResponse(_message.Message):
    __slots__ = ["decoded_message"]
    DECODED_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    decoded_message: str
    def __init__(self, decoded_message: _Optional[str] = ...) -> None: ...

class GetCallerIdentityRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetCallerIdentityResponse(_message.Message):
    __slots__ = ["account", "arn", "user_id"]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ARN_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    arn: str
    user_id: str
    def __init__(self, account: _Optional[str] = ..., arn: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class GetSigningKeysRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetSigningKeysResponse(_message.Message):
    __slots__ = ["jwks"]
    JWKS_FIELD_NUMBER: _ClassVar[int]
    jwks: str
    def __init__(self, jwks: _Optional[str] = ...) -> None: ...

class BindTo(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
