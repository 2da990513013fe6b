"""Rolegate for Python: a thin layer over the generated stubs.

Every call has a deadline; calls that found no server are tried again within
it. Whatever goes wrong, `is_allowed` says no.
"""
import json
import threading
import time

import grpc

from rolegate.v1 import authorization_pb2, authorization_pb2_grpc
from rolegate.v1 import decision_pb2
from rolegate.v1 import security_token_pb2, security_token_pb2_grpc

_SERVICE_CONFIG = json.dumps({"methodConfig": [{
    "name": [{}],
    "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.1s",
                    "maxBackoff": "1s", "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"]}}]})
# Sessions are renewed when a fifth of their life is left.
_RENEW_AFTER = 0.8


class Client:
    """Calls a server. Thread-safe.

    `principal` names the caller, where the listener lets callers say so.
    `credentials` are gRPC channel credentials; without them the connection is
    plain, which is for Unix sockets and loopback.
    """

    def __init__(self, server="127.0.0.1:8470", principal=None,
                 credentials=None, timeout=5.0):
        options = [("grpc.service_config", _SERVICE_CONFIG)]
        self._channel = (
            grpc.secure_channel(server, credentials, options) if credentials
            else grpc.insecure_channel(server, options))
        self._sts = security_token_pb2_grpc.SecurityTokenServiceStub(
            self._channel)
        self._authorization = authorization_pb2_grpc.AuthorizationServiceStub(
            self._channel)
        self._principal = principal
        self._timeout = timeout

    def close(self):
        self._channel.close()

    def _metadata(self, token):
        if token:
            return (("authorization", "Bearer " + token),)
        if self._principal:
            return (("rolegate-principal", self._principal),)
        return ()

    def assume_role(self, role_arn, role_session_name, session_token=None,
                    **fields):
        """An AssumeRoleResponse. Raises grpc.RpcError when it is refused."""
        request = security_token_pb2.AssumeRoleRequest(
            role_arn=role_arn, role_session_name=role_session_name, **fields)
        return self._sts.AssumeRole(request, timeout=self._timeout,
                                    metadata=self._metadata(session_token))

    def assume_role_with_web_identity(self, role_arn, role_session_name,
                                      web_identity_token, **fields):
        """An AssumeRoleWithWebIdentityResponse, for a token of an OpenID
        Connect provider, as Kubernetes mounts them. Needs no principal. Raises
        grpc.RpcError when it is refused."""
        request = security_token_pb2.AssumeRoleWithWebIdentityRequest(
            role_arn=role_arn, role_session_name=role_session_name,
            web_identity_token=web_identity_token, **fields)
        return self._sts.AssumeRoleWithWebIdentity(request,
                                                   timeout=self._timeout)

    def assume_role_with_saml(self, role_arn, principal_arn, saml_assertion,
                              **fields):
        """An AssumeRoleWithSAMLResponse, for a provider's response in base64.
        Needs no principal. Raises grpc.RpcError when it is refused."""
        request = security_token_pb2.AssumeRoleWithSAMLRequest(
            role_arn=role_arn, principal_arn=principal_arn,
            saml_assertion=saml_assertion, **fields)
        return self._sts.AssumeRoleWithSAML(request, timeout=self._timeout)

    def decode_authorization_message(self, encoded_message,
                                     session_token=None):
        """The record of a refusal, as a dict. Needs
        rolegate:DecodeAuthorizationMessage. Raises grpc.RpcError when it is
        refused."""
        request = security_token_pb2.DecodeAuthorizationMessageRequest(
            encoded_message=encoded_message)
        return json.loads(self._sts.DecodeAuthorizationMessage(
            request, timeout=self._timeout,
            metadata=self._metadata(session_token)).decoded_message)

    def authorize(self, action, resource, session_token=None, **fields):
        """An AuthorizeResponse, for the caller unless `fields` has a subject.
        Raises grpc.RpcError when it cannot be had."""
        return self._authorization.Authorize(
            authorization_pb2.AuthorizeRequest(
                action=action, resource=resource, **fields),
            timeout=self._timeout, metadata=self._metadata(session_token))

    def session(self, role_arn, role_session_name, **fields):
        """A Session of the role that renews itself."""
        return Session(self, role_arn, role_session_name, fields)

    def is_allowed(self, action, resource, context=None, session_token=None):
        """Whether the caller may. Errors are denials."""
        request = authorization_pb2.AuthorizeRequest(
            action=action, resource=resource)
        for key, values in (context or {}).items():
            values = [values] if isinstance(values, str) else values
            request.context[key].values.extend(values)
        try:
            response = self._authorization.Authorize(
                request, timeout=self._timeout,
                metadata=self._metadata(session_token))
        except grpc.RpcError:
            return False
        return response.decision == decision_pb2.DECISION_ALLOW


class Session:
    """A role's session that is renewed before it ends. Thread-safe."""

    def __init__(self, client, role_arn, role_session_name, fields):
        self._client = client
        self._request = (role_arn, role_session_name, fields)
        self._lock = threading.Lock()
        self._token = None
        self._renew_at = 0.0
        self._expires_at = 0.0

    def token(self):
        """A token that is good for a while yet."""
        with self._lock:
            now = time.time()
            if now < self._renew_at:
                return self._token
            role_arn, name, fields = self._request
            try:
                response = self._client.assume_role(role_arn, name, **fields)
            except grpc.RpcError:
                if now < self._expires_at:
                    return self._token
                raise
            self._token = response.credentials.session_token
            self._expires_at = float(response.credentials.expiration.seconds)
            self._renew_at = now + (self._expires_at - now) * _RENEW_AFTER
            return self._token

    def is_allowed(self, action, resource, context=None):
        """Whether the session may. Errors are denials."""
        try:
            token = self.token()
        except grpc.RpcError:
            return False
        return self._client.is_allowed(action, resource, context, token)
