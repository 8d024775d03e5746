//! What the functions' logs say of requests that failed.

use std::fs::{read, read_dir};
use std::io;
use std::path::Path;

/// The lines of errors that name one of the requests, of all logs in a folder.
///
/// # Errors
/// A log cannot be read.
pub(crate) fn errors_of(request_ids: &[String], logs: &Path) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    if request_ids.is_empty() {
        return Ok(lines);
    }
    for log in read_dir(logs)? {
        let text = read(log?.path())?;
        lines.extend(errors_in(&String::from_utf8_lossy(&text), request_ids));
    }
    Ok(lines)
}

fn errors_in(log: &str, request_ids: &[String]) -> Vec<String> {
    let errors = log.lines().filter(|line| line.contains("ERROR"));
    errors
        .filter(|line| request_ids.iter().any(|id| line.contains(id)))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_request_are_found_and_no_other_lines() {
        let log = " ERROR request_id=a1 the cause\n\
                    INFO request_id=a1 answered\n\
                   ERROR request_id=b2 of another\n";
        assert_eq!(errors_in(log, &["a1".to_owned()]), [" ERROR request_id=a1 the cause"]);
    }
}
