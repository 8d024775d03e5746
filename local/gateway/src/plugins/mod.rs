//! Kong's plugins, one file each, and the order in which they run.

mod correlation_id;
mod cors;
pub(crate) mod jwt;
mod oas_validation;
mod pre_function;
mod rate_limiting;
mod request_size_limiting;
mod request_transformer;
mod response_transformer_advanced;
mod transform;

use anyhow::{Context as _, Result, bail};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use self::correlation_id::CorrelationId;
use self::cors::Cors;
use self::jwt::{Credentials, Jwt};
use self::oas_validation::OasValidation;
use self::pre_function::PreFunction;
use self::rate_limiting::RateLimiting;
use self::request_size_limiting::RequestSizeLimiting;
use self::request_transformer::RequestTransformer;
use self::response_transformer_advanced::ResponseTransformerAdvanced;
use crate::answer::Answer;
use crate::exchange::Exchange;

/// The plugins that the gateway has, in the order of Kong's priorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    PreFunction,                 // 1000000
    CorrelationId,               // 100001
    Cors,                        // 2000
    Jwt,                         // 1450
    RequestSizeLimiting,         // 951
    RateLimiting,                // 910
    OasValidation,               // 840
    RequestTransformer,          // 801
    ResponseTransformerAdvanced, // 800
}

/// A plugin with its configuration read and prepared.
pub(crate) enum Plugin {
    PreFunction(PreFunction),
    CorrelationId(CorrelationId),
    Cors(Cors),
    Jwt(Jwt),
    RequestSizeLimiting(RequestSizeLimiting),
    RateLimiting(RateLimiting),
    OasValidation(Box<OasValidation>),
    RequestTransformer(RequestTransformer),
    ResponseTransformerAdvanced(ResponseTransformerAdvanced),
}

impl Plugin {
    /// Reads the configuration of the plugin of this name.
    pub(crate) fn read(
        name: &str,
        config: Value,
        credentials: &std::sync::Arc<Credentials>,
    ) -> Result<Self> {
        Ok(match name {
            "pre-function" => Self::PreFunction(PreFunction::new(fields(config)?)?),
            "correlation-id" => Self::CorrelationId(CorrelationId::new(fields(config)?)?),
            "cors" => Self::Cors(Cors::new(fields(config)?)?),
            "jwt" => Self::Jwt(Jwt::new(fields(config)?, std::sync::Arc::clone(credentials))?),
            "request-size-limiting" => {
                Self::RequestSizeLimiting(RequestSizeLimiting::new(&fields(config)?)?)
            }
            "rate-limiting" => Self::RateLimiting(RateLimiting::new(fields(config)?)?),
            "oas-validation" => {
                Self::OasValidation(Box::new(OasValidation::new(&fields(config)?)?))
            }
            "request-transformer" => {
                Self::RequestTransformer(RequestTransformer::new(&fields(config)?)?)
            }
            "response-transformer-advanced" => Self::ResponseTransformerAdvanced(
                ResponseTransformerAdvanced::new(&fields(config)?)?,
            ),
            _ => bail!("this plugin is not supported"),
        })
    }

    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::PreFunction(_) => Kind::PreFunction,
            Self::CorrelationId(_) => Kind::CorrelationId,
            Self::Cors(_) => Kind::Cors,
            Self::Jwt(_) => Kind::Jwt,
            Self::RequestSizeLimiting(_) => Kind::RequestSizeLimiting,
            Self::RateLimiting(_) => Kind::RateLimiting,
            Self::OasValidation(_) => Kind::OasValidation,
            Self::RequestTransformer(_) => Kind::RequestTransformer,
            Self::ResponseTransformerAdvanced(_) => Kind::ResponseTransformerAdvanced,
        }
    }

    /// Before the proxy: lets the request pass, changed or not, or answers it.
    pub(crate) async fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        match self {
            Self::PreFunction(plugin) => return plugin.access(exchange),
            Self::CorrelationId(plugin) => plugin.access(exchange),
            Self::Cors(plugin) => return plugin.access(exchange),
            Self::Jwt(plugin) => return plugin.access(exchange),
            Self::RequestSizeLimiting(plugin) => return plugin.access(exchange).await,
            Self::RateLimiting(plugin) => return plugin.access(exchange),
            Self::OasValidation(plugin) => return plugin.access(exchange).await,
            Self::RequestTransformer(plugin) => plugin.access(exchange),
            Self::ResponseTransformerAdvanced(_) => {}
        }
        Ok(())
    }

    /// After the proxy, and on the gateway's own answers too.
    pub(crate) fn header_filter(
        &self,
        exchange: &Exchange,
        status: StatusCode,
        headers: &mut HeaderMap,
    ) {
        match self {
            Self::CorrelationId(plugin) => plugin.header_filter(exchange, headers),
            Self::Cors(plugin) => plugin.header_filter(exchange, headers),
            Self::ResponseTransformerAdvanced(plugin) => plugin.header_filter(status, headers),
            Self::PreFunction(_)
            | Self::Jwt(_)
            | Self::RequestSizeLimiting(_)
            | Self::RateLimiting(_)
            | Self::OasValidation(_)
            | Self::RequestTransformer(_) => {}
        }
    }
}

/// Reads a plugin's configuration; one without any means its defaults.
fn fields<T: DeserializeOwned>(config: Value) -> Result<T> {
    let config = match config {
        Value::Null => Value::Object(Map::new()),
        config => config,
    };
    serde_json::from_value(config).context("config")
}
