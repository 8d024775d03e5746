//! What a function adds to a trace in AWS X-Ray: that it worked on this request or saga.
//!
//! Lambda and Step Functions draw the trace themselves, if tracing is on and the request
//! is sampled; `template.yaml` has it off. A function passes the trace on when it starts
//! the state machine, and puts the ids by which a person searches into a subsegment. It
//! goes to Lambda's daemon in one datagram, which nobody waits for. Ids and durations
//! only: never a token, a device or a player's data.
//!
//! Nothing here decides anything, so it may read the system's clock.

use std::fmt::Display;
use std::future::Future;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Where Lambda's daemon takes subsegments.
const DAEMON: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// What the daemon wants before a subsegment.
const HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

tokio::task_local! {
    static CURRENT: Arc<Span>;
}

/// The part of a trace that one invocation is.
#[derive(Debug)]
struct Span {
    id: String,
    trace: Trace,
    notes: Mutex<Map<String, Value>>,
}

/// A sampled trace, as a header of AWS names it.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    root: String,
    parent: String,
}

/// Does the work of one invocation, as part of the trace that its header names. Without a
/// sampled trace it does the work and nothing else.
pub async fn within<F: Future>(header: Option<&str>, name: &str, work: F) -> F::Output {
    let daemon = std::env::var(DAEMON).ok().and_then(|address| address.parse().ok());
    match (header.and_then(Trace::sampled), daemon) {
        (Some(trace), Some(daemon)) => reported(trace, daemon, name, work).await,
        _ => work.await,
    }
}

async fn reported<F: Future>(trace: Trace, daemon: SocketAddr, name: &str, work: F) -> F::Output {
    let (id, notes) = (id_of_span(), Mutex::default());
    let span = Arc::new(Span { id, trace, notes });
    let started_s = since_epoch_s();
    let output = CURRENT.scope(Arc::clone(&span), work).await;
    let subsegment = span.subsegment(name, started_s, since_epoch_s());
    if let Err(error) = send(daemon, &subsegment) {
        tracing::debug!(%error, "a subsegment was not sent");
    }
    output
}

/// Adds an id to what is known of this invocation, if it is traced.
pub fn note(name: &str, id: impl Display) {
    let _ = CURRENT.try_with(|span| {
        let mut notes = span.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(name.to_owned(), id.to_string().into());
    });
}

/// The header that a call to another service needs to be in this trace; `None` if this
/// invocation is not traced.
#[must_use]
pub fn header() -> Option<String> {
    let header =
        |span: &Arc<Span>| format!("Root={};Parent={};Sampled=1", span.trace.root, span.id);
    CURRENT.try_with(header).ok()
}

impl Trace {
    /// `Root=1-…;Parent=…;Sampled=1`, with or without other fields. A client may have
    /// written it, so anything that is not exactly an id counts as no trace.
    fn sampled(header: &str) -> Option<Self> {
        let field = |name: &str| {
            let fields = header.split(';').filter_map(|field| field.trim().split_once('='));
            fields.into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
        };
        let hex = |text: &str, length| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let (root, parent) = (field("Root")?, field("Parent")?);
        let mut parts = root.split('-');
        let is_root = parts.next() == Some("1")
            && parts.next().is_some_and(|time| hex(time, 8))
            && parts.next().is_some_and(|rest| hex(rest, 24))
            && parts.next().is_none();
        let is_sampled = field("Sampled") == Some("1");
        (is_root && hex(parent, 16) && is_sampled)
            .then(|| Self { root: root.to_owned(), parent: parent.to_owned() })
    }
}

impl Span {
    fn subsegment(&self, name: &str, start_s: f64, end_s: f64) -> Value {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        json!({
            "type": "subsegment",
            "name": name,
            "id": self.id,
            "trace_id": self.trace.root,
            "parent_id": self.trace.parent,
            "start_time": start_s,
            "end_time": end_s,
            "annotations": *notes,
        })
    }
}

/// 64 random bits, in hexadecimal.
fn id_of_span() -> String {
    // The other half has the version in it.
    format!("{:016x}", Uuid::new_v4().as_u64_pair().0 ^ Uuid::new_v4().as_u64_pair().1)
}

#[expect(clippy::disallowed_methods, reason = "a trace has the real time, and decides nothing")]
fn since_epoch_s() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn send(daemon: SocketAddr, subsegment: &Value) -> std::io::Result<()> {
    let any = if daemon.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    // A full buffer loses a subsegment and holds up no request.
    socket.set_nonblocking(true)?;
    socket.send_to(format!("{HEADER}{subsegment}").as_bytes(), daemon).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";
    const PARENT: &str = "53995c3f42cd8ad8";

    fn sampled() -> String {
        format!("Root={ROOT};Parent={PARENT};Sampled=1")
    }

    #[test]
    fn only_a_sampled_trace_with_ids_is_one() {
        let trace = Some(Trace { root: ROOT.to_owned(), parent: PARENT.to_owned() });
        for (header, found) in [
            (sampled(), &trace),
            (format!("Root={ROOT} ; Parent={PARENT}; Sampled=1"), &trace),
            (format!("Self=1-1-1;Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:0"), &trace),
            (format!("Root={ROOT};Parent={PARENT};Sampled=0"), &None),
            (format!("Root={ROOT};Parent={PARENT}"), &None),
            (format!("Root={ROOT};Sampled=1"), &None),
            (format!("Root={ROOT}-0;Parent={PARENT};Sampled=1"), &None),
            (format!("Root=1-5759e988-bd86;Parent={PARENT};Sampled=1"), &None),
            (format!("Root={ROOT};Parent=\"}},\"a\":\";Sampled=1"), &None),
            (String::new(), &None),
        ] {
            assert_eq!(&Trace::sampled(&header), found, "{header}");
        }
    }

    #[tokio::test]
    async fn a_sampled_invocation_is_reported_with_its_ids_under_its_parent() {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        let trace = Trace::sampled(&sampled()).unwrap();
        let work = async {
            note("request_id", "abc");
            header()
        };
        let passed_on = reported(trace, daemon.local_addr().unwrap(), "request", work).await;

        let mut datagram = [0; 2048];
        daemon.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
        let length = daemon.recv(&mut datagram).unwrap();
        let text = std::str::from_utf8(&datagram[..length]).unwrap();
        let (header, subsegment) = text.split_once('\n').unwrap();
        assert_eq!(header, r#"{"format": "json", "version": 1}"#);
        let subsegment: Value = serde_json::from_str(subsegment).unwrap();
        let id = subsegment["id"].as_str().unwrap();
        assert_eq!((id.len(), &subsegment["trace_id"]), (16, &json!(ROOT)));
        assert_eq!(subsegment["parent_id"], PARENT);
        assert_eq!(subsegment["annotations"], json!({ "request_id": "abc" }));
        assert!(subsegment["start_time"].as_f64() <= subsegment["end_time"].as_f64());
        // What it starts is below it.
        assert_eq!(passed_on, Some(format!("Root={ROOT};Parent={id};Sampled=1")));
    }

    #[tokio::test]
    async fn what_is_not_sampled_is_done_all_the_same() {
        for header in [None, Some("Root=1;Sampled=0")] {
            let done = within(header, "request", async {
                note("request_id", "abc");
                super::header()
            });
            assert_eq!(done.await, None);
        }
    }
}
