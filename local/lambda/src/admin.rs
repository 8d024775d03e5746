//! Operations that Lambda does not have: a list of processes, the functions that
//! are being built, and faults.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::faults::{Faults, Plan};
use crate::reply::{self, Reply};
use crate::service::Service;

/// Which functions are being built, and how long their callers wait.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Building {
    functions: Which,
    #[serde(default = "default_wait_ms")]
    wait_ms: u64,
}

/// Shorter than the gateway waits for any function.
fn default_wait_ms() -> u64 {
    8_000
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Which {
    All(All),
    These(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

/// The function of which a process is to be killed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kill {
    function: String,
}

/// Answers one call. The operations for faults exist only with `--faults`.
pub(crate) fn call(service: &Service, method: &Method, path: &str, body: &Bytes) -> Reply {
    match (method, path) {
        (&Method::GET, "processes") => reply::json(StatusCode::OK, &processes(service)),
        (&Method::GET, "building") => reply::json(StatusCode::OK, &building(service)),
        (&Method::PUT, "building") => set_building(service, body),
        (&Method::GET, "faults") if service.faults => reply::json(StatusCode::OK, &faults(service)),
        (&Method::PUT, "faults") if service.faults => set_faults(service, body),
        (&Method::POST, "kill") if service.faults => kill(service, body),
        _ => reply::unknown_operation(),
    }
}

fn processes(service: &Service) -> Value {
    let of_one = |function: &std::sync::Arc<crate::function::Function>| {
        let name = function.name().to_owned();
        function.processes().into_iter().map(move |seen| {
            json!({
                "function": name,
                "pid": seen.pid,
                "state": seen.state,
                "init_us": seen.init.map(|init| u64::try_from(init.as_micros()).unwrap_or(u64::MAX)),
            })
        })
    };
    service.functions().flat_map(of_one).collect()
}

fn building(service: &Service) -> Value {
    let functions = service.functions().filter(|function| function.is_being_built());
    functions.map(|function| function.name()).collect()
}

fn set_building(service: &Service, body: &[u8]) -> Reply {
    let plan: Building = match serde_json::from_slice(body) {
        Ok(plan) => plan,
        Err(error) => return reply::bad_parameter(&error.to_string()),
    };
    if let Which::These(names) = &plan.functions
        && let Some(unknown) = names.iter().find(|name| service.function(name).is_none())
    {
        return reply::not_found(unknown);
    }
    let wait = std::time::Duration::from_millis(plan.wait_ms);
    for function in service.functions() {
        let is_built = match &plan.functions {
            Which::All(All::All) => true,
            Which::These(names) => names.iter().any(|name| name == function.name()),
        };
        function.set_building(is_built.then_some(wait));
    }
    reply::json(StatusCode::OK, &building(service))
}

fn faults(service: &Service) -> Value {
    let mut all = Map::new();
    for function in service.functions() {
        let faults = function.faults();
        if faults.are_set() {
            let value = serde_json::to_value(&*faults).unwrap_or_default();
            all.insert(function.name().to_owned(), value);
        }
    }
    Value::Object(all)
}

fn set_faults(service: &Service, body: &[u8]) -> Reply {
    let plan: Plan = match serde_json::from_slice(body) {
        Ok(plan) => plan,
        Err(error) => return reply::bad_parameter(&error.to_string()),
    };
    if let Err(refusal) = plan.check() {
        return reply::bad_parameter(&refusal);
    }
    let Some(function) = service.function(&plan.function) else {
        return reply::not_found(&plan.function);
    };
    *function.faults() = Faults::new(plan);
    reply::json(StatusCode::OK, &faults(service))
}

fn kill(service: &Service, body: &[u8]) -> Reply {
    let Kill { function: name } = match serde_json::from_slice(body) {
        Ok(kill) => kill,
        Err(error) => return reply::bad_parameter(&error.to_string()),
    };
    let Some(function) = service.function(&name) else { return reply::not_found(&name) };
    let pid = function.kill_any().map(nix::unistd::Pid::as_raw);
    reply::json(StatusCode::OK, &json!({ "pid": pid }))
}
