use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{
    decode, decode_header, errors::ErrorKind, jwk::JwkSet, Algorithm, DecodingKey, Validation,
};
use serde::Deserialize;
use tonic::Code;

use crate::{name, Error};

const TYPE: &str = "rolegate-session+jwt";
/// The clocks of two machines may be so far apart.
const SKEW_SECONDS: u64 = 60;
/// The service never issues a longer one.
const MAX_BYTES: usize = 6 * 1024;

/// What a session says of itself. It may have been revoked since; only the
/// service knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSession {
    /// The session's ARN.
    pub arn: String,
    /// Its role's.
    pub role_arn: String,
    /// Its name.
    pub role_session_name: String,
    /// Names it in audit logs and revocations.
    pub access_key_id: String,
    /// When it ends.
    pub expires_at: SystemTime,
    /// Who is behind it; empty if that was not said.
    pub source_identity: String,
    /// Its tags.
    pub tags: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    jti: String,
    iat: u64,
    exp: u64,
    role: String,
    name: String,
    #[serde(default)]
    source_identity: String,
    #[serde(default)]
    tags: Vec<(String, String)>,
}

/// Checks a session's token without a server, by `keys`, a JSON Web Key Set:
/// what [`Client::get_signing_keys`](crate::Client::get_signing_keys) gives, or
/// the server publishes. Type and algorithm are this function's and never the
/// token's.
///
/// The error's name is `ExpiredToken` for a session that has ended, and
/// `InvalidClientTokenId` for anything else that is wrong.
pub fn verify_session(
    token: &str,
    keys: &str,
    issuer: &str,
    audience: &str,
) -> Result<VerifiedSession, Error> {
    let refused = || {
        Error::new(
            name::INVALID_CLIENT_TOKEN_ID,
            Code::Unauthenticated,
            "the session token does not hold by these keys",
        )
    };
    if token.len() > MAX_BYTES {
        return Err(refused());
    }
    let header = decode_header(token).map_err(|_| refused())?;
    if header.typ.as_deref() != Some(TYPE) {
        return Err(refused());
    }
    let keys: JwkSet = serde_json::from_str(keys).map_err(|_| refused())?;
    let key = header
        .kid
        .and_then(|kid| keys.find(&kid).cloned())
        .and_then(|jwk| DecodingKey::from_jwk(&jwk).ok())
        .ok_or_else(refused)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.leeway = SKEW_SECONDS;
    validation.validate_nbf = true;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    let claims = match decode::<Claims>(token, &key, &validation) {
        Ok(data) => data.claims,
        Err(error) if *error.kind() == ErrorKind::ExpiredSignature => {
            return Err(Error::new(
                name::EXPIRED_TOKEN,
                Code::Unauthenticated,
                "the session has ended",
            ));
        }
        Err(_) => return Err(refused()),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    if claims.iat > now + SKEW_SECONDS {
        return Err(refused());
    }
    Ok(VerifiedSession {
        arn: claims.sub,
        role_arn: claims.role,
        role_session_name: claims.name,
        access_key_id: claims.jti,
        expires_at: UNIX_EPOCH + Duration::from_secs(claims.exp),
        source_identity: claims.source_identity,
        tags: claims.tags.into_iter().collect(),
    })
}
