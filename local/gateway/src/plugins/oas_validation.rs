//! oas-validation: only requests that `openapi.yaml` describes reach a function.

use anyhow::{Context as _, Result, ensure};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::openapi::{Checks, Specification};

/// Kong's list of headers that need no mention in the specification.
const ALLOWED_HEADERS: &str = "Host,Content-Type,User-Agent,Accept,Content-Length";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    api_spec: String,
    #[serde(default = "yes")]
    api_spec_encoded: bool,
    #[serde(default)]
    verbose_response: bool,
    #[serde(default = "yes")]
    validate_request_body: bool,
    #[serde(default = "yes")]
    validate_request_header_params: bool,
    #[serde(default = "yes")]
    validate_request_query_params: bool,
    #[serde(default = "yes")]
    validate_request_uri_params: bool,
    #[serde(default)]
    validate_response_body: bool,
    #[serde(default)]
    notify_only_request_validation_failure: bool,
    #[serde(default)]
    header_parameter_check: bool,
    #[serde(default)]
    query_parameter_check: bool,
    #[serde(default = "allowed_headers")]
    allowed_header_parameters: String,
    #[serde(default)]
    include_base_path: bool,
}

const fn yes() -> bool {
    true
}

fn allowed_headers() -> String {
    ALLOWED_HEADERS.to_owned()
}

pub(crate) struct OasValidation {
    specification: Specification,
    checks: Checks,
}

impl OasValidation {
    pub(super) fn new(config: &Config) -> Result<Self> {
        for (name, is_set) in [
            ("verbose_response: false", !config.verbose_response),
            ("validate_response_body: true", config.validate_response_body),
            (
                "notify_only_request_validation_failure: true",
                config.notify_only_request_validation_failure,
            ),
            ("header_parameter_check: true", config.header_parameter_check),
            ("include_base_path: true", config.include_base_path),
            ("allowed_header_parameters", config.allowed_header_parameters != ALLOWED_HEADERS),
        ] {
            ensure!(!is_set, "{name} is not supported");
        }
        let text = if config.api_spec_encoded {
            percent_decode_str(&config.api_spec).decode_utf8().context("api_spec is not UTF-8")?
        } else {
            config.api_spec.as_str().into()
        };
        Ok(Self {
            specification: Specification::read(&text).context("api_spec")?,
            checks: Checks {
                path: config.validate_request_uri_params,
                query: config.validate_request_query_params,
                headers: config.validate_request_header_params,
                body: config.validate_request_body,
                unknown_query: config.query_parameter_check,
            },
        })
    }

    pub(super) async fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        let refuse = |reason: String| Answer::message(StatusCode::BAD_REQUEST, reason);
        let operation =
            self.specification.find(&exchange.method, &exchange.path).map_err(refuse)?;
        let query = exchange.query.as_deref().unwrap_or_default();
        operation
            .check_parameters(&self.checks, &exchange.path, query, &exchange.headers)
            .map_err(refuse)?;
        if self.checks.body && operation.has_body() {
            let body = exchange.whole_body().await?;
            operation.check_body(&exchange.headers, &body).map_err(refuse)?;
        }
        Ok(())
    }
}
