use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{header, HeaderValue, Request, Response, StatusCode};
use serde_json::json;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    guard::{Guard, Refusal},
    table::{HttpTable, Match},
    Rule,
};
use crate::{Error, Session};

/// Lets a request reach its service only if Rolegate allows it.
///
/// ```
/// # #[cfg(feature = "axum")]
/// # fn example(client: rolegate::Client) -> Result<(), rolegate::Error> {
/// use axum::{routing::get, Router};
/// use rolegate::middleware::{HttpLayer, Rule};
///
/// let guard = HttpLayer::new(
///     client,
///     [Rule::http("GET", "/orders/{id}")
///         .action("orders:GetOrder")
///         .resource("arn:aws:orders:::order/{id}")],
/// )?;
/// let app: Router = Router::new()
///     .route("/orders/{id}", get(|| async { "an order" }))
///     .layer(guard);
/// # Ok(()) }
/// ```
///
/// Rules match the path as it came. It answers by itself what it refuses: 401,
/// 403, and 503 where Rolegate cannot be asked, each with a JSON object of
/// `error` and `message`. Calls go on in any order, and nothing is kept between
/// them.
#[derive(Clone)]
pub struct HttpLayer {
    guard: Guard,
    table: Arc<HttpTable>,
}

impl HttpLayer {
    /// A layer that takes the session from `Authorization: Bearer TOKEN`.
    ///
    /// `asker` is the client, or the session, that asks Rolegate. A table that
    /// is wrong is an error that names the rule by its number, from 1.
    pub fn new(
        asker: impl Into<Session>,
        rules: impl IntoIterator<Item = Rule>,
    ) -> Result<Self, Error> {
        Ok(HttpLayer {
            guard: Guard::new(asker.into()),
            table: Arc::new(HttpTable::new(rules)?),
        })
    }

    /// The same layer, which takes the session from another header, whose whole
    /// value is the token. Fails for what is no header's name.
    pub fn header(mut self, name: &str) -> Result<Self, Error> {
        self.guard.set_header(name)?;
        Ok(self)
    }
}

impl<S> Layer<S> for HttpLayer {
    type Service = HttpService<S>;

    fn layer(&self, inner: S) -> HttpService<S> {
        HttpService {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service that [`HttpLayer`] guards.
#[derive(Clone)]
pub struct HttpService<S> {
    inner: S,
    layer: HttpLayer,
}

impl<S, B, A> Service<Request<B>> for HttpService<S>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    A: From<String>,
{
    type Response = Response<A>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<A>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that is ready is this one, and its clone need not be.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let question = match self
            .layer
            .table
            .find(request.method().as_str(), path(&request))
        {
            Match::Denied => return answer(Refusal::Forbidden(String::new())),
            Match::Public => return Box::pin(inner.call(request)),
            Match::Ask(question) => *question,
        };
        let session = match self.layer.guard.session(request.headers()) {
            Ok(session) => session,
            Err(refusal) => return answer(refusal),
        };
        Box::pin(async move {
            match Guard::ask(session, question).await {
                Ok(authorized) => {
                    request.extensions_mut().insert(authorized);
                    inner.call(request).await
                }
                Err(refusal) => Ok(response(&refusal)),
            }
        })
    }
}

/// The path as it came, whatever a nested router made of it since.
fn path<B>(request: &Request<B>) -> &str {
    #[cfg(feature = "axum")]
    if let Some(original) = request.extensions().get::<axum::extract::OriginalUri>() {
        return original.0.path();
    }
    request.uri().path()
}

fn answer<A, E>(refusal: Refusal) -> Pin<Box<dyn Future<Output = Result<Response<A>, E>> + Send>>
where
    A: From<String>,
{
    Box::pin(async move { Ok(response(&refusal)) })
}

fn response<A: From<String>>(refusal: &Refusal) -> Response<A> {
    let mut body = json!({"error": refusal.name(), "message": refusal.message()});
    if let Some(id) = refusal.decision_id() {
        body["decision_id"] = id.into();
    }
    let (status, challenge) = match refusal {
        Refusal::NoToken => (StatusCode::UNAUTHORIZED, Some("Bearer")),
        Refusal::BadToken(_) => (
            StatusCode::UNAUTHORIZED,
            Some(r#"Bearer error="invalid_token""#),
        ),
        Refusal::Forbidden(_) => (StatusCode::FORBIDDEN, None),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, None),
    };
    let mut response = Response::new(A::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = challenge {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        );
    }
    response
}
