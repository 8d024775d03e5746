//! Which route a request takes, as Kong's `traditional_compatible` router decides.

use std::cmp::Reverse;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use regex::Regex;

use crate::plugins::Plugin;
use crate::proxy::Service;

/// The routes, the first to be tried first.
pub(crate) struct Router(Vec<Route>);

/// One route, with all that happens on it.
pub(crate) struct Route {
    pub(crate) name: String,
    paths: Vec<PathRule>,
    /// Empty means all.
    methods: Vec<Method>,
    regex_priority: i64,
    pub(crate) service: Arc<Service>,
    pub(crate) plugins: Vec<Arc<Plugin>>,
}

enum PathRule {
    /// Anchored at its start only, as Kong does it.
    Regex(Regex),
    Prefix(String),
}

impl Router {
    pub(crate) fn new(mut routes: Vec<Route>) -> Self {
        // A stable sort: among equals, the one that comes first in the file.
        routes.sort_by_key(Route::order);
        Self(routes)
    }

    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<&Route> {
        self.0.iter().find(|route| route.matches(method, path))
    }
}

impl Route {
    pub(crate) fn new(
        name: String,
        paths: &[String],
        methods: &[String],
        regex_priority: i64,
        service: Arc<Service>,
        plugins: Vec<Arc<Plugin>>,
    ) -> Result<Self> {
        ensure!(!paths.is_empty(), "a route without paths is not supported");
        let methods: Result<Vec<Method>, _> = methods.iter().map(|name| name.parse()).collect();
        Ok(Self {
            name,
            paths: paths.iter().map(|path| PathRule::read(path)).collect::<Result<_>>()?,
            methods: methods.context("methods")?,
            regex_priority,
            service,
            plugins,
        })
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        (self.methods.is_empty() || self.methods.contains(method))
            && self.paths.iter().any(|rule| rule.matches(path))
    }

    /// Routes that ask for more come first, then expressions, then longer prefixes.
    fn order(&self) -> impl Ord + use<> {
        let longest_prefix = self.paths.iter().filter_map(PathRule::prefix_length).max();
        let has_regex = self.paths.iter().any(|rule| rule.prefix_length().is_none());
        Reverse((!self.methods.is_empty(), has_regex, self.regex_priority, longest_prefix))
    }
}

impl PathRule {
    fn read(path: &str) -> Result<Self> {
        if let Some(regex) = path.strip_prefix('~') {
            let regex = Regex::new(&format!("^(?:{regex})"))
                .with_context(|| format!("the path {path} is not a valid expression"))?;
            return Ok(Self::Regex(regex));
        }
        ensure!(path.starts_with('/'), "the path {path} should start with: /");
        Ok(Self::Prefix(path.to_owned()))
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(path),
            Self::Prefix(prefix) => path.starts_with(prefix),
        }
    }

    fn prefix_length(&self) -> Option<usize> {
        match self {
            Self::Regex(_) => None,
            Self::Prefix(prefix) => Some(prefix.len()),
        }
    }
}
