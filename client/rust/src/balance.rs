//! Spreads calls over all addresses of a name, in turns.  Tonic has no service
//! config, so that its round robin is done here.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};

use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use crate::Error;

/// How often a name is looked up again while all goes well.
const RESOLVE_EVERY: Duration = Duration::from_secs(30);
/// And after a call that found no server.
const RESOLVE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long an address is passed over after a call that found no server there.
const REST: Duration = Duration::from_secs(5);

/// Where calls go.
#[derive(Clone)]
pub(crate) enum Target {
    /// One place that needs no name.
    Fixed(Channel),
    /// All addresses of a name.
    Named(Arc<Named>),
}

/// One address of a name, to tell how a call to it went.
pub(crate) struct Pick {
    pub(crate) channel: Channel,
    from: Option<(Arc<Named>, SocketAddr)>,
}

impl Pick {
    /// Nobody answered there.
    pub(crate) fn failed(&self) {
        if let Some((named, address)) = &self.from {
            named.failed(*address);
        }
    }
}

pub(crate) struct Named {
    host: String,
    port: u16,
    tls: Option<ClientTlsConfig>,
    next: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    channels: BTreeMap<SocketAddr, Place>,
    resolve_at: Option<Instant>,
}

struct Place {
    channel: Channel,
    rests_until: Option<Instant>,
}

impl Target {
    /// `HOST:PORT`, `dns:///HOST:PORT` or `unix:/path`.
    pub(crate) fn parse(target: &str, tls: Option<ClientTlsConfig>) -> Result<Self, Error> {
        if target.starts_with("unix:") {
            let endpoint = Endpoint::from_shared(target.to_owned())
                .map_err(|error| Error::local(format!("target `{target}`: {error}")))?;
            return Ok(Target::Fixed(configured(endpoint).connect_lazy()));
        }
        let name = target.strip_prefix("dns:///").unwrap_or(target);
        let (host, port) = name
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)))
            .filter(|(host, _)| !host.is_empty() && !host.contains('/'))
            .ok_or_else(|| {
                Error::local(format!(
                    "target `{target}`: expected `HOST:PORT`, `dns:///HOST:PORT` or `unix:/path`"
                ))
            })?;
        Ok(Target::Named(Arc::new(Named {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            tls,
            next: AtomicUsize::new(0),
            state: Mutex::default(),
        })))
    }

    /// The place for the next call.
    pub(crate) async fn pick(&self) -> Result<Pick, Error> {
        match self {
            Target::Fixed(channel) => Ok(Pick {
                channel: channel.clone(),
                from: None,
            }),
            Target::Named(named) => named.pick().await,
        }
    }
}

impl Named {
    async fn pick(self: &Arc<Self>) -> Result<Pick, Error> {
        if self.is_resolution_due() {
            self.resolve().await?;
        }
        let state = self.state.lock().expect("no holder panics");
        let now = Instant::now();
        let is_ready = |place: &Place| place.rests_until.is_none_or(|until| until <= now);
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let ready = state.channels.values().filter(|it| is_ready(it)).count();
        // If all have failed lately, each may be tried again.
        let places = if ready == 0 {
            state.channels.len()
        } else {
            ready
        };
        let (address, place) = state
            .channels
            .iter()
            .filter(|(_, place)| ready == 0 || is_ready(place))
            .nth(turn % places.max(1))
            .ok_or_else(|| self.unknown("has no address"))?;
        Ok(Pick {
            channel: place.channel.clone(),
            from: Some((Arc::clone(self), *address)),
        })
    }

    fn is_resolution_due(&self) -> bool {
        let mut state = self.state.lock().expect("no holder panics");
        let now = Instant::now();
        if state.resolve_at.is_some_and(|at| now < at) {
            return false;
        }
        // Those that have addresses need not wait for this look-up.
        if !state.channels.is_empty() {
            state.resolve_at = Some(now + RESOLVE_EVERY);
        }
        true
    }

    async fn resolve(&self) -> Result<(), Error> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let mut state = self.state.lock().expect("no holder panics");
        let addresses: Vec<SocketAddr> = match found {
            Ok(addresses) => addresses.collect(),
            // What was known stays until the name is known again.
            Err(_) if !state.channels.is_empty() => return Ok(()),
            Err(error) => return Err(self.unknown(&error.to_string())),
        };
        state
            .channels
            .retain(|address, _| addresses.contains(address));
        for address in addresses {
            if let std::collections::btree_map::Entry::Vacant(entry) = state.channels.entry(address)
            {
                entry.insert(Place {
                    channel: self.connect(address)?,
                    rests_until: None,
                });
            }
        }
        state.resolve_at = Some(Instant::now() + RESOLVE_EVERY);
        Ok(())
    }

    fn connect(&self, address: SocketAddr) -> Result<Channel, Error> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let wrong = |error: &dyn std::fmt::Display| Error::local(format!("`{address}`: {error}"));
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://{address}"))
            .map_err(|error| wrong(&error))?
            .connect_timeout(Duration::from_secs(5));
        if let Some(tls) = &self.tls {
            endpoint = endpoint
                .tls_config(tls.clone().domain_name(self.host.clone()))
                .map_err(|error| wrong(&error))?;
        }
        Ok(configured(endpoint).connect_lazy())
    }

    fn failed(&self, address: SocketAddr) {
        let mut state = self.state.lock().expect("no holder panics");
        let now = Instant::now();
        if let Some(place) = state.channels.get_mut(&address) {
            place.rests_until = Some(now + REST);
        }
        let soon = now + RESOLVE_AFTER_FAILURE;
        state.resolve_at = state.resolve_at.map(|at| at.min(soon));
    }

    fn unknown(&self, why: &str) -> Error {
        Error::new(
            "",
            tonic::Code::Unavailable,
            format!("`{}`: {why}", self.host),
        )
    }
}

fn configured(endpoint: Endpoint) -> Endpoint {
    endpoint
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10))
}
