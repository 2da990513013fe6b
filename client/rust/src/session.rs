use std::{
    sync::{Arc, RwLock},
    time::{Duration, SystemTime},
};

use tokio::{sync::Mutex, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;

use crate::{
    assume::{Assume, Credentials},
    client::{bearer, Bearer, Caller, Client, Identity, Watch},
    decision::{check_of, context_of, decisions_of, Check, Context, Decision},
    name,
    v1::{self, authorization_service_client::AuthorizationServiceClient},
    Error,
};

/// A session is renewed once this part of its life has passed.
const RENEW_AT: f64 = 0.8;
/// After a renewal that failed the next one is tried so much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A role's session, or somebody's that was brought, and what it may do. Cheap
/// to clone: clones are the same session.
#[derive(Clone)]
pub struct Session {
    client: Client,
    subject: Option<String>,
    renewed: Option<Arc<Renewed>>,
}

/// A session that renews itself.
struct Renewed {
    assume: Assume,
    present: RwLock<Arc<Present>>,
    // The task that renews holds this lock, and the others wait for it.
    renewing: Mutex<()>,
}

impl Renewed {
    fn present(&self) -> Arc<Present> {
        Arc::clone(&self.present.read().expect("no holder panics"))
    }

    /// What the session is now, renewed if that is due.
    async fn current(&self, client: &Client) -> Result<Arc<Present>, Error> {
        let present = self.present();
        if SystemTime::now() < present.renew_at {
            return Ok(present);
        }
        let _turn = self.renewing.lock().await;
        let present = self.present();
        if SystemTime::now() < present.renew_at {
            return Ok(present);
        }
        let next = match self.assume.ask(client).await {
            Ok(credentials) => Present::of(credentials, self.assume.renew_before())?,
            Err(error) if SystemTime::now() < present.credentials.expires_at => {
                tracing::warn!(arn = present.credentials.arn, %error,
                               "a session is not renewed");
                Present {
                    renew_at: SystemTime::now() + RETRY_AFTER,
                    ..Present::clone(&present)
                }
            }
            Err(error) => return Err(error),
        };
        let next = Arc::new(next);
        *self.present.write().expect("no holder panics") = Arc::clone(&next);
        Ok(next)
    }
}

#[derive(Clone)]
struct Present {
    credentials: Credentials,
    bearer: Bearer,
    renew_at: SystemTime,
}

impl Present {
    fn of(credentials: Credentials, renew_before: Option<Duration>) -> Result<Self, Error> {
        let now = SystemTime::now();
        let left = credentials
            .expires_at
            .duration_since(now)
            .unwrap_or_default();
        let renew_at = match renew_before {
            Some(before) => credentials.expires_at - before,
            None => now + left.mul_f64(RENEW_AT),
        };
        Ok(Present {
            bearer: bearer(&credentials.session_token)?,
            credentials,
            renew_at,
        })
    }
}

/// One question, with all that may be said of it.
#[derive(Debug, Clone, Default)]
pub struct Question<'a> {
    /// `service:Name`.
    pub action: &'a str,
    /// An ARN, or `*`.
    pub resource: &'a str,
    /// The condition keys that you vouch for.
    pub context: &'a Context<'a>,
    /// The account that owns the resource, where its ARN does not say it.
    pub resource_account: &'a str,
    /// Ask why. Needs rolegate:Explain.
    pub explain: bool,
}

impl Session {
    pub(crate) async fn start(client: Client, assume: Assume) -> Result<Self, Error> {
        let credentials = assume.ask(&client).await?;
        let present = Present::of(credentials, assume.renew_before())?;
        Ok(Session {
            client,
            subject: None,
            renewed: Some(Arc::new(Renewed {
                assume,
                present: RwLock::new(Arc::new(present)),
                renewing: Mutex::new(()),
            })),
        })
    }

    /// The client's own caller.
    pub(crate) fn caller(client: Client) -> Self {
        Session {
            client,
            subject: None,
            renewed: None,
        }
    }

    /// The session that somebody brought, to ask as this session what they may
    /// do: what a service needs whose connection does not say who it is.
    /// Whatever is wrong with the token is told when it is asked about; an
    /// empty one never stands for this session.
    pub fn for_token(&self, session_token: impl Into<String>) -> Session {
        Session {
            client: self.client.clone(),
            subject: Some(session_token.into()),
            renewed: self.renewed.clone(),
        }
    }

    /// The connection that the session uses.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The session's present credentials, renewed if that is due; `None` for a
    /// session that was brought, which has none of its own.
    ///
    /// One caller renews while the others wait. A session that is still good
    /// stays when it cannot be renewed; the next try comes a second later.
    pub async fn credentials(&self) -> Result<Option<Credentials>, Error> {
        match &self.renewed {
            Some(renewed) if self.subject.is_none() => {
                let present = renewed.current(&self.client).await?;
                Ok(Some(present.credentials.clone()))
            }
            _ => Ok(None),
        }
    }

    /// Who calls: the session that renews itself, else whoever the client is.
    async fn asker(&self) -> Result<Caller, Error> {
        Ok(match &self.renewed {
            Some(renewed) => Caller::Session(renewed.current(&self.client).await?.bearer.clone()),
            None => Caller::Client,
        })
    }

    /// The session that is asked about, if it is not the caller's own.
    fn subject(&self) -> Result<Option<String>, Error> {
        match &self.subject {
            Some(token) if token.is_empty() => Err(Error::new(
                name::INVALID_CLIENT_TOKEN_ID,
                tonic::Code::Unauthenticated,
                "the session token is empty",
            )),
            subject => Ok(subject.clone()),
        }
    }

    /// Whether the session may do `action` on `resource`. A denial is an answer
    /// and no error.
    pub async fn authorize(
        &self,
        action: &str,
        resource: &str,
        context: &Context<'_>,
    ) -> Result<Decision, Error> {
        self.ask(&Question {
            action,
            resource,
            context,
            ..Question::default()
        })
        .await
    }

    /// Answers a question of which more is said.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Decision, Error> {
        self.send(v1::AuthorizeRequest {
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            resource_account: question.resource_account.to_owned(),
            context: context_of(question.context),
            explain: question.explain,
            ..Default::default()
        })
        .await
    }

    /// Answers a question whose subject is still to be said.
    pub(crate) async fn send(&self, question: v1::AuthorizeRequest) -> Result<Decision, Error> {
        let request = v1::AuthorizeRequest {
            subject: self
                .subject()?
                .map(v1::authorize_request::Subject::SessionToken),
            ..question
        };
        let response = self
            .client
            .call(
                self.asker().await?,
                request,
                |channel, request| async move {
                    let mut stub = AuthorizationServiceClient::new(channel);
                    stub.authorize(request).await
                },
            )
            .await?;
        Ok(response.into())
    }

    /// Whether the session may. Errors are denials, and are logged by
    /// `tracing`.
    pub async fn is_allowed(&self, action: &str, resource: &str, context: &Context<'_>) -> bool {
        match self.authorize(action, resource, context).await {
            Ok(decision) => decision.allowed,
            Err(error) => {
                tracing::warn!(action, resource, name = error.name(), code = ?error.code(), %error,
                               "denied, for the answer is not to be had");
                false
            }
        }
    }

    /// The answers to many checks on one revision, in their order. Refused
    /// whole if one is malformed.
    pub async fn authorize_many(
        &self,
        checks: &[Check],
        context: &Context<'_>,
    ) -> Result<Vec<Decision>, Error> {
        let response = self
            .client
            .call(
                self.asker().await?,
                self.batch(checks, context)?,
                |channel, request| async move {
                    let mut stub = AuthorizationServiceClient::new(channel);
                    stub.batch_authorize(request).await
                },
            )
            .await?;
        Ok(decisions_of(response))
    }

    /// Batch after batch over one call.
    pub async fn authorize_stream(&self) -> Result<AuthorizeStream, Error> {
        let (sender, receiver) = tokio::sync::mpsc::channel(16);
        let mut request = Request::new(ReceiverStream::new(receiver));
        self.client.identify(&mut request, &self.asker().await?);
        let mut stub = self.client.authorization().await?;
        // The server says nothing before it has a batch to answer.
        let opening = tokio::spawn(async move {
            let response = stub.authorize_stream(request).await?;
            Ok(response.into_inner())
        });
        Ok(AuthorizeStream {
            session: self.clone(),
            requests: Some(sender),
            answers: Answers::Opening(opening),
            sent: 0,
        })
    }

    /// Who the session is; who asks, if it was brought.
    pub async fn get_caller_identity(&self) -> Result<Identity, Error> {
        self.client.identity(self.asker().await?).await
    }

    /// The revisions of the registry, asked for as this session.
    pub async fn watch(&self) -> Result<Watch, Error> {
        self.client.watch_as(&self.asker().await?).await
    }

    fn batch(
        &self,
        checks: &[Check],
        context: &Context<'_>,
    ) -> Result<v1::BatchAuthorizeRequest, Error> {
        Ok(v1::BatchAuthorizeRequest {
            subject: self
                .subject()?
                .map(v1::batch_authorize_request::Subject::SessionToken),
            context: context_of(context),
            checks: checks.iter().map(check_of).collect(),
            presenter: String::new(),
            explain: false,
        })
    }
}

impl From<Client> for Session {
    /// The client's own caller.
    fn from(client: Client) -> Self {
        Session::caller(client)
    }
}

impl From<&Client> for Session {
    /// The client's own caller.
    fn from(client: &Client) -> Self {
        Session::caller(client.clone())
    }
}

type Streaming = tonic::Streaming<v1::AuthorizeStreamResponse>;

/// The answers of a call that may not have begun to answer.
enum Answers {
    Opening(JoinHandle<Result<Streaming, tonic::Status>>),
    Open(Box<Streaming>),
}

impl Answers {
    async fn open(&mut self) -> Result<&mut Streaming, Error> {
        if let Answers::Opening(opening) = self {
            let opened = opening
                .await
                .map_err(|error| Error::new("", tonic::Code::Cancelled, error.to_string()))?;
            *self = Answers::Open(Box::new(opened?));
        }
        match self {
            Answers::Open(answers) => Ok(answers),
            Answers::Opening(_) => unreachable!("it was opened above"),
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if let Answers::Opening(opening) = self {
            opening.abort();
        }
    }
}

/// Questions and answers over one call that stays open.
pub struct AuthorizeStream {
    session: Session,
    requests: Option<tokio::sync::mpsc::Sender<v1::AuthorizeStreamRequest>>,
    answers: Answers,
    sent: u64,
}

impl AuthorizeStream {
    /// Asks a batch of questions.
    pub async fn send(&mut self, checks: &[Check], context: &Context<'_>) -> Result<(), Error> {
        let request = v1::AuthorizeStreamRequest {
            correlation_id: self.sent,
            batch: Some(self.session.batch(checks, context)?),
        };
        self.sent += 1;
        let ended = || Error::new("", tonic::Code::Unavailable, "the stream has ended");
        let sender = self.requests.as_ref().ok_or_else(ended)?;
        sender.send(request).await.map_err(|_| ended())
    }

    /// Says that no more questions follow.
    pub fn finish(&mut self) {
        self.requests = None;
    }

    /// The answers to the next batch, in the order of the batches; `None` when
    /// all were answered. An error with a name is about that batch alone: the
    /// stream goes on.
    pub async fn next(&mut self) -> Result<Option<Vec<Decision>>, Error> {
        let Some(response) = self.answers.open().await?.message().await? else {
            return Ok(None);
        };
        if let Some(error) = response.error {
            return Err(Error::new(
                &error.code,
                tonic::Code::InvalidArgument,
                error.message,
            ));
        }
        Ok(Some(decisions_of(response.batch.unwrap_or_default())))
    }
}
