//! The comparison: a pure function of the files that were read.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use crate::names::{pascal, upper_snake};
use crate::project::{Crate, Function, Operation, Project, Route, Service, list};

/// Every disagreement, a sentence each.
pub(crate) fn disagreements(project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    names(project, &mut found);
    for operation in &project.operations {
        documented(operation, &mut found);
        let service = project.services.iter().find(|it| it.name == operation.name);
        if let Some(service) = service {
            let_in(operation, service, &mut found);
            transformed(&project.transformer, service, &mut found);
        }
        let folder = format!("functions/{}/{}", operation.folder, operation.name);
        if let Some(code) = project.crates.iter().find(|it| it.folder == folder) {
            served(operation, code, &mut found);
        }
        if let Some(function) = project.functions.iter().find(|it| it.code_uri == folder) {
            described(operation, function, &mut found);
            if let Some(service) = service {
                waits(service, function, &mut found);
            }
        }
    }
    let named = project.functions.iter().flat_map(|it| it.environment.values());
    let parameters: BTreeSet<&str> = named.filter_map(|value| value.strip_prefix("ssm:")).collect();
    for function in &project.functions {
        function_names(function, &mut found);
        rights(function, &parameters, &mut found);
        if let Some(code) = project.crates.iter().find(|it| it.folder == function.code_uri) {
            environment(function, code, &mut found);
        }
    }
    saga(project, &mut found);
    codes(project, &mut found);
    found
}

/// Compares which names are where, and their order.
fn names(project: &Project, found: &mut Vec<String>) {
    let operations: Vec<String> = project.operations.iter().map(|it| it.name.clone()).collect();
    let services: Vec<String> = project.services.iter().map(|it| it.name.clone()).collect();
    same_list("openapi.yaml", &operations, "kong/kong.yaml", &services, found);

    let folders: Vec<String> = project
        .operations
        .iter()
        .map(|it| format!("functions/{}/{}", it.folder, it.name))
        .collect();
    let public = project.functions.iter().filter(|it| it.has_url);
    let public: Vec<String> = public.map(|it| it.code_uri.clone()).collect();
    same_list("openapi.yaml", &folders, "template.yaml with a URL", &public, found);

    let serving = project.crates.iter().filter(|it| !it.routes.is_empty());
    let serving: BTreeSet<&String> = serving.map(|it| &it.folder).collect();
    same_set("openapi.yaml", &folders.iter().collect(), "a crate with a route", &serving, found);

    let blocks: BTreeSet<&String> = project.functions.iter().map(|it| &it.code_uri).collect();
    let crates: BTreeSet<&String> = project.crates.iter().map(|it| &it.folder).collect();
    same_set("template.yaml", &blocks, "functions/", &crates, found);

    let urls: Vec<String> = operations.iter().map(|name| pascal(name) + "Url").collect();
    let outputs = project.outputs.iter().filter(|name| name.ends_with("Url"));
    let outputs: Vec<String> = outputs.cloned().collect();
    same_list("openapi.yaml", &urls, "the outputs of template.yaml", &outputs, found);

    for code in &project.crates {
        if code.folder.rsplit('/').next() != Some(&code.package) {
            found.push(format!("{}: its package is named {}", code.folder, code.package));
        }
    }
}

fn same_list(here: &str, ours: &[String], there: &str, theirs: &[String], found: &mut Vec<String>) {
    let before = found.len();
    same_set(here, &ours.iter().collect(), there, &theirs.iter().collect(), found);
    if found.len() > before {
        return; // a missing name also shifts the rest
    }
    if let Some((our, their)) = ours.iter().zip(theirs).find(|(our, their)| our != their) {
        found.push(format!("{their}: in {there} it stands where {here} has {our}"));
    } else if ours.len() != theirs.len() {
        found.push(format!("{there} names something twice that {here} has once"));
    }
}

fn same_set(
    here: &str,
    ours: &BTreeSet<&String>,
    there: &str,
    theirs: &BTreeSet<&String>,
    found: &mut Vec<String>,
) {
    let missing = ours.difference(theirs);
    found.extend(missing.map(|name| format!("{name}: in {here}, and not in {there}")));
    let surplus = theirs.difference(ours);
    found.extend(surplus.map(|name| format!("{name}: in {there}, and not in {here}")));
}

/// Checks that an operation documents the answers that its gateway can give.
fn documented(operation: &Operation, found: &mut Vec<String>) {
    let mut always = vec![400, 401, 429, 500, 502, 503, 504];
    if operation.takes_body {
        always.extend([413, 417]);
    }
    for status in always {
        if !operation.statuses.contains(&status) {
            found.push(format!("{}: openapi.yaml has no {status}", operation.name));
        }
    }
    for (status, code) in operation.codes.symmetric_difference(&operation.codes_of_examples) {
        let name = &operation.name;
        found.push(format!("{name}: {status} {code} is not in both codes and examples"));
    }
    for status in operation.from_gateway.symmetric_difference(&operation.gateway_examples) {
        let name = &operation.name;
        found.push(format!("{name}: {status} is not both from the gateway and shown so"));
    }
}

/// Checks that the gateway lets in what is promised, and nothing else.
fn let_in(operation: &Operation, service: &Service, found: &mut Vec<String>) {
    let name = &operation.name;
    let url = format!("${{{{ env \"DECK_{}_URL\" }}}}", upper_snake(name));
    if service.url != url {
        found.push(format!("{name}: kong/kong.yaml has the url {}, not {url}", service.url));
    }
    let [route] = service.routes.as_slice() else {
        found.push(format!("{name}: kong/kong.yaml has {} routes, not 1", service.routes.len()));
        return;
    };
    if route.name != *name {
        found.push(format!("{name}: kong/kong.yaml names its route {}", route.name));
    }
    // A browser's preflight is not part of the API: the cors plugin answers it.
    let preflight = if route.plugins.contains_key("cors") { ", OPTIONS" } else { "" };
    let (methods, expected) = (route.methods.join(", "), operation.method.clone() + preflight);
    if methods != expected {
        found.push(format!("{name}: kong/kong.yaml lets in {methods}, not {expected}"));
    }
    let paths: Vec<String> = route.paths.iter().map(|path| path_template(path)).collect();
    if paths != [operation.path.as_str()] {
        let paths = paths.join(", ");
        found.push(format!(
            "{name}: kong/kong.yaml lets in {paths}, openapi.yaml has {}",
            operation.path,
        ));
    }
    tokens(operation, route, found);
    limits(operation, route, found);
}

/// A path of Kong in the form of `openapi.yaml`, if it matches whole paths.
fn path_template(path: &str) -> String {
    let whole = path.strip_prefix('~').and_then(|regex| regex.strip_suffix('$'));
    let (Some(regex), Ok(group)) = (whole, Regex::new(r"\(\?<(\w+)>[^()]*\)")) else {
        return format!("all that begins with {path}");
    };
    group.replace_all(regex, "{$1}").replace('\\', "")
}

fn tokens(operation: &Operation, route: &Route, found: &mut Vec<String>) {
    let name = &operation.name;
    match (operation.needs_token, route.plugins.contains_key("jwt")) {
        (true, false) => {
            found.push(format!("{name}: needs a token, and kong/kong.yaml asks for none"));
        }
        (false, true) => {
            found.push(format!("{name}: needs no token, and kong/kong.yaml asks for one"));
        }
        _ => {}
    }
}

fn limits(operation: &Operation, route: &Route, found: &mut Vec<String>) {
    let name = &operation.name;
    let limiting = route.plugins.get("rate-limiting").unwrap_or(&Value::Null);
    let limit = limiting["minute"].as_u64();
    if limit != operation.limit_per_minute || limit.is_none() {
        let said = |limit: Option<u64>| limit.map_or("no limit".to_owned(), |it| it.to_string());
        found.push(format!(
            "{name}: a minute has {} in kong/kong.yaml, {} in openapi.yaml",
            said(limit),
            said(operation.limit_per_minute),
        ));
    }
    let counted_by = (limiting["limit_by"].as_str(), limiting["header_name"].as_str());
    let expected = if operation.needs_token {
        (Some("header"), Some("TenjoPlayer"))
    } else {
        (Some("header"), Some("TenjoNetwork"))
    };
    if counted_by != expected {
        found.push(format!("{name}: kong/kong.yaml counts by {counted_by:?}, not {expected:?}"));
    }
}

/// Checks that a service whose transformer replaces the one that applies everywhere takes
/// away and adds at least the same headers.
fn transformed(everywhere: &Value, service: &Service, found: &mut Vec<String>) {
    for route in &service.routes {
        let own = route.plugins.get("request-transformer").unwrap_or(&Value::Null);
        for act in ["remove", "add"] {
            let pointer = format!("/{act}/headers");
            let ours: Vec<&Value> = list(own, &pointer).collect();
            let missing = list(everywhere, &pointer).filter(|header| !ours.contains(header));
            found.extend(missing.filter_map(Value::as_str).map(|header| {
                let name = &service.name;
                format!("{name}: its request-transformer does not {act} {header}")
            }));
        }
    }
}

/// Checks that the code serves the route that is promised.
fn served(operation: &Operation, code: &Crate, found: &mut Vec<String>) {
    let promised = format!("{} {}", operation.method, operation.path);
    if code.routes != [promised.as_str()] {
        let served = code.routes.join(", ");
        let name = &operation.name;
        found.push(format!("{name}: its code serves {served}, openapi.yaml has {promised}"));
    }
}

fn described(operation: &Operation, function: &Function, found: &mut Vec<String>) {
    let promised = format!("{} {}", operation.method, operation.path);
    if function.description != promised {
        let (name, description) = (&operation.name, &function.description);
        found.push(format!("{name}: template.yaml describes it as {description}, not {promised}"));
    }
}

/// Checks that the gateway waits for as long as the function may run.
fn waits(service: &Service, function: &Function, found: &mut Vec<String>) {
    if service.read_timeout_ms < function.timeout_s * 1000 {
        found.push(format!(
            "{}: kong/kong.yaml waits {} ms, and template.yaml lets it run for {} s",
            service.name, service.read_timeout_ms, function.timeout_s,
        ));
    }
}

fn function_names(function: &Function, found: &mut Vec<String>) {
    let name = function.code_uri.rsplit('/').next().unwrap_or_default();
    if function.logical_id != pascal(name) {
        found.push(format!("{name}: template.yaml calls its block {}", function.logical_id));
    }
    if function.function_name != format!("tenjo-${{Stage}}-{name}") {
        found.push(format!("{name}: template.yaml names it {}", function.function_name));
    }
}

/// Checks that a function may read the parameters that its environment names, and no
/// others.
fn rights(function: &Function, parameters: &BTreeSet<&str>, found: &mut Vec<String>) {
    let values = function.environment.values();
    let needed: BTreeSet<&str> = values.filter_map(|value| value.strip_prefix("ssm:")).collect();
    let block = &function.logical_id;
    for name in &needed {
        if !function.may_read.iter().any(|pattern| is_below(pattern, name)) {
            found.push(format!("{block}: needs {name}, and may not read it"));
        }
    }
    for pattern in &function.may_read {
        let covered: Vec<_> = parameters.iter().filter(|name| is_below(pattern, name)).collect();
        if covered.is_empty() || covered.iter().any(|name| !needed.contains(*name)) {
            found.push(format!("{block}: may read {pattern}, and does not need it"));
        }
    }
}

/// Whether a pattern is a parameter's name, or the path above it and a star.
fn is_below(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |path| name.starts_with(path))
}

/// Checks that a function's environment has the settings that its code reads, and no
/// others.
fn environment(function: &Function, code: &Crate, found: &mut Vec<String>) {
    let set: BTreeSet<String> = function.environment.keys().cloned().collect();
    let folder = &code.folder;
    let missing = code.settings.difference(&set);
    found.extend(missing.map(|name| format!("{folder}: reads {name}; template.yaml has none")));
    let surplus = set.difference(&code.settings);
    found.extend(surplus.map(|name| format!("{folder}: never reads {name} of template.yaml")));
}

/// Checks that each step is its own function's alias, and may be invoked.
fn saga(project: &Project, found: &mut Vec<String>) {
    let saga = &project.saga;
    let filled_in: BTreeSet<&String> = saga.substitutions.keys().collect();
    let placeholders = saga.placeholders.iter().collect();
    same_set("gacha-saga.asl.json", &placeholders, "its substitutions", &filled_in, found);

    for (placeholder, alias) in &saga.substitutions {
        let step = placeholder.strip_suffix("FunctionArn").unwrap_or(placeholder);
        if *alias != format!("{step}.Alias") {
            found.push(format!("{placeholder}: template.yaml fills in {alias}"));
        }
        if !project.functions.iter().any(|function| function.logical_id == step) {
            found.push(format!("{placeholder}: template.yaml has no function {step}"));
        }
    }
    let aliases = saga.substitutions.values().collect();
    let may_invoke = saga.may_invoke.iter().collect();
    same_set(
        "the substitutions",
        &aliases,
        "what the state machine may invoke",
        &may_invoke,
        found,
    );
}

/// Checks that the code's errors and the documented ones are the same.
fn codes(project: &Project, found: &mut Vec<String>) {
    let documented: BTreeSet<_> = project.operations.iter().flat_map(|it| &it.codes).collect();
    for (status, code) in project.codes.iter().filter(|pair| !documented.contains(pair)) {
        found.push(format!("{status} {code}: in shared/http, and not in openapi.yaml"));
    }
    for (status, code) in documented.into_iter().filter(|pair| !project.codes.contains(pair)) {
        found.push(format!("{status} {code}: in openapi.yaml, and not in shared/http"));
    }
}
