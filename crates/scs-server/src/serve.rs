//! Taking connections, and ending in peace.

use std::{
    future::Future,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{Cloud, Error, Hosts, Limits, PublicAddress, guard::Peer, handles, patience::Patience};

/// Requests that are running when the service ends may take so long.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// After a failed accept, as with no file handles left.
const PAUSE: Duration = Duration::from_millis(100);
/// What else is open: the database, libraries, uploads that rest.
const OTHER_HANDLES: u64 = 256;
const HOUR: Duration = Duration::from_secs(3600);
/// Bytes of a request that are read at once, and the longest head.
const BUFFER: usize = 128 << 10;

/// Listens on this machine only, by both of its addresses. Port 0 picks a free one, the same for both.
///
/// # Errors
///
/// The port is in use.
pub async fn bind_loopback(port: u16) -> Result<Vec<TcpListener>, Error> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(Error::Listen)?;
    let port = v4.local_addr().map_err(Error::Listen)?.port();
    // Not every machine has the other protocol; clients try both.
    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
    Ok(std::iter::once(v4).chain(v6).collect())
}

impl Cloud {
    /// Answers on `listeners` until `shutdown` ends, and until running requests are answered or ten seconds are over.
    ///
    /// # Errors
    ///
    /// A listener can be reached from other machines, and the settings do not say that it may.
    pub async fn serve(
        &self,
        listeners: Vec<TcpListener>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        self.serve_as(None, listeners, shutdown).await
    }

    /// The same behind a proxy that others know by `public`: every URL that is given begins with that. Who sends a request
    /// cannot be told there, so nobody publishes keys without a token.
    ///
    /// # Errors
    ///
    /// As of [`Cloud::serve`].
    pub async fn serve_as(
        &self,
        public: Option<PublicAddress>,
        listeners: Vec<TcpListener>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        let addresses = self.addresses(&listeners)?;
        let hosts = Hosts::new(&self.inner.settings.names, &addresses);
        let router = self.router(hosts.with_public(public));
        let limits = &self.inner.settings.limits;
        // A connection and a file for each, and what the program needs besides.
        handles::allow(2 * limits.connections as u64 + OTHER_HANDLES);
        let stop = CancellationToken::new();
        let places = Arc::new(Semaphore::new(limits.connections));
        let mut taking = JoinSet::new();
        for listener in listeners {
            let router = router.clone();
            taking.spawn(take(
                listener,
                router,
                limits.clone(),
                Arc::clone(&places),
                stop.clone(),
            ));
        }
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                () = tokio::time::sleep(HOUR) => self.tidy_up().await,
            }
        }
        stop.cancel();
        while taking.join_next().await.is_some() {}
        Ok(())
    }

    fn addresses(&self, listeners: &[TcpListener]) -> Result<Vec<SocketAddr>, Error> {
        let addresses: Result<Vec<_>, _> = listeners.iter().map(TcpListener::local_addr).collect();
        let addresses = addresses.map_err(Error::Listen)?;
        let beyond = addresses.iter().find(|address| !address.ip().is_loopback());
        match beyond {
            Some(address) if !self.inner.settings.beyond_this_machine => {
                Err(Error::BeyondThisMachine(*address))
            }
            _ => Ok(addresses),
        }
    }

    async fn tidy_up(&self) {
        let inner = Arc::clone(&self.inner);
        let tidied = tokio::task::spawn_blocking(move || inner.expire_uploads()).await;
        if let Ok(Err(error)) = tidied {
            tracing::warn!(%error, "old uploads could not be removed");
        }
    }
}

async fn take(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    places: Arc<Semaphore>,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let answering = answer(
            stream,
            address,
            router.clone(),
            limits.clone(),
            stop.clone(),
        );
        connections.spawn(async move {
            answering.await;
            drop(place);
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What is left then is dropped with the set.
    let _ = tokio::time::timeout(LAST_REQUESTS, ended).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let (stream, address) = listener.accept().await.ok()?;
    Some((stream, address, place))
}

async fn answer(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(address));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(Patience::new(stream, limits.idle)), service);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return log(ended),
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    log(connection.await);
}

fn log(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
