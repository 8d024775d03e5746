//! The functions: a file of JSON.
//!
//! ```json
//! [{ "name": "reserve", "program": "target/debug/reserve", "timeout_ms": 5000,
//!    "max_concurrency": 4 }]
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The longest that Lambda lets a function run.
const LONGEST_TIMEOUT_MS: u64 = 900_000;

/// One function, and what it may use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionConfig {
    /// What it is called by.
    pub name: String,
    /// Its binary, which is started without arguments.
    pub program: PathBuf,
    /// How long one invocation may take.
    timeout_ms: u64,
    /// How many invocations run at once, each in a process of its own.
    pub max_concurrency: usize,
    /// How many more may wait for a process. Lambda refuses at once, which is
    /// 0; but it has room for a thousand, and one machine does not. What one
    /// machine draws in about a second may wait, no more: who comes then is told
    /// to come back.
    #[serde(default = "default_queue_length")]
    pub queue_length: usize,
    /// How long each of them may wait.
    #[serde(default = "default_queue_ms")]
    queue_ms: u64,
}

fn default_queue_length() -> usize {
    200
}

fn default_queue_ms() -> u64 {
    10_000
}

impl FunctionConfig {
    /// How long one invocation may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// How long an invocation may wait for a process.
    #[must_use]
    pub fn queue_time(&self) -> Duration {
        Duration::from_millis(self.queue_ms)
    }

    fn check(&self) -> anyhow::Result<()> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name = &self.name;
        ensure!(
            (1..=64).contains(&name.len()) && name.chars().all(good),
            "`{name}` is no name of a function"
        );
        ensure!(
            (1..=LONGEST_TIMEOUT_MS).contains(&self.timeout_ms),
            "`timeout_ms` of {name} is not between 1 and {LONGEST_TIMEOUT_MS}"
        );
        ensure!(self.max_concurrency > 0, "`max_concurrency` of {name} is 0");
        ensure!(self.program.is_file(), "{name} has no program {}", self.program.display());
        Ok(())
    }
}

/// Reads a file of functions.
///
/// # Errors
/// It cannot be read, or says something that cannot be done.
pub fn read(file: &Path) -> anyhow::Result<Vec<FunctionConfig>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| format!("cannot use {}", file.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<FunctionConfig>> {
    let functions: Vec<FunctionConfig> = serde_json::from_str(text)?;
    let mut names = BTreeSet::new();
    for function in &functions {
        function.check()?;
        ensure!(names.insert(&function.name), "there are two functions {}", function.name);
    }
    Ok(functions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(extra: &str) -> String {
        format!(
            r#"{{"name": "reserve", "program": "/bin/sh", "timeout_ms": 5000,
                "max_concurrency": 4{extra}}}"#
        )
    }

    #[test]
    fn a_function_says_what_it_may_use_and_the_rest_is_usual() {
        let functions = parse(&format!("[{}]", function(""))).unwrap();
        let [function] = functions.as_slice() else { panic!("{functions:?}") };
        assert_eq!(function.timeout(), Duration::from_secs(5));
        assert_eq!(function.max_concurrency, 4);
        assert_eq!(function.queue_length, 200);
        assert_eq!(function.queue_time(), Duration::from_secs(10));
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        let replaced = |from: &str, to: &str| function("").replace(from, to);
        for (functions, refusal) in [
            (function(r#", "memory_mb": 256"#), "unknown field `memory_mb`"),
            (replaced(r#""timeout_ms": 5000,"#, ""), "missing field `timeout_ms`"),
            (replaced("5000", "900001"), "`timeout_ms` of reserve is not between 1 and 900000"),
            (replaced("5000", "0"), "`timeout_ms` of reserve is not between 1 and 900000"),
            (replaced(": 4", ": 0"), "`max_concurrency` of reserve is 0"),
            (replaced("/bin/sh", "/no/such"), "reserve has no program /no/such"),
            (replaced("reserve", "../reserve"), "`../reserve` is no name of a function"),
            (format!("{0},{0}", function("")), "there are two functions reserve"),
        ] {
            let error = parse(&format!("[{functions}]")).unwrap_err().to_string();
            assert!(error.contains(refusal), "{error}");
        }
    }
}
