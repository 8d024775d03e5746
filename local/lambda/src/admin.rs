//! What Lambda does not have: a look at the processes, and faults.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::faults::{Faults, Plan};
use crate::reply::{self, Reply};
use crate::service::Service;

/// A function to kill a process of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kill {
    function: String,
}

/// Answers one call. Without `--faults` there are none to be asked for.
pub(crate) fn call(service: &Service, method: &Method, path: &str, body: &Bytes) -> Reply {
    match (method, path) {
        (&Method::GET, "processes") => reply::json(StatusCode::OK, &processes(service)),
        (&Method::GET, "faults") if service.faults => reply::json(StatusCode::OK, &faults(service)),
        (&Method::PUT, "faults") if service.faults => set_faults(service, body),
        (&Method::POST, "kill") if service.faults => kill(service, body),
        _ => reply::unknown_operation(),
    }
}

fn processes(service: &Service) -> Value {
    let of_one = |function: &std::sync::Arc<crate::function::Function>| {
        let name = function.name().to_owned();
        function
            .processes()
            .into_iter()
            .map(move |seen| json!({ "function": name, "pid": seen.pid, "state": seen.state }))
    };
    service.functions().flat_map(of_one).collect()
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
