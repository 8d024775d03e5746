//! A service of its own for each test.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// The name of the tests' function.
pub(crate) const NAME: &str = "scripted";

/// A running service. Its processes and logs are removed with the test.
pub(crate) struct Service {
    child: Child,
    url: String,
    folder: PathBuf,
    client: reqwest::Client,
}

/// What a caller got.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Marked as an error of the function.
    pub(crate) failed: bool,
    pub(crate) body: Value,
}

impl Service {
    /// A service with one function, which may use what `limits` says.
    pub(crate) fn start(limits: Value, arguments: &[&str]) -> Self {
        Self::with_environment(limits, arguments, &[])
    }

    pub(crate) fn with_environment(
        limits: Value,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let folder = std::env::temp_dir().join(format!("tenjo-lambda-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut function = json!({
            "name": NAME, "program": program(), "timeout_ms": 10_000, "max_concurrency": 2,
        });
        for (name, value) in limits.as_object().unwrap() {
            function[name] = value.clone();
        }
        let functions = folder.join("functions.json");
        std::fs::write(&functions, json!([function]).to_string()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenjo-lambda"))
            .arg("--functions")
            .arg(&functions)
            .arg("--logs")
            .arg(&folder)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let url = said.trim().strip_prefix("listening on ").expect("an address").to_owned();
        // A connection that was closed on purpose must not be used again.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { child, url, folder, client }
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Invokes the function; an error is a connection closed without answer.
    pub(crate) async fn try_invoke(&self, event: Value) -> reqwest::Result<Answer> {
        let path = format!("/2015-03-31/functions/{NAME}/invocations");
        let response = self.client.post(self.url(&path)).json(&event).send().await?;
        Ok(answer(response).await)
    }

    pub(crate) async fn invoke(&self, event: Value) -> Answer {
        self.try_invoke(event).await.unwrap()
    }

    /// The process that answers.
    pub(crate) async fn pid(&self, event: Value) -> i64 {
        self.invoke(event).await.body["pid"].as_i64().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        answer(self.client.get(self.url(path)).send().await.unwrap()).await.body
    }

    pub(crate) async fn put_faults(&self, mut faults: Value) -> Answer {
        faults["function"] = json!(NAME);
        let request = self.client.put(self.url("/faults")).json(&faults);
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn kill_one(&self) -> Value {
        let request = self.client.post(self.url("/kill")).json(&json!({ "function": NAME }));
        answer(request.send().await.unwrap()).await.body["pid"].clone()
    }

    /// The processes that are in this state.
    pub(crate) async fn pids(&self, state: &str) -> Vec<i64> {
        let processes = self.get("/processes").await;
        let of_state = processes.as_array().unwrap().iter().filter(|p| p["state"] == state);
        of_state.filter_map(|process| process["pid"].as_i64()).collect()
    }

    /// Waits until so many processes are in this state.
    pub(crate) async fn until(&self, count: usize, state: &str) -> Vec<i64> {
        let began = Instant::now();
        loop {
            let pids = self.pids(state).await;
            if pids.len() == count {
                return pids;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{count} {state}: {pids:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join(format!("{NAME}.log"))).unwrap_or_default()
    }

    /// Sends a signal to the service itself, and waits until it has ended.
    pub(crate) fn end(&mut self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn answer(response: Response) -> Answer {
    let status = response.status();
    let failed = response.headers().contains_key("x-amz-function-error");
    let body = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body)));
    Answer { status, failed, body }
}

/// Whether the system has such a process, and it has not ended.
pub(crate) fn is_running(pid: i64) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    state(&stat) != 'Z'
}

/// Whether a process is stopped.
pub(crate) fn is_stopped(pid: i64) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| state(&stat) == 'T')
}

fn state(stat: &str) -> char {
    // `pid (name) state …`, and the name may have anything in it.
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    rest.chars().next().unwrap()
}

/// The example `function`, which is built together with the tests.
pub(crate) fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.ancestors().nth(2).unwrap();
    let program = Path::new(folder).join("examples/function");
    assert!(program.is_file(), "first run: cargo build -p tenjo-lambda --examples");
    program
}
