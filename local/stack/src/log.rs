//! The logs of processes: writing them, and showing their last lines.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::oneshot;

/// How much of a log is shown with a failure.
const LAST_LINES: usize = 12;

/// The line that a stand-in prints when it serves begins with this.
const LISTENING: &str = "listening on ";

/// Opens a log to append to it.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Copies output to the log, and sends the address when the process prints it.
pub(crate) async fn copy_lines(output: ChildStdout, mut log: File, said: oneshot::Sender<String>) {
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

/// The path of a log, and its last lines.
pub(crate) fn last_words(log: &Path) -> String {
    format!("its log is {}{}", log.display(), last_lines(log, LAST_LINES))
}

/// The end of a log, indented, beginning with a line break; empty if there is
/// nothing to show.
pub fn last_lines(log: &Path, count: usize) -> String {
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
