"""Verifies sessions without a server, by the service's public keys."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

import jwt

from rolegate.errors import ExpiredToken, InvalidClientTokenId

_TYPE = "rolegate-session+jwt"
_SKEW_SECONDS = 60  # the clocks of two machines may be so far apart
_MAX_BYTES = 6 * 1024


@dataclasses.dataclass(frozen=True)
class VerifiedSession:
    """What a session says of itself. It may have been revoked since."""

    arn: str
    role_arn: str
    role_session_name: str
    access_key_id: str
    expires_at: float
    source_identity: str
    tags: Mapping[str, str]


def verify_session(
    token: str, keys: str | bytes, *, issuer: str, audience: str
) -> VerifiedSession:
    """Checks a session's token by ``keys``, a JSON Web Key Set.

    The keys are what ``Client.get_signing_keys`` gives, or the server
    publishes. Type and algorithm are this function's and never the token's.
    What the session may do only the service can say, and so whether it was
    revoked.

    Raises ExpiredToken for a session that has ended, InvalidClientTokenId for
    anything else that is wrong.
    """
    refused = InvalidClientTokenId(
        "InvalidClientTokenId",
        "UNAUTHENTICATED",
        "the session token does not hold by these keys",
    )
    if len(token) > _MAX_BYTES:
        raise refused
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != _TYPE:
            raise refused
        key = next(
            key
            for key in json.loads(keys)["keys"]
            if key.get("kid") == header.get("kid")
        )
        claims = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm="EdDSA").key,
            algorithms=["EdDSA"],
            issuer=issuer,
            audience=audience,
            leeway=_SKEW_SECONDS,
            options={
                "require": ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]
            },
        )
        return VerifiedSession(
            claims["sub"],
            claims["role"],
            claims["name"],
            claims["jti"],
            float(claims["exp"]),
            claims.get("source_identity", ""),
            dict(claims.get("tags", ())),
        )
    except jwt.ExpiredSignatureError:
        raise ExpiredToken(
            "ExpiredToken", "UNAUTHENTICATED", "the session has ended"
        ) from None
    except (jwt.PyJWTError, StopIteration, KeyError, ValueError, TypeError):
        raise refused from None
