//! The line between the functions and the database, which can be cut.
//!
//! TiDB's own `kill` would do, but for the version that is in use here: it
//! sometimes panics when it closes a session that was killed in a transaction.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinHandle};

use crate::port::loopback;

/// Passes connections on from one port of this machine to another.
pub(crate) struct Line {
    /// Where it listens.
    pub(crate) port: u16,
    connections: Arc<Connections>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Connections(Mutex<BTreeMap<u64, AbortHandle>>);

impl Line {
    /// Opens a line to a port.
    pub(crate) async fn open(to: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let connections = Arc::new(Connections::default());
        let accepting = tokio::spawn(accept(listener, to, Arc::clone(&connections)));
        Ok(Self { port, connections, accepting })
    }

    /// Cuts one of the connections that are open, by this number, whatever is
    /// under way on it; `false` if there are none.
    pub(crate) fn cut(&self, pick: usize) -> bool {
        let mut open = self.connections.open();
        open.retain(|_, connection| !connection.is_finished());
        let picked = open.keys().nth(pick % open.len().max(1)).copied();
        let connection = picked.and_then(|number| open.remove(&number));
        if let Some(connection) = &connection {
            connection.abort();
        }
        connection.is_some()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
        self.connections.open().values().for_each(AbortHandle::abort);
    }
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, to: u16, connections: Arc<Connections>) {
    let mut number = 0;
    while let Ok((client, _)) = listener.accept().await {
        let passing = tokio::spawn(pass(client, to));
        number += 1;
        connections.open().insert(number, passing.abort_handle());
    }
}

/// If the database is away, the client sees its connection end.
async fn pass(mut client: TcpStream, to: u16) {
    let Ok(mut server) = TcpStream::connect(loopback(to)).await else { return };
    let both_set = client.set_nodelay(true).and(server.set_nodelay(true));
    if both_set.is_ok() {
        // However it ends, both ends are closed.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_said_arrives_until_the_line_is_cut() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let line = Line::open(server.local_addr().unwrap().port()).await.unwrap();
        assert!(!line.cut(0), "nobody has called");
        let mut client = TcpStream::connect(loopback(line.port)).await.unwrap();
        let (mut called, _) = server.accept().await.unwrap();
        client.write_all(b"begin").await.unwrap();
        let mut heard = [0; 5];
        called.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"begin");
        assert!(line.cut(7));
        assert!(matches!(client.read(&mut heard).await, Ok(0) | Err(_)));
        assert!(matches!(called.read(&mut heard).await, Ok(0) | Err(_)));
    }
}
