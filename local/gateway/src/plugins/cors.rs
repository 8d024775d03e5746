//! cors: which pages may call us from a browser.

use anyhow::{Context as _, Result};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use regex::Regex;
use serde::Deserialize;
use url::Url;

use crate::answer::Answer;
use crate::exchange::Exchange;

const METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    exposed_headers: Vec<String>,
    #[serde(default)]
    credentials: bool,
    max_age: Option<u64>,
}

pub(crate) struct Cors {
    origins: Origins,
    methods: HeaderValue,
    /// `None` repeats what the browser asks for.
    headers: Option<HeaderValue>,
    exposed_headers: Option<HeaderValue>,
    has_credentials: bool,
    max_age: Option<HeaderValue>,
}

enum Origins {
    Any,
    /// A single plain origin is sent to every client, listed or not.
    One(HeaderValue),
    Listed(Vec<OriginRule>),
}

enum OriginRule {
    Exact(String),
    /// An expression over the whole origin or, where it has no colon, over the host.
    Pattern {
        regex: Regex,
        is_for_host: bool,
    },
}

/// An origin without the port that its scheme implies.
struct Origin {
    whole: String,
    host: String,
}

impl Cors {
    pub(super) fn new(config: Config) -> Result<Self> {
        let methods = match config.methods.join(",") {
            none if none.is_empty() => METHODS.to_owned(),
            methods => methods,
        };
        Ok(Self {
            origins: Origins::read(&config.origins)?,
            methods: methods.try_into().context("methods")?,
            headers: joined(&config.headers).context("headers")?,
            exposed_headers: joined(&config.exposed_headers).context("exposed_headers")?,
            has_credentials: config.credentials,
            max_age: config.max_age.map(HeaderValue::from),
        })
    }

    /// Answers a preflight; everything else passes.
    pub(super) fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        let is_preflight = exchange.method == Method::OPTIONS
            && origin(&exchange.headers).is_some()
            && exchange.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight {
            return Ok(());
        }
        exchange.is_preflight = true;

        let mut answer = Answer::empty(StatusCode::OK);
        self.allow_origin(&exchange.headers, &mut answer.headers);
        let asked = exchange.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        if let Some(allowed) = self.headers.as_ref().or(asked) {
            set(&mut answer.headers, header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
        set(&mut answer.headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.methods);
        if let Some(max_age) = &self.max_age {
            set(&mut answer.headers, header::ACCESS_CONTROL_MAX_AGE, max_age);
        }
        Err(answer)
    }

    pub(super) fn header_filter(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        if exchange.is_preflight {
            return;
        }
        self.allow_origin(&exchange.headers, headers);
        if let Some(exposed) = &self.exposed_headers {
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    fn allow_origin(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
        const TRUE: HeaderValue = HeaderValue::from_static("true");

        let allowed = match &self.origins {
            Origins::Any => match origin(request) {
                // "*" and credentials exclude each other.
                Some(origin) if self.has_credentials => {
                    answer.append(header::VARY, VARY_ORIGIN);
                    Some(origin.clone())
                }
                _ => {
                    let any = HeaderValue::from_static("*");
                    set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, &any);
                    return;
                }
            },
            Origins::One(origin) => {
                answer.append(header::VARY, VARY_ORIGIN);
                Some(origin.clone())
            }
            Origins::Listed(rules) => {
                answer.append(header::VARY, VARY_ORIGIN);
                origin(request).and_then(|origin| {
                    let origin = Origin::read(origin.to_str().ok()?);
                    let is_listed = rules.iter().any(|rule| rule.matches(&origin));
                    is_listed.then(|| HeaderValue::try_from(origin.whole).ok())?
                })
            }
        };
        match allowed {
            Some(origin) => set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, &origin),
            None => {
                answer.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            }
        }
        if self.has_credentials {
            set(answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, &TRUE);
        }
    }
}

impl Origins {
    fn read(origins: &[String]) -> Result<Self> {
        match origins {
            [] => Ok(Self::Any),
            [any] if any == "*" => Ok(Self::Any),
            [one] if is_plain(one) => Ok(Self::One(one.try_into().context("origins")?)),
            several if several.iter().any(|origin| origin == "*") => {
                anyhow::bail!("origins: `*` beside others is not supported")
            }
            several => Ok(Self::Listed(
                several.iter().map(|origin| OriginRule::read(origin)).collect::<Result<_>>()?,
            )),
        }
    }
}

impl OriginRule {
    fn read(origin: &str) -> Result<Self> {
        if is_plain(origin) {
            return Ok(Self::Exact(Origin::read(origin).whole));
        }
        let body = origin.trim_start_matches('^').trim_end_matches('$');
        Ok(Self::Pattern {
            regex: Regex::new(&format!("^(?:{body})$")).context("origins")?,
            is_for_host: !origin.contains(':'),
        })
    }

    fn matches(&self, origin: &Origin) -> bool {
        match self {
            Self::Exact(exact) => *exact == origin.whole,
            Self::Pattern { regex, is_for_host: true } => regex.is_match(&origin.host),
            Self::Pattern { regex, is_for_host: false } => regex.is_match(&origin.whole),
        }
    }
}

impl Origin {
    fn read(text: &str) -> Self {
        let parsed = Url::parse(text).ok();
        let host = parsed.as_ref().and_then(Url::host_str);
        match (&parsed, host) {
            (Some(url), Some(host)) => {
                Self { whole: url.origin().ascii_serialization(), host: host.to_owned() }
            }
            _ => Self { whole: text.to_owned(), host: text.to_owned() },
        }
    }
}

/// The request's origin; an empty one counts as none.
fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(header::ORIGIN).filter(|origin| !origin.is_empty())
}

/// Not an expression.
fn is_plain(origin: &str) -> bool {
    origin.chars().all(|c| c.is_ascii_alphanumeric() || ".:/-".contains(c))
}

fn joined(values: &[String]) -> Result<Option<HeaderValue>> {
    if values.is_empty() {
        return Ok(None);
    }
    Ok(Some(values.join(",").try_into()?))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &HeaderValue) {
    headers.insert(name, value.clone());
}
