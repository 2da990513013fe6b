//! What the layers do in axum and tonic, with a Rolegate of the test's own.
#![cfg(all(feature = "axum", feature = "grpc"))]

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{body::Body, http, routing::get, Extension, Router};
use rolegate::{
    middleware::{Authorized, GrpcLayer, HttpLayer, Rule},
    v1, Client,
};
use tokio::{net::TcpListener, sync::Notify};
use tokio_stream::{wrappers::TcpListenerStream, Stream};
use tonic::{Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};
use tower::ServiceExt;

#[allow(clippy::all, dead_code)]
mod stubs {
    include!("gen/rolegate.v1.rs");
}
use stubs::authorization_service_server::{AuthorizationService, AuthorizationServiceServer};

/// Knows these sessions: `good` may do what has no `secret` in its resource,
/// `slow` is never answered, and any other is answered with the error of that
/// name.
#[derive(Clone, Default)]
struct FakeRolegate {
    asked: Arc<Mutex<Vec<v1::AuthorizeRequest>>>,
    abandoned: Arc<Notify>,
}

/// Tells when the call that waits is dropped.
struct Waiting(Arc<Notify>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tonic::async_trait]
impl AuthorizationService for FakeRolegate {
    type AuthorizeStreamStream =
        Pin<Box<dyn Stream<Item = Result<v1::AuthorizeStreamResponse, Status>> + Send>>;

    async fn authorize(
        &self,
        request: Request<v1::AuthorizeRequest>,
    ) -> Result<Response<v1::AuthorizeResponse>, Status> {
        let request = request.into_inner();
        self.asked.lock().unwrap().push(request.clone());
        let Some(v1::authorize_request::Subject::SessionToken(token)) = request.subject else {
            return Err(Status::internal("there is no subject"));
        };
        let code = match token.as_str() {
            "good" => {
                let allowed = !request.resource.contains("secret");
                let decision = match allowed {
                    true => v1::Decision::Allow,
                    false => v1::Decision::ExplicitDeny,
                };
                return Ok(Response::new(v1::AuthorizeResponse {
                    decision: decision.into(),
                    reason: "the policy `TopSecret` says so".to_owned(),
                    decision_id: "decision-1".to_owned(),
                    ..Default::default()
                }));
            }
            "slow" => {
                let _waiting = Waiting(self.abandoned.clone());
                std::future::pending::<()>().await;
                unreachable!("it waits for ever");
            }
            "ValidationError" => tonic::Code::InvalidArgument,
            "ExpiredToken" | "MissingAuthenticationToken" => tonic::Code::Unauthenticated,
            _ => tonic::Code::Internal,
        };
        let details = ErrorDetails::with_error_info(&*token, "rolegate", HashMap::new());
        let message = "the policy `TopSecret` says so";
        Err(Status::with_error_details(code, message, details))
    }

    async fn batch_authorize(
        &self,
        _: Request<v1::BatchAuthorizeRequest>,
    ) -> Result<Response<v1::BatchAuthorizeResponse>, Status> {
        Err(Status::unimplemented("nobody asks so"))
    }

    async fn authorize_stream(
        &self,
        _: Request<Streaming<v1::AuthorizeStreamRequest>>,
    ) -> Result<Response<Self::AuthorizeStreamStream>, Status> {
        Err(Status::unimplemented("nobody asks so"))
    }
}

impl FakeRolegate {
    async fn start() -> (Self, Client) {
        let fake = FakeRolegate::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder()
            .add_service(AuthorizationServiceServer::new(fake.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        (fake, client(address))
    }

    fn asked(&self) -> Vec<v1::AuthorizeRequest> {
        self.asked.lock().unwrap().clone()
    }
}

fn client(address: SocketAddr) -> Client {
    Client::builder(address.to_string())
        .timeout(Duration::from_secs(3))
        .build()
        .unwrap()
}

fn rules() -> Vec<Rule> {
    vec![
        Rule::http("GET", "/healthz").public(),
        Rule::http("GET", "/orders/{id}")
            .action("orders:GetOrder")
            .resource("arn:aws:orders:::order/{id}")
            .context("orders:Channel", ["http"]),
        Rule::http("GET", "/inner/healthz")
            .action("orders:Inner")
            .resource("arn:aws:orders:::secret"),
    ]
}

fn app(client: Client) -> Router {
    let handler = |authorized: Option<Extension<Authorized>>| async move {
        authorized.map_or(String::new(), |it| it.0.resource)
    };
    let layer = HttpLayer::new(client, rules()).unwrap();
    let inner = Router::new()
        .route("/healthz", get(handler))
        .layer(layer.clone());
    Router::new()
        .route("/healthz", get(handler))
        .route("/orders/{id}", get(handler))
        .layer(layer)
        .nest("/inner", inner)
}

/// Status, challenge and body.
async fn send(app: &Router, path: &str, tokens: &[&[u8]]) -> (u16, String, String) {
    let mut request = http::Request::get(path);
    for token in tokens {
        request = request.header("authorization", *token);
    }
    let response = app
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let challenge = response
        .headers()
        .get("www-authenticate")
        .map_or("", |it| it.to_str().expect("the challenge is text"));
    let challenge = challenge.to_owned();
    let body = axum::body::to_bytes(response.into_body(), 65536)
        .await
        .unwrap();
    (status, challenge, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn http_answers() {
    const BAD: &str = r#"Bearer error="invalid_token""#;
    let long = [b"Bearer ".as_slice(), &[b'x'; 6 * 1024 + 1]].concat();
    let huge = [b"Bearer ".as_slice(), &[b'x'; 100_000]].concat();
    type Case<'a> = (&'a str, &'a str, &'a [&'a [u8]], u16, &'a str, &'a str);
    let cases: &[Case] = &[
        (
            "allowed",
            "/orders/17",
            &[b"Bearer good"],
            200,
            "",
            "order/17",
        ),
        (
            "any case",
            "/orders/17",
            &[b"bEARER good"],
            200,
            "",
            "order/17",
        ),
        (
            "query",
            "/orders/17?a=b",
            &[b"Bearer good"],
            200,
            "",
            "order/17",
        ),
        ("public", "/healthz", &[], 200, "", ""),
        ("public, bad token", "/healthz", &[b"x"], 200, "", ""),
        (
            "denied",
            "/orders/secret",
            &[b"Bearer good"],
            403,
            "",
            "decision-1",
        ),
        (
            "encoded",
            "/orders/%73ecret",
            &[b"Bearer good"],
            403,
            "",
            "decision-1",
        ),
        (
            "malformed",
            "/orders/17",
            &[b"Bearer ValidationError"],
            403,
            "",
            "AccessDenied",
        ),
        (
            "no rule",
            "/other",
            &[b"Bearer good"],
            403,
            "",
            "AccessDenied",
        ),
        (
            "two dots",
            "/orders/..",
            &[b"Bearer good"],
            403,
            "",
            "AccessDenied",
        ),
        (
            "nested",
            "/inner/healthz",
            &[b"Bearer good"],
            403,
            "",
            "AccessDenied",
        ),
        (
            "nested, no token",
            "/inner/healthz",
            &[],
            401,
            "Bearer",
            "MissingAuth",
        ),
        (
            "no token",
            "/orders/17",
            &[],
            401,
            "Bearer",
            "MissingAuthenticationToken",
        ),
        (
            "two tokens",
            "/orders/17",
            &[b"Bearer good", b"Bearer good"],
            401,
            "Bearer",
            "Missing",
        ),
        (
            "another scheme",
            "/orders/17",
            &[b"Basic good"],
            401,
            "Bearer",
            "Missing",
        ),
        (
            "the word alone",
            "/orders/17",
            &[b"Bearer"],
            401,
            "Bearer",
            "Missing",
        ),
        (
            "an empty token",
            "/orders/17",
            &[b"Bearer "],
            401,
            "Bearer",
            "Missing",
        ),
        (
            "two in one",
            "/orders/17",
            &[b"Bearer good good"],
            401,
            BAD,
            "InvalidClientTokenId",
        ),
        (
            "no ASCII",
            "/orders/17",
            &[b"Bearer \xff\xfe"],
            401,
            BAD,
            "InvalidClientTokenId",
        ),
        (
            "too long",
            "/orders/17",
            &[&long],
            401,
            BAD,
            "InvalidClientTokenId",
        ),
        (
            "huge",
            "/orders/17",
            &[&huge],
            401,
            BAD,
            "InvalidClientTokenId",
        ),
        (
            "expired",
            "/orders/17",
            &[b"Bearer ExpiredToken"],
            401,
            BAD,
            "ExpiredToken",
        ),
        (
            "the service is nobody",
            "/orders/17",
            &[b"Bearer MissingAuthenticationToken"],
            503,
            "",
            "ServiceUnavailable",
        ),
        (
            "an error",
            "/orders/17",
            &[b"Bearer broken"],
            503,
            "",
            "ServiceUnavailable",
        ),
        (
            "too slow",
            "/orders/17",
            &[b"Bearer slow"],
            503,
            "",
            "ServiceUnavailable",
        ),
    ];
    let (_fake, client) = FakeRolegate::start().await;
    let app = app(client);
    for (name, path, tokens, status, challenge, body) in cases {
        let answer = send(&app, path, tokens).await;
        assert_eq!(answer.0, *status, "{name}: {answer:?}");
        assert_eq!(answer.1, *challenge, "{name}");
        assert!(answer.2.contains(body), "{name}: {answer:?}");
        assert!(!answer.2.contains("TopSecret"), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_call_is_asked_about_once_with_its_context() {
    let (fake, client) = FakeRolegate::start().await;
    let app = app(client);
    assert_eq!(send(&app, "/orders/17", &[b"Bearer good"]).await.0, 200);
    let asked = fake.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].action, "orders:GetOrder");
    assert_eq!(asked[0].context["orders:Channel"].values, ["http"]);
}

#[tokio::test]
async fn a_caller_who_goes_ends_the_question_too() {
    let (fake, client) = FakeRolegate::start().await;
    let app = app(client);
    assert_eq!(send(&app, "/orders/17", &[b"Bearer good"]).await.0, 200);
    let going = send(&app, "/orders/17", &[b"Bearer slow"]);
    let gone = tokio::time::timeout(Duration::from_millis(200), going).await;
    assert!(gone.is_err());
    tokio::time::timeout(Duration::from_secs(2), fake.abandoned.notified())
        .await
        .expect("the question ends before its own deadline");
}

#[tokio::test]
async fn while_rolegate_is_gone_nobody_passes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let app = app(client(address));
    assert_eq!(send(&app, "/orders/17", &[b"Bearer good"]).await.0, 503);
    assert_eq!(send(&app, "/healthz", &[]).await.0, 200);
}

#[tokio::test]
async fn grpc_answers() {
    let (_fake, client) = FakeRolegate::start().await;
    let rules = [
        Rule::rpc("/a.B/Public").public(),
        Rule::rpc("/a.B/Secret")
            .action("a:B")
            .resource("arn:aws:a:::secret"),
        Rule::rpc("/a.B/*").action("a:B").resource("arn:aws:a:::b"),
    ];
    let layer = GrpcLayer::new(client, rules).unwrap();
    let service = tower::ServiceBuilder::new()
        .layer(layer)
        .service(tower::service_fn(|request: http::Request<()>| async move {
            let resource = request
                .extensions()
                .get::<Authorized>()
                .map(|it| it.resource.clone());
            Ok::<_, std::convert::Infallible>(http::Response::new(resource.unwrap_or_default()))
        }));
    type Case<'a> = (&'a str, &'a [&'a str], Option<&'a str>, &'a str);
    let cases: &[Case] = &[
        ("/a.B/C", &["Bearer good"], None, "arn:aws:a:::b"),
        ("/a.B/Public", &[], None, ""),
        ("/a.B/Secret", &["Bearer good"], Some("7"), ""),
        ("/a.BC/C", &["Bearer good"], Some("7"), ""),
        ("/a.B/C", &["Bearer ValidationError"], Some("7"), ""),
        ("/a.B/C", &[], Some("16"), ""),
        ("/a.B/C", &["Bearer good", "Bearer good"], Some("16"), ""),
        ("/a.B/C", &["Bearer ExpiredToken"], Some("16"), ""),
        ("/a.B/C", &["Bearer broken"], Some("14"), ""),
        ("/a.B/C", &["Bearer slow"], Some("14"), ""),
    ];
    for (path, tokens, status, body) in cases {
        let mut request = http::Request::post(*path);
        for token in *tokens {
            request = request.header("authorization", *token);
        }
        let answer = service
            .clone()
            .oneshot(request.body(()).unwrap())
            .await
            .unwrap();
        let found = answer.headers().get("grpc-status");
        let found = found.map(|it| it.to_str().unwrap());
        assert_eq!(found, *status, "{path} with {tokens:?}");
        let message = format!("{:?}", answer.headers().get("grpc-message"));
        assert!(!message.contains("TopSecret"), "{message}");
        assert_eq!(answer.body(), body, "{path} with {tokens:?}");
    }
}

#[tokio::test]
async fn an_empty_token_never_stands_for_the_service() {
    let (fake, client) = FakeRolegate::start().await;
    let error = client
        .for_token("")
        .authorize("a:B", "*", &[])
        .await
        .unwrap_err();
    assert_eq!(error.name(), rolegate::name::INVALID_CLIENT_TOKEN_ID);
    assert!(fake.asked().is_empty());
}
