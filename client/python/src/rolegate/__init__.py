"""Rolegate for Python: sessions of roles, and what they may do.

import rolegate

session = rolegate.from_environment()
if session.is_allowed("s3:GetObject", "arn:aws:s3:::reports/2026.csv"):
...
"""

from rolegate.client import Client
from rolegate.decision import Context, Decision
from rolegate.environment import from_environment
from rolegate.errors import (
    AccessDenied,
    EvaluationBudgetExceeded,
    ExpiredToken,
    ExpiredTokenException,
    IDPCommunicationError,
    IDPRejectedClaim,
    InvalidAuthorizationMessageException,
    InvalidClientTokenId,
    InvalidIdentityToken,
    InvalidParameterValue,
    MalformedPolicyDocument,
    MissingAuthenticationToken,
    NoSuchEntity,
    NotImplementedByServer,
    PackedPolicyTooLarge,
    RegistryNotLoaded,
    RolegateError,
    ServiceUnavailable,
    Throttling,
    ValidationError,
)
from rolegate.requests import Check, Identity
from rolegate.session import Access, Credentials, Session
from rolegate.verify import VerifiedSession, verify_session

__all__ = [
    "Access",
    "AccessDenied",
    "Check",
    "Client",
    "Context",
    "Credentials",
    "Decision",
    "EvaluationBudgetExceeded",
    "ExpiredToken",
    "ExpiredTokenException",
    "IDPCommunicationError",
    "IDPRejectedClaim",
    "Identity",
    "InvalidAuthorizationMessageException",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidParameterValue",
    "MalformedPolicyDocument",
    "MissingAuthenticationToken",
    "NoSuchEntity",
    "NotImplementedByServer",
    "PackedPolicyTooLarge",
    "RegistryNotLoaded",
    "RolegateError",
    "ServiceUnavailable",
    "Session",
    "Throttling",
    "ValidationError",
    "VerifiedSession",
    "from_environment",
    "verify_session",
]
