//! request-transformer: takes away and adds request headers. Nothing else of
//! Kong's plugin is supported.

use anyhow::{Context as _, Result};
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::transform::{add, header_name, pairs};
use crate::exchange::Exchange;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default)]
    remove: Headers,
    #[serde(default)]
    replace: Headers,
    #[serde(default)]
    add: Headers,
    #[serde(default)]
    append: Headers,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    #[serde(default)]
    headers: Vec<String>,
}

pub(crate) struct RequestTransformer {
    remove: Vec<HeaderName>,
    replace: Vec<(HeaderName, HeaderValue)>,
    add: Vec<(HeaderName, HeaderValue)>,
    append: Vec<(HeaderName, HeaderValue)>,
}

impl RequestTransformer {
    pub(super) fn new(config: &Config) -> Result<Self> {
        let remove: Result<Vec<HeaderName>> =
            config.remove.headers.iter().map(|name| header_name(name)).collect();
        Ok(Self {
            remove: remove.context("remove.headers")?,
            replace: pairs(&config.replace.headers).context("replace.headers")?,
            add: pairs(&config.add.headers).context("add.headers")?,
            append: pairs(&config.append.headers).context("append.headers")?,
        })
    }

    /// Removes before it adds: a client's own copy never survives.
    pub(super) fn access(&self, exchange: &mut Exchange) {
        let headers = &mut exchange.headers;
        for name in &self.remove {
            headers.remove(name);
        }
        for (name, value) in &self.replace {
            if headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        add(headers, &self.add);
        for (name, value) in &self.append {
            headers.append(name, value.clone());
        }
    }
}
