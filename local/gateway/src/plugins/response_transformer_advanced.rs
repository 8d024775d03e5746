//! response-transformer-advanced: adds response headers where they are missing,
//! to answers of some statuses. Nothing else of Kong's plugin is supported.

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::transform::{add, pairs};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    add: Add,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    headers: Vec<String>,
    if_status: Vec<String>,
}

pub(crate) struct ResponseTransformerAdvanced {
    add: Vec<(HeaderName, HeaderValue)>,
    if_status: Vec<StatusCode>,
}

impl ResponseTransformerAdvanced {
    pub(super) fn new(config: &Config) -> Result<Self> {
        let statuses = &config.add.if_status;
        ensure!(
            !statuses.is_empty(),
            "add.if_status: empty, which is every status, is not supported"
        );
        let status = |status: &String| {
            status.parse().with_context(|| format!("add.if_status: {status:?} is no single status"))
        };
        Ok(Self {
            add: pairs(&config.add.headers).context("add.headers")?,
            if_status: statuses.iter().map(status).collect::<Result<_>>()?,
        })
    }

    pub(super) fn header_filter(&self, status: StatusCode, headers: &mut HeaderMap) {
        if self.if_status.contains(&status) {
            add(headers, &self.add);
        }
    }
}
