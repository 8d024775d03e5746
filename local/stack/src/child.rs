//! A process that this one starts and stops.
//!
//! Each one leads a process group, so that the processes that it starts end with
//! it. Each one writes to a log of its own.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::sync::watch;

use crate::log;

/// When a process is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Together with all others.
    First,
    /// After all others, because they use it until they end.
    Last,
}

/// A process that was started.
#[derive(Debug, Clone)]
pub struct Child {
    pub(crate) name: String,
    pub(crate) group: Pid,
    pub(crate) turn: Turn,
    pub(crate) log: PathBuf,
    pub(crate) exit: watch::Receiver<Option<ExitStatus>>,
    /// It was killed on purpose, so its end is not reported.
    pub(crate) is_killed: Arc<AtomicBool>,
}

/// A process that ended although nobody stopped it.
#[derive(Debug, Clone)]
pub struct Ended {
    pub(crate) name: String,
    pub(crate) log: PathBuf,
    /// How it ended.
    pub status: ExitStatus,
}

impl Ended {
    /// One line with its name and how it ended, and the last lines of its log.
    pub fn report(&self) -> anyhow::Error {
        anyhow!("{} ended ({}); {}", self.name, self.status, log::last_words(&self.log))
    }
}

impl Child {
    /// Waits for its end.
    pub(crate) async fn ended(&self) -> Ended {
        let mut exit = self.exit.clone();
        let status = match exit.wait_for(Option::is_some).await {
            Ok(status) => *status,
            Err(_) => None,
        };
        Ended {
            name: self.name.clone(),
            log: self.log.clone(),
            // The sender is dropped unsent only if the process cannot be waited for.
            status: status.unwrap_or_default(),
        }
    }
}

/// Sends a signal to a group, which may have ended meanwhile.
pub(crate) fn signal(group: Pid, signal: Signal) {
    let _ = killpg(group, signal);
}
