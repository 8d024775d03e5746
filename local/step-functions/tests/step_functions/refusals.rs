//! What cannot be run is refused when it is loaded, and named.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenjo_step_functions::StateMachine;

use crate::support::load;

/// A machine that loads, with a task, a choice, and both ends.
fn good() -> Value {
    json!({
        "Comment": "c",
        "StartAt": "Work",
        "TimeoutSeconds": 60,
        "States": {
            "Work": {
                "Comment": "c",
                "Type": "Task",
                "Resource": "arn:aws:lambda:local:000000000000:function:work",
                "Parameters": { "id.$": "$.id" },
                "TimeoutSeconds": 5,
                "Retry": [{ "ErrorEquals": ["E"], "MaxDelaySeconds": 9, "JitterStrategy": "NONE" }],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Bad" }],
                "Next": "Check",
            },
            "Check": {
                "Comment": "c",
                "Type": "Choice",
                "Choices": [{ "Variable": "$.s", "StringEquals": "x", "Next": "Good" }],
                "Default": "Bad",
            },
            "Good": { "Comment": "c", "Type": "Succeed" },
            "Bad": { "Comment": "c", "Type": "Fail", "Error": "E", "Cause": "C" },
        },
    })
}

#[track_caller]
fn assert_refused(definition: &Value, names: &[&str]) {
    let error = load(definition.clone()).expect_err(&format!("{definition} loads"));
    let error = format!("{error:#}");
    for name in names {
        assert!(error.contains(&format!("`{name}`")), "`{name}` is not in: {error}");
    }
}

#[test]
fn what_is_supported_loads() {
    load(good()).unwrap();
}

#[test]
fn fields_that_are_not_supported_are_refused_by_name() {
    for (at, state, fields) in [
        ("", None, &["Version", "QueryLanguage", "Assign"][..]),
        (
            "/States/Work",
            Some("Work"),
            &[
                "InputPath",
                "OutputPath",
                "ResultPath",
                "ResultSelector",
                "TimeoutSecondsPath",
                "HeartbeatSeconds",
                "Credentials",
                "Arguments",
                "Output",
                "End",
                "next",
            ],
        ),
        ("/States/Work/Retry/0", Some("Work"), &["Comment", "Next"]),
        ("/States/Work/Catch/0", Some("Work"), &["Comment", "Output"]),
        ("/States/Check", Some("Check"), &["InputPath", "Next", "End"]),
        (
            "/States/Check/Choices/0",
            Some("Check"),
            &["And", "Or", "Not", "StringMatches", "NumericEquals", "StringEqualsPath", "IsNull"],
        ),
        ("/States/Good", Some("Good"), &["InputPath", "Output", "Next"]),
        ("/States/Bad", Some("Bad"), &["ErrorPath", "CausePath", "Next"]),
    ] {
        for field in fields {
            let mut definition = good();
            definition.pointer_mut(at).unwrap()[field] = json!("x");
            assert_refused(&definition, &[&[*field][..], state.as_slice()].concat());
        }
    }
}

#[test]
fn fields_that_must_be_there_are_named() {
    for (at, fields) in [
        ("", &["StartAt", "States"][..]),
        ("/States/Work", &["Type", "Resource", "Next"]),
        ("/States/Work/Retry/0", &["ErrorEquals"]),
        ("/States/Work/Catch/0", &["ErrorEquals", "ResultPath", "Next"]),
        ("/States/Check", &["Choices"]),
        ("/States/Check/Choices/0", &["Variable", "StringEquals", "Next"]),
        ("/States/Bad", &["Error", "Cause"]),
    ] {
        for field in fields {
            let mut definition = good();
            definition.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(*field);
            assert_refused(&definition, &[field]);
        }
    }
}

#[test]
fn values_that_are_not_supported_are_refused() {
    for (at, value, name) in [
        ("/StartAt", json!("Nowhere"), "Nowhere"),
        ("/States/Work/Type", json!("Parallel"), "Parallel"),
        ("/States/Work/Type", json!("Wait"), "Wait"),
        ("/States/Work/Type", json!("Map"), "Map"),
        ("/States/Work/Type", json!("Pass"), "Pass"),
        ("/States/Work/Next", json!("Nowhere"), "Nowhere"),
        ("/States/Work/Catch/0/Next", json!("Nowhere"), "Nowhere"),
        ("/States/Work/Catch/0/ResultPath", json!("$.error"), "ResultPath"),
        ("/States/Work/Parameters", json!({ "a": { "b.$": "$" } }), "a"),
        ("/States/Work/Parameters", json!({ "a.$": 1 }), "a.$"),
        ("/States/Work/Parameters", json!({ "a.$": "States.UUID()" }), "States.UUID()"),
        ("/States/Work/Parameters", json!({ "a.$": "$.list[0]" }), "$.list[0]"),
        ("/States/Work/Parameters", json!({ "a.$": "$$.Execution.Id" }), "$$.Execution.Id"),
        (
            "/States/Work/Resource",
            json!("arn:aws:states:::lambda:invoke"),
            "arn:aws:states:::lambda:invoke",
        ),
        (
            "/States/Work/Resource",
            json!("arn:aws:lambda:local:000000000000:function:work:live:1"),
            "arn:aws:lambda:local:000000000000:function:work:live:1",
        ),
        ("/States/Work/Retry/0/ErrorEquals", json!([]), "ErrorEquals"),
        ("/States/Work/Retry/0/ErrorEquals", json!(["States.ALL", "E"]), "States.ALL"),
        ("/States/Work/Retry/0/ErrorEquals", json!(["States.Permissions"]), "States.Permissions"),
        ("/States/Work/Retry/0/IntervalSeconds", json!(0), "IntervalSeconds"),
        ("/States/Work/Retry/0/BackoffRate", json!(0.5), "BackoffRate"),
        ("/States/Work/Retry/0/MaxDelaySeconds", json!(0), "MaxDelaySeconds"),
        ("/States/Work/Retry/0/JitterStrategy", json!("SOME"), "SOME"),
        ("/States/Check/Choices", json!([]), "Choices"),
        ("/States/Check/Choices/0/IsPresent", json!(true), "IsPresent"),
        ("/States/Check/Choices/0/Variable", json!("$.s.*"), "$.s.*"),
        ("/States/Check/Choices/0/Variable", json!("$$.Execution.Input.s"), "Variable"),
        ("/States/Check/Choices/0/Next", json!("Nowhere"), "Nowhere"),
        ("/States/Check/Default", json!("Nowhere"), "Nowhere"),
    ] {
        let mut definition = good();
        let (parent, field) = at.rsplit_once('/').unwrap();
        definition.pointer_mut(parent).unwrap()[field] = value;
        assert_refused(&definition, &[name]);
    }
}

#[test]
fn timeouts_are_whole_seconds_and_at_least_one() {
    for at in ["", "/States/Work"] {
        for value in [json!(0), json!(-1), json!(1.5), json!("5")] {
            let mut definition = good();
            definition.pointer_mut(at).unwrap()["TimeoutSeconds"] = value;
            load(definition).unwrap_err();
        }
    }
}

#[test]
fn a_wildcard_that_is_not_last_is_refused() {
    for field in ["Retry", "Catch"] {
        let mut definition = good();
        let entries = definition["States"]["Work"][field].as_array_mut().unwrap();
        let mut first = entries[0].clone();
        first["ErrorEquals"] = json!(["States.ALL"]);
        entries.insert(0, first);
        entries[1]["ErrorEquals"] = json!(["E"]);
        assert_refused(&definition, &["Work", field, "States.ALL"]);
    }
}

#[test]
fn states_that_cannot_be_reached_are_refused() {
    let mut definition = good();
    definition["States"]["Island"] = json!({ "Type": "Succeed" });
    assert_refused(&definition, &["Island"]);
}

#[test]
fn substitutions_are_filled_in_and_missing_ones_are_named() {
    let mut definition = good();
    definition["States"]["Work"]["Resource"] = json!("${WorkArn}");
    let text = definition.to_string();
    let arn = "arn:aws:lambda:local:000000000000:function:work";
    let substitutions = |name: &str| BTreeMap::from([(name.to_owned(), arn.to_owned())]);

    StateMachine::load(&text, &substitutions("WorkArn")).unwrap();
    let error = StateMachine::load(&text, &substitutions("Other")).unwrap_err();
    assert!(error.to_string().contains("`${WorkArn}`"), "{error}");
    let error = StateMachine::load("{\"StartAt\": \"${Work", &substitutions("Work")).unwrap_err();
    assert!(error.to_string().contains("closing"), "{error}");
}
