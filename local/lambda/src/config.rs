//! The functions, read from a JSON file.
//!
//! ```json
//! [{ "name": "reserve", "function_name": "tenjo-local-reserve",
//!    "program": "target/debug/reserve", "access_key_id": "reserve",
//!    "environment": { "TENJO_LOG": "info" }, "memory_mb": 256, "timeout_ms": 5000,
//!    "max_concurrency": 4, "url": "AWS_IAM" }]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

/// The longest that Lambda lets a function run.
const LONGEST_TIMEOUT_MS: u64 = 900_000;

/// Variables that Lambda sets itself. A function whose configuration sets one of these
/// cannot be deployed.
const RESERVED: [&str; 22] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// One function, and what it may use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionConfig {
    /// Its name here, and the name of its log.
    pub name: String,
    /// Its name in AWS. The function gets it in its environment, and callers may use
    /// it too.
    #[serde(default)]
    pub function_name: Option<String>,
    /// The access key that it signs its calls of AWS with.
    #[serde(default = "default_access_key_id")]
    pub access_key_id: String,
    /// Its environment, without the variables that Lambda sets for every function.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Its memory size as passed to it. Nothing limits it to that here.
    #[serde(default = "default_memory_mb")]
    pub memory_mb: u64,
    /// How long it may take until it asks for its first invocation.
    #[serde(default = "default_init_ms")]
    init_ms: u64,
    /// Its binary, which is started without arguments.
    pub program: PathBuf,
    /// Whether its binary is built only after this service has started.
    #[serde(default)]
    is_built_later: bool,
    /// How long one invocation may take.
    timeout_ms: u64,
    /// How many invocations run at once, each in a process of its own.
    pub max_concurrency: usize,
    /// How many more may wait for a process. Lambda lets none wait, which is 0; but
    /// it has room for a thousand processes, and one machine does not. About as many
    /// may wait as one machine serves in a second; later calls are throttled.
    #[serde(default = "default_queue_length")]
    pub queue_length: usize,
    /// How long each of them may wait.
    #[serde(default = "default_queue_ms")]
    queue_ms: u64,
    /// Who may call its URL; `null` if it has none.
    #[serde(default = "default_url")]
    pub url: Option<UrlAuth>,
}

/// The `AuthType` of a function URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum UrlAuth {
    /// Anyone.
    #[serde(rename = "NONE")]
    Anyone,
    /// Whom IAM lets in.
    #[serde(rename = "AWS_IAM")]
    Iam,
}

impl UrlAuth {
    /// The word of AWS.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "NONE",
            Self::Iam => "AWS_IAM",
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the field")]
fn default_url() -> Option<UrlAuth> {
    Some(UrlAuth::Anyone)
}

fn default_access_key_id() -> String {
    "local".to_owned()
}

/// For a function without a value.
fn default_memory_mb() -> u64 {
    128
}

/// Lambda's limit.
fn default_init_ms() -> u64 {
    10_000
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

    /// Its name in AWS.
    #[must_use]
    pub fn name_in_aws(&self) -> &str {
        self.function_name.as_deref().unwrap_or(&self.name)
    }

    /// How long it may take until it asks for its first invocation.
    #[must_use]
    pub fn init_time(&self) -> Duration {
        Duration::from_millis(self.init_ms)
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
        if let Some(reserved) = self.environment.keys().find(|it| RESERVED.contains(&it.as_str())) {
            bail!("the environment of {name} sets {reserved}, which is Lambda's own");
        }
        ensure!(self.max_concurrency > 0, "`max_concurrency` of {name} is 0");
        let has_program = self.is_built_later || self.program.is_file();
        ensure!(has_program, "{name} has no program {}", self.program.display());
        Ok(())
    }
}

/// Reads a file of functions.
///
/// # Errors
/// It cannot be read, or has a value that is not allowed.
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
        let [usual] = functions.as_slice() else { panic!("{functions:?}") };
        assert_eq!(usual.timeout(), Duration::from_secs(5));
        assert_eq!(usual.max_concurrency, 4);
        assert_eq!(usual.queue_length, 200);
        assert_eq!(usual.queue_time(), Duration::from_secs(10));
        assert_eq!(usual.url, Some(UrlAuth::Anyone));
        let functions = parse(&format!("[{}]", function(r#", "url": "AWS_IAM""#))).unwrap();
        assert_eq!(functions[0].url, Some(UrlAuth::Iam));
        let functions = parse(&format!("[{}]", function(r#", "url": null"#))).unwrap();
        assert_eq!(functions[0].url, None);
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        let replaced = |from: &str, to: &str| function("").replace(from, to);
        for (functions, refusal) in [
            (function(r#", "layers": []"#), "unknown field `layers`"),
            (
                function(r#", "environment": {"AWS_REGION": "eu-west-1"}"#),
                "the environment of reserve sets AWS_REGION, which is Lambda's own",
            ),
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
