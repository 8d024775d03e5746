//! Which functions the state machine calls.

use anyhow::Context;
use regex::Regex;
use serde_json::Value;

use crate::project::{Saga, list, mapping};

pub(crate) fn read(definition: &str, template: &Value) -> anyhow::Result<Saga> {
    let machine = mapping(template, "/Resources")?
        .values()
        .find(|resource| resource["Type"] == "AWS::Serverless::StateMachine")
        .context("template.yaml has no state machine")?;
    let placeholder = Regex::new(r"\$\{(\w+)\}")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(Saga {
        placeholders: placeholder
            .captures_iter(definition)
            .map(|found| found[1].to_owned())
            .collect(),
        substitutions: mapping(machine, "/Properties/DefinitionSubstitutions")?
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        may_invoke: list(machine, "/Properties/Policies")
            .flat_map(|policy| list(policy, "/Statement"))
            .filter(|statement| statement["Action"] == "lambda:InvokeFunction")
            .flat_map(|statement| list(statement, "/Resource"))
            .map(text)
            .collect(),
    })
}
