//! request-size-limiting: no body is longer than a request of ours can be.

use anyhow::{Context as _, Result};
use http::{StatusCode, header};
use serde::Deserialize;

use crate::answer::Answer;
use crate::exchange::{BodyError, Exchange};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default = "default_allowed_payload_size")]
    allowed_payload_size: usize,
    #[serde(default)]
    size_unit: SizeUnit,
    #[serde(default)]
    require_content_length: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SizeUnit {
    #[default]
    Megabytes,
    Kilobytes,
    Bytes,
}

const fn default_allowed_payload_size() -> usize {
    128
}

pub(crate) struct RequestSizeLimiting {
    limit_bytes: usize,
    requires_content_length: bool,
}

impl RequestSizeLimiting {
    pub(super) fn new(config: &Config) -> Result<Self> {
        let unit_bytes = match config.size_unit {
            SizeUnit::Megabytes => 1 << 20,
            SizeUnit::Kilobytes => 1 << 10,
            SizeUnit::Bytes => 1,
        };
        Ok(Self {
            limit_bytes: config
                .allowed_payload_size
                .checked_mul(unit_bytes)
                .context("allowed_payload_size is too large")?,
            requires_content_length: config.require_content_length,
        })
    }

    /// Believes a `Content-Length`, and counts a body that comes without one.
    pub(super) async fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        let announced = exchange
            .header(&header::CONTENT_LENGTH)
            .and_then(|length| length.parse::<usize>().ok());
        if let Some(length) = announced {
            return if length > self.limit_bytes { Err(too_long(exchange)) } else { Ok(()) };
        }
        let is_chunked = exchange.header(&header::TRANSFER_ENCODING) == Some("chunked");
        if self.requires_content_length && !is_chunked {
            return Err(Answer::error(
                StatusCode::LENGTH_REQUIRED,
                "A valid Content-Length header is required",
            ));
        }
        match exchange.read_body(self.limit_bytes).await {
            Ok(_) => Ok(()),
            Err(BodyError::TooLong) => Err(too_long(exchange)),
            Err(other) => Err(other.answer()),
        }
    }
}

fn too_long(exchange: &Exchange) -> Answer {
    let waits = exchange
        .header(&header::EXPECT)
        .is_some_and(|expect| expect.trim().eq_ignore_ascii_case("100-continue"));
    let status = if waits { StatusCode::EXPECTATION_FAILED } else { StatusCode::PAYLOAD_TOO_LARGE };
    Answer::error(status, "Request size limit exceeded")
}
