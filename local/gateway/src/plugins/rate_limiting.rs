//! rate-limiting, policy `local`: a number of requests in each calendar window.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::answer::Answer;
use crate::exchange::Exchange;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    second: Option<u32>,
    minute: Option<u32>,
    hour: Option<u32>,
    day: Option<u32>,
    /// Kong's default, `consumer`, is not supported: it must be chosen otherwise.
    limit_by: LimitBy,
    header_name: Option<String>,
    #[serde(default, rename = "policy")]
    _policy: Policy,
    /// Local counters cannot fail, so that both values mean the same here.
    #[serde(default, rename = "fault_tolerant")]
    _fault_tolerant: bool,
    #[serde(default)]
    hide_client_headers: bool,
    error_code: Option<u16>,
    error_message: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LimitBy {
    Ip,
    Header,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    #[default]
    Local,
}

pub(crate) struct RateLimiting {
    /// Where the caller's name is; `None`, or a request without it, means the address.
    header: Option<HeaderName>,
    limits: Vec<Limit>,
    counters: Mutex<Vec<Window>>,
    hides_headers: bool,
    status: StatusCode,
    message: String,
}

/// A limit of requests in one period.
struct Limit {
    count: u32,
    period_s: i64,
    limit_header: HeaderName,
    remaining_header: HeaderName,
}

/// The counters of the period that is running. Older ones are forgotten.
#[derive(Default)]
struct Window {
    start_s: i64,
    counts: HashMap<String, u32>,
}

/// Where one caller stands in one period, this request included.
struct Usage {
    limit: u32,
    remaining: u32,
    period_s: i64,
    is_over: bool,
}

impl RateLimiting {
    pub(super) fn new(config: Config) -> Result<Self> {
        let header = match config.limit_by {
            LimitBy::Ip => None,
            LimitBy::Header => {
                let name = config.header_name.as_deref();
                let name = name.context("limit_by: header needs a header_name")?;
                Some(name.parse().context("header_name")?)
            }
        };
        let limits: Vec<Limit> = [
            (config.second, 1, "second"),
            (config.minute, 60, "minute"),
            (config.hour, 3_600, "hour"),
            (config.day, 86_400, "day"),
        ]
        .into_iter()
        .filter_map(|(count, period_s, name)| Some(Limit::new(count?, period_s, name)))
        .collect::<Result<_>>()?;
        ensure!(!limits.is_empty(), "no limit is set");

        let status = config.error_code.unwrap_or(429);
        Ok(Self {
            header,
            counters: Mutex::new(limits.iter().map(|_| Window::default()).collect()),
            limits,
            hides_headers: config.hide_client_headers,
            status: StatusCode::from_u16(status).context("error_code")?,
            message: config.error_message.unwrap_or_else(|| "API rate limit exceeded".to_owned()),
        })
    }

    pub(super) fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        let now_s = exchange.now.unix_timestamp();
        let usages = self.count(&self.caller(exchange), now_s);
        let is_over = usages.iter().any(|usage| usage.is_over);
        if !self.hides_headers {
            self.tell(&usages, is_over, now_s, &mut exchange.answer_headers);
        }
        if is_over {
            return Err(Answer::error(self.status, self.message.clone()));
        }
        Ok(())
    }

    fn caller(&self, exchange: &Exchange) -> String {
        self.header
            .as_ref()
            .and_then(|name| exchange.header(name))
            .map_or_else(|| exchange.client.ip().to_string(), str::to_owned)
    }

    /// Counts the request, unless it is over any limit.
    fn count(&self, caller: &str, now_s: i64) -> Vec<Usage> {
        // The counters hold no state that a panic could leave half changed.
        let mut windows = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut used = Vec::with_capacity(self.limits.len());
        for (limit, window) in self.limits.iter().zip(windows.iter_mut()) {
            let start_s = now_s - now_s.rem_euclid(limit.period_s);
            if window.start_s != start_s {
                *window = Window { start_s, counts: HashMap::new() };
            }
            used.push(window.counts.get(caller).copied().unwrap_or(0));
        }
        let is_within = |(limit, used): (&Limit, &u32)| *used < limit.count;
        let passes = self.limits.iter().zip(&used).all(is_within);
        if passes {
            for window in windows.iter_mut() {
                *window.counts.entry(caller.to_owned()).or_default() += 1;
            }
        }
        let usages = self.limits.iter().zip(&used).map(|(limit, used)| Usage {
            limit: limit.count,
            remaining: limit.count.saturating_sub(*used).saturating_sub(u32::from(passes)),
            period_s: limit.period_s,
            is_over: *used >= limit.count,
        });
        usages.collect()
    }

    /// Leaves Kong's headers for the answer: each limit's own, then the tightest one.
    fn tell(&self, usages: &[Usage], is_over: bool, now_s: i64, headers: &mut HeaderMap) {
        for (limit, usage) in self.limits.iter().zip(usages) {
            headers.insert(limit.limit_header.clone(), usage.limit.into());
            headers.insert(limit.remaining_header.clone(), usage.remaining.into());
        }
        let tightest =
            usages.iter().min_by_key(|usage| (usage.remaining, std::cmp::Reverse(usage.period_s)));
        if let Some(tightest) = tightest {
            let elapsed_s = now_s.rem_euclid(tightest.period_s);
            let reset = HeaderValue::from((tightest.period_s - elapsed_s).max(1));
            headers.insert("ratelimit-limit", tightest.limit.into());
            headers.insert("ratelimit-remaining", tightest.remaining.into());
            headers.insert("ratelimit-reset", reset.clone());
            if is_over {
                headers.insert("retry-after", reset);
            }
        }
    }
}

impl Limit {
    fn new(count: u32, period_s: i64, name: &str) -> Result<Self> {
        ensure!(count > 0, "{name} must be greater than 0");
        Ok(Self {
            count,
            period_s,
            limit_header: format!("x-ratelimit-limit-{name}").try_into()?,
            remaining_header: format!("x-ratelimit-remaining-{name}").try_into()?,
        })
    }
}
