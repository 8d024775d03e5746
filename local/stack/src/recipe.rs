//! How a service was started, so that it can be started again.

use tokio::process::Command;

use crate::child::Turn;

/// How a service was started, so that it can be started again.
pub(crate) struct Recipe {
    pub(crate) command: Command,
    /// None for a stand-in, which prints when it serves.
    pub(crate) turn: Option<Turn>,
}

/// The same command again, without where its output goes.
pub(crate) fn copy(command: &Command) -> Command {
    let known = command.as_std();
    let mut copy = Command::new(known.get_program());
    copy.args(known.get_args());
    for (name, value) in known.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    if let Some(folder) = known.get_current_dir() {
        copy.current_dir(folder);
    }
    copy
}

/// Removes from a command the variables that Cargo set for this process's own
/// package: a build script that reads one of them would run again each time.
pub fn forget_this_package(command: &mut Command) {
    const PREFIXES: [&str; 4] = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_"];
    for (name, _) in std::env::vars_os() {
        if PREFIXES.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
}
