//! The routes and plugins of `kong/kong.yaml`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::project::{Route, Service, list, string};

pub(crate) fn services(document: &Value) -> anyhow::Result<Vec<Service>> {
    let everywhere = plugins(document);
    Ok(list(document, "/services")
        .map(|service| {
            let of_service = plugins(service);
            let routes = list(service, "/routes").map(|route| Route {
                name: string(route, "/name"),
                methods: strings(route, "/methods"),
                paths: strings(route, "/paths"),
                // The most specific setting of a plugin applies.
                plugins: [&everywhere, &of_service, &plugins(route)]
                    .into_iter()
                    .flat_map(Clone::clone)
                    .collect(),
            });
            Service {
                name: string(service, "/name"),
                url: string(service, "/url"),
                // Kong's default is a minute.
                read_timeout_ms: service["read_timeout"].as_u64().unwrap_or(60_000),
                routes: routes.collect(),
            }
        })
        .collect())
}

/// The settings of the request-transformer that applies everywhere.
pub(crate) fn transformer(document: &Value) -> Value {
    plugins(document).remove("request-transformer").unwrap_or_default()
}

fn plugins(owner: &Value) -> BTreeMap<String, Value> {
    list(owner, "/plugins")
        .filter(|plugin| plugin.get("enabled") != Some(&Value::Bool(false)))
        .map(|plugin| (string(plugin, "/name"), plugin["config"].clone()))
        .collect()
}

fn strings(owner: &Value, pointer: &str) -> Vec<String> {
    list(owner, pointer).filter_map(Value::as_str).map(str::to_owned).collect()
}
