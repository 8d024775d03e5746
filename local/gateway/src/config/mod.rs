//! From the text of `kong/kong.yaml` to a gateway that is ready to serve.

mod document;
mod environment;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use self::document::Document;
pub use self::environment::Environment;
use crate::Clock;
use crate::plugins::jwt::{Consumer, Credential, Credentials};
use crate::plugins::{Kind, Plugin};
use crate::proxy::{Service, Timeouts};
use crate::router::{Route, Router};

/// What the operator chooses beside the configuration itself.
pub struct Settings {
    /// Tells the time for expiry and rate limits.
    pub clock: Clock,
    /// `false` leaves out every rate-limiting plugin, for load tests.
    pub has_rate_limits: bool,
}

/// A configuration without anything that the gateway could not honour.
pub(crate) struct Config {
    pub(crate) router: Router,
    /// Plugins that also touch answers to requests without a route.
    pub(crate) global_plugins: Vec<Arc<Plugin>>,
}

impl Config {
    pub(crate) fn read(text: &str, environment: &Environment, settings: &Settings) -> Result<Self> {
        let text = environment.render(text)?;
        let document: Document =
            serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{error}"))?;
        refuse_doubles("service", document.services.iter().map(|service| &service.name))?;
        refuse_doubles(
            "route",
            document
                .services
                .iter()
                .flat_map(|service| service.routes.iter().map(|route| &route.name)),
        )?;

        let builder = Builder { credentials: Arc::new(credentials(document.consumers)?), settings };
        let global_plugins = builder.plugins(document.plugins)?;
        let mut routes = Vec::new();
        for service in document.services {
            let name = service.name.clone();
            builder
                .add_service(service, &global_plugins, &mut routes)
                .with_context(|| format!("service {name}"))?;
        }
        Ok(Self { router: Router::new(routes), global_plugins })
    }
}

struct Builder<'a> {
    credentials: Arc<Credentials>,
    settings: &'a Settings,
}

impl Builder<'_> {
    fn add_service(
        &self,
        service: document::Service,
        global_plugins: &[Arc<Plugin>],
        routes: &mut Vec<Route>,
    ) -> Result<()> {
        let timeouts = Timeouts {
            connect: Duration::from_millis(service.connect_timeout),
            read: Duration::from_millis(service.read_timeout),
        };
        let upstream = Arc::new(Service::new(&service.url, service.retries, timeouts)?);
        let service_plugins = self.plugins(service.plugins)?;
        for route in service.routes {
            let name = route.name.clone();
            let with_route = || format!("route {name}");
            ensure!(
                !route.strip_path,
                "{}: strip_path: true (Kong's default) is not supported",
                with_route()
            );
            let own = self.plugins(route.plugins).with_context(with_route)?;
            let plugins = most_specific([&own, &service_plugins, global_plugins]);
            routes.push(
                Route::new(
                    route.name,
                    &route.paths,
                    &route.methods,
                    route.regex_priority,
                    Arc::clone(&upstream),
                    plugins,
                )
                .with_context(with_route)?,
            );
        }
        Ok(())
    }

    /// The plugins of one entity, in the order in which Kong runs them.
    fn plugins(&self, plugins: Vec<document::Plugin>) -> Result<Vec<Arc<Plugin>>> {
        refuse_doubles("plugin", plugins.iter().map(|plugin| &plugin.name))?;
        let mut ready = Vec::new();
        for plugin in plugins {
            // A disabled plugin is read all the same: its mistakes wait for the day it is enabled.
            let read = Plugin::read(&plugin.name, plugin.config, &self.credentials)
                .with_context(|| format!("plugin {}", plugin.name))?;
            let is_wanted = self.settings.has_rate_limits || read.kind() != Kind::RateLimiting;
            if plugin.enabled && is_wanted {
                ready.push(Arc::new(read));
            }
        }
        ready.sort_by_key(|plugin| plugin.kind());
        Ok(ready)
    }
}

/// One plugin of each kind, from the most specific scope that has it.
fn most_specific<const N: usize>(scopes: [&[Arc<Plugin>]; N]) -> Vec<Arc<Plugin>> {
    let mut seen = HashSet::new();
    let mut chain: Vec<Arc<Plugin>> =
        scopes.into_iter().flatten().filter(|plugin| seen.insert(plugin.kind())).cloned().collect();
    chain.sort_by_key(|plugin| plugin.kind());
    chain
}

fn credentials(consumers: Vec<document::Consumer>) -> Result<Credentials> {
    let mut credentials = Credentials::default();
    for consumer in consumers {
        let name = consumer.username.clone();
        let shared = Arc::new(
            Consumer::new(consumer.username, consumer.id, consumer.custom_id)
                .with_context(|| format!("consumer {name}"))?,
        );
        for secret in consumer.jwt_secrets {
            let context = || format!("consumer {name}: jwt_secret {}", secret.key);
            let credential = Credential::new(
                &secret.key,
                secret.algorithm,
                secret.secret.as_deref(),
                secret.rsa_public_key.as_deref(),
                Arc::clone(&shared),
            )
            .with_context(context)?;
            ensure!(
                credentials.insert(secret.key.clone(), credential),
                "{}: the key is used twice",
                context()
            );
        }
    }
    Ok(credentials)
}

fn refuse_doubles<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        ensure!(seen.insert(name), "{what} {name} is configured twice");
    }
    Ok(())
}
