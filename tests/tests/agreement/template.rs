//! The functions of `template.yaml`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::project::{Function, mapping, string};

pub(crate) fn functions(template: &Value) -> anyhow::Result<Vec<Function>> {
    let globals = mapping(template, "/Globals/Function/Environment/Variables")?;
    let timeout = &template["Globals"]["Function"]["Timeout"];
    let resources = mapping(template, "/Resources")?;
    Ok(resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(logical_id, resource)| {
            let properties = &resource["Properties"];
            let own = properties["Environment"]["Variables"].as_object();
            Function {
                logical_id: logical_id.clone(),
                function_name: string(properties, "/FunctionName"),
                code_uri: string(properties, "/CodeUri"),
                description: string(properties, "/Description"),
                has_url: properties["FunctionUrlConfig"]["AuthType"] == "NONE",
                // Lambda's default is three seconds.
                timeout_s: properties["Timeout"].as_u64().or(timeout.as_u64()).unwrap_or(3),
                environment: globals
                    .iter()
                    .chain(own.into_iter().flatten())
                    .map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").to_owned()))
                    .collect(),
                may_read: parameters(&properties["Policies"], resources),
            }
        })
        .collect())
}

pub(crate) fn outputs(template: &Value) -> anyhow::Result<Vec<String>> {
    Ok(mapping(template, "/Outputs")?.keys().cloned().collect())
}

/// The SSM parameters that policies name, each with the slash it begins with: their
/// own, and those of the managed policies that they refer to.
fn parameters(policies: &Value, resources: &Map<String, Value>) -> BTreeSet<String> {
    match policies {
        Value::String(text) => match (text.split_once(":parameter/"), resources.get(text)) {
            (Some((_, name)), _) => BTreeSet::from([format!("/{name}")]),
            (None, Some(managed)) if managed["Type"] == "AWS::IAM::ManagedPolicy" => {
                parameters(&managed["Properties"]["PolicyDocument"], resources)
            }
            _ => BTreeSet::new(),
        },
        Value::Array(list) => list.iter().flat_map(|one| parameters(one, resources)).collect(),
        Value::Object(fields) => {
            fields.values().flat_map(|one| parameters(one, resources)).collect()
        }
        _ => BTreeSet::new(),
    }
}
