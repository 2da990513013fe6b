use std::fmt;

use tonic::Code;
use tonic_types::StatusExt;

/// A call that brought no answer.
///
/// Compare it by AWS's name:
///
/// ```
/// # fn example(error: rolegate::Error) {
/// if error.name() == rolegate::name::ACCESS_DENIED { /* ... */ }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Error {
    name: String,
    code: Code,
    message: String,
    encoded_message: String,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{:?}: {}", self.code, self.message),
            name => write!(f, "{name}: {}", self.message),
        }
    }
}

impl Error {
    pub(crate) fn new(name: &str, code: Code, message: impl Into<String>) -> Self {
        Error {
            name: name.to_owned(),
            code,
            message: message.into(),
            encoded_message: String::new(),
        }
    }

    /// What this machine could not do: a file that is missing, a setting that
    /// does not fit.
    pub(crate) fn local(message: impl Into<String>) -> Self {
        Self::new("", Code::InvalidArgument, message)
    }

    /// AWS's name of the error, `AccessDenied` for instance; empty if the
    /// service did not speak.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// gRPC's status code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, and where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The sealed record of a refusal, for
    /// [`Client::decode_authorization_message`](crate::Client::decode_authorization_message);
    /// empty if there is none.
    pub fn encoded_message(&self) -> &str {
        &self.encoded_message
    }

    /// Whether the same call may go well a little later.
    pub(crate) fn is_worth_a_retry(&self) -> bool {
        match self.code {
            Code::Unavailable => true,
            Code::ResourceExhausted => self.name.is_empty() || self.name == name::THROTTLING,
            _ => false,
        }
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        // Nobody here cancels a call: a connection that broke is told so, too.
        let broken = std::error::Error::source(&status).is_some();
        let code = match status.code() {
            Code::Cancelled | Code::Unknown if broken => Code::Unavailable,
            code => code,
        };
        let mut error = Error::new("", code, status.message());
        if let Some(info) = status.get_details_error_info() {
            error.name = info.reason;
            error.encoded_message = info
                .metadata
                .get("encoded_message")
                .cloned()
                .unwrap_or_default();
        }
        error
    }
}

/// The names that the service gives its errors.
pub mod name {
    /// The role may not be assumed, or the caller may not administer.
    pub const ACCESS_DENIED: &str = "AccessDenied";
    /// The session has ended, or was revoked.
    pub const EXPIRED_TOKEN: &str = "ExpiredToken";
    /// The token is no session, or another service's.
    pub const INVALID_CLIENT_TOKEN_ID: &str = "InvalidClientTokenId";
    /// Nothing says who is calling.
    pub const MISSING_AUTHENTICATION_TOKEN: &str = "MissingAuthenticationToken";
    /// A field of the request does not fit; the message names it.
    pub const VALIDATION_ERROR: &str = "ValidationError";
    /// Tags that are repeated, reserved or inherited.
    pub const INVALID_PARAMETER_VALUE: &str = "InvalidParameterValue";
    /// A session policy that does not load.
    pub const MALFORMED_POLICY_DOCUMENT: &str = "MalformedPolicyDocument";
    /// Session policies and tags do not fit into a token.
    pub const PACKED_POLICY_TOO_LARGE: &str = "PackedPolicyTooLarge";
    /// An identity provider's token or assertion does not hold.
    pub const INVALID_IDENTITY_TOKEN: &str = "InvalidIdentityToken";
    /// An identity provider's token or assertion has ended.
    pub const EXPIRED_IDENTITY_TOKEN: &str = "ExpiredTokenException";
    /// The identity provider says that its user did not log in.
    pub const IDP_REJECTED_CLAIM: &str = "IDPRejectedClaim";
    /// The identity provider's keys cannot be had at the moment.
    pub const IDP_COMMUNICATION_ERROR: &str = "IDPCommunicationError";
    /// The server holds no registry yet.
    pub const REGISTRY_NOT_LOADED: &str = "RegistryNotLoaded";
    /// The server stops.
    pub const SERVICE_UNAVAILABLE: &str = "ServiceUnavailable";
    /// The registry does not hold what was asked for.
    pub const NO_SUCH_ENTITY: &str = "NoSuchEntity";
    /// The server was not set up for this call.
    pub const NOT_IMPLEMENTED: &str = "NotImplemented";
    /// Too many calls; trying again did not help in time.
    pub const THROTTLING: &str = "Throttling";
    /// The question costs more than one call may; ask less at once.
    pub const EVALUATION_BUDGET_EXCEEDED: &str = "EvaluationBudgetExceeded";
    /// The record was not sealed by this service, or is too old.
    pub const INVALID_AUTHORIZATION_MESSAGE: &str = "InvalidAuthorizationMessageException";
}
