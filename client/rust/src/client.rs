use std::{
    fs,
    future::Future,
    time::{Duration, Instant},
};

use tonic::{
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Identity as TlsIdentity},
    Request, Response, Status,
};

use crate::{
    assume::{Assume, AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity},
    balance::Target,
    v1::{
        self, authorization_service_client::AuthorizationServiceClient,
        registry_service_client::RegistryServiceClient,
        security_token_service_client::SecurityTokenServiceClient,
    },
    Error, Session,
};

const ATTEMPTS: u32 = 5;
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// How to reach a server, and who calls.
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    target: String,
    ca: Option<String>,
    certificate: Option<(String, String)>,
    plaintext: Option<bool>,
    principal: Option<String>,
    session_token: Option<String>,
    timeout: Duration,
}

impl ClientBuilder {
    /// A file in PEM whose certificates the server's must come from, in place
    /// of the system's.
    pub fn ca(mut self, path: impl Into<String>) -> Self {
        self.ca = Some(path.into());
        self
    }

    /// Files in PEM of a client certificate and its key, for mTLS.
    pub fn certificate(mut self, cert: impl Into<String>, key: impl Into<String>) -> Self {
        self.certificate = Some((cert.into(), key.into()));
        self
    }

    /// Whether to do without TLS. By default only Unix sockets and loopback are
    /// spoken to without it.
    pub fn plaintext(mut self, plaintext: bool) -> Self {
        self.plaintext = Some(plaintext);
        self
    }

    /// Who calls, a user's ARN or `service:NAME`, where the listener lets
    /// callers say it.
    pub fn principal(mut self, name: impl Into<String>) -> Self {
        self.principal = Some(name.into());
        self
    }

    /// A session that is the caller, or a token of an issuer that the listener
    /// maps.
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// The deadline of every call, tries included. Default five seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the client. Does not wait for the server. Fails for a file that
    /// cannot be read, and for a target that is none.
    pub fn build(self) -> Result<Client, Error> {
        let plaintext = self
            .plaintext
            .unwrap_or(is_local(&self.target) && self.ca.is_none() && self.certificate.is_none());
        let tls = if plaintext { None } else { Some(self.tls()?) };
        let metadata = |text: &str| {
            MetadataValue::try_from(text)
                .map_err(|_| Error::local("the caller's name or token is no metadata"))
        };
        Ok(Client {
            target: Target::parse(&self.target, tls)?,
            principal: self.principal.as_deref().map(metadata).transpose()?,
            session_token: self.session_token.as_deref().map(bearer).transpose()?,
            timeout: self.timeout,
        })
    }

    fn tls(&self) -> Result<ClientTlsConfig, Error> {
        let read = |path: &str| {
            fs::read(path).map_err(|error| Error::local(format!("cannot read `{path}`: {error}")))
        };
        let mut tls = ClientTlsConfig::new();
        tls = match &self.ca {
            Some(ca) => tls.ca_certificate(Certificate::from_pem(read(ca)?)),
            None => tls.with_native_roots(),
        };
        if let Some((cert, key)) = &self.certificate {
            tls = tls.identity(TlsIdentity::from_pem(read(cert)?, read(key)?));
        }
        Ok(tls)
    }
}

/// A connection to a server, and who calls over it. Cheap to clone: clones
/// share connections.
#[derive(Clone)]
pub struct Client {
    target: Target,
    principal: Option<MetadataValue<Ascii>>,
    session_token: Option<Bearer>,
    timeout: Duration,
}

/// Who somebody is, in AWS's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits; empty for a service principal.
    pub account: String,
    /// The ARN, or a service principal's name.
    pub arn: String,
    /// aws:userid.
    pub user_id: String,
}

/// A session as it stands in metadata.
pub(crate) type Bearer = MetadataValue<Ascii>;

pub(crate) fn bearer(token: &str) -> Result<Bearer, Error> {
    let mut value = MetadataValue::try_from(format!("Bearer {token}"))
        .map_err(|_| Error::local("the session token is no metadata"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Who calls, of one call.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Whoever the client was told.
    Client,
    /// A session.
    Session(Bearer),
    /// Nobody: the request says it.
    Nobody,
}

impl Client {
    /// A client of the server at `target`: `HOST:PORT`, `dns:///NAME:PORT`,
    /// whose calls are spread over all its addresses, or `unix:/path`.
    pub fn builder(target: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            target: target.into(),
            ca: None,
            certificate: None,
            plaintext: None,
            principal: None,
            session_token: None,
            timeout: Duration::from_secs(5),
        }
    }

    /// A session of a role, which renews itself before it ends.
    pub async fn assume_role(&self, role: AssumeRole) -> Result<Session, Error> {
        Session::start(self.clone(), Assume::Role(role)).await
    }

    /// A session for the holder of an identity provider's token. Needs no other
    /// caller. A token file is read again at each renewal.
    pub async fn assume_role_with_web_identity(
        &self,
        role: AssumeRoleWithWebIdentity,
    ) -> Result<Session, Error> {
        Session::start(self.clone(), Assume::WebIdentity(role)).await
    }

    /// A session for the subject of a SAML response. Needs no other caller. A
    /// response is good for minutes, so that such a session is used until it
    /// ends rather than renewed.
    pub async fn assume_role_with_saml(&self, role: AssumeRoleWithSaml) -> Result<Session, Error> {
        Session::start(self.clone(), Assume::Saml(role)).await
    }

    /// The session that somebody brought, to ask what they may do. This client
    /// stays the caller; the session is what is asked about. Whatever is wrong
    /// with the token is told then; an empty one never stands for the client.
    pub fn for_token(&self, session_token: impl Into<String>) -> Session {
        self.caller().for_token(session_token)
    }

    /// The client's own caller, who asks about itself.
    pub fn caller(&self) -> Session {
        Session::caller(self.clone())
    }

    /// Who is calling.
    pub async fn get_caller_identity(&self) -> Result<Identity, Error> {
        self.identity(Caller::Client).await
    }

    pub(crate) async fn identity(&self, caller: Caller) -> Result<Identity, Error> {
        let request = v1::GetCallerIdentityRequest {};
        let response = self
            .call(caller, request, |channel, request| async move {
                let mut stub = SecurityTokenServiceClient::new(channel);
                stub.get_caller_identity(request).await
            })
            .await?;
        Ok(Identity {
            account: response.account,
            arn: response.arn,
            user_id: response.user_id,
        })
    }

    /// The service's public keys, a JSON Web Key Set.
    pub async fn get_signing_keys(&self) -> Result<String, Error> {
        let request = v1::GetSigningKeysRequest {};
        let response = self
            .call(Caller::Client, request, |channel, request| async move {
                let mut stub = SecurityTokenServiceClient::new(channel);
                stub.get_signing_keys(request).await
            })
            .await?;
        Ok(response.jwks)
    }

    /// The record of a refusal as JSON, for administrators.
    pub async fn decode_authorization_message(
        &self,
        encoded_message: impl Into<String>,
    ) -> Result<String, Error> {
        let request = v1::DecodeAuthorizationMessageRequest {
            encoded_message: encoded_message.into(),
        };
        let response = self
            .call(Caller::Client, request, |channel, request| async move {
                let mut stub = SecurityTokenServiceClient::new(channel);
                stub.decode_authorization_message(request).await
            })
            .await?;
        Ok(response.decoded_message)
    }

    /// The revisions of the registry.
    pub async fn watch(&self) -> Result<Watch, Error> {
        self.watch_as(&Caller::Client).await
    }

    pub(crate) async fn watch_as(&self, caller: &Caller) -> Result<Watch, Error> {
        let pick = self.target.pick().await?;
        let mut request = Request::new(v1::WatchRequest {});
        self.identify(&mut request, caller);
        let stream = RegistryServiceClient::new(pick.channel)
            .watch(request)
            .await?
            .into_inner();
        Ok(Watch { stream })
    }

    pub(crate) async fn authorization(&self) -> Result<AuthorizationServiceClient<Channel>, Error> {
        Ok(AuthorizationServiceClient::new(
            self.target.pick().await?.channel,
        ))
    }

    pub(crate) fn identify<T>(&self, request: &mut Request<T>, caller: &Caller) {
        let session = match caller {
            Caller::Client => self.session_token.as_ref(),
            Caller::Session(bearer) => Some(bearer),
            Caller::Nobody => return,
        };
        let metadata = request.metadata_mut();
        if let Some(bearer) = session {
            metadata.insert("authorization", bearer.clone());
        } else if let Some(principal) = &self.principal {
            metadata.insert("rolegate-principal", principal.clone());
        }
    }

    /// One call: who calls, the deadline, and what may be tried again within
    /// it.
    pub(crate) async fn call<Message, Answer, Ask, Asking>(
        &self,
        caller: Caller,
        message: Message,
        ask: Ask,
    ) -> Result<Answer, Error>
    where
        Message: Clone,
        Ask: Fn(Channel, Request<Message>) -> Asking,
        Asking: Future<Output = Result<Response<Answer>, Status>>,
    {
        let deadline = Instant::now() + self.timeout;
        let tries = async {
            let mut backoff = FIRST_BACKOFF;
            for attempt in 1.. {
                let error = match self.try_once(&caller, &message, &ask, deadline).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                };
                if attempt == ATTEMPTS || !error.is_worth_a_retry() {
                    return Err(error);
                }
                tokio::time::sleep(jittered(backoff)).await;
                backoff = (backoff * 2).min(MAX_BACKOFF);
            }
            unreachable!("the last attempt returns")
        };
        tokio::time::timeout_at(deadline.into(), tries)
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(
                    "",
                    tonic::Code::DeadlineExceeded,
                    "no answer came within the deadline",
                ))
            })
    }

    async fn try_once<Message, Answer, Ask, Asking>(
        &self,
        caller: &Caller,
        message: &Message,
        ask: &Ask,
        deadline: Instant,
    ) -> Result<Answer, Error>
    where
        Message: Clone,
        Ask: Fn(Channel, Request<Message>) -> Asking,
        Asking: Future<Output = Result<Response<Answer>, Status>>,
    {
        let pick = self.target.pick().await?;
        let mut request = Request::new(message.clone());
        self.identify(&mut request, caller);
        request.set_timeout(deadline.saturating_duration_since(Instant::now()));
        match ask(pick.channel.clone(), request).await {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => {
                let error = Error::from(status);
                // A server that speaks under a name is there.
                if error.code() == tonic::Code::Unavailable && error.name().is_empty() {
                    pick.failed();
                }
                Err(error)
            }
        }
    }
}

/// A fifth more or less, so that callers who failed together do not come back
/// together.
fn jittered(backoff: Duration) -> Duration {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    backoff.mul_f64(0.8 + 0.4 * f64::from(nanos % 1000) / 1000.0)
}

fn is_local(target: &str) -> bool {
    let host = target.strip_prefix("dns:///").unwrap_or(target);
    target.starts_with("unix:")
        || ["127.", "localhost:", "[::1]:"]
            .iter()
            .any(|local| host.starts_with(local))
}

/// Tells the revisions of the registry.
pub struct Watch {
    stream: tonic::Streaming<v1::WatchResponse>,
}

impl Watch {
    /// Waits for a revision, the present one first. Ends with an error when the
    /// server stops: watch again then.
    pub async fn next(&mut self) -> Result<String, Error> {
        match self.stream.message().await? {
            Some(response) => Ok(response.revision),
            None => Err(Error::new(
                "",
                tonic::Code::Unavailable,
                "the watch has ended",
            )),
        }
    }
}
