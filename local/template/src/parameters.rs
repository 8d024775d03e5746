//! The values of a template's parameters.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;

use crate::Refusal;

/// The parameters of a deployment, like `--parameter-overrides`.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    /// The values that differ from the defaults, or have none.
    pub values: BTreeMap<String, String>,
    /// Parameters whose limits in the template do not apply, because the reason for
    /// the limits is different on one machine.
    pub without_limits: Vec<&'static str>,
}

/// What `Ref` gives for each parameter.
pub(crate) fn read(
    template: &Value,
    parameters: &Parameters,
) -> Result<BTreeMap<String, Value>, Refusal> {
    let nothing = serde_json::Map::new();
    let declared = template["Parameters"].as_object().unwrap_or(&nothing);
    if let Some(unknown) = parameters.values.keys().find(|name| !declared.contains_key(*name)) {
        return Err(Refusal::new(unknown, "there is no such parameter"));
    }
    let read = declared.iter().map(|(name, declaration)| {
        let given = parameters.values.get(name).cloned();
        let limited = !parameters.without_limits.contains(&name.as_str());
        let value = one(declaration, given, limited);
        Ok((name.clone(), value.map_err(|problem| Refusal::new(name, problem))?))
    });
    read.collect()
}

fn one(declaration: &Value, given: Option<String>, limited: bool) -> Result<Value, String> {
    let fields = declaration.as_object().ok_or("it is not a parameter")?;
    let text = given
        .or_else(|| fields.get("Default").map(text))
        .ok_or("the parameter has no value and no default")?;
    for (field, limit) in fields {
        let holds = match field.as_str() {
            "Type" | "Default" | "Description" | "NoEcho" => true,
            "AllowedPattern" => {
                let pattern = limit.as_str().unwrap_or_default();
                let pattern = Regex::new(&format!("^(?:{pattern})$"));
                pattern.map_err(|error| error.to_string())?.is_match(&text)
            }
            "AllowedValues" => {
                limit.as_array().is_some_and(|all| all.iter().any(|one| self::text(one) == text))
            }
            "MinLength" => number(limit)? <= length(&text),
            "MaxLength" => number(limit)? >= length(&text),
            "MinValue" => number(limit)? <= parse(&text)?,
            "MaxValue" => number(limit)? >= parse(&text)?,
            _ => return Err(format!("`{field}` of a parameter is not known here")),
        };
        if limited && !holds {
            return Err(format!("its value `{text}` is not as `{field}` wants it"));
        }
    }
    match fields.get("Type").and_then(Value::as_str) {
        Some("String") => Ok(text.into()),
        Some("Number") => parse(&text).map(|_| text.into()),
        Some("CommaDelimitedList") => Ok(text.split(',').map(|part| part.trim()).collect()),
        other => Err(format!("the type {other:?} of a parameter is not known here")),
    }
}

/// A scalar as CloudFormation writes it.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> Result<i64, String> {
    parse(&text(value))
}

fn parse(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number"))
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_one(declaration: Value, given: Option<&str>) -> Result<Value, String> {
        one(&declaration, given.map(str::to_owned), true)
    }

    #[test]
    fn a_parameter_has_its_value_or_its_default() {
        for (declaration, given, expected) in [
            (json!({ "Type": "String" }), Some("a"), json!("a")),
            (json!({ "Type": "String", "Default": "b" }), None, json!("b")),
            (json!({ "Type": "Number", "Default": 30 }), None, json!("30")),
            (json!({ "Type": "CommaDelimitedList" }), Some("a, b"), json!(["a", "b"])),
            (json!({ "Type": "CommaDelimitedList", "Default": "" }), None, json!([""])),
        ] {
            assert_eq!(read_one(declaration, given), Ok(expected));
        }
    }

    #[test]
    fn a_value_outside_its_limits_is_refused_unless_they_do_not_hold_here() {
        for (limit, good, bad) in [
            (json!({ "Type": "String", "AllowedPattern": "[a-z]{1,3}" }), "abc", "abcd"),
            (json!({ "Type": "String", "AllowedPattern": "a|b" }), "b", "ab"),
            (json!({ "Type": "String", "MinLength": 1 }), "a", ""),
            (json!({ "Type": "String", "MaxLength": 1 }), "é", "ab"),
            (json!({ "Type": "Number", "MinValue": 60 }), "60", "59"),
            (json!({ "Type": "Number", "MaxValue": 60 }), "60", "61"),
            (json!({ "Type": "Number", "AllowedValues": [1, 3] }), "3", "2"),
        ] {
            assert!(read_one(limit.clone(), Some(good)).is_ok(), "{limit} {good}");
            let refusal = read_one(limit.clone(), Some(bad)).unwrap_err();
            assert!(refusal.contains("is not as"), "{limit} {bad}: {refusal}");
            assert!(one(&limit, Some(bad.to_owned()), false).is_ok(), "{limit} {bad}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (declaration, given, refusal) in [
            (json!({ "Type": "String" }), None, "has no value and no default"),
            (json!({ "Type": "Number" }), Some("many"), "`many` is not a whole number"),
            (json!({ "Type": "AWS::EC2::VPC::Id" }), Some("a"), "AWS::EC2::VPC::Id"),
            (json!({ "Type": "String", "Const": 1 }), Some("a"), "`Const` of a parameter"),
        ] {
            let error = read_one(declaration, given).unwrap_err();
            assert!(error.contains(refusal), "{error}");
        }
        let template = json!({ "Parameters": {} });
        let values = BTreeMap::from([("Stge".to_owned(), "dev".to_owned())]);
        let parameters = Parameters { values, without_limits: Vec::new() };
        let error = read(&template, &parameters).unwrap_err().to_string();
        assert_eq!(error, "template.yaml, Stge: there is no such parameter");
    }
}
