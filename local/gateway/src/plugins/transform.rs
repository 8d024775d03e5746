//! Headers, as they are configured in the transformers of requests and responses.

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Adds what is not there yet.
pub(super) fn add(headers: &mut HeaderMap, pairs: &[(HeaderName, HeaderValue)]) {
    for (name, value) in pairs {
        if !headers.contains_key(name) {
            headers.insert(name, value.clone());
        }
    }
}

/// `name:value` each. Kong's templates in values are not supported.
pub(super) fn pairs(config: &[String]) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let read = |pair: &String| {
        let (name, value) = pair.split_once(':').context("an entry is not `name:value`")?;
        ensure!(!value.is_empty(), "{name} has no value");
        ensure!(!value.contains("$("), "{name}: templates are not supported");
        // The value may be a secret: no error repeats it.
        let value = value.try_into().with_context(|| format!("{name}: not a header value"))?;
        Ok((header_name(name)?, value))
    };
    config.iter().map(read).collect()
}

pub(super) fn header_name(name: &str) -> Result<HeaderName> {
    let parsed: HeaderName =
        name.parse().with_context(|| format!("{name} is not a header name"))?;
    ensure!(parsed != header::HOST, "the host header is not supported");
    Ok(parsed)
}
