//! request-transformer: takes away and adds request headers. Nothing else of
//! Kong's plugin is supported.

use anyhow::{Context as _, Result, ensure};
use http::{HeaderName, HeaderValue, header};
use serde::Deserialize;

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
            replace: pairs(&config.replace).context("replace.headers")?,
            add: pairs(&config.add).context("add.headers")?,
            append: pairs(&config.append).context("append.headers")?,
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
        for (name, value) in &self.add {
            if !headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        for (name, value) in &self.append {
            headers.append(name, value.clone());
        }
    }
}

/// `name:value` each. Kong's templates in values are not supported.
fn pairs(config: &Headers) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let read = |pair: &String| {
        let (name, value) = pair.split_once(':').context("an entry is not `name:value`")?;
        ensure!(!value.is_empty(), "{name} has no value");
        ensure!(!value.contains("$("), "{name}: templates are not supported");
        // The value may be a secret: no error repeats it.
        let value = value.try_into().with_context(|| format!("{name}: not a header value"))?;
        Ok((header_name(name)?, value))
    };
    config.headers.iter().map(read).collect()
}

fn header_name(name: &str) -> Result<HeaderName> {
    let parsed: HeaderName =
        name.parse().with_context(|| format!("{name} is not a header name"))?;
    ensure!(parsed != header::HOST, "the host header is not supported");
    Ok(parsed)
}
