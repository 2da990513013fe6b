//! Puts Rolegate before the handlers of a service: a table of [`Rule`]s says
//! what each route or gRPC method needs, and what no rule matches is denied.
//!
//! - [`HttpLayer`] guards HTTP services of tower; with the feature `axum` also
//!   inside nested routers, which see a part of the path alone (features `http`
//!   and `axum`).
//! - [`GrpcLayer`] guards the services of tonic (feature `grpc`).
//!
//! Each takes a [`Client`](crate::Client), which asks as whoever its connection
//! is, or a [`Session`], which asks as that session. No answer is kept: each
//! call is asked about, once, when it begins. A handler finds [`Authorized`] in
//! the extensions of its request.

#[cfg(feature = "grpc")]
mod grpc;
mod guard;
#[cfg(feature = "http")]
mod http;
mod rule;
mod table;
#[cfg(test)]
mod tests;

#[cfg(feature = "grpc")]
#[cfg_attr(docsrs, doc(cfg(feature = "grpc")))]
pub use self::grpc::{GrpcLayer, GrpcService};
#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
pub use self::http::{HttpLayer, HttpService};
pub use self::rule::Rule;

use crate::{Decision, Session};

/// What was asked about a call that reached its handler. A call that a public
/// rule let pass has none.
///
/// ```
/// # #[cfg(feature = "axum")]
/// use axum::Extension;
/// use rolegate::middleware::Authorized;
///
/// # #[cfg(feature = "axum")]
/// async fn file(Extension(authorized): Extension<Authorized>) -> String {
///     format!("here is {}", authorized.resource)
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Authorized {
    /// What the rule asked for.
    pub action: String,
    /// The resource, with its placeholders replaced.
    pub resource: String,
    /// The answer, which allows.
    pub decision: Decision,
    /// The caller's session, to ask further questions about it.
    pub session: Session,
}
