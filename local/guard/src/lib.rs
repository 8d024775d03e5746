//! Ends every process that is left when the program that started it is killed.
//!
//! A killed process cannot clean up, and its children would live on. So a second
//! process of the same program, the guard, reads from a pipe which process groups
//! start (`+group`) and end (`-group`). When the pipe closes, for whatever
//! reason, the guard ends the groups that remain.
//!
//! A program that has a guard asks [`is_guard`] before all else, and [`run`]s
//! it then.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// The argument that makes a program its own guard.
const ARGUMENT: &str = "guard";

/// The pipe to the guard.
#[derive(Debug)]
pub struct Guard(Mutex<ChildStdin>);

impl Guard {
    /// Starts this program as its guard, out of reach of the terminal's signals.
    ///
    /// # Errors
    /// The system does not start it.
    pub fn start() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut guard = Command::new(program);
        guard.arg(ARGUMENT);
        Self::through(guard)
    }

    /// Starts a guard by this command: for tests, whose own program is not a guard.
    ///
    /// # Errors
    /// The system does not start it.
    pub fn through(mut guard: Command) -> anyhow::Result<Self> {
        let mut guard = guard
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the guard of the processes")?;
        let pipe = guard.stdin.take().context("the guard has no input")?;
        Ok(Self(Mutex::new(pipe)))
    }

    /// From now on, this group is ended if this process is killed.
    pub fn watch(&self, group: Pid) {
        self.say(format_args!("+{group}"));
    }

    /// The group is gone.
    pub fn forget(&self, group: Pid) {
        self.say(format_args!("-{group}"));
    }

    fn say(&self, line: std::fmt::Arguments<'_>) {
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // If the guard was killed, nobody reads this, and that is fine.
        let _ = writeln!(pipe, "{line}");
    }
}

/// Whether this process was started as a guard.
#[must_use]
pub fn is_guard() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT)
}

/// The guard's own process: waits for the pipe to close, and cleans up. Groups
/// are asked to end and have `grace` to do so; without a `grace` they are
/// killed at once.
pub fn run(grace: Option<Duration>) {
    let groups = remaining(std::io::stdin().lock());
    if let Some(grace) = grace {
        signal(&groups, Signal::SIGTERM);
        let deadline = Instant::now() + grace;
        // They are not this process's children, so it cannot wait for them.
        while groups.iter().any(|group| killpg(*group, None).is_ok()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    signal(&groups, Signal::SIGKILL);
}

/// The groups that were started and not ended when the input closed.
fn remaining(input: impl BufRead) -> BTreeSet<Pid> {
    let mut groups = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        let Some((sign, group)) = line.split_at_checked(1) else { continue };
        // Groups 0 and 1 would be this process's own, and everyone's.
        let Some(group) = group.parse().ok().filter(|group| *group > 1) else { continue };
        match sign {
            "+" => groups.insert(Pid::from_raw(group)),
            "-" => groups.remove(&Pid::from_raw(group)),
            _ => false,
        };
    }
    groups
}

fn signal(groups: &BTreeSet<Pid>, signal: Signal) {
    for group in groups {
        // It may have ended meanwhile.
        let _ = killpg(*group, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_groups_that_were_started_and_not_ended_remain() {
        for (input, expected) in [
            ("", vec![]),
            ("+100\n+200\n", vec![100, 200]),
            ("+100\n+200\n-100\n", vec![200]),
            ("+100\n-100\n+100\n", vec![100]),
            ("+1\n+0\n+-5\n+all\n\n", vec![]),
        ] {
            let expected: BTreeSet<Pid> = expected.into_iter().map(Pid::from_raw).collect();
            assert_eq!(remaining(input.as_bytes()), expected, "{input:?}");
        }
    }
}
