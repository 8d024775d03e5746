//! Ctrl-C, TERM, and a terminal that closes.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell reports for a command that Ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

/// Receives the signals that ask to stop. While it exists they do nothing else: a
/// second Ctrl-C does not interrupt the stop that the first one began.
pub struct Stop([Signal; 3]);

impl Stop {
    /// Begins to listen.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    /// Waits for one of them.
    pub async fn asked(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
