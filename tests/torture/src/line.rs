//! A proxy between the functions and the database, whose connections can be cut and
//! held.
//!
//! TiDB's own `kill` could cut connections, but the version that is in use here
//! sometimes panics when it closes a session that was killed in a transaction.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tenjo_stack::port::loopback;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio::task::{AbortHandle, JoinHandle};

/// A connection on which the client sent data this recently is at work: the
/// statements of a transaction follow each other within milliseconds.
const AT_WORK: Duration = Duration::from_millis(20);

/// Passes connections on from one port of this machine to another.
pub(crate) struct Line {
    /// Where it listens.
    pub(crate) port: u16,
    connections: Arc<Connections>,
    /// An exclusive lock on it holds the line.
    open: Arc<RwLock<()>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Connections(Mutex<BTreeMap<u64, Connection>>);

struct Connection {
    passing: AbortHandle,
    last_said: Arc<Mutex<Instant>>,
}

/// What was cut.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    AtWork,
    Idle,
    /// There are no connections.
    Nothing,
}

impl Line {
    /// Opens a line to a port.
    pub(crate) async fn open(to: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (connections, open) = (Arc::new(Connections::default()), Arc::default());
        let accepting =
            tokio::spawn(accept(listener, to, Arc::clone(&connections), Arc::clone(&open)));
        Ok(Self { port, connections, open, accepting })
    }

    /// Cuts one of the open connections, chosen by this number; one at work, if there
    /// is any.
    pub(crate) fn cut(&self, pick: usize) -> Cut {
        let mut open = self.connections.open();
        open.retain(|_, connection| !connection.passing.is_finished());
        let at_work: Vec<u64> =
            open.iter().filter(|(_, it)| it.is_at_work()).map(|(number, _)| *number).collect();
        let all: Vec<u64> = open.keys().copied().collect();
        let (from, cut) = match (at_work.is_empty(), all.is_empty()) {
            (_, true) => return Cut::Nothing,
            (true, false) => (all, Cut::Idle),
            (false, false) => (at_work, Cut::AtWork),
        };
        let picked = from.get(pick % from.len()).and_then(|number| open.remove(number));
        picked.inspect(|connection| connection.passing.abort());
        cut
    }

    /// Passes nothing more on to the database until the guard is dropped.
    pub(crate) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.open).write_owned().await
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
        self.connections.open().values().for_each(|connection| connection.passing.abort());
    }
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    fn is_at_work(&self) -> bool {
        self.last_said.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < AT_WORK
    }
}

async fn accept(
    listener: TcpListener,
    to: u16,
    connections: Arc<Connections>,
    open: Arc<RwLock<()>>,
) {
    let mut number = 0;
    while let Ok((client, _)) = listener.accept().await {
        let last_said = Arc::new(Mutex::new(Instant::now()));
        let passing = pass(client, to, Arc::clone(&open), Arc::clone(&last_said));
        let passing = tokio::spawn(passing).abort_handle();
        number += 1;
        connections.open().insert(number, Connection { passing, last_said });
    }
}

/// Connects a client to the database. If the database is down, the client's
/// connection ends.
async fn pass(client: TcpStream, to: u16, open: Arc<RwLock<()>>, last_said: Arc<Mutex<Instant>>) {
    let Ok(server) = TcpStream::connect(loopback(to)).await else { return };
    if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
        return;
    }
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    // Whichever ends first, both ends are closed.
    tokio::select! {
        _ = say(from_client, to_server, &open, &last_said) => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}

/// Passes on what the client sends to the database, while the line is not held.
async fn say(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    open: &RwLock<()>,
    last_said: &Mutex<Instant>,
) -> std::io::Result<()> {
    let mut said = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut said).await?;
        let Some(said) = said.get(..length).filter(|said| !said.is_empty()) else { return Ok(()) };
        *last_said.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let _open = open.read().await;
        to.write_all(said).await?;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_is_said_arrives_until_the_line_is_cut() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let line = Line::open(server.local_addr().unwrap().port()).await.unwrap();
        assert_eq!(line.cut(0), Cut::Nothing, "nobody has called");
        let mut client = TcpStream::connect(loopback(line.port)).await.unwrap();
        let (mut called, _) = server.accept().await.unwrap();
        client.write_all(b"begin").await.unwrap();
        let mut heard = [0; 5];
        called.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"begin");
        // At work or idle: a busy machine may have paused in between.
        assert_ne!(line.cut(7), Cut::Nothing);
        assert!(matches!(client.read(&mut heard).await, Ok(0) | Err(_)));
        assert!(matches!(called.read(&mut heard).await, Ok(0) | Err(_)));
    }

    #[tokio::test]
    async fn while_it_is_held_the_database_hears_nothing() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let line = Line::open(server.local_addr().unwrap().port()).await.unwrap();
        let mut client = TcpStream::connect(loopback(line.port)).await.unwrap();
        let (mut called, _) = server.accept().await.unwrap();
        let held = line.hold().await;
        client.write_all(b"commit").await.unwrap();
        let mut heard = [0; 6];
        let hearing = timeout(Duration::from_millis(50), called.read_exact(&mut heard)).await;
        assert!(hearing.is_err(), "it heard {heard:?}");
        drop(held);
        called.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"commit");
    }
}
