//! correlation-id: every request has an id that client, gateway and function share.

use anyhow::{Context as _, Result};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use uuid::Uuid;

use crate::exchange::Exchange;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default = "default_header_name")]
    header_name: String,
    generator: Generator,
    #[serde(default)]
    echo_downstream: bool,
}

/// Kong's default, `uuid#counter`, is not among them: it must be chosen otherwise.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Generator {
    Uuid,
}

fn default_header_name() -> String {
    "Kong-Request-ID".to_owned()
}

pub(crate) struct CorrelationId {
    header: HeaderName,
    is_echoed: bool,
}

impl CorrelationId {
    pub(super) fn new(config: Config) -> Result<Self> {
        let Generator::Uuid = config.generator;
        Ok(Self {
            header: config.header_name.parse().context("header_name")?,
            is_echoed: config.echo_downstream,
        })
    }

    /// Takes whatever the client sends; an empty value counts as none.
    pub(super) fn access(&self, exchange: &mut Exchange) {
        let id = match exchange.headers.get(&self.header) {
            Some(sent) if !sent.is_empty() => sent.clone(),
            _ => {
                let id = new_id();
                exchange.headers.insert(self.header.clone(), id.clone());
                id
            }
        };
        exchange.correlation_id = Some(id);
    }

    pub(super) fn header_filter(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        if !self.is_echoed {
            return;
        }
        let id = exchange
            .correlation_id
            .as_ref()
            .or_else(|| exchange.headers.get(&self.header).filter(|sent| !sent.is_empty()))
            .cloned()
            .unwrap_or_else(new_id);
        headers.insert(self.header.clone(), id);
    }
}

fn new_id() -> HeaderValue {
    let id = Uuid::new_v4().to_string();
    HeaderValue::try_from(id).expect("hexadecimal digits and dashes are a header value")
}
