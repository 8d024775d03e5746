//! Ports: free ones, taken ones, and ones that answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

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
    while greeting(port).await.is_err() {
        tokio::time::sleep(RETRY).await;
    }
}

async fn greeting(port: u16) -> io::Result<()> {
    let mut connection = TcpStream::connect(loopback(port)).await?;
    connection.read_u8().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
