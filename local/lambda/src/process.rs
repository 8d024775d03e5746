//! One process of a function: an execution environment.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tenjo_guard::Guard;
use tokio::process::{Child, Command};

use crate::config::FunctionConfig;

/// Only the latest build of each function exists.
pub(crate) const VERSION: &str = "$LATEST";

/// What all processes have in common.
#[derive(Debug)]
pub(crate) struct Host {
    /// Where this service listens, such as `127.0.0.1:9000`.
    pub(crate) address: String,
    pub(crate) region: String,
    /// Variables with the endpoints of the AWS services.
    pub(crate) endpoints: Vec<(String, String)>,
    /// The folder of the functions' logs; without it, they write to this service's
    /// output.
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
        function: &FunctionConfig,
        path: &str,
    ) -> anyhow::Result<Self> {
        let FunctionConfig { name, program, access_key_id, .. } = function;
        let mut command = Command::new(program);
        command
            // Functions get nothing of this process's environment: one that needs a
            // variable which the template does not give it must fail here too.
            .env_clear()
            .envs(&function.environment)
            .envs(host.endpoints.iter().map(|(name, url)| (name, url)))
            .env("AWS_REGION", &host.region)
            .env("AWS_DEFAULT_REGION", &host.region)
            .env("AWS_ACCESS_KEY_ID", access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_SESSION_TOKEN", "local")
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://{}{path}", host.address))
            .env("AWS_LAMBDA_FUNCTION_NAME", function.name_in_aws())
            .env("AWS_LAMBDA_FUNCTION_VERSION", VERSION)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string())
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LANG", "en_US.UTF-8")
            .env("TZ", ":UTC")
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

    /// Waits until it ends, and kills processes that it left behind.
    pub(crate) async fn ended(&mut self, host: &Host) -> std::io::Result<std::process::ExitStatus> {
        let status = self.child.wait().await;
        // Usually nothing is left.
        let _ = killpg(self.group, Signal::SIGKILL);
        host.guard.forget(self.group);
        status
    }

    /// Kills it.
    pub(crate) fn kill(&self) {
        // It may have ended already.
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}
