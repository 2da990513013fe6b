//! Services that the middleware guards, each in the real framework.
use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

use axum::{Json, Router};
use rolegate::{
    middleware::{Authorized, GrpcLayer, HttpLayer},
    v1,
};
use serde_json::{json, Value};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::{wrappers::TcpListenerStream, Stream};
use tonic::{Request, Response, Status};

#[allow(clippy::all, dead_code)]
mod stubs {
    include!("../../tests/gen/rolegate.v1.rs");
}
use stubs::registry_service_server::{RegistryService, RegistryServiceServer};

type Handled = Arc<AtomicUsize>;

/// A service that runs until it is stopped.
pub struct Guarded {
    pub address: SocketAddr,
    handled: Handled,
    serving: JoinHandle<()>,
}

impl Guarded {
    /// Stops the service; how many calls reached its handlers.
    pub async fn stop(self) -> usize {
        self.serving.abort();
        let _ = self.serving.await;
        self.handled.load(Ordering::SeqCst)
    }
}

fn shown(authorized: Option<&Authorized>) -> Value {
    match authorized {
        Some(it) => json!({"action": it.action, "resource": it.resource,
                           "decision_id": it.decision.decision_id}),
        None => json!({"action": "", "resource": "", "decision_id": ""}),
    }
}

/// An axum router that takes every path.
pub async fn axum(layer: HttpLayer) -> std::io::Result<Guarded> {
    let handled = Handled::default();
    let counted = handled.clone();
    let handler = move |request: axum::extract::Request| async move {
        counted.fetch_add(1, Ordering::SeqCst);
        Json(shown(request.extensions().get::<Authorized>()))
    };
    let app = Router::new().fallback(handler).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok(Guarded {
        address: listener.local_addr()?,
        handled,
        serving: tokio::spawn(async move {
            axum::serve(listener, app).await.expect("axum serves");
        }),
    })
}

/// A registry service of tonic.
pub async fn tonic(layer: GrpcLayer) -> std::io::Result<Guarded> {
    let handled = Handled::default();
    let service = RegistryServiceServer::new(Registry(handled.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tonic::transport::Server::builder()
        .layer(layer)
        .add_service(service);
    Ok(Guarded {
        address,
        handled,
        serving: tokio::spawn(async move {
            server
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .expect("tonic serves");
        }),
    })
}

struct Registry(Handled);

impl Registry {
    /// Counts the call; what its handler got.
    fn role(&self, extensions: &tonic::Extensions) -> v1::RoleSummary {
        self.0.fetch_add(1, Ordering::SeqCst);
        let authorized = extensions.get::<Authorized>();
        v1::RoleSummary {
            arn: authorized.map(|it| it.action.clone()).unwrap_or_default(),
            role_name: authorized.map(|it| it.resource.clone()).unwrap_or_default(),
            role_id: authorized
                .map(|it| it.decision.decision_id.clone())
                .unwrap_or_default(),
            ..Default::default()
        }
    }
}

#[tonic::async_trait]
impl RegistryService for Registry {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<v1::WatchResponse, Status>> + Send>>;

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        Ok(Response::new(v1::GetStatusResponse {
            revision: self.role(request.extensions()).role_id,
            ..Default::default()
        }))
    }

    async fn list_roles(
        &self,
        request: Request<v1::ListRolesRequest>,
    ) -> Result<Response<v1::ListRolesResponse>, Status> {
        Ok(Response::new(v1::ListRolesResponse {
            roles: vec![self.role(request.extensions())],
            ..Default::default()
        }))
    }

    async fn get_role(
        &self,
        request: Request<v1::GetRoleRequest>,
    ) -> Result<Response<v1::GetRoleResponse>, Status> {
        Ok(Response::new(v1::GetRoleResponse {
            role: Some(self.role(request.extensions())),
            ..Default::default()
        }))
    }

    async fn reload(
        &self,
        _: Request<v1::ReloadRequest>,
    ) -> Result<Response<v1::ReloadResponse>, Status> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(v1::ReloadResponse::default()))
    }

    async fn watch(
        &self,
        request: Request<v1::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let revision = self.role(request.extensions()).role_id;
        let answer = v1::WatchResponse { revision };
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(answer)))))
    }
}
