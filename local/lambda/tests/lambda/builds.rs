//! What happens when the program of a function is rebuilt.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Service, is_running, program};

/// A program of its own for each test, to be replaced.
struct Program {
    folder: PathBuf,
    path: PathBuf,
}

impl Program {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("tenjo-build-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("function");
        let this = Self { folder, path };
        this.build();
        this
    }

    /// Like cargo: removes the old file and links the new one.
    fn build(&self) {
        let linked = self.folder.join("linked");
        fs::copy(program(), &linked).unwrap();
        let _ = fs::remove_file(&self.path);
        fs::rename(linked, &self.path).unwrap();
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn service(&self, concurrency: usize) -> Arc<Service> {
        let limits = json!({ "program": self.path(), "max_concurrency": concurrency });
        Arc::new(Service::start(limits, &[]))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn call(service: &Arc<Service>, ms: u64) -> tokio::task::JoinHandle<Value> {
    let service = Arc::clone(service);
    tokio::spawn(async move { service.invoke(json!({ "sleep_ms": ms })).await.body })
}

async fn ended(pid: i64) {
    let began = Instant::now();
    while is_running(pid) {
        assert!(began.elapsed() < Duration::from_secs(10), "{pid} runs on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_new_build_serves_the_next_call_and_the_old_processes_end() {
    let program = Program::new();
    let service = program.service(2);
    let old = service.pid(json!({})).await;
    assert_eq!(service.pid(json!({})).await, old);
    for _ in 0..3 {
        let old = service.pid(json!({})).await;
        program.build();
        let new = service.pid(json!({})).await;
        assert_ne!(new, old);
        ended(old).await;
        assert_eq!(service.pid(json!({})).await, new);
    }
}

#[tokio::test]
async fn a_call_under_way_is_answered_by_the_old_build() {
    let program = Program::new();
    let service = program.service(2);
    let old = service.pid(json!({})).await;
    let under_way = call(&service, 500);
    service.until(1, "busy").await;
    program.build();
    let new = service.pid(json!({})).await;
    assert_ne!(new, old);
    assert_eq!(under_way.await.unwrap()["pid"], old);
    ended(old).await;
}

#[tokio::test]
async fn a_call_waits_for_a_program_that_is_being_written() {
    let program = Program::new();
    let service = program.service(1);
    let old = service.pid(json!({})).await;
    fs::remove_file(program.path()).unwrap();
    let waiting = call(&service, 0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    program.build();
    assert_ne!(waiting.await.unwrap()["pid"], old);
}

async fn building(service: &Service, body: Value) -> (StatusCode, Value) {
    let sent = service.client().put(service.url("/building")).json(&body).send().await.unwrap();
    (sent.status(), sent.json().await.unwrap())
}

#[tokio::test]
async fn calls_wait_while_their_function_is_being_built_and_then_get_the_new_one() {
    let program = Program::new();
    let service = program.service(2);
    let old = service.pid(json!({})).await;
    let all = building(&service, json!({ "functions": "all" })).await;
    assert_eq!(all, (StatusCode::OK, json!(["scripted"])));
    let waiting: Vec<_> = (0..5).map(|_| call(&service, 0)).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(waiting.iter().all(|call| !call.is_finished()));
    program.build();
    let none = building(&service, json!({ "functions": [] })).await;
    assert_eq!(none, (StatusCode::OK, json!([])));
    for call in waiting {
        assert_ne!(call.await.unwrap()["pid"], old);
    }
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_build_is_told_to_come_back() {
    let service = Service::start(json!({}), &[]);
    building(&service, json!({ "functions": ["scripted"], "wait_ms": 100 })).await;
    assert_eq!(service.get("/building").await, json!(["scripted"]));
    let began = Instant::now();
    for url in ["/lambda-url/scripted/echo", "/2015-03-31/functions/scripted/invocations"] {
        let answer = service.client().post(service.url(url)).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{url}");
        assert_eq!(answer.headers()["retry-after"], "2", "{url}");
    }
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    let unknown = building(&service, json!({ "functions": ["other"] })).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    assert_eq!(service.get("/building").await, json!(["scripted"]), "nothing has changed");
}
