//! A gateway for one test, with a clock that the test sets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tenjo_gateway::{Clock, Environment, Gateway, Settings, server};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Call, Reply};

/// A full minute: 2026-11-24 10:40:00 UTC.
pub(crate) const NOW_S: i64 = 1_795_516_800;

/// Serves until it is dropped.
pub(crate) struct Setup {
    pub(crate) address: SocketAddr,
    now_s: Arc<AtomicI64>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Setup {
    pub(crate) async fn start(config: &str) -> Self {
        let now_s = Arc::new(AtomicI64::new(NOW_S));
        let gateway = Arc::new(load(config, &now_s).expect("the configuration is valid"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await; // a dropped sender stops it too
            };
            server::serve(listener, gateway, stopped).await.unwrap();
        });
        Self { address, now_s, stop: Some(stop), server: Some(server) }
    }

    pub(crate) fn set_time(&self, now_s: i64) {
        self.now_s.store(now_s, Ordering::SeqCst);
    }

    pub(crate) async fn send(&self, call: Call) -> Reply {
        call.send(self.address).await
    }

    /// Asks for the end, and waits for it.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.server.take().unwrap().await.unwrap();
    }
}

fn load(config: &str, now_s: &Arc<AtomicI64>) -> anyhow::Result<Gateway> {
    let now_s = Arc::clone(now_s);
    let clock = Clock::new(move || {
        OffsetDateTime::from_unix_timestamp(now_s.load(Ordering::SeqCst)).unwrap()
    });
    let settings = Settings { clock, has_rate_limits: true };
    Gateway::new(config, &Environment::default(), settings)
}

/// Why a configuration is refused.
pub(crate) fn refusal(config: &str) -> String {
    let now_s = Arc::new(AtomicI64::new(NOW_S));
    match load(config, &now_s) {
        Ok(_) => panic!("not refused:\n{config}"),
        Err(error) => format!("{error:#}"),
    }
}

/// One service with the route `any`, which takes every path and method, and
/// these plugins (YAML, a list in any indentation).
pub(crate) fn config(url: &str, plugins: &str) -> String {
    format!(
        "_format_version: \"3.0\"\n\
         services:\n\
         - name: only\n  \
           url: {url}\n  \
           retries: 0\n  \
           read_timeout: 10000\n  \
           routes:\n  \
           - {{name: any, paths: [/], strip_path: false}}\n  \
           plugins:\n{}\n",
        indented(plugins, 2)
    )
}

/// The same configuration, waiting for an upstream no longer than a test should.
pub(crate) fn impatient(config: &str) -> String {
    config.replace("read_timeout: 10000", "read_timeout: 300")
}

/// The lines of `text`, moved so that the first one starts after `width` spaces;
/// without any lines, an empty list.
pub(crate) fn indented(text: &str, width: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let first = lines.first().map_or(0, |line| depth(line));
    let moved: Vec<String> = lines
        .iter()
        .map(|line| format!("{}{}", " ".repeat(width), line.get(first..).unwrap_or_default()))
        .collect();
    if moved.is_empty() {
        return format!("{}[]", " ".repeat(width + 2));
    }
    moved.join("\n")
}
