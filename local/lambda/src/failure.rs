//! The error that a caller gets when a function did not answer, in AWS's words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::invocation::Outcome;

/// Its process ended while it had the invocation.
pub(crate) fn exited(id: &str, status: ExitStatus) -> Outcome {
    failed("Runtime.ExitError", &format!("RequestId: {id} Error: {}", how_it_exited(status)))
}

/// It took too long, and its process was killed.
pub(crate) fn timed_out(id: &str, after: Duration) -> Outcome {
    let seconds = after.as_secs_f64();
    failed(
        "Sandbox.Timedout",
        &format!("RequestId: {id} Error: Task timed out after {seconds:.2} seconds"),
    )
}

/// The system could not start its program.
pub(crate) fn not_started(id: &str, why: &str) -> Outcome {
    failed("Runtime.InvalidEntrypoint", &format!("RequestId: {id} Error: {why}"))
}

/// Its process reported why it does not start.
pub(crate) fn complained(error_type: &str, error_message: &str) -> Outcome {
    failed(error_type, error_message)
}

/// Its answer is larger than the limit.
pub(crate) fn too_large(limit_bytes: usize) -> Outcome {
    failed(
        "Function.ResponseSizeTooLarge",
        &format!(
            "Response payload size exceeded maximum allowed payload size ({limit_bytes} bytes)."
        ),
    )
}

/// It asked for the next invocation without answering this one, or answered in a
/// way that is not supported here.
pub(crate) fn broken(id: &str, why: &str) -> Outcome {
    failed("Runtime.Unknown", &format!("RequestId: {id} Error: {why}"))
}

/// `Runtime exited with error: signal: killed`.
pub(crate) fn how_it_exited(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, signal) => {
            format!("Runtime exited with error: signal: {}", signal_name(signal.unwrap_or(0)))
        }
    }
}

/// The words of Go's runtime, which Lambda's is written in.
fn signal_name(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(Signal::SIGABRT) => "aborted".to_owned(),
        Ok(Signal::SIGBUS) => "bus error".to_owned(),
        Ok(Signal::SIGFPE) => "floating point exception".to_owned(),
        Ok(Signal::SIGHUP) => "hangup".to_owned(),
        Ok(Signal::SIGILL) => "illegal instruction".to_owned(),
        Ok(Signal::SIGINT) => "interrupt".to_owned(),
        Ok(Signal::SIGKILL) => "killed".to_owned(),
        Ok(Signal::SIGPIPE) => "broken pipe".to_owned(),
        Ok(Signal::SIGQUIT) => "quit".to_owned(),
        Ok(Signal::SIGSEGV) => "segmentation fault".to_owned(),
        Ok(Signal::SIGTERM) => "terminated".to_owned(),
        Ok(Signal::SIGTRAP) => "trace/breakpoint trap".to_owned(),
        _ => format!("signal {number}"),
    }
}

fn failed(error_type: &str, error_message: &str) -> Outcome {
    let payload = json!({ "errorType": error_type, "errorMessage": error_message });
    Outcome::Failed(payload.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_told_in_the_words_of_aws() {
        for (raw, words) in [
            (0, "Runtime exited without providing a reason"),
            (1 << 8, "Runtime exited with error: exit status 1"),
            (101 << 8, "Runtime exited with error: exit status 101"),
            (6, "Runtime exited with error: signal: aborted"),
            (9, "Runtime exited with error: signal: killed"),
            (11, "Runtime exited with error: signal: segmentation fault"),
        ] {
            assert_eq!(how_it_exited(ExitStatus::from_raw(raw)), words);
        }
    }

    #[test]
    fn a_timeout_names_the_request_and_the_seconds() {
        let Outcome::Failed(payload) = timed_out("42", Duration::from_secs(5)) else { panic!() };
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["errorType"], "Sandbox.Timedout");
        assert_eq!(
            payload["errorMessage"],
            "RequestId: 42 Error: Task timed out after 5.00 seconds"
        );
    }
}
