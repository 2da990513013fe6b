//! Asks Rolegate about the session that a call brought.

use http::{header::HeaderName, HeaderMap};
use tonic::Code;

use super::Authorized;
use crate::{name, v1, Error, Session};

/// Rolegate never issues a longer token.
const MAX_BYTES: usize = 6 * 1024;

/// Who asks, and where the token is.
#[derive(Clone)]
pub(super) struct Guard {
    asker: Session,
    header: HeaderName,
}

impl Guard {
    pub(super) fn new(asker: Session) -> Self {
        Guard {
            asker,
            header: http::header::AUTHORIZATION,
        }
    }

    /// Takes the token from another header, whose whole value it is.
    pub(super) fn set_header(&mut self, header: &str) -> Result<(), Error> {
        self.header = HeaderName::try_from(header)
            .map_err(|_| Error::local(format!("`{header}` is no name of a header")))?;
        Ok(())
    }

    /// The session that the call brings.
    pub(super) fn session(&self, headers: &HeaderMap) -> Result<Session, Refusal> {
        let mut values = headers.get_all(&self.header).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(Refusal::NoToken);
        };
        let token = if self.header == http::header::AUTHORIZATION {
            let (scheme, token) = value
                .as_bytes()
                .split_at_checked("Bearer ".len())
                .ok_or(Refusal::NoToken)?;
            if !scheme.eq_ignore_ascii_case(b"Bearer ") {
                return Err(Refusal::NoToken);
            }
            token
        } else {
            value.as_bytes()
        };
        if token.is_empty() {
            return Err(Refusal::NoToken);
        }
        match std::str::from_utf8(token) {
            Ok(text) if text.len() <= MAX_BYTES && token.iter().all(u8::is_ascii_graphic) => {
                Ok(self.asker.for_token(text))
            }
            _ => Err(Refusal::BadToken(name::INVALID_CLIENT_TOKEN_ID.to_owned())),
        }
    }

    /// Asks.
    pub(super) async fn ask(
        session: Session,
        question: v1::AuthorizeRequest,
    ) -> Result<Authorized, Refusal> {
        let (action, resource) = (question.action.clone(), question.resource.clone());
        match session.send(question).await {
            Ok(decision) if decision.allowed => Ok(Authorized {
                action,
                resource,
                decision,
                session,
            }),
            Ok(decision) => Err(Refusal::Forbidden(decision.decision_id)),
            Err(error) => Err(Refusal::of(&error, &action)),
        }
    }
}

/// Why a call does not reach its handler. It never says what Rolegate said.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no session, or more than one.
    NoToken,
    /// The session is not valid; the name is Rolegate's.
    BadToken(String),
    /// No rule matches, Rolegate denies, or finds the question malformed; the
    /// id is the decision's, empty where there is none.
    Forbidden(String),
    /// Rolegate cannot be asked.
    Unavailable,
}

impl Refusal {
    fn of(error: &Error, action: &str) -> Self {
        match (error.code(), error.name()) {
            (Code::Unauthenticated, name::MISSING_AUTHENTICATION_TOKEN) => {}
            (Code::Unauthenticated, "") => {
                return Refusal::BadToken(name::INVALID_CLIENT_TOKEN_ID.to_owned());
            }
            (Code::Unauthenticated, name) => return Refusal::BadToken(plain(name)),
            (Code::InvalidArgument, _) => return Refusal::Forbidden(String::new()),
            _ => {}
        }
        tracing::warn!(action, name = error.name(), code = ?error.code(), %error,
                       "a call is refused, for Rolegate cannot be asked");
        Refusal::Unavailable
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Refusal::NoToken => name::MISSING_AUTHENTICATION_TOKEN,
            Refusal::BadToken(name) => name,
            Refusal::Forbidden(_) => name::ACCESS_DENIED,
            Refusal::Unavailable => name::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn message(&self) -> &'static str {
        match self {
            Refusal::NoToken => "the call brings no session, or more than one",
            Refusal::BadToken(_) => "the session that the call brings is not valid",
            Refusal::Forbidden(_) => "the call is not allowed",
            Refusal::Unavailable => "the call cannot be authorized at the moment",
        }
    }

    /// The decision's name in the audit log; `None` where there is no decision.
    pub(super) fn decision_id(&self) -> Option<String> {
        match self {
            Refusal::Forbidden(id) if !id.is_empty() => Some(plain(id)),
            _ => None,
        }
    }
}

/// What a name may consist of, whatever a hostile server sent.
fn plain(text: &str) -> String {
    let good = |c: &char| c.is_ascii_alphanumeric() || "_.:-".contains(*c);
    text.chars().filter(good).collect()
}
