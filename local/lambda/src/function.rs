//! One invocation of a function: from a caller to a process and back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::unistd::Pid;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::config::FunctionConfig;
use crate::failure;
use crate::faults::{Decision, Faults, Kind};
use crate::invocation::{Call, Invocation, Outcome, ProcessId, Refusal, Waiting};
use crate::pool::{Complaint, Exit, Limits, Next, Pool, Seen};
use crate::process::{Host, Process};
use crate::program::Build;

/// A function and its processes.
#[derive(Debug)]
pub struct Function {
    config: FunctionConfig,
    host: Arc<Host>,
    pool: Mutex<Pool>,
    faults: Mutex<Faults>,
    /// Set while it is being built: how long an invocation waits for that.
    building: watch::Sender<Option<Duration>>,
}

impl Function {
    pub(crate) fn new(config: FunctionConfig, host: Arc<Host>, freeze: bool) -> Self {
        let limits =
            Limits { processes: config.max_concurrency, waiting: config.queue_length, freeze };
        Self {
            config,
            host,
            pool: Mutex::new(Pool::new(limits)),
            faults: Mutex::default(),
            building: watch::Sender::new(None),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.config.name
    }

    /// The ARN that it was invoked by, as it sees it.
    pub(crate) fn arn(&self) -> String {
        let Host { region, .. } = &*self.host;
        format!("arn:aws:lambda:{region}:000000000000:function:{}", self.name_in_aws())
    }

    /// The ARN of the alias that its URL belongs to.
    pub(crate) fn alias_arn(&self) -> String {
        format!("{}:{}", self.arn(), crate::service::ALIAS)
    }

    /// Who may call its URL.
    pub(crate) fn url(&self) -> Option<crate::config::UrlAuth> {
        self.config.url
    }

    pub(crate) fn name_in_aws(&self) -> &str {
        self.config.name_in_aws()
    }

    /// How long one invocation may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.config.timeout()
    }

    /// Runs the function once, with the faults that were set. It runs to its end even
    /// if the caller no longer waits.
    pub(crate) async fn invoke(self: &Arc<Self>, call: Call) -> Result<Outcome, Refusal> {
        let this = Arc::clone(self);
        let invoked = tokio::spawn(async move { this.invoke_with_faults(call).await });
        invoked.await.unwrap_or(Err(Refusal::Closed))
    }

    async fn invoke_with_faults(self: &Arc<Self>, call: Call) -> Result<Outcome, Refusal> {
        let Decision { delay, drop_request, duplicate, kill_after, drop_reply } =
            self.faults().decide();
        if let Some(delay) = delay {
            self.faults().count(Kind::Delay);
            sleep(delay).await;
        }
        if drop_request {
            self.faults().count(Kind::DropRequest);
            return Err(Refusal::Lost);
        }
        if duplicate {
            self.faults().count(Kind::Duplicate);
            let (this, call) = (Arc::clone(self), call.clone());
            // Nobody waits for its outcome.
            tokio::spawn(async move { this.run(call, None).await });
        }
        let outcome = self.run(call, kill_after).await;
        if drop_reply {
            self.faults().count(Kind::DropReply);
            return Err(Refusal::Severed);
        }
        outcome
    }

    async fn run(
        self: &Arc<Self>,
        call: Call,
        kill_after: Option<Duration>,
    ) -> Result<Outcome, Refusal> {
        let build = self.built().await?;
        let id = Uuid::new_v4().to_string();
        let (given, was_given) = oneshot::channel();
        let (answer, mut answered) = oneshot::channel();
        let invocation = Invocation { id: id.clone(), call };
        {
            let mut pool = self.pool();
            pool.renew(build);
            pool.submit(Waiting { invocation, given, answer }, Instant::now())?;
        }
        self.start_wanted();

        let Some(process) = self.given_to(&id, was_given).await? else {
            // No process will take it, and the answer says why.
            return answered.await.map_err(|_| Refusal::Closed);
        };
        if let Some(after) = kill_after {
            let (this, id) = (Arc::clone(self), id.clone());
            tokio::spawn(async move {
                sleep(after).await;
                if this.pool().kill_holder(process, &id) {
                    this.faults().count(Kind::Kill);
                }
            });
        }
        match timeout(self.timeout(), &mut answered).await {
            Ok(outcome) => outcome.map_err(|_| Refusal::Closed),
            Err(_) if self.pool().kill_holder(process, &id) => {
                tracing::warn!(function = self.name(), request_id = id, "timed out");
                Ok(failure::timed_out(&id, self.timeout()))
            }
            // It was answered just now.
            Err(_) => answered.await.map_err(|_| Refusal::Closed),
        }
    }

    /// The process that has the invocation; `None` if none will take it.
    async fn given_to(
        &self,
        id: &str,
        mut was_given: oneshot::Receiver<ProcessId>,
    ) -> Result<Option<ProcessId>, Refusal> {
        if let Ok(given) = timeout(self.config.queue_time(), &mut was_given).await {
            return Ok(given.ok());
        }
        // A function that is starting is not full: either it takes the invocation,
        // or its INIT fails, and then the caller should get that error.
        if self.pool().any_starts()
            && let Ok(given) = timeout(self.config.init_time(), &mut was_given).await
        {
            return Ok(given.ok());
        }
        if self.pool().withdraw(id) {
            return Err(Refusal::Throttled);
        }
        // A process took it just now.
        Ok(was_given.await.ok())
    }

    /// The build to run, once it is there.
    async fn built(&self) -> Result<Build, Refusal> {
        let mut building = self.building.subscribe();
        let wait = *building.borrow_and_update();
        if let Some(wait) = wait {
            let built = timeout(wait, building.wait_for(Option::is_none)).await;
            built.ok().and_then(Result::ok).ok_or(Refusal::BeingBuilt)?;
        }
        Build::wait(&self.config.program).await.ok_or(Refusal::BeingBuilt)
    }

    /// Sets whether it is being built, and how long an invocation waits for that.
    pub(crate) fn set_building(&self, wait: Option<Duration>) {
        self.building.send_replace(wait);
    }

    pub(crate) fn is_being_built(&self) -> bool {
        self.building.borrow().is_some()
    }

    /// Starts as many processes as are wanted.
    fn start_wanted(self: &Arc<Self>) {
        let wanted = self.pool().begin_starts(Instant::now());
        for id in wanted {
            let this = Arc::clone(self);
            tokio::spawn(async move { this.keep(id).await });
        }
    }

    /// Runs one process from its start to its end.
    async fn keep(self: &Arc<Self>, id: ProcessId) {
        let exit = self.run_process(id).await;
        let exit_said = exit.to_string();
        let broken = self.pool().ended(id, exit, Instant::now());
        match broken {
            Some(why) => tracing::error!(function = self.name(), why, "INIT failed"),
            None => tracing::debug!(function = self.name(), exit = exit_said, "process ended"),
        }
        self.start_wanted();
    }

    async fn run_process(self: &Arc<Self>, id: ProcessId) -> Exit {
        let path = format!("/.rt/{}/{}", self.name(), id.0);
        let started = Process::start(&self.host, &self.config, &path);
        let mut process = match started {
            Ok(process) => process,
            Err(error) => return Exit::NotStarted(format!("{error:#}")),
        };
        if !self.pool().started(id, process.group) {
            process.kill();
        }
        let limit = sleep(self.config.init_time());
        let status = tokio::select! {
            status = process.ended(&self.host) => Some(status),
            () = limit => None,
        };
        let status = match status {
            Some(status) => status,
            None if self.pool().is_starting(id) => {
                process.kill();
                let _ = process.ended(&self.host).await;
                return Exit::TooSlow(self.config.init_time());
            }
            None => process.ended(&self.host).await,
        };
        match status {
            Ok(status) => Exit::Ended(status),
            Err(error) => Exit::NotStarted(format!("cannot be waited for: {error}")),
        }
    }

    /// A process asks for its next invocation, and waits for it.
    pub(crate) async fn next(&self, id: ProcessId) -> Option<Invocation> {
        let next = self.pool().next(id);
        match next {
            Next::Now(invocation) => Some(invocation),
            Next::Later(invocation) => invocation.await.ok(),
            Next::Gone => None,
        }
    }

    /// A process answers; `false` if it has no such invocation.
    pub(crate) fn answer(&self, id: ProcessId, invocation: &str, outcome: Outcome) -> bool {
        self.pool().answer(id, invocation, outcome)
    }

    /// A process says why it will not start.
    pub(crate) fn complain(&self, id: ProcessId, complaint: Complaint) {
        self.pool().complain(id, complaint);
    }

    /// Kills one process, a busy one if there is one.
    pub(crate) fn kill_any(&self) -> Option<Pid> {
        self.pool().kill_any()
    }

    /// Kills all processes, and waits until they are gone.
    pub(crate) async fn close(&self) {
        self.pool().close();
        while !self.pool().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn processes(&self) -> Vec<Seen> {
        self.pool().seen()
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
