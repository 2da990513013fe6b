use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{sync::Mutex, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;

use crate::{
    assume::{Assume, Credentials},
    client::{Caller, Client, Identity},
    decision::{check_of, context_of, decisions_of, Check, Context, Decision},
    v1::{self, authorization_service_client::AuthorizationServiceClient},
    Error,
};

/// By default a session is renewed when a fifth of its life is left.
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
    // Whoever renews holds it, so that the others wait for the one renewal.
    present: Mutex<Present>,
}

struct Present {
    credentials: Credentials,
    renew_at: SystemTime,
}

impl Present {
    fn of(credentials: Credentials, renew_before: Option<Duration>) -> Self {
        let now = SystemTime::now();
        let left = credentials
            .expires_at
            .duration_since(now)
            .unwrap_or_default();
        let renew_at = match renew_before {
            Some(before) => credentials.expires_at - before,
            None => now + left.mul_f64(RENEW_AT),
        };
        Present {
            credentials,
            renew_at,
        }
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
        let present = Present::of(credentials, assume.renew_before());
        Ok(Session {
            client,
            subject: None,
            renewed: Some(Arc::new(Renewed {
                assume,
                present: Mutex::new(present),
            })),
        })
    }

    pub(crate) fn about(client: Client, subject: Option<String>) -> Self {
        Session {
            client,
            subject,
            renewed: None,
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
        let Some(renewed) = &self.renewed else {
            return Ok(None);
        };
        let mut present = renewed.present.lock().await;
        if SystemTime::now() < present.renew_at {
            return Ok(Some(present.credentials.clone()));
        }
        match renewed.assume.ask(&self.client).await {
            Ok(credentials) => {
                *present = Present::of(credentials, renewed.assume.renew_before());
            }
            Err(error) if SystemTime::now() < present.credentials.expires_at => {
                tracing::warn!(arn = present.credentials.arn, %error,
                               "a session is not renewed");
                present.renew_at = SystemTime::now() + RETRY_AFTER;
            }
            Err(error) => return Err(error),
        }
        Ok(Some(present.credentials.clone()))
    }

    async fn token(&self) -> Result<Option<String>, Error> {
        Ok(self.credentials().await?.map(|c| c.session_token))
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
        let request = v1::AuthorizeRequest {
            subject: self
                .subject
                .clone()
                .map(v1::authorize_request::Subject::SessionToken),
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            resource_account: question.resource_account.to_owned(),
            context: context_of(question.context),
            presenter: String::new(),
            explain: question.explain,
        };
        let token = self.token().await?;
        let response = self
            .client
            .call(caller(&token), request, |channel, request| async move {
                let mut stub = AuthorizationServiceClient::new(channel);
                stub.authorize(request).await
            })
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
        let token = self.token().await?;
        let response = self
            .client
            .call(
                caller(&token),
                self.batch(checks, context),
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
        let token = self.token().await?;
        let mut request = Request::new(ReceiverStream::new(receiver));
        self.client.identify(&mut request, caller(&token))?;
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

    /// Who the session is.
    pub async fn get_caller_identity(&self) -> Result<Identity, Error> {
        let token = self.token().await?;
        self.client.identity(caller(&token)).await
    }

    fn batch(&self, checks: &[Check], context: &Context<'_>) -> v1::BatchAuthorizeRequest {
        v1::BatchAuthorizeRequest {
            subject: self
                .subject
                .clone()
                .map(v1::batch_authorize_request::Subject::SessionToken),
            context: context_of(context),
            checks: checks.iter().map(check_of).collect(),
            presenter: String::new(),
            explain: false,
        }
    }
}

fn caller(token: &Option<String>) -> Caller<'_> {
    token.as_deref().map_or(Caller::Client, Caller::Session)
}

type Streaming = tonic::Streaming<v1::AuthorizeStreamResponse>;

/// The answers of a call that may not have begun to answer.
enum Answers {
    Opening(JoinHandle<Result<Streaming, tonic::Status>>),
    Open(Streaming),
}

impl Answers {
    async fn open(&mut self) -> Result<&mut Streaming, Error> {
        if let Answers::Opening(opening) = self {
            let opened = opening
                .await
                .map_err(|error| Error::new("", tonic::Code::Cancelled, error.to_string()))?;
            *self = Answers::Open(opened?);
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
            batch: Some(self.session.batch(checks, context)),
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
