//! What the client costs over the bare stub that it is made of, in turns; see
//! client/conformance/README.md.
use std::{
    future::Future,
    time::{Duration, Instant},
};

use rolegate::{v1, Client};
use serde_json::json;
use tonic::transport::Endpoint;

const ROUNDS: usize = 7;
const ACTION: &str = "s3:GetObject";
const RESOURCE: &str = "arn:aws:s3:::example-bucket/a";

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median time of a call in microseconds, and calls a second, from so many
/// tasks.
async fn measure<A, F>(in_flight: usize, round: Duration, ask: A) -> (f64, f64)
where
    A: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let end = Instant::now() + round;
    let tasks = (0..in_flight).map(|_| {
        let ask = ask.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            let mut begin = Instant::now();
            while begin < end {
                ask().await;
                let now = Instant::now();
                times.push((now - begin).as_secs_f64() * 1e6);
                begin = now;
            }
            times
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut together = Vec::new();
    for task in tasks {
        together.extend(task.await.expect("no call fails"));
    }
    let rate = together.len() as f64 / round.as_secs_f64();
    (median(together), rate)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, target, token, seconds] = &arguments[..] else {
        return Err("usage: overhead TARGET TOKEN SECONDS".into());
    };
    let round = Duration::from_secs_f64(seconds.parse()?);
    let channel = Endpoint::from_shared(format!("http://{target}"))?
        .connect()
        .await?;
    let stub = v1::authorization_service_client::AuthorizationServiceClient::new(channel);
    let bearer: tonic::metadata::MetadataValue<_> = format!("Bearer {token}").parse()?;
    let by_stub = move || {
        let (mut stub, bearer) = (stub.clone(), bearer.clone());
        async move {
            let mut request = tonic::Request::new(v1::AuthorizeRequest {
                action: ACTION.to_owned(),
                resource: RESOURCE.to_owned(),
                ..Default::default()
            });
            request.metadata_mut().insert("authorization", bearer);
            request.set_timeout(Duration::from_secs(5));
            stub.authorize(request).await.expect("the server answers");
        }
    };
    let session = Client::builder(target)
        .plaintext(true)
        .session_token(token)
        .build()?
        .caller();
    let by_client = move || {
        let session = session.clone();
        async move {
            let answer = session.authorize(ACTION, RESOURCE, &[]).await;
            answer.expect("the server answers");
        }
    };
    let mut answer = json!({"client": "rust"});
    for in_flight in [1, 64] {
        let (mut stub, mut client) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        for i in 0..ROUNDS {
            for ours in [i % 2 == 0, i % 2 != 0] {
                let (figures, found) = if ours {
                    (
                        &mut client,
                        measure(in_flight, round, by_client.clone()).await,
                    )
                } else {
                    (&mut stub, measure(in_flight, round, by_stub.clone()).await)
                };
                figures.0.push(found.0);
                figures.1.push(found.1);
            }
        }
        answer[in_flight.to_string()] = json!({
            "stub_p50_us": median(stub.0), "client_p50_us": median(client.0),
            "stub_calls_per_s": median(stub.1), "client_calls_per_s": median(client.1)});
    }
    println!("{answer}");
    Ok(())
}
