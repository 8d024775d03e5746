//! All processes of one command: started, killed, frozen, stopped.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tenjo_guard::Guard;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{ChildStdout, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::child::{Child, Ended, Turn, signal};
use crate::log;
use crate::recipe::{self, Recipe};

/// How long a process may take to end by itself, once for the database and
/// once for all others: together less than the five seconds promised.
const GRACE: Duration = Duration::from_millis(2300);

/// All processes of one command.
#[derive(Clone)]
pub struct Children(Arc<Inner>);

struct Inner {
    logs: PathBuf,
    guard: Guard,
    running: Mutex<BTreeMap<Pid, Child>>,
    recipes: Mutex<BTreeMap<String, Recipe>>,
    stopping: AtomicBool,
    ended: mpsc::UnboundedSender<Ended>,
}

impl Children {
    /// No processes yet; logs go to the folder. The receiver gets every service that
    /// ends although nobody stopped it.
    pub fn new(logs: PathBuf, guard: Guard) -> (Self, mpsc::UnboundedReceiver<Ended>) {
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

    /// The log of a process of this name.
    pub fn log(&self, name: &str) -> PathBuf {
        self.0.logs.join(format!("{name}.log"))
    }

    /// The path of the log of a process of this name, and its last lines.
    pub fn last_words(&self, name: &str) -> String {
        log::last_words(&self.log(name))
    }

    /// Starts a service: a process that should run until it is stopped.
    pub fn service(&self, name: &str, turn: Turn, mut command: Command) -> anyhow::Result<Child> {
        self.remember(name, &command, Some(turn));
        let log = log::open(&self.log(name))?;
        command.stdout(log.try_clone()?).stderr(log);
        let (child, _) = self.spawn(name, turn, command, true)?;
        Ok(child)
    }

    /// Starts a stand-in, and returns its address once it has printed it.
    pub async fn stand_in(&self, name: &str, mut command: Command) -> anyhow::Result<String> {
        self.remember(name, &command, None);
        let log = log::open(&self.log(name))?;
        command.stdout(Stdio::piped()).stderr(log.try_clone()?);
        let (child, stdout) = self.spawn(name, Turn::First, command, true)?;
        let (said, listening) = oneshot::channel();
        if let Some(stdout) = stdout {
            tokio::spawn(log::copy_lines(stdout, log, said));
        }
        match listening.await {
            Ok(address) => Ok(address),
            Err(_) => Err(child.ended().await.report()),
        }
    }

    /// Runs a task, such as a build, to its end. Its output goes to the terminal.
    pub async fn task(&self, name: &str, command: Command) -> anyhow::Result<ExitStatus> {
        let (child, _) = self.spawn(name, Turn::First, command, false)?;
        Ok(child.ended().await.status)
    }

    /// Runs a task to its end. Its output goes to a log, and each line also to `line`.
    /// Text that a program overwrites, such as a progress bar, also goes to `line`,
    /// but not to the log.
    pub async fn followed_task(
        &self,
        name: &str,
        mut command: Command,
        mut line: impl FnMut(&str),
    ) -> anyhow::Result<Ended> {
        let mut log = log::open(&self.log(name))?;
        let (reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let (child, _) = self.spawn(name, Turn::First, command, false)?;
        let mut reader = Receiver::from_owned_fd(reader.into())?;
        let mut said = Vec::new();
        loop {
            let is_over = reader.read_buf(&mut said).await? == 0;
            if is_over && !said.is_empty() {
                said.push(b'\n');
            }
            while let Some(end) = said.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                let text: Vec<u8> = said.drain(..=end).collect();
                let text = String::from_utf8_lossy(&text);
                let shown = text.trim_end_matches(['\n', '\r']);
                if text.ends_with('\n') {
                    writeln!(log, "{shown}")?;
                }
                line(shown);
            }
            if is_over {
                return Ok(child.ended().await);
            }
        }
    }

    /// The same for a task that must succeed.
    ///
    /// # Errors
    /// It fails; the end of its log says why.
    pub async fn logged_task(
        &self,
        name: &str,
        command: Command,
        line: impl FnMut(&str),
    ) -> anyhow::Result<()> {
        let ended = self.followed_task(name, command, line).await?;
        if ended.status.success() { Ok(()) } else { Err(ended.report()) }
    }

    /// Kills a service, as a crash would, and waits until it is gone.
    ///
    /// # Errors
    /// No service of this name runs.
    pub async fn kill(&self, name: &str) -> anyhow::Result<()> {
        let child = self.find(name)?;
        child.is_killed.store(true, Ordering::SeqCst);
        signal(child.group, Signal::SIGKILL);
        child.ended().await;
        Ok(())
    }

    /// Starts a killed service again, with the same command. A stand-in serves once
    /// this returns.
    ///
    /// # Errors
    /// It was never started, or does not start now.
    pub async fn start_again(&self, name: &str) -> anyhow::Result<()> {
        let (command, turn) = {
            let recipes = self.recipes();
            let recipe = recipes.get(name).with_context(|| format!("{name} was never started"))?;
            (recipe::copy(&recipe.command), recipe.turn)
        };
        match turn {
            Some(turn) => self.service(name, turn, command).map(drop),
            None => self.stand_in(name, command).await.map(drop),
        }
    }

    /// Freezes a service, so that it answers nobody until it is thawed.
    ///
    /// # Errors
    /// No service of this name runs.
    pub fn freeze(&self, name: &str) -> anyhow::Result<()> {
        signal(self.find(name)?.group, Signal::SIGSTOP);
        Ok(())
    }

    /// Lets a frozen service continue.
    ///
    /// # Errors
    /// No service of this name runs.
    pub fn thaw(&self, name: &str) -> anyhow::Result<()> {
        signal(self.find(name)?.group, Signal::SIGCONT);
        Ok(())
    }

    /// Whether any process runs.
    pub fn are_running(&self) -> bool {
        !self.running().is_empty()
    }

    /// Stops every process, the database after all others.
    pub async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        for turn in [Turn::First, Turn::Last] {
            let children: Vec<Child> =
                self.running().values().filter(|child| child.turn == turn).cloned().collect();
            for child in &children {
                signal(child.group, Signal::SIGTERM);
                // A frozen process handles the signal only now.
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
        recipe::forget_this_package(&mut command);
        command.process_group(0).stdin(Stdio::null());
        if service {
            // Its output is read in a file, where colours are noise.
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
            // Processes that it started and left behind.
            signal(group, Signal::SIGKILL);
            children.running().remove(&group);
            children.0.guard.forget(group);
            let Child { name, log, is_killed, .. } = watched;
            let is_told = children.0.stopping.load(Ordering::SeqCst);
            if service && !is_told && !is_killed.load(Ordering::SeqCst) {
                // Nobody listens once the command is over.
                let _ = children.0.ended.send(Ended { name, log, status });
            }
            exited.send_replace(Some(status));
        });
        Ok((child, stdout))
    }

    fn remember(&self, name: &str, command: &Command, turn: Option<Turn>) {
        self.recipes().insert(name.to_owned(), Recipe { command: recipe::copy(command), turn });
    }

    fn find(&self, name: &str) -> anyhow::Result<Child> {
        let found = self.running().values().find(|child| child.name == name).cloned();
        found.with_context(|| format!("no {name} runs"))
    }

    fn recipes(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Recipe>> {
        self.0.recipes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<Pid, Child>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::killpg;

    use super::*;

    /// Processes whose logs are removed with the test.
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
            while log::last_lines(&scene.children.log(name), 1).is_empty() {
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
        let script = shell("echo one; printf 'half\\rdone\\r' >&2; echo two; printf three");
        scene.children.logged_task("go", script, |line| lines.push(line.to_owned())).await.unwrap();
        assert_eq!(lines, ["one", "half", "done", "two", "three"]);
        let log = std::fs::read_to_string(scene.children.log("go")).unwrap();
        assert_eq!(log, "one\ntwo\nthree\n", "what was written over is not kept");
        let failed = scene.children.logged_task("go", shell("echo bad; exit 1"), |_| {}).await;
        assert!(failed.unwrap_err().to_string().ends_with("\n  | bad"));
    }
}
