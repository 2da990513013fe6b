use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tonic::Status;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    guard::{Guard, Refusal},
    table::{Match, RpcTable},
    Rule,
};
use crate::{Error, Session};

/// Lets a gRPC call reach its service only if Rolegate allows it.
///
/// ```
/// # async fn example(session: rolegate::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use rolegate::middleware::{GrpcLayer, Rule};
///
/// let guard = GrpcLayer::new(
///     session,
///     [
///         Rule::rpc("/grpc.health.v1.Health/*").public(),
///         Rule::rpc("/shop.v1.OrderService/*")
///             .action("orders:Use")
///             .resource("*"),
///     ],
/// )?;
/// let server = tonic::transport::Server::builder().layer(guard);
/// # Ok(()) }
/// ```
///
/// A call is asked about once, when it begins, also where it is a stream. Calls
/// end with `UNAUTHENTICATED`, `PERMISSION_DENIED`, and `UNAVAILABLE` where
/// Rolegate cannot be asked.
#[derive(Clone)]
pub struct GrpcLayer {
    guard: Guard,
    table: Arc<RpcTable>,
}

impl GrpcLayer {
    /// A layer that takes the session from the metadata `authorization`, as
    /// `Bearer TOKEN`.
    ///
    /// `asker` is the client, or the session, that asks Rolegate. A table that
    /// is wrong is an error that names the rule by its number, from 1.
    pub fn new(
        asker: impl Into<Session>,
        rules: impl IntoIterator<Item = Rule>,
    ) -> Result<Self, Error> {
        Ok(GrpcLayer {
            guard: Guard::new(asker.into()),
            table: Arc::new(RpcTable::new(rules)?),
        })
    }

    /// The same layer, which takes the session from other metadata, whose whole
    /// value is the token. Fails for what is no name of metadata.
    pub fn header(mut self, name: &str) -> Result<Self, Error> {
        self.guard.set_header(name)?;
        Ok(self)
    }
}

impl<S> Layer<S> for GrpcLayer {
    type Service = GrpcService<S>;

    fn layer(&self, inner: S) -> GrpcService<S> {
        GrpcService {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service that [`GrpcLayer`] guards.
#[derive(Clone)]
pub struct GrpcService<S> {
    inner: S,
    layer: GrpcLayer,
}

// tonic finds a service by this name.
impl<S: tonic::server::NamedService> tonic::server::NamedService for GrpcService<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B, A> Service<Request<B>> for GrpcService<S>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    A: Default,
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
        let question = match self.layer.table.find(request.uri().path()) {
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
                Err(refusal) => Ok(status(&refusal).into_http()),
            }
        })
    }
}

fn answer<A, E>(refusal: Refusal) -> Pin<Box<dyn Future<Output = Result<Response<A>, E>> + Send>>
where
    A: Default,
{
    Box::pin(async move { Ok(status(&refusal).into_http()) })
}

fn status(refusal: &Refusal) -> Status {
    let mut message = format!("{}: {}", refusal.name(), refusal.message());
    if let Some(id) = refusal.decision_id() {
        message.push_str(&format!(" (decision {id})"));
    }
    match refusal {
        Refusal::NoToken | Refusal::BadToken(_) => Status::unauthenticated(message),
        Refusal::Forbidden(_) => Status::permission_denied(message),
        Refusal::Unavailable => Status::unavailable(message),
    }
}
