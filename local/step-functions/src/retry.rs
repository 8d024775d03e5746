//! Retriers: which errors are tried again, how often, and after how long.

use std::time::Duration;

use serde::Deserialize;

use crate::error::{ErrorEquals, ExecutionError};

/// Longer than any execution here; keeps the arithmetic finite.
const LONGEST_DELAY_SECONDS: f64 = 86_400.0;

/// One retrier.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawRetrier")]
pub(crate) struct Retrier {
    pub(crate) error_equals: ErrorEquals,
    max_attempts: u32,
    interval_seconds: f64,
    backoff_rate: f64,
    max_delay_seconds: f64,
    jitter: JitterStrategy,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum JitterStrategy {
    /// Anything between no delay and the whole delay.
    #[serde(rename = "FULL")]
    Full,
    /// The whole delay.
    #[default]
    #[serde(rename = "NONE")]
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RawRetrier {
    error_equals: ErrorEquals,
    interval_seconds: Option<u32>,
    max_attempts: Option<u32>,
    backoff_rate: Option<f64>,
    max_delay_seconds: Option<u32>,
    jitter_strategy: Option<JitterStrategy>,
}

impl Retrier {
    /// How long to wait before the `attempt`th retry, counted from 1. `random` is
    /// between 0 and 1, for jitter.
    fn delay(&self, attempt: u32, random: f64) -> Duration {
        let power = i32::try_from(attempt - 1).unwrap_or(i32::MAX);
        let whole = self.interval_seconds * self.backoff_rate.powi(power);
        let whole = whole.min(self.max_delay_seconds);
        Duration::from_secs_f64(match self.jitter {
            JitterStrategy::Full => whole * random,
            JitterStrategy::None => whole,
        })
    }
}

impl TryFrom<RawRetrier> for Retrier {
    type Error = &'static str;

    fn try_from(raw: RawRetrier) -> Result<Self, Self::Error> {
        let interval_seconds = raw.interval_seconds.unwrap_or(1);
        let backoff_rate = raw.backoff_rate.unwrap_or(2.0);
        if interval_seconds == 0 {
            return Err("`IntervalSeconds` must be at least 1");
        }
        if backoff_rate < 1.0 {
            return Err("`BackoffRate` must be at least 1");
        }
        if raw.max_delay_seconds == Some(0) {
            return Err("`MaxDelaySeconds` must be at least 1");
        }
        Ok(Self {
            error_equals: raw.error_equals,
            max_attempts: raw.max_attempts.unwrap_or(3),
            interval_seconds: f64::from(interval_seconds),
            backoff_rate,
            max_delay_seconds: raw.max_delay_seconds.map_or(LONGEST_DELAY_SECONDS, f64::from),
            jitter: raw.jitter_strategy.unwrap_or_default(),
        })
    }
}

/// The retries of one visit to a state. Each retrier counts its own.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    retriers: &'a [Retrier],
    done: Vec<u32>,
}

impl<'a> Attempts<'a> {
    /// No retry has happened yet.
    pub(crate) fn new(retriers: &'a [Retrier]) -> Self {
        Self { retriers, done: vec![0; retriers.len()] }
    }

    /// How long to wait before the next attempt, or `None` if there is none. The first
    /// retrier that matches `error` decides, even if its attempts are used up.
    pub(crate) fn next_delay(&mut self, error: &ExecutionError) -> Option<Duration> {
        let at = self.retriers.iter().position(|retrier| retrier.error_equals.matches(error))?;
        let (retrier, done) = (&self.retriers[at], &mut self.done[at]);
        if *done >= retrier.max_attempts {
            return None;
        }
        *done += 1;
        Some(retrier.delay(*done, rand::random()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn retrier(fields: serde_json::Value) -> Retrier {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn delays_grow_by_the_backoff_rate_up_to_the_longest() {
        for (fields, seconds) in [
            (json!({ "ErrorEquals": ["E"] }), [1.0, 2.0, 4.0, 8.0]),
            (json!({ "ErrorEquals": ["E"], "BackoffRate": 1 }), [1.0, 1.0, 1.0, 1.0]),
            (
                json!({ "ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 1.5 }),
                [2.0, 3.0, 4.5, 6.75],
            ),
            (json!({ "ErrorEquals": ["E"], "MaxDelaySeconds": 3 }), [1.0, 2.0, 3.0, 3.0]),
        ] {
            let retrier = retrier(fields);
            let delays = [1, 2, 3, 4].map(|attempt| retrier.delay(attempt, 0.5).as_secs_f64());
            assert_eq!(delays, seconds);
        }
    }

    #[test]
    fn delays_stay_finite_however_often_one_tries() {
        let retrier = retrier(json!({ "ErrorEquals": ["E"], "BackoffRate": 10 }));
        assert_eq!(retrier.delay(u32::MAX, 1.0).as_secs_f64(), LONGEST_DELAY_SECONDS);
    }

    #[test]
    fn full_jitter_takes_any_part_of_the_delay() {
        let retrier = retrier(
            json!({ "ErrorEquals": ["E"], "MaxDelaySeconds": 3, "JitterStrategy": "FULL" }),
        );
        for (attempt, random, seconds) in
            [(1, 0.0, 0.0), (1, 0.5, 0.5), (2, 0.75, 1.5), (3, 0.5, 1.5), (9, 0.999, 2.997)]
        {
            assert_eq!(retrier.delay(attempt, random), Duration::from_secs_f64(seconds));
        }
    }
}
