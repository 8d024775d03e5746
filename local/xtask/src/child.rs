//! Processes that this one starts, and takes down again.
//!
//! Each is the leader of a process group, so that what it starts in turn ends
//! with it. Each writes to a log of its own.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tenjo_guard::Guard;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::process::{ChildStdout, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

/// How long a process may take to end by itself, once for the database and
/// once for all others: together less than the five seconds promised.
const GRACE: Duration = Duration::from_millis(2300);

/// How much of a log is shown with a failure.
const LAST_LINES: usize = 12;

/// What a stand-in prints when it serves.
const LISTENING: &str = "listening on ";

/// When a process is taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// With all others.
    First,
    /// After all others: they use it to the end.
    Last,
}

/// A process that was started.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    name: String,
    group: Pid,
    turn: Turn,
    log: PathBuf,
    exit: watch::Receiver<Option<ExitStatus>>,
    /// Its end is no news: it was killed on purpose.
    is_killed: Arc<AtomicBool>,
}

/// How a service was started, so that it can be started again.
struct Recipe {
    command: Command,
    /// None for a stand-in, which says when it serves.
    turn: Option<Turn>,
}

/// A process that ended without being told to.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) name: String,
    pub(crate) log: PathBuf,
    pub(crate) status: ExitStatus,
}

impl Ended {
    /// One line that says who and how, and the last lines of its log.
    pub(crate) fn report(&self) -> anyhow::Error {
        anyhow!("{} ended ({}); {}", self.name, self.status, last_words(&self.log))
    }
}

/// All processes of one command.
#[derive(Clone)]
pub(crate) struct Children(Arc<Inner>);

struct Inner {
    logs: PathBuf,
    guard: Guard,
    running: Mutex<BTreeMap<Pid, Child>>,
    recipes: Mutex<BTreeMap<String, Recipe>>,
    stopping: AtomicBool,
    ended: mpsc::UnboundedSender<Ended>,
}

impl Children {
    /// No processes yet; logs go to the folder. The receiver hears of every
    /// service that ends without being told to.
    pub(crate) fn new(logs: PathBuf, guard: Guard) -> (Self, mpsc::UnboundedReceiver<Ended>) {
        let (ended, receiver) = mpsc::unbounded_channel();
        let inner = Inner {
            logs,
            guard,
            running: Mutex::default(),
            recipes: Mutex::default(),
            stopping: AtomicBool::new(false),
            ended,
        };
        (Self(Arc::new(inner)), receiver)
    }

    /// Where a process of this name writes.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.0.logs.join(format!("{name}.log"))
    }

    /// Where a process of this name writes, and how that ends.
    pub(crate) fn last_words(&self, name: &str) -> String {
        last_words(&self.log(name))
    }

    /// Starts a service: a process that should run until it is told to end.
    pub(crate) fn service(
        &self,
        name: &str,
        turn: Turn,
        mut command: Command,
    ) -> anyhow::Result<Child> {
        self.remember(name, &command, Some(turn));
        let log = self.open_log(name)?;
        command.stdout(log.try_clone()?).stderr(log);
        let (child, _) = self.spawn(name, turn, command, true)?;
        Ok(child)
    }

    /// Starts a stand-in, and returns where it listens once it says so.
    pub(crate) async fn stand_in(
        &self,
        name: &str,
        mut command: Command,
    ) -> anyhow::Result<String> {
        self.remember(name, &command, None);
        let log = self.open_log(name)?;
        command.stdout(Stdio::piped()).stderr(log.try_clone()?);
        let (child, stdout) = self.spawn(name, Turn::First, command, true)?;
        let (said, listening) = oneshot::channel();
        if let Some(stdout) = stdout {
            tokio::spawn(copy_lines(stdout, log, said));
        }
        match listening.await {
            Ok(address) => Ok(address),
            Err(_) => Err(child.ended().await.report()),
        }
    }

    /// Runs a task, such as a build, to its end. Its output is the person's.
    pub(crate) async fn task(&self, name: &str, command: Command) -> anyhow::Result<ExitStatus> {
        let (child, _) = self.spawn(name, Turn::First, command, false)?;
        Ok(child.ended().await.status)
    }

    /// Runs a task to its end with its output in a log, a line at a time also
    /// handed to `line`.
    pub(crate) async fn logged_task(
        &self,
        name: &str,
        mut command: Command,
        mut line: impl FnMut(&str),
    ) -> anyhow::Result<()> {
        let mut log = self.open_log(name)?;
        let (reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let (child, _) = self.spawn(name, Turn::First, command, false)?;
        let reader = Receiver::from_owned_fd(reader.into())?;
        let mut lines = BufReader::new(reader).lines();
        while let Some(text) = lines.next_line().await? {
            writeln!(log, "{text}")?;
            line(&text);
        }
        let ended = child.ended().await;
        if ended.status.success() { Ok(()) } else { Err(ended.report()) }
    }

    /// Kills a service, as a crash would, and waits until it is gone.
    ///
    /// # Errors
    /// No service of this name runs.
    pub(crate) async fn kill(&self, name: &str) -> anyhow::Result<()> {
        let child = self.find(name)?;
        child.is_killed.store(true, Ordering::SeqCst);
        signal(child.group, Signal::SIGKILL);
        child.ended().await;
        Ok(())
    }

    /// Starts a service that was killed by the command that it had before. A
    /// stand-in serves once this returns.
    ///
    /// # Errors
    /// It was never started, or does not start now.
    pub(crate) async fn start_again(&self, name: &str) -> anyhow::Result<()> {
        let (command, turn) = {
            let recipes = self.recipes();
            let recipe = recipes.get(name).with_context(|| format!("{name} was never started"))?;
            (copy(&recipe.command), recipe.turn)
        };
        match turn {
            Some(turn) => self.service(name, turn, command).map(drop),
            None => self.stand_in(name, command).await.map(drop),
        }
    }

    /// Stops a service in its tracks, so that it answers nobody, until it is
    /// thawed.
    ///
    /// # Errors
    /// No service of this name runs.
    pub(crate) fn freeze(&self, name: &str) -> anyhow::Result<()> {
        signal(self.find(name)?.group, Signal::SIGSTOP);
        Ok(())
    }

    /// Lets a frozen service go on.
    ///
    /// # Errors
    /// No service of this name runs.
    pub(crate) fn thaw(&self, name: &str) -> anyhow::Result<()> {
        signal(self.find(name)?.group, Signal::SIGCONT);
        Ok(())
    }

    /// Whether there is anything to take down.
    pub(crate) fn are_running(&self) -> bool {
        !self.running().is_empty()
    }

    /// Takes every process down, the database after all others.
    pub(crate) async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        for turn in [Turn::First, Turn::Last] {
            let children: Vec<Child> =
                self.running().values().filter(|child| child.turn == turn).cloned().collect();
            for child in &children {
                signal(child.group, Signal::SIGTERM);
                // A frozen one hears it only now.
                signal(child.group, Signal::SIGCONT);
            }
            let deadline = Instant::now() + GRACE;
            for child in &children {
                if timeout_at(deadline, child.ended()).await.is_err() {
                    signal(child.group, Signal::SIGKILL);
                    child.ended().await;
                }
            }
        }
    }

    fn spawn(
        &self,
        name: &str,
        turn: Turn,
        mut command: Command,
        service: bool,
    ) -> anyhow::Result<(Child, Option<ChildStdout>)> {
        anyhow::ensure!(!self.0.stopping.load(Ordering::SeqCst), "stopping");
        forget_this_package(&mut command);
        command.process_group(0).stdin(Stdio::null());
        if service {
            // Its output is read in a file.
            command.env("NO_COLOR", "1");
        }
        let mut process = command.spawn().with_context(|| {
            format!("cannot start {name} ({})", command.as_std().get_program().display())
        })?;
        // The command holds copies of the log's or a pipe's handle.
        drop(command);
        let id = process.id().context("a process that started has an id")?;
        let group = Pid::from_raw(id.try_into()?);
        let stdout = process.stdout.take();
        let (exited, exit) = watch::channel(None);
        let (name, log) = (name.to_owned(), self.log(name));
        let child = Child { name, group, turn, log, exit, is_killed: Arc::default() };
        self.0.guard.watch(group);
        self.running().insert(group, child.clone());

        let (children, watched) = (self.clone(), child.clone());
        tokio::spawn(async move {
            let Ok(status) = process.wait().await else { return };
            // What it started and left behind.
            signal(group, Signal::SIGKILL);
            children.running().remove(&group);
            children.0.guard.forget(group);
            let Child { name, log, is_killed, .. } = watched;
            let is_told = children.0.stopping.load(Ordering::SeqCst);
            if service && !is_told && !is_killed.load(Ordering::SeqCst) {
                // No one listens once the command is over.
                let _ = children.0.ended.send(Ended { name, log, status });
            }
            exited.send_replace(Some(status));
        });
        Ok((child, stdout))
    }

    fn remember(&self, name: &str, command: &Command, turn: Option<Turn>) {
        self.recipes().insert(name.to_owned(), Recipe { command: copy(command), turn });
    }

    fn find(&self, name: &str) -> anyhow::Result<Child> {
        let found = self.running().values().find(|child| child.name == name).cloned();
        found.with_context(|| format!("no {name} runs"))
    }

    fn recipes(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Recipe>> {
        self.0.recipes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_log(&self, name: &str) -> anyhow::Result<File> {
        let path = self.log(name);
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<Pid, Child>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Child {
    /// Waits for its end.
    async fn ended(&self) -> Ended {
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

/// The same command once more; where its output goes is not part of it.
fn copy(command: &Command) -> Command {
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

/// Takes from a command what Cargo told this process of its own package: a
/// build script that asks for such a variable would run again each time.
fn forget_this_package(command: &mut Command) {
    const PREFIXES: [&str; 4] = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_"];
    for (name, _) in std::env::vars_os() {
        if PREFIXES.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
}

/// Sends a signal to a group, which may have ended meanwhile.
fn signal(group: Pid, signal: Signal) {
    let _ = killpg(group, signal);
}

/// Copies output to the log, and tells of the line that says where it listens.
async fn copy_lines(output: ChildStdout, mut log: File, said: oneshot::Sender<String>) {
    let mut said = Some(said);
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.strip_prefix(LISTENING)
            && let Some(said) = said.take()
        {
            // The caller may have given up.
            let _ = said.send(address.to_owned());
        }
        if writeln!(log, "{line}").is_err() {
            return;
        }
    }
}

fn last_words(log: &Path) -> String {
    format!("its log is {}{}", log.display(), last_lines(log, LAST_LINES))
}

/// The end of a log, indented, beginning with a line break; empty if there is
/// nothing to show.
pub(crate) fn last_lines(log: &Path, count: usize) -> String {
    let Ok(text) = tail(log) else { return String::new() };
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(count)..];
    shown.iter().map(|line| format!("\n  | {line}")).collect()
}

fn tail(log: &Path) -> std::io::Result<String> {
    const ENOUGH: u64 = 64 * 1024;
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processes whose logs are gone with the test.
    struct Scene {
        logs: PathBuf,
        children: Children,
        ended: mpsc::UnboundedReceiver<Ended>,
    }

    impl Scene {
        fn new(name: &str) -> Self {
            let logs = std::env::temp_dir().join(format!("tenjo-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&logs).unwrap();
            let guard = Guard::through(std::process::Command::new("cat")).unwrap();
            let (children, ended) = Children::new(logs.clone(), guard);
            Self { logs, children, ended }
        }
    }

    impl Drop for Scene {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.logs).unwrap();
        }
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn stopping_ends_what_a_process_started_itself_and_what_ignores_term() {
        let scene = Scene::new("stop");
        let stubborn = "trap '' TERM; sleep 600 & echo listening on here; wait";
        let listening = scene.children.stand_in("stubborn", shell(stubborn)).await.unwrap();
        assert_eq!(listening, "here");
        let group = *scene.children.running().keys().next().unwrap();
        assert!(killpg(group, None).is_ok());

        let asked = Instant::now();
        scene.children.stop().await;
        assert!(asked.elapsed() < Duration::from_secs(5));
        assert!(!scene.children.are_running());
        // The grandchild was killed too; init reaps it in its own time.
        while killpg(group, None).is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn the_database_ends_after_those_who_use_it() {
        let scene = Scene::new("order");
        let order = scene.logs.join("order");
        let script = |name: &str| {
            let order = order.display();
            format!(
                "trap 'echo {name} >> {order}; exit' TERM; echo up; while :; do sleep 0.01; done"
            )
        };
        for (name, turn) in [("database", Turn::Last), ("function", Turn::First)] {
            scene.children.service(name, turn, shell(&script(name))).unwrap();
            while last_lines(&scene.children.log(name), 1).is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        scene.children.stop().await;
        assert_eq!(std::fs::read_to_string(order).unwrap(), "function\ndatabase\n");
    }

    #[tokio::test]
    async fn a_service_that_ends_is_named_with_its_exit_and_its_last_words() {
        let mut scene = Scene::new("crash");
        let script = shell("echo first; echo no such table >&2; exit 3");
        scene.children.service("get-user", Turn::First, script).unwrap();
        let report = scene.ended.recv().await.unwrap().report().to_string();
        let log = scene.children.log("get-user");
        assert_eq!(
            report,
            format!(
                "get-user ended (exit status: 3); its log is {}\n  | first\n  | no such table",
                log.display()
            )
        );
    }

    #[tokio::test]
    async fn a_service_that_is_killed_is_no_news_and_starts_again_as_it_was() {
        let mut scene = Scene::new("again");
        let mut command = shell("echo $GREETING; echo listening on here; sleep 600");
        command.env("GREETING", "hello");
        scene.children.stand_in("dynamodb", command).await.unwrap();
        let first = scene.children.find("dynamodb").unwrap().group;
        scene.children.kill("dynamodb").await.unwrap();
        assert!(scene.children.find("dynamodb").is_err());
        scene.children.start_again("dynamodb").await.unwrap();
        assert_ne!(scene.children.find("dynamodb").unwrap().group, first);
        assert!(scene.ended.try_recv().is_err(), "nobody is told");
        let log = std::fs::read_to_string(scene.children.log("dynamodb")).unwrap();
        assert_eq!(log.lines().filter(|line| *line == "hello").count(), 2);

        scene.children.freeze("dynamodb").unwrap();
        scene.children.stop().await;
        assert!(!scene.children.are_running(), "a frozen one ends too");
    }

    #[tokio::test]
    async fn a_stand_in_that_ends_before_it_listens_is_named_too() {
        let scene = Scene::new("early");
        let report = scene.children.stand_in("gateway", shell("exit 1")).await.unwrap_err();
        assert!(report.to_string().starts_with("gateway ended (exit status: 1)"), "{report}");
    }

    #[tokio::test]
    async fn a_program_that_is_missing_is_named() {
        let scene = Scene::new("missing");
        let error = scene.children.service("tidb", Turn::Last, Command::new("no-such-program"));
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.starts_with("cannot start tidb (no-such-program)"), "{error}");
    }

    #[tokio::test]
    async fn every_line_of_a_logged_task_is_handed_on() {
        let scene = Scene::new("task");
        let mut lines = Vec::new();
        let script = shell("echo one; echo two >&2");
        scene.children.logged_task("go", script, |line| lines.push(line.to_owned())).await.unwrap();
        assert_eq!(lines, ["one", "two"]);
        let failed = scene.children.logged_task("go", shell("echo bad; exit 1"), |_| {}).await;
        assert!(failed.unwrap_err().to_string().ends_with("\n  | bad"));
    }
}
