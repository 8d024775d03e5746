//! One operation: the requests that it takes.

use anyhow::{Context as _, Result, bail};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;

use super::body::RequestBody;
use super::document::Document;
use super::parameter::{self, Parameter, Place};
use super::{Checks, Reason};

pub(crate) struct Operation {
    pub(crate) method: Method,
    path: Regex,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
}

impl Operation {
    pub(super) fn read<'a>(
        document: &Document<'a>,
        method: Method,
        path: &str,
        shared_parameters: Option<&'a Value>,
        value: &'a Value,
    ) -> Result<Self> {
        let own = value.get("parameters");
        let parameters = parameter::read_all(document, shared_parameters, own)?;
        let path = path_expression(path)?;
        for parameter in parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            if !path.capture_names().flatten().any(|name| name == parameter.name) {
                bail!("parameter {} is not in the path", parameter.name);
            }
        }
        let body = value
            .get("requestBody")
            .map(|body| RequestBody::read(document, document.resolve(body)?))
            .transpose()
            .context("requestBody")?;
        Ok(Self { method, path, parameters, body })
    }

    /// A fixed path has none of them.
    pub(super) fn parameters_in_path(&self) -> usize {
        self.path.captures_len()
    }

    pub(super) fn has_path(&self, path: &str) -> bool {
        self.path.is_match(path)
    }

    pub(crate) const fn has_body(&self) -> bool {
        self.body.is_some()
    }

    pub(crate) fn check_parameters(
        &self,
        checks: &Checks,
        path: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<(), Reason> {
        for parameter in &self.parameters {
            match &parameter.place {
                Place::Path if checks.path => {
                    let captures = self.path.captures(path);
                    let part = captures.and_then(|found| found.name(&parameter.name));
                    let text =
                        part.map(|part| percent_decode_str(part.as_str()).decode_utf8_lossy());
                    parameter.check(text.into_iter())?;
                }
                Place::Query if checks.query => {
                    let pairs = url::form_urlencoded::parse(query.as_bytes())
                        .filter(|(name, _)| *name == parameter.name);
                    parameter.check(pairs.map(|(_, value)| value))?;
                }
                Place::Header(name) if checks.headers => {
                    parameter.check(Parameter::in_headers(name, headers))?;
                }
                Place::Path | Place::Query | Place::Header(_) => {}
            }
        }
        if checks.unknown_query {
            self.refuse_unknown_query(query)?;
        }
        Ok(())
    }

    pub(crate) fn check_body(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Reason> {
        self.body.as_ref().map_or(Ok(()), |rules| rules.check(headers, body))
    }

    fn refuse_unknown_query(&self, query: &str) -> Result<(), Reason> {
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
            let is_known = |known: &Parameter| known.place == Place::Query && known.name == name;
            if !self.parameters.iter().any(is_known) {
                return Err(format!(
                    "query '{name}' validation failed with error: 'not in the api specification'"
                ));
            }
        }
        Ok(())
    }
}

/// `/v1/gacha/pools/{pool_id}` as an expression over the whole path.
fn path_expression(path: &str) -> Result<Regex> {
    let mut expression = String::from("^");
    let mut rest = path;
    while let Some((fixed, parameter)) = rest.split_once('{') {
        let (name, after) = parameter.split_once('}').context("the path has a { without }")?;
        expression.push_str(&regex::escape(fixed));
        expression.push_str(&format!("(?<{name}>[^/]+)"));
        rest = after;
    }
    expression.push_str(&regex::escape(rest));
    expression.push('$');
    Regex::new(&expression).context("the path is not supported")
}
