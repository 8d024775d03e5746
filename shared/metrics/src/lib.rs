//! Metrics, written as log lines in CloudWatch's embedded metric format. So a
//! function needs no client for them, and no request waits for a network call.
//!
//! Operators build alarms and dashboards on the names, so they must not change;
//! `docs/reliability.md` lists them. No metric names a player or a saga: those are
//! in the logs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Tenjo";

/// Whether metrics are written. They are not when a person reads the logs.
static IS_ENABLED: AtomicBool = AtomicBool::new(false);

/// Turns metrics on.
pub fn enable() {
    IS_ENABLED.store(true, Ordering::Relaxed);
}

/// Metrics that are written together, in one line.
#[derive(Debug, Default)]
pub struct Metrics {
    dimensions: Vec<(&'static str, &'static str)>,
    values: Vec<Measured>,
}

#[derive(Debug)]
struct Measured {
    name: &'static str,
    unit: &'static str,
    value: u64,
}

impl Metrics {
    /// No metrics yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a dimension beside the function's name. Use words from a small set,
    /// because CloudWatch bills each combination as a metric of its own.
    #[must_use]
    pub fn of(mut self, dimension: &'static str, word: &'static str) -> Self {
        self.dimensions.push((dimension, word));
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn count(mut self, name: &'static str, value: u64) -> Self {
        self.values.push(Measured { name, unit: "Count", value });
        self
    }

    /// Adds a duration, in milliseconds.
    #[must_use]
    pub fn duration(mut self, name: &'static str, took: Duration) -> Self {
        let value = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.values.push(Measured { name, unit: "Milliseconds", value });
        self
    }

    /// Writes them.
    pub fn write(&self) {
        if IS_ENABLED.load(Ordering::Relaxed) {
            // Lambda sets this variable. Elsewhere the name is empty.
            let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
            eprintln!("{}", self.line(&function, now_ms()));
        }
    }

    /// One line: the values, and the description that CloudWatch needs to read them.
    /// Each value is a metric of the function, and once more one with all dimensions.
    fn line(&self, function: &str, now_ms: u64) -> Value {
        let mut sets = vec![vec!["FunctionName"]];
        if !self.dimensions.is_empty() {
            let names = self.dimensions.iter().map(|(name, _)| *name);
            sets.push(["FunctionName"].into_iter().chain(names).collect());
        }
        let metrics: Vec<Value> = self
            .values
            .iter()
            .map(|measured| json!({ "Name": measured.name, "Unit": measured.unit }))
            .collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": now_ms,
                "CloudWatchMetrics": [
                    { "Namespace": NAMESPACE, "Dimensions": sets, "Metrics": metrics },
                ],
            }),
        );
        line.insert("FunctionName".to_owned(), function.into());
        for (name, word) in &self.dimensions {
            line.insert((*name).to_owned(), (*word).into());
        }
        for measured in &self.values {
            line.insert(measured.name.to_owned(), measured.value.into());
        }
        Value::Object(line)
    }
}

#[expect(clippy::disallowed_methods, reason = "a log line is of the moment that it is written")]
fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since_1970.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_in_the_embedded_metric_format() {
        let line = Metrics::new()
            .of("Status", "FAILED")
            .of("Reason", "expired")
            .count("SagaOutcomes", 1)
            .duration("StepDuration", Duration::from_millis(12))
            .line("tenjo-dev-reserve", 1_700_000_000_000);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_700_000_000_000_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Tenjo",
                    "Dimensions": [["FunctionName"], ["FunctionName", "Status", "Reason"]],
                    "Metrics": [
                        { "Name": "SagaOutcomes", "Unit": "Count" },
                        { "Name": "StepDuration", "Unit": "Milliseconds" },
                    ],
                }],
            },
            "FunctionName": "tenjo-dev-reserve",
            "Status": "FAILED",
            "Reason": "expired",
            "SagaOutcomes": 1,
            "StepDuration": 12,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn without_dimensions_there_is_the_function_alone() {
        let line = Metrics::new().count("StuckSagas", 0).line("recover-sagas", 0);
        let sets = &line["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(*sets, json!([["FunctionName"]]));
        assert_eq!(line["StuckSagas"], 0);
    }
}
