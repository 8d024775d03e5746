//! One process of a function: an execution environment.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tenjo_guard::Guard;
use tokio::process::{Child, Command};

/// Memory does not limit anything here; functions may ask for it nevertheless.
const MEMORY_MB: &str = "256";

/// Of each function there is what was built last.
pub(crate) const VERSION: &str = "$LATEST";

/// How long a process may take until it asks for its first invocation. Lambda
/// gives ten seconds; here other things may be compiling.
pub(crate) const LONGEST_START: Duration = Duration::from_secs(30);

/// What all processes have in common.
#[derive(Debug)]
pub(crate) struct Host {
    /// Where this service listens, such as `127.0.0.1:9000`.
    pub(crate) address: String,
    /// Where the functions write; without it, where this service does.
    pub(crate) logs: Option<PathBuf>,
    pub(crate) guard: Guard,
}

/// A process that runs, and the group that it leads.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) group: Pid,
    child: Child,
}

impl Process {
    /// Starts a process that takes its invocations under `path`.
    pub(crate) fn start(
        host: &Host,
        name: &str,
        program: &Path,
        path: &str,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://{}{path}", host.address))
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", VERSION)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_MB)
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            // With it, a process would take several invocations at once.
            .env_remove("AWS_LAMBDA_MAX_CONCURRENCY")
            .stdin(Stdio::null())
            .process_group(0);
        if let Some(logs) = &host.logs {
            let log = logs.join(format!("{name}.log"));
            let log = OpenOptions::new().create(true).append(true).open(&log);
            let log = log.with_context(|| format!("cannot write the log of {name}"))?;
            command.stdout(log.try_clone()?).stderr(log);
        }
        let child =
            command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("it has no id")?;
        let group = Pid::from_raw(pid);
        host.guard.watch(group);
        Ok(Self { group, child })
    }

    /// Waits until it ends, and ends what it has left behind.
    pub(crate) async fn ended(&mut self, host: &Host) -> std::io::Result<std::process::ExitStatus> {
        let status = self.child.wait().await;
        // Mostly there is nothing left.
        let _ = killpg(self.group, Signal::SIGKILL);
        host.guard.forget(self.group);
        status
    }

    /// Ends it now.
    pub(crate) fn kill(&self) {
        // It may have ended meanwhile.
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}
