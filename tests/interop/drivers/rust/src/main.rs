//! tonic without anything of ours but the generated messages: asks rolegated,
//! and prints an answer a line.
//!
//!     driver TARGET CA TOKEN [CERT KEY]

use std::error::Error;
use std::time::Duration;

use api::authorization_service_client::AuthorizationServiceClient;
use api::registry_service_client::RegistryServiceClient;
use tonic::codec::CompressionEncoding;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::HealthCheckRequest;

#[allow(clippy::all, dead_code)]
mod api {
    include!("../../../../../client/rust/src/gen/rolegate.v1.rs");
}

const REPORT: &str = "arn:aws:s3:::reports/a";
const SECRET: &str = "arn:aws:s3:::reports/secret/a";

type Answer = Result<String, Status>;

struct Asking {
    channel: Channel,
    token: String,
}

fn name(decision: i32) -> String {
    api::Decision::try_from(decision)
        .map(|known| known.as_str_name().trim_start_matches("DECISION_").to_string())
        .unwrap_or_else(|_| decision.to_string())
}

fn code(status: &Status) -> String {
    match status.code() {
        Code::Cancelled => "CANCELLED".into(),
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED".into(),
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED".into(),
        Code::Unimplemented => "UNIMPLEMENTED".into(),
        Code::Unauthenticated => "UNAUTHENTICATED".into(),
        _ => status.to_string(),
    }
}

fn batch() -> api::BatchAuthorizeRequest {
    let check = |resource: &&str| api::AuthorizationCheck {
        action: "s3:GetObject".into(),
        resource: resource.to_string(),
        ..Default::default()
    };
    api::BatchAuthorizeRequest {
        checks: [REPORT, SECRET].iter().map(check).collect(),
        ..Default::default()
    }
}

fn names(answer: &api::BatchAuthorizeResponse) -> String {
    let all: Vec<String> = answer.results.iter().map(|each| name(each.decision)).collect();
    all.join(",")
}

fn question(resource: &str) -> api::AuthorizeRequest {
    api::AuthorizeRequest {
        action: "s3:GetObject".into(),
        resource: resource.into(),
        ..Default::default()
    }
}

impl Asking {
    /// A request within `time`, with the session's token unless `caller` is false.
    fn request<T>(&self, message: T, time: Duration, caller: bool) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(time);
        if caller {
            let bearer = format!("Bearer {}", self.token).parse().expect("a token is ASCII");
            request.metadata_mut().insert("authorization", bearer);
        }
        request
    }

    fn ours<T>(&self, message: T) -> Request<T> {
        self.request(message, Duration::from_secs(10), true)
    }

    fn authorization(&self) -> AuthorizationServiceClient<Channel> {
        AuthorizationServiceClient::new(self.channel.clone())
    }

    async fn authorize(&self, resource: &str) -> Answer {
        let answer = self.authorization().authorize(self.ours(question(resource))).await?;
        Ok(name(answer.into_inner().decision))
    }

    async fn stream(&self) -> Answer {
        let asked = [7, 8].map(|correlation_id| api::AuthorizeStreamRequest {
            correlation_id,
            batch: Some(batch()),
        });
        let requests = self.ours(tokio_stream::iter(asked));
        let mut answers = self.authorization().authorize_stream(requests).await?.into_inner();
        let mut all = Vec::new();
        while let Some(each) = answers.message().await? {
            let decided = each.batch.as_ref().map(names).unwrap_or_default();
            all.push(format!("{}:{decided}", each.correlation_id));
        }
        Ok(all.join(" "))
    }

    /// The first revision.  A call of tonic is given up by dropping it, and then
    /// says nothing of its end.
    async fn watch(&self, caller: bool) -> Answer {
        let request = self.request(api::WatchRequest {}, Duration::from_secs(10), caller);
        let mut registry = RegistryServiceClient::new(self.channel.clone());
        let mut call = registry.watch(request).await?.into_inner();
        let first = call.message().await?.unwrap_or_default();
        drop(call);
        Ok(if first.revision.len() >= 32 { "revision dropped" } else { "none" }.into())
    }

    async fn late(&self) -> Answer {
        let request = self.request(api::WatchRequest {}, Duration::from_millis(300), true);
        let mut registry = RegistryServiceClient::new(self.channel.clone());
        let mut call = registry.watch(request).await?.into_inner();
        while call.message().await?.is_some() {}
        Ok("ended".into())
    }

    async fn health(&self, watch: bool) -> Answer {
        let mut server = HealthClient::new(self.channel.clone());
        let request = self.request(HealthCheckRequest::default(), Duration::from_secs(10), false);
        let shown = |status: i32| match ServingStatus::try_from(status) {
            Ok(known) => known.as_str_name().to_string(),
            Err(_) => status.to_string(),
        };
        if !watch {
            return Ok(shown(server.check(request).await?.into_inner().status));
        }
        let mut call = server.watch(request).await?.into_inner();
        let first = call.message().await?.unwrap_or_default();
        drop(call);
        Ok(format!("{} dropped", shown(first.status)))
    }

    async fn details(&self) -> Answer {
        let request = self.request(question(REPORT), Duration::from_secs(10), false);
        let Err(status) = self.authorization().authorize(request).await else {
            return Ok("no error".into());
        };
        let ours = b"rolegate.v1";
        let known = status.details().windows(ours.len()).any(|part| part == ours);
        Ok(format!("{} {}", code(&status), if known { "True" } else { "False" }))
    }

    async fn binary(&self) -> Answer {
        let mut request = self.ours(question(REPORT));
        let all: Vec<u8> = (0..=255).collect();
        let metadata: &mut MetadataMap = request.metadata_mut();
        metadata.insert_bin("x-trace-bin", MetadataValue::from_bytes(&all));
        let answer = self.authorization().authorize(request).await?;
        Ok(name(answer.into_inner().decision))
    }

    async fn gzip(&self) -> Answer {
        let mut client = self.authorization().send_compressed(CompressionEncoding::Gzip);
        let resource = REPORT.to_string() + &"a".repeat(1000);
        let answer = client.authorize(self.ours(question(&resource))).await?;
        Ok(name(answer.into_inner().decision))
    }

    async fn wrong_method(&self) -> Answer {
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
        let codec: tonic_prost::ProstCodec<api::WatchRequest, api::WatchRequest> =
            tonic_prost::ProstCodec::default();
        let path = "/rolegate.v1.AuthorizationService/Nothing";
        let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
        client.unary(self.ours(api::WatchRequest {}), path, codec).await?;
        Ok("answered".into())
    }

    async fn run(&self, case: &str) -> Answer {
        match case {
            "allow" => self.authorize(REPORT).await,
            "deny" => self.authorize(SECRET).await,
            "batch" => {
                let answer = self.authorization().batch_authorize(self.ours(batch())).await?;
                Ok(names(&answer.into_inner()))
            }
            "stream" => self.stream().await,
            "watch" => self.watch(true).await,
            "mTLS" => self.watch(false).await,
            "health" => self.health(false).await,
            "health watch" => self.health(true).await,
            "details" => self.details().await,
            "deadline" => self.late().await,
            "binary metadata" => self.binary().await,
            "gzip" => self.gzip().await,
            "over the limit" => self.authorize(&"a".repeat(2 << 20)).await,
            "wrong method" => self.wrong_method().await,
            _ => Ok("no such case".into()),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, ca, token, pair @ ..] = arguments.as_slice() else {
        return Err("usage: driver TARGET CA TOKEN [CERT KEY]".into());
    };
    let scheme = if ca == "-" { "http" } else { "https" };
    let mut endpoint = Endpoint::from_shared(format!("{scheme}://{target}"))?;
    if ca != "-" {
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(std::fs::read(ca)?));
        if let [cert, key] = pair {
            tls = tls.identity(Identity::from_pem(std::fs::read(cert)?, std::fs::read(key)?));
        }
        endpoint = endpoint.tls_config(tls)?;
    }
    let asking = Asking { channel: endpoint.connect().await?, token: token.clone() };
    let cases: &[&str] = if pair.is_empty() {
        &[
            "allow", "deny", "batch", "stream", "watch", "health", "health watch", "details",
            "deadline", "binary metadata", "gzip", "over the limit", "wrong method",
        ]
    } else {
        &["mTLS"]
    };
    for case in cases {
        let answer = asking.run(case).await.unwrap_or_else(|status| code(&status));
        println!("{case}\t{answer}");
    }
    Ok(())
}
