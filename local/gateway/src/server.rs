//! The listening socket, and a quiet end.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tracing::{debug, warn};

use crate::Gateway;

/// How long requests under way may take once the end is asked for.
const GRACE: Duration = Duration::from_millis(800);

/// How long a client may take to send the headers of a request.
const HEADER_TIME: Duration = Duration::from_secs(60);

/// As many as nginx's buffers hold. The code in `kong/kong.yaml` refuses far fewer.
const MAX_HEADERS: usize = 8192;

/// Serves until `shutdown` is done, then lets requests under way finish, briefly.
///
/// # Errors
/// The socket has no address.
pub async fn serve(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    listener.local_addr()?;
    let connections = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, for one: the next may succeed.
                    warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        if let Err(error) = attend(stream, &gateway, &connections) {
            debug!(%error, "a connection was gone before its first request");
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        warn!("requests under way were cut off");
    }
    Ok(())
}

/// Serves one connection in the background.
fn attend(
    stream: TcpStream,
    gateway: &Arc<Gateway>,
    connections: &GracefulShutdown,
) -> std::io::Result<()> {
    let client = stream.peer_addr()?;
    let local = stream.local_addr()?;
    stream.set_nodelay(true)?;
    let gateway = Arc::clone(gateway);
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.handle(request, client, local).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            debug!(%error, "a connection ended early");
        }
    });
    Ok(())
}
