//! One request from its arrival to its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tracing::info;
use uuid::Uuid;

use crate::answer::{self, Answer, SERVER};
use crate::config::{Config, Environment, Settings};
use crate::exchange::{Exchange, RequestBody};
use crate::plugins::Plugin;
use crate::proxy::{self, Proxied};
use crate::router::Route;
use crate::{Clock, parser, path};

/// A configuration at work.
pub struct Gateway {
    config: Config,
    clock: Clock,
}

/// Where an answer comes from, as Kong's headers say.
enum Outcome {
    /// From the upstream, or from the failure to get an answer there.
    Proxied(Proxied, Instant),
    Own(Answer),
    /// From nginx, before Kong saw the request.
    Refused(Answer),
}

impl Gateway {
    /// Reads `kong/kong.yaml`.
    ///
    /// # Errors
    /// Names the first thing that is not valid or not supported.
    pub fn new(config: &str, environment: &Environment, settings: Settings) -> Result<Self> {
        Ok(Self { config: Config::read(config, environment, &settings)?, clock: settings.clock })
    }

    /// Answers one request.
    pub async fn handle(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        listener: SocketAddr,
    ) -> Response<Full<Bytes>> {
        let arrived = Instant::now();
        let refused = parser::refusal(&request);
        let mut exchange = self.exchange(request, client, listener);
        let route = match refused {
            Some(_) => None,
            None => self.config.router.find(&exchange.method, &exchange.path),
        };
        let (outcome, plugins) = match (refused, route) {
            (Some(answer), _) => (Outcome::Refused(answer), &self.config.global_plugins),
            (None, Some(route)) => (run(&mut exchange, route).await, &route.plugins),
            (None, None) => (no_route(), &self.config.global_plugins),
        };
        if !matches!(outcome, Outcome::Proxied(..)) {
            exchange.drain().await;
        }
        let response = finish(&exchange, outcome, plugins, arrived);
        info!(
            request_id = exchange.request_id,
            method = %exchange.method,
            path = exchange.path,
            route = route.map(|route| &*route.name),
            status = response.status().as_u16(),
            duration_ms = duration_ms(arrived),
            "answered"
        );
        response
    }

    fn exchange(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        listener: SocketAddr,
    ) -> Exchange {
        let (parts, body) = request.into_parts();
        Exchange {
            now: self.clock.now(),
            client,
            listener,
            request_id: Uuid::new_v4().simple().to_string(),
            path: path::normalise(parts.uri.path()),
            raw_path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            method: parts.method,
            headers: parts.headers,
            answer_headers: HeaderMap::new(),
            correlation_id: None,
            is_preflight: false,
            body: RequestBody::Unread(body),
        }
    }
}

/// The route's plugins one after the other, then its service.
async fn run(exchange: &mut Exchange, route: &Route) -> Outcome {
    for plugin in &route.plugins {
        if let Err(answer) = plugin.access(exchange).await {
            return Outcome::Own(answer);
        }
    }
    let sent = Instant::now();
    match proxy::send(exchange, &route.service).await {
        Ok(proxied) => Outcome::Proxied(proxied, sent),
        Err(answer) => Outcome::Own(answer),
    }
}

fn no_route() -> Outcome {
    Outcome::Own(Answer::error(StatusCode::NOT_FOUND, "no Route matched with those values"))
}

const KONG: HeaderValue = HeaderValue::from_static(SERVER);

/// Puts the answer together: its own headers, the plugins', Kong's.
fn finish(
    exchange: &Exchange,
    outcome: Outcome,
    plugins: &[Arc<Plugin>],
    arrived: Instant,
) -> Response<Full<Bytes>> {
    let mut response = match outcome {
        Outcome::Own(answer) => {
            own(&answer, exchange, answer::accepted(&exchange.headers), arrived)
        }
        Outcome::Refused(answer) => {
            own(&answer, exchange, accepted_or_sent(&exchange.headers), arrived)
        }
        Outcome::Proxied(proxied, sent) => {
            let mut response = match proxied.outcome {
                Ok(response) => response,
                Err(answer) => render(&answer, exchange, accepted_or_sent(&exchange.headers)),
            };
            let headers = response.headers_mut();
            let until_sent = sent.duration_since(arrived).as_millis();
            headers.insert("x-kong-proxy-latency", whole(until_sent).into());
            headers.insert("x-kong-upstream-latency", whole(proxied.waited.as_millis()).into());
            proxy::add_via(headers);
            headers.entry(header::SERVER).or_insert(KONG);
            response
        }
    };
    let status = response.status();
    let headers = response.headers_mut();
    for (name, value) in &exchange.answer_headers {
        headers.insert(name, value.clone());
    }
    for plugin in plugins {
        plugin.header_filter(exchange, status, headers);
    }
    if let Ok(request_id) = HeaderValue::try_from(&exchange.request_id) {
        headers.insert("x-kong-request-id", request_id);
    }
    if exchange.method != Method::HEAD {
        headers.remove(header::CONTENT_LENGTH); // hyper counts the body itself
    }
    response.map(Full::new)
}

/// An answer that did not come by way of an upstream.
fn own(
    answer: &Answer,
    exchange: &Exchange,
    accept: Option<String>,
    arrived: Instant,
) -> Response<Bytes> {
    let mut response = render(answer, exchange, accept);
    let headers = response.headers_mut();
    headers.insert("x-kong-response-latency", duration_ms(arrived).into());
    headers.insert(header::SERVER, KONG);
    response
}

fn render(answer: &Answer, exchange: &Exchange, accept: Option<String>) -> Response<Bytes> {
    let (format, body) = answer.render(accept.as_deref(), &exchange.request_id);
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = (*answer.headers).clone();
    if let Some(format) = format {
        response.headers_mut().insert(header::CONTENT_TYPE, format.content_type());
    }
    response
}

/// For what nginx refuses and for failed upstreams, a request without `Accept` is
/// answered in its own type, and one without that in plain text.
fn accepted_or_sent(headers: &HeaderMap) -> Option<String> {
    let sent = || Some(headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_owned());
    answer::accepted(headers).or_else(sent).or_else(|| Some("text/plain".to_owned()))
}

fn duration_ms(since: Instant) -> u64 {
    whole(since.elapsed().as_millis())
}

fn whole(milliseconds: u128) -> u64 {
    u64::try_from(milliseconds).unwrap_or(u64::MAX)
}
