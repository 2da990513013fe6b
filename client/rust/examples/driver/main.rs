//! The driver of the conformance scenarios; client/conformance/README.md.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use futures::future::{join_all, BoxFuture, FutureExt};
use rolegate::{
    middleware::{GrpcLayer, HttpLayer, Rule},
    AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, Check, Client, Decision, Error,
    Question, Session, Watch, WebIdentityToken,
};
use serde_json::{json, Map, Value};
use tokio::io::{AsyncBufReadExt, BufReader};

mod guarded;

use guarded::Guarded;

/// What the scenario's names stand for.
#[derive(Default)]
struct Driver {
    clients: Mutex<HashMap<String, Client>>,
    sessions: Mutex<HashMap<String, Session>>,
    watches: tokio::sync::Mutex<HashMap<String, Watch>>,
    servers: Mutex<HashMap<String, Guarded>>,
    cause: Arc<Mutex<String>>,
}

type Answer = Result<Value, Box<dyn std::error::Error + Send + Sync>>;

fn text(request: &Value, name: &str) -> String {
    optional(request, name).unwrap_or_default()
}

fn optional(request: &Value, name: &str) -> Option<String> {
    request[name].as_str().map(str::to_owned)
}

fn seconds(request: &Value, name: &str) -> Option<Duration> {
    request[name].as_f64().map(Duration::from_secs_f64)
}

fn list(request: &Value, name: &str) -> Vec<String> {
    strings(&request[name])
}

/// A text or a list of them.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

fn pairs(value: &Value) -> Vec<(String, Vec<String>)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, values)| (key.clone(), strings(values)))
        .collect()
}

/// Borrows a context as the client takes it.
fn with_context<R>(
    owned: &[(String, Vec<String>)],
    ask: impl FnOnce(&[(&str, &[&str])]) -> R,
) -> R {
    let values: Vec<Vec<&str>> = owned
        .iter()
        .map(|(_, values)| values.iter().map(String::as_str).collect())
        .collect();
    let context: Vec<(&str, &[&str])> = owned
        .iter()
        .zip(&values)
        .map(|((key, _), values)| (key.as_str(), values.as_slice()))
        .collect();
    ask(&context)
}

fn checks(value: &Value) -> Vec<Check> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|check| Check {
            context: pairs(&check["context"]).into_iter().collect(),
            ..Check::new(text(check, "action"), text(check, "resource"))
        })
        .collect()
}

fn shown(decision: &Decision) -> Value {
    let explanation = decision.explanation.as_ref().map(|explanation| {
        let matched: Vec<Value> = explanation
            .matched_statements
            .iter()
            .map(|each| {
                let layer = each.layer().as_str_name();
                json!({"policy": each.policy, "sid": each.sid,
                       "layer": layer.trim_start_matches("LAYER_").to_lowercase()})
            })
            .collect();
        json!({"matched_statements": matched,
               "missing_context_keys": explanation.missing_context_keys,
               "lacking": explanation.lacking})
    });
    json!({
        "allowed": decision.allowed, "explicit": decision.explicit,
        "reason": decision.reason, "decision_id": decision.decision_id,
        "registry_revision": decision.registry_revision,
        "encoded_message": decision.encoded_message,
        "cacheable_for": decision.cacheable_for.map(|d| d.as_secs_f64()),
        "context_keys_read": decision.context_keys_read,
        "explanation": explanation,
    })
}

fn shown_all(decisions: &[Decision]) -> Value {
    decisions.iter().map(shown).collect()
}

impl Driver {
    fn client(&self, request: &Value) -> Client {
        self.clients.lock().unwrap()[&text(request, "client")].clone()
    }

    fn session(&self, request: &Value) -> Session {
        match optional(request, "session") {
            Some(name) => self.sessions.lock().unwrap()[&name].clone(),
            None => self.client(request).caller(),
        }
    }

    async fn keep(&self, request: &Value, session: Session) -> Answer {
        self.sessions
            .lock()
            .unwrap()
            .insert(text(request, "session"), session);
        self.credentials(request).await
    }

    async fn credentials(&self, request: &Value) -> Answer {
        let session = self.session(request);
        let credentials = session.credentials().await?.ok_or("has no credentials")?;
        let expires_at = credentials.expires_at.duration_since(UNIX_EPOCH)?;
        Ok(json!({"arn": credentials.arn,
                  "access_key_id": credentials.access_key_id,
                  "session_token": credentials.session_token,
                  "expires_at": expires_at.as_secs()}))
    }

    fn connect(&self, request: &Value) -> Answer {
        let mut builder = Client::builder(text(request, "target"));
        if let Some(ca) = optional(request, "ca") {
            builder = builder.ca(ca);
        }
        if let Some(cert) = optional(request, "cert") {
            builder = builder.certificate(cert, text(request, "key"));
        }
        if let Some(plaintext) = request["plaintext"].as_bool() {
            builder = builder.plaintext(plaintext);
        }
        if let Some(principal) = optional(request, "principal") {
            builder = builder.principal(principal);
        }
        if let Some(token) = optional(request, "session_token") {
            builder = builder.session_token(token);
        }
        if let Some(timeout) = seconds(request, "timeout") {
            builder = builder.timeout(timeout);
        }
        let client = builder.build()?;
        self.clients
            .lock()
            .unwrap()
            .insert(text(request, "client"), client);
        Ok(json!({}))
    }

    async fn assume_role(&self, request: &Value) -> Result<Session, Error> {
        self.client(request)
            .assume_role(AssumeRole {
                duration: seconds(request, "duration_seconds"),
                policy: optional(request, "policy"),
                policy_arns: list(request, "policy_arns"),
                tags: pairs(&request["tags"])
                    .into_iter()
                    .map(|(key, mut values)| (key, values.remove(0)))
                    .collect(),
                transitive_tag_keys: list(request, "transitive_tag_keys"),
                external_id: optional(request, "external_id"),
                source_identity: optional(request, "source_identity"),
                mfa: optional(request, "serial_number")
                    .map(|device| (device, text(request, "token_code"))),
                renew_before: seconds(request, "renew_before"),
                ..AssumeRole::new(
                    text(request, "role_arn"),
                    text(request, "role_session_name"),
                )
            })
            .await
    }

    async fn assume_role_with_web_identity(&self, request: &Value) -> Result<Session, Error> {
        let token = match optional(request, "web_identity_token_file") {
            Some(file) => WebIdentityToken::File(file),
            None => WebIdentityToken::Text(text(request, "web_identity_token")),
        };
        self.client(request)
            .assume_role_with_web_identity(AssumeRoleWithWebIdentity {
                duration: seconds(request, "duration_seconds"),
                policy: optional(request, "policy"),
                policy_arns: list(request, "policy_arns"),
                renew_before: seconds(request, "renew_before"),
                ..AssumeRoleWithWebIdentity::new(
                    text(request, "role_arn"),
                    text(request, "role_session_name"),
                    token,
                )
            })
            .await
    }

    async fn assume_role_with_saml(&self, request: &Value) -> Result<Session, Error> {
        self.client(request)
            .assume_role_with_saml(AssumeRoleWithSaml {
                role_arn: text(request, "role_arn"),
                principal_arn: text(request, "principal_arn"),
                saml_assertion: text(request, "saml_assertion"),
                duration: seconds(request, "duration_seconds"),
                policy: optional(request, "policy"),
                policy_arns: list(request, "policy_arns"),
                renew_before: seconds(request, "renew_before"),
            })
            .await
    }

    async fn authorize(&self, request: &Value) -> Answer {
        let (action, resource) = (text(request, "action"), text(request, "resource"));
        let account = text(request, "resource_account");
        let owned = pairs(&request["context"]);
        let values: Vec<Vec<&str>> = owned
            .iter()
            .map(|(_, values)| values.iter().map(String::as_str).collect())
            .collect();
        let context: Vec<(&str, &[&str])> = owned
            .iter()
            .zip(&values)
            .map(|((key, _), values)| (key.as_str(), values.as_slice()))
            .collect();
        let question = Question {
            action: &action,
            resource: &resource,
            context: &context,
            resource_account: &account,
            explain: request["explain"].as_bool().unwrap_or(false),
        };
        Ok(shown(&self.session(request).ask(&question).await?))
    }

    async fn authorize_stream(&self, request: &Value) -> Answer {
        let mut stream = self.session(request).authorize_stream().await?;
        for batch in request["batches"].as_array().into_iter().flatten() {
            stream.send(&checks(batch), &[]).await?;
        }
        stream.finish();
        let mut batches = Vec::new();
        while let Some(decisions) = stream.next().await? {
            batches.push(shown_all(&decisions));
        }
        Ok(json!({"batches": batches}))
    }

    async fn is_allowed(&self, request: &Value) -> Answer {
        self.cause.lock().unwrap().clear();
        let (action, resource) = (text(request, "action"), text(request, "resource"));
        let session = self.session(request);
        let owned = pairs(&request["context"]);
        let asking = with_context(&owned, |context| {
            // The context is empty in all scenarios that ask so.
            assert!(context.is_empty());
            session.is_allowed(&action, &resource, &[])
        });
        let allowed = asking.await;
        Ok(json!({"allowed": allowed, "error": *self.cause.lock().unwrap()}))
    }

    async fn repeat(self: &Arc<Self>, request: &Value) -> Answer {
        let times = request["times"].as_u64().unwrap_or(0);
        let ask = || self.clone().answer(request["request"].clone());
        let mut answers = Vec::new();
        if request["at_once"].as_bool() == Some(true) {
            answers = join_all((0..times).map(|_| tokio::spawn(ask())))
                .await
                .into_iter()
                .collect::<Result<_, _>>()?;
        } else {
            for _ in 0..times {
                answers.push(ask().await);
            }
        }
        Ok(json!({"answers": answers}))
    }

    async fn serve(&self, request: &Value) -> Answer {
        let client = self.client(request);
        let rules: Vec<Rule> = serde_json::from_value(request["rules"].clone())?;
        let header = optional(request, "header").unwrap_or("authorization".into());
        let guarded = match request["framework"].as_str() {
            Some("axum") => guarded::axum(HttpLayer::new(client, rules)?.header(&header)?).await?,
            _ => guarded::tonic(GrpcLayer::new(client, rules)?.header(&header)?).await?,
        };
        let address = guarded.address.to_string();
        let mut servers = self.servers.lock().unwrap();
        servers.insert(text(request, "server"), guarded);
        Ok(json!({"address": address}))
    }

    async fn stop_serving(&self, request: &Value) -> Answer {
        let name = text(request, "server");
        let server = self.servers.lock().unwrap().remove(&name);
        let server = server.ok_or("there is no such server")?;
        Ok(json!({"handled": server.stop().await}))
    }

    async fn perform(self: Arc<Self>, request: Value) -> Answer {
        let request = &request;
        match request["do"].as_str().unwrap_or_default() {
            "connect" => self.connect(request),
            "from_environment" => {
                let session = rolegate::from_environment().await?;
                let client = session.client().clone();
                self.clients
                    .lock()
                    .unwrap()
                    .insert(text(request, "client"), client);
                self.sessions
                    .lock()
                    .unwrap()
                    .insert(text(request, "session"), session);
                Ok(json!({}))
            }
            "assume_role" => {
                let session = self.assume_role(request).await?;
                self.keep(request, session).await
            }
            "assume_role_with_web_identity" => {
                let session = self.assume_role_with_web_identity(request).await?;
                self.keep(request, session).await
            }
            "assume_role_with_saml" => {
                let session = self.assume_role_with_saml(request).await?;
                self.keep(request, session).await
            }
            "for_token" => {
                let session = self.client(request).for_token(text(request, "token"));
                self.sessions
                    .lock()
                    .unwrap()
                    .insert(text(request, "session"), session);
                Ok(json!({}))
            }
            "credentials" => self.credentials(request).await,
            "authorize" => self.authorize(request).await,
            "authorize_many" => {
                let owned = pairs(&request["context"]);
                let values: Vec<Vec<&str>> = owned
                    .iter()
                    .map(|(_, values)| values.iter().map(String::as_str).collect())
                    .collect();
                let context: Vec<(&str, &[&str])> = owned
                    .iter()
                    .zip(&values)
                    .map(|((key, _), values)| (key.as_str(), values.as_slice()))
                    .collect();
                let decisions = self
                    .session(request)
                    .authorize_many(&checks(&request["checks"]), &context)
                    .await?;
                Ok(json!({"decisions": shown_all(&decisions)}))
            }
            "authorize_stream" => self.authorize_stream(request).await,
            "is_allowed" => self.is_allowed(request).await,
            "get_caller_identity" => {
                let identity = self.session(request).get_caller_identity().await?;
                Ok(json!({"account": identity.account, "arn": identity.arn,
                          "user_id": identity.user_id}))
            }
            "get_signing_keys" => {
                Ok(json!({"jwks": self.client(request).get_signing_keys().await?}))
            }
            "decode_authorization_message" => {
                let record = self
                    .client(request)
                    .decode_authorization_message(text(request, "encoded_message"))
                    .await?;
                Ok(json!({"message": serde_json::from_str::<Value>(&record)?}))
            }
            "verify_session" => {
                let session = rolegate::verify_session(
                    &text(request, "token"),
                    &text(request, "jwks"),
                    &text(request, "issuer"),
                    &text(request, "audience"),
                )?;
                let expires_at = session.expires_at.duration_since(UNIX_EPOCH)?;
                Ok(json!({"arn": session.arn, "role_arn": session.role_arn,
                          "role_session_name": session.role_session_name,
                          "access_key_id": session.access_key_id,
                          "expires_at": expires_at.as_secs(),
                          "source_identity": session.source_identity,
                          "tags": session.tags}))
            }
            "watch" => {
                let watch = self.session(request).watch().await?;
                self.watches
                    .lock()
                    .await
                    .insert(text(request, "watch"), watch);
                Ok(json!({}))
            }
            "next_revision" => {
                let mut watches = self.watches.lock().await;
                let watch = watches
                    .get_mut(&text(request, "watch"))
                    .ok_or("no such watch")?;
                Ok(json!({"revision": watch.next().await?}))
            }
            "repeat" => self.repeat(request).await,
            "frameworks" => Ok(json!({"http": ["axum"], "grpc": ["tonic"]})),
            "serve" => self.serve(request).await,
            "stop_serving" => self.stop_serving(request).await,
            "close" => {
                self.clients
                    .lock()
                    .unwrap()
                    .remove(&text(request, "client"));
                Ok(json!({}))
            }
            other => Err(format!("UnknownOperation: {other}").into()),
        }
    }

    fn answer(self: Arc<Self>, request: Value) -> BoxFuture<'static, Value> {
        async move {
            match self.perform(request).await {
                Ok(value) => json!({"ok": value}),
                Err(error) => json!({"error": told(error.as_ref())}),
            }
        }
        .boxed()
    }
}

fn told(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Map<String, Value> {
    let (name, code, message, encoded) = match error.downcast_ref::<Error>() {
        Some(error) => (
            error.name().to_owned(),
            code_name(&format!("{:?}", error.code())),
            error.message().to_owned(),
            error.encoded_message().to_owned(),
        ),
        None => (
            String::new(),
            String::new(),
            error.to_string(),
            String::new(),
        ),
    };
    let mut told = Map::new();
    told.insert("name".into(), name.into());
    told.insert("code".into(), code.into());
    told.insert("message".into(), message.into());
    told.insert("encoded_message".into(), encoded.into());
    told
}

/// `PermissionDenied` as gRPC's specification spells it.
fn code_name(camel: &str) -> String {
    let mut name = String::new();
    for (i, letter) in camel.chars().enumerate() {
        if i > 0 && letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// Keeps the name of the error that `is_allowed` tells by `tracing`.
struct Cause(Arc<Mutex<String>>);

impl tracing::Subscriber for Cause {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target().starts_with("rolegate") {
            event.record(&mut Fields(&self.0));
        }
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

struct Fields<'a>(&'a Mutex<String>);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let mut cause = self.0.lock().unwrap();
        if field.name() == "code" && cause.is_empty() {
            *cause = code_name(&format!("{value:?}"));
        }
    }
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "name" {
            *self.0.lock().unwrap() = value.to_owned();
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let driver = Arc::new(Driver::default());
    let _ = tracing::subscriber::set_global_default(Cause(driver.cause.clone()));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let request = serde_json::from_str(&line).expect("the runner writes JSON");
        println!("{}", driver.clone().answer(request).await);
    }
    Ok(())
}
