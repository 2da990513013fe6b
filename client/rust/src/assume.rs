use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{
    client::{Caller, Client},
    v1::{self, security_token_service_client::SecurityTokenServiceClient},
    Error,
};

/// Which role, and how; see AWS's AssumeRole.
///
/// ```
/// let role = rolegate::AssumeRole {
///     duration: Some(std::time::Duration::from_secs(900)),
///     ..rolegate::AssumeRole::new("arn:aws:iam::123456789012:role/Reader", "shop")
/// };
/// ```
#[derive(Debug, Clone, Default)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// Names the session.
    pub role_session_name: String,
    /// How long it lives; `None`: an hour.
    pub duration: Option<Duration>,
    /// A session policy as JSON: the session may do what both it and the role's
    /// policies allow.
    pub policy: Option<String>,
    /// Managed policies with the same meaning.
    pub policy_arns: Vec<String>,
    /// Tags, which policies see as `aws:PrincipalTag/KEY`.
    pub tags: Vec<(String, String)>,
    /// Keys among them that sessions made from this one inherit.
    pub transitive_tag_keys: Vec<String>,
    /// What the role's trust policy may ask for.
    pub external_id: Option<String>,
    /// Who is behind the caller; stays for the whole chain.
    pub source_identity: Option<String>,
    /// The caller's MFA device, and the code that it shows.
    pub mfa: Option<(String, String)>,
    /// So much before its end the session is renewed; `None`: when a fifth of
    /// its life is left.
    pub renew_before: Option<Duration>,
}

impl AssumeRole {
    /// A session of that name, with nothing else said.
    pub fn new(role_arn: impl Into<String>, role_session_name: impl Into<String>) -> Self {
        AssumeRole {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            ..Self::default()
        }
    }
}

/// A token of an identity provider.
#[derive(Clone)]
pub enum WebIdentityToken {
    /// The token itself.
    Text(String),
    /// A file that holds it, read again at each renewal, as Kubernetes writes
    /// it anew.
    File(String),
}

impl fmt::Debug for WebIdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WebIdentityToken::Text(_) => f.write_str("Text(a secret)"),
            WebIdentityToken::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// Which role, and by which token of an identity provider.
#[derive(Debug, Clone)]
pub struct AssumeRoleWithWebIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// Names the session.
    pub role_session_name: String,
    /// Whose token.
    pub token: WebIdentityToken,
    /// As in [`AssumeRole`].
    pub duration: Option<Duration>,
    /// As in [`AssumeRole`].
    pub policy: Option<String>,
    /// As in [`AssumeRole`].
    pub policy_arns: Vec<String>,
    /// As in [`AssumeRole`].
    pub renew_before: Option<Duration>,
}

impl AssumeRoleWithWebIdentity {
    /// A session of that name, with nothing else said.
    pub fn new(
        role_arn: impl Into<String>,
        role_session_name: impl Into<String>,
        token: WebIdentityToken,
    ) -> Self {
        AssumeRoleWithWebIdentity {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            token,
            duration: None,
            policy: None,
            policy_arns: Vec::new(),
            renew_before: None,
        }
    }
}

/// Which role, and by which SAML response in base64.
#[derive(Clone, Default)]
pub struct AssumeRoleWithSaml {
    /// The role's ARN.
    pub role_arn: String,
    /// The identity provider's ARN.
    pub principal_arn: String,
    /// The response. A secret.
    pub saml_assertion: String,
    /// As in [`AssumeRole`].
    pub duration: Option<Duration>,
    /// As in [`AssumeRole`].
    pub policy: Option<String>,
    /// As in [`AssumeRole`].
    pub policy_arns: Vec<String>,
    /// As in [`AssumeRole`].
    pub renew_before: Option<Duration>,
}

/// What the service gave.
#[derive(Clone)]
pub struct Credentials {
    /// Whose they are.
    pub arn: String,
    /// Names the session. No secret.
    pub access_key_id: String,
    /// The session itself. A secret.
    pub session_token: String,
    /// When it ends.
    pub expires_at: SystemTime,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("arn", &self.arn)
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// How a session is had, and had again.
#[derive(Clone)]
pub(crate) enum Assume {
    Role(AssumeRole),
    WebIdentity(AssumeRoleWithWebIdentity),
    Saml(AssumeRoleWithSaml),
}

impl Assume {
    pub(crate) fn renew_before(&self) -> Option<Duration> {
        match self {
            Assume::Role(role) => role.renew_before,
            Assume::WebIdentity(role) => role.renew_before,
            Assume::Saml(role) => role.renew_before,
        }
    }

    pub(crate) async fn ask(&self, client: &Client) -> Result<Credentials, Error> {
        match self {
            Assume::Role(role) => assume_role(client, role).await,
            Assume::WebIdentity(role) => assume_role_with_web_identity(client, role).await,
            Assume::Saml(role) => assume_role_with_saml(client, role).await,
        }
    }
}

async fn assume_role(client: &Client, role: &AssumeRole) -> Result<Credentials, Error> {
    let request = v1::AssumeRoleRequest {
        role_arn: role.role_arn.clone(),
        role_session_name: role.role_session_name.clone(),
        duration_seconds: seconds(role.duration),
        policy: role.policy.clone(),
        policy_arns: role.policy_arns.clone(),
        tags: role
            .tags
            .iter()
            .map(|(key, value)| v1::Tag {
                key: key.clone(),
                value: value.clone(),
            })
            .collect(),
        transitive_tag_keys: role.transitive_tag_keys.clone(),
        external_id: role.external_id.clone(),
        source_identity: role.source_identity.clone(),
        serial_number: role.mfa.as_ref().map(|(device, _)| device.clone()),
        token_code: role.mfa.as_ref().map(|(_, code)| code.clone()),
        ..Default::default()
    };
    let response = client
        .call(Caller::Client, request, |channel, request| async move {
            let mut stub = SecurityTokenServiceClient::new(channel);
            stub.assume_role(request).await
        })
        .await?;
    issued(response.credentials, response.assumed_role_user)
}

async fn assume_role_with_web_identity(
    client: &Client,
    role: &AssumeRoleWithWebIdentity,
) -> Result<Credentials, Error> {
    let web_identity_token = match &role.token {
        WebIdentityToken::Text(token) => token.clone(),
        WebIdentityToken::File(path) => tokio::fs::read_to_string(path)
            .await
            .map_err(|error| Error::local(format!("cannot read `{path}`: {error}")))?
            .trim()
            .to_owned(),
    };
    let request = v1::AssumeRoleWithWebIdentityRequest {
        role_arn: role.role_arn.clone(),
        role_session_name: role.role_session_name.clone(),
        web_identity_token,
        policy: role.policy.clone(),
        policy_arns: role.policy_arns.clone(),
        duration_seconds: seconds(role.duration),
    };
    let response = client
        .call(Caller::Nobody, request, |channel, request| async move {
            let mut stub = SecurityTokenServiceClient::new(channel);
            stub.assume_role_with_web_identity(request).await
        })
        .await?;
    issued(response.credentials, response.assumed_role_user)
}

async fn assume_role_with_saml(
    client: &Client,
    role: &AssumeRoleWithSaml,
) -> Result<Credentials, Error> {
    let request = v1::AssumeRoleWithSamlRequest {
        role_arn: role.role_arn.clone(),
        principal_arn: role.principal_arn.clone(),
        saml_assertion: role.saml_assertion.clone(),
        policy: role.policy.clone(),
        policy_arns: role.policy_arns.clone(),
        duration_seconds: seconds(role.duration),
    };
    let response = client
        .call(Caller::Nobody, request, |channel, request| async move {
            let mut stub = SecurityTokenServiceClient::new(channel);
            stub.assume_role_with_saml(request).await
        })
        .await?;
    issued(response.credentials, response.assumed_role_user)
}

fn seconds(duration: Option<Duration>) -> Option<i32> {
    duration.map(|duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX))
}

fn issued(
    credentials: Option<v1::Credentials>,
    user: Option<v1::AssumedRoleUser>,
) -> Result<Credentials, Error> {
    let (Some(credentials), Some(user)) = (credentials, user) else {
        return Err(Error::new(
            "",
            tonic::Code::Internal,
            "the answer holds no credentials",
        ));
    };
    let expires_at = credentials
        .expiration
        .and_then(|time| SystemTime::try_from(time).ok())
        .unwrap_or(SystemTime::UNIX_EPOCH);
    Ok(Credentials {
        arn: user.arn,
        access_key_id: credentials.access_key_id,
        session_token: credentials.session_token,
        expires_at,
    })
}
