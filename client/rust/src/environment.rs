use std::{
    env, fs,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{AssumeRole, AssumeRoleWithWebIdentity, Client, Error, Session, WebIdentityToken};

/// The session that the environment describes, all that a pod needs.
///
/// `ROLEGATE_SERVER` is the target; `ROLEGATE_TLS_CA`, `ROLEGATE_TLS_CERT` and
/// `ROLEGATE_TLS_KEY` are files in PEM. Then holds the first of these that is
/// there: `ROLEGATE_SESSION_TOKEN`, a session that stands ready;
/// `ROLEGATE_ROLE_ARN` with `ROLEGATE_WEB_IDENTITY_TOKEN_FILE`, by that token,
/// which is read again at each renewal; `ROLEGATE_ROLE_ARN` alone, by who the
/// connection is. Without any of them the connection says who is calling.
///
/// `ROLEGATE_ROLE_SESSION_NAME` names the session; by default the host does.
pub async fn from_environment() -> Result<Session, Error> {
    let target = variable("ROLEGATE_SERVER").ok_or_else(|| {
        Error::local("ROLEGATE_SERVER is not set; it names the server, `HOST:PORT` or `unix:/path`")
    })?;
    let mut builder = Client::builder(target);
    if let Some(ca) = variable("ROLEGATE_TLS_CA") {
        builder = builder.ca(ca);
    }
    if let (Some(cert), Some(key)) = (variable("ROLEGATE_TLS_CERT"), variable("ROLEGATE_TLS_KEY")) {
        builder = builder.certificate(cert, key);
    }
    if let Some(token) = variable("ROLEGATE_SESSION_TOKEN") {
        return Ok(builder.session_token(token).build()?.caller());
    }
    let client = builder.build()?;
    let Some(role_arn) = variable("ROLEGATE_ROLE_ARN") else {
        return Ok(client.caller());
    };
    let name = variable("ROLEGATE_ROLE_SESSION_NAME").unwrap_or_else(default_session_name);
    match variable("ROLEGATE_WEB_IDENTITY_TOKEN_FILE") {
        Some(file) => {
            let token = WebIdentityToken::File(file);
            client
                .assume_role_with_web_identity(AssumeRoleWithWebIdentity::new(
                    role_arn, name, token,
                ))
                .await
        }
        None => client.assume_role(AssumeRole::new(role_arn, name)).await,
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The host's name, or the time.
fn default_session_name() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| variable("HOSTNAME"))
        .unwrap_or_default();
    let name: String = host
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_=,.@-".contains(*c))
        .take(64)
        .collect();
    if name.len() >= 2 {
        return name;
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    format!("rolegate-{now}")
}
