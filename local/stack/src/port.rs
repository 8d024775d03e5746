//! Ports: free ones, taken ones, and ones that answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::{sleep, timeout};

/// How often to try a server that does not announce that it is ready.
const RETRY: Duration = Duration::from_millis(50);

/// Different ports that nobody listens on.
pub fn free<const N: usize>() -> io::Result<[u16; N]> {
    // All are held until all are chosen, so that no two are the same.
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Checks that a port can be listened on.
///
/// # Errors
/// Another process listens on it.
pub fn check_free(port: u16) -> anyhow::Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            anyhow::bail!("port {port} is in use; choose another with --port")
        }
        Err(error) => anyhow::bail!("cannot listen on port {port}: {error}"),
    }
}

/// A loopback address.
pub fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Waits until a server sends a greeting to a new connection, as a database does.
pub async fn greets(port: u16) {
    while greeting(loopback(port)).await.is_err() {
        sleep(RETRY).await;
    }
}

/// The same of a server that somebody else started, at `host:port`, for a limited time.
///
/// # Errors
/// It sends none in this time. The error has why the last connection failed.
pub async fn greets_within(limit: Duration, address: &str) -> anyhow::Result<()> {
    let mut problem = "it sends nothing".to_owned();
    let greeted = timeout(limit, async {
        while let Err(error) = greeting(address).await {
            problem = error.to_string();
            sleep(RETRY).await;
        }
    });
    let is_greeted = greeted.await.is_ok();
    let limit_s = limit.as_secs();
    anyhow::ensure!(is_greeted, "no database answers at {address} within {limit_s} s: {problem}");
    Ok(())
}

async fn greeting(address: impl ToSocketAddrs) -> io::Result<()> {
    let mut connection = TcpStream::connect(address).await?;
    connection.read_u8().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// A server that ends its first connections without a word, as one does that is still
    /// starting behind a port that is already forwarded.
    async fn starting(silent: u32) -> String {
        let listener = tokio::net::TcpListener::bind(loopback(0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            for connection in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                if connection >= silent {
                    stream.write_all(b"greeting").await.unwrap();
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn a_server_that_is_still_starting_is_waited_for() {
        let address = starting(3).await;
        greets_within(Duration::from_secs(30), &address).await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_does_not_start_is_named() {
        let address = starting(u32::MAX).await;
        let refusal = greets_within(Duration::from_secs(1), &address).await.unwrap_err();
        let expected = format!("no database answers at {address} within 1 s: ");
        assert!(refusal.to_string().starts_with(&expected), "{refusal}");
    }

    #[test]
    fn free_ports_differ_and_can_be_listened_on() {
        let ports: [u16; 8] = free().unwrap();
        for (index, port) in ports.iter().enumerate() {
            assert!(!ports[..index].contains(port));
        }
    }

    #[test]
    fn a_port_in_use_is_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let refusal = check_free(port).unwrap_err().to_string();
        assert_eq!(refusal, format!("port {port} is in use; choose another with --port"));
        drop(listener);
        check_free(port).unwrap();
    }
}
