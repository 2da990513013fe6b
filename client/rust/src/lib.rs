//! Rolegate for Rust: sessions of roles, and what they may do.
//!
//! ```no_run
//! # async fn example() -> Result<(), rolegate::Error> {
//! let session = rolegate::from_environment().await?;
//! if session.is_allowed("s3:GetObject", "arn:aws:s3:::reports/1", &[]).await {
//!     // ...
//! }
//! # Ok(()) }
//! ```
//!
//! Every call has a deadline. Calls that found no server, and those that came
//! too early, are tried again within it; nothing else is. Whatever goes wrong,
//! `is_allowed` says no.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod assume;
mod balance;
mod client;
mod decision;
mod environment;
mod error;
#[cfg(feature = "middleware")]
pub mod middleware;
mod session;
mod verify;

/// The generated messages and stubs of the API.
#[allow(missing_docs, clippy::all)]
pub mod v1 {
    include!("gen/rolegate.v1.rs");
}

pub use assume::{
    AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, Credentials, WebIdentityToken,
};
pub use client::{Client, ClientBuilder, Identity, Watch};
pub use decision::{Check, Context, Decision};
pub use environment::from_environment;
pub use error::{name, Error};
pub use session::{AuthorizeStream, Question, Session};
pub use verify::{verify_session, VerifiedSession};

// The README's examples, which need these features.
#[cfg(all(doctest, feature = "axum", feature = "grpc"))]
#[doc = include_str!("../README.md")]
struct Readme;
