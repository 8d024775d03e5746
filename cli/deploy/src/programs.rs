//! Other programs. None of them gets a secret in its arguments.

use std::process::Stdio;

use tokio::process::Command;

use crate::secret::VARIABLES;

/// A program of the path, which gets none of our own secrets, and ends with us.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.stdin(Stdio::null()).kill_on_drop(true);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command
}
