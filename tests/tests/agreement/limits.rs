//! How much of the account's capacity each function may take, and which alarm goes off
//! when a scheduled function does not run.

use serde_json::Value;

use crate::project::{mapping, yaml};

/// What AWS gives an account by default, less what must stay unreserved.
const TO_RESERVE: u64 = 1000 - 100;

/// The default of a parameter that a property names by `!If [condition, !Ref name, …]`,
/// or the number itself.
fn reserved(template: &Value, property: &Value) -> Option<u64> {
    let name = match property {
        Value::Array(parts) => parts.get(1)?.as_str()?,
        number => return number.as_u64(),
    };
    let default = &template["Parameters"][name]["Default"];
    default.as_str().and_then(|text| text.parse().ok()).or(default.as_u64())
}

/// Each function's logical id, properties and reserved concurrency.
fn functions(template: &Value) -> Vec<(String, Value, Option<u64>)> {
    let of_all = &template["Globals"]["Function"]["ReservedConcurrentExecutions"];
    let resources = mapping(template, "/Resources").unwrap();
    let functions = resources.iter().filter(|(_, it)| it["Type"] == "AWS::Serverless::Function");
    functions
        .map(|(logical_id, function)| {
            let properties = function["Properties"].clone();
            let own = &properties["ReservedConcurrentExecutions"];
            let reserved = reserved(template, if own.is_null() { of_all } else { own });
            (logical_id.clone(), properties, reserved)
        })
        .collect()
}

#[test]
fn every_function_has_a_limit_and_together_they_fit_an_account() {
    let template = yaml("template.yaml").unwrap();
    let functions = functions(&template);
    let without: Vec<_> = functions.iter().filter(|it| it.2.is_none_or(|most| most == 0)).collect();
    assert!(without.is_empty(), "without a limit: {without:?}");
    let total: u64 = functions.iter().filter_map(|(_, _, reserved)| *reserved).sum();
    assert!(total <= TO_RESERVE, "{total} are reserved, of {TO_RESERVE}");
    // The steps, which strangers cannot call, have more than any route that they can.
    let most_of = |is_step: bool| {
        let is_of = |properties: &Value| {
            let folder = properties["CodeUri"].as_str().unwrap_or_default();
            folder.starts_with("functions/saga/") == is_step
                && (is_step || properties["FunctionUrlConfig"].is_object())
                && !folder.ends_with("/request-draw")
        };
        let all = functions.iter().filter(move |(_, properties, _)| is_of(properties));
        all.filter_map(|(_, _, reserved)| *reserved).collect::<Vec<_>>()
    };
    let (steps, routes) = (most_of(true), most_of(false));
    assert_eq!(steps.len(), 4);
    assert!(steps.iter().min() > routes.iter().max(), "{steps:?}, {routes:?}");
}

#[test]
fn a_scheduled_function_that_does_not_run_is_noticed() {
    let template = yaml("template.yaml").unwrap();
    let resources = mapping(&template, "/Resources").unwrap();
    let scheduled: Vec<String> = functions(&template)
        .into_iter()
        .filter(|(_, properties, _)| properties["Events"].is_object())
        .map(|(logical_id, ..)| logical_id)
        .collect();
    assert!(scheduled.len() >= 3, "{scheduled:?}");
    for function in scheduled {
        let is_heard = resources.values().any(|alarm| {
            let properties = &alarm["Properties"];
            alarm["Type"] == "AWS::CloudWatch::Alarm"
                && properties["TreatMissingData"] == "breaching"
                && properties["Dimensions"][0]["Value"] == *function
        });
        assert!(is_heard, "no alarm goes off when {function} does not run");
    }
}
