//! The values of the intrinsic functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Refusal;
use crate::parameters::text;

/// All names that an expression may use.
pub(crate) struct Scope {
    /// Parameters and pseudo parameters.
    pub(crate) parameters: BTreeMap<String, Value>,
    /// What `Ref` gives for a resource, such as `OpsTable` or `Draw.Alias`.
    pub(crate) references: BTreeMap<String, String>,
    /// What `Fn::GetAtt` gives, by `Resource.Attribute`.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) conditions: Map<String, Value>,
}

const NO_VALUE: &str = "AWS::NoValue";

/// Conditions may refer to each other. A deeper chain counts as a cycle.
const DEEPEST: usize = 20;

impl Scope {
    /// The value of an expression; `None` if it is `AWS::NoValue`.
    pub(crate) fn value(&self, at: &str, value: &Value) -> Result<Option<Value>, Refusal> {
        let refuse = |problem: String| Err(Refusal::new(at, problem));
        match value {
            Value::Array(list) => {
                let list = list.iter().enumerate();
                let values = list.map(|(number, one)| self.value(&format!("{at}.{number}"), one));
                let values: Result<Vec<_>, _> = values.filter_map(Result::transpose).collect();
                Ok(Some(Value::Array(values?)))
            }
            Value::Object(fields) => match only(fields) {
                Some(("Ref", Value::String(name))) if name == NO_VALUE => Ok(None),
                Some(("Ref", Value::String(name))) => self.reference(at, name).map(Some),
                Some(("Fn::GetAtt", Value::Array(parts))) => {
                    let parts: Vec<_> = parts.iter().map(text).collect();
                    self.attribute(at, &parts.join(".")).map(|text| Some(text.into()))
                }
                Some(("Fn::Sub", Value::String(pattern))) => {
                    self.substitute(at, pattern, &Map::new()).map(|text| Some(text.into()))
                }
                Some(("Fn::Sub", Value::Array(parts))) => match parts.as_slice() {
                    [Value::String(pattern), Value::Object(own)] => {
                        self.substitute(at, pattern, own).map(|text| Some(text.into()))
                    }
                    _ => refuse("Fn::Sub takes a text and a mapping".to_owned()),
                },
                Some(("Fn::Join", Value::Array(parts))) => match parts.as_slice() {
                    [Value::String(between), list] => {
                        let list = self.value(at, list)?.unwrap_or_default();
                        let Value::Array(list) = list else {
                            return refuse("Fn::Join takes a list".to_owned());
                        };
                        let list: Vec<_> = list.iter().map(text).collect();
                        Ok(Some(list.join(between).into()))
                    }
                    _ => refuse("Fn::Join takes a text and a list".to_owned()),
                },
                Some(("Fn::If", Value::Array(parts))) => match parts.as_slice() {
                    [Value::String(condition), yes, no] => {
                        let holds = self.condition(at, condition, 0)?;
                        self.value(at, if holds { yes } else { no })
                    }
                    _ => refuse("Fn::If takes a condition and two values".to_owned()),
                },
                Some((name, _)) if name == "Ref" || name.starts_with("Fn::") => {
                    refuse(format!("this {name} is not known here"))
                }
                _ => {
                    let mut values = Map::new();
                    for (name, value) in fields {
                        if let Some(value) = self.value(&format!("{at}.{name}"), value)? {
                            values.insert(name.clone(), value);
                        }
                    }
                    Ok(Some(Value::Object(values)))
                }
            },
            _ => Ok(Some(value.clone())),
        }
    }

    fn reference(&self, at: &str, name: &str) -> Result<Value, Refusal> {
        let resource = || self.references.get(name).map(|text| Value::from(text.as_str()));
        let value = self.parameters.get(name).cloned().or_else(resource);
        value.ok_or_else(|| Refusal::new(at, format!("Ref {name} has no value here")))
    }

    fn attribute(&self, at: &str, name: &str) -> Result<&str, Refusal> {
        let value = self.attributes.get(name).map(String::as_str);
        value.ok_or_else(|| Refusal::new(at, format!("GetAtt {name} has no value here")))
    }

    /// `${Name}`, `${Resource.Attribute}` and `${!Literal}`.
    fn substitute(
        &self,
        at: &str,
        pattern: &str,
        own: &Map<String, Value>,
    ) -> Result<String, Refusal> {
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after
                .split_once('}')
                .ok_or_else(|| Refusal::new(at, "a `${` has no closing `}`"))?;
            filled.push_str(before);
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                filled.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.get(name) {
                filled.push_str(&text(&self.value(at, value)?.unwrap_or_default()));
            } else if let Some(value) = self.attributes.get(name) {
                filled.push_str(value);
            } else {
                filled.push_str(&text(&self.reference(at, name)?));
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn condition(&self, at: &str, name: &str, depth: usize) -> Result<bool, Refusal> {
        let condition = self.conditions.get(name).filter(|_| depth < DEEPEST);
        let condition = condition
            .ok_or_else(|| Refusal::new(at, format!("the condition {name} has no value")))?;
        self.holds(name, condition, depth)
    }

    fn holds(&self, at: &str, condition: &Value, depth: usize) -> Result<bool, Refusal> {
        let each = |list: &[Value]| -> Result<Vec<bool>, Refusal> {
            list.iter().map(|one| self.holds(at, one, depth)).collect()
        };
        match condition.as_object().and_then(only) {
            Some(("Condition", Value::String(name))) => self.condition(at, name, depth + 1),
            Some(("Fn::Not", Value::Array(list))) if list.len() == 1 => Ok(!each(list)?[0]),
            Some(("Fn::And", Value::Array(list))) => Ok(each(list)?.iter().all(|holds| *holds)),
            Some(("Fn::Or", Value::Array(list))) => Ok(each(list)?.iter().any(|holds| *holds)),
            Some(("Fn::Equals", Value::Array(list))) if list.len() == 2 => {
                let sides = list.iter().map(|side| self.value(at, side));
                let sides: Vec<_> = sides.collect::<Result<_, _>>()?;
                Ok(sides[0].as_ref().map(text) == sides[1].as_ref().map(text))
            }
            _ => Err(Refusal::new(at, "this condition is not known here")),
        }
    }
}

/// The one field of a mapping that has one.
fn only(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    match fields.iter().next() {
        Some((name, value)) if fields.len() == 1 => Some((name, value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml;

    fn scope() -> Scope {
        let own = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let parameters = [
            ("Stage", json!("dev")),
            ("None", json!("")),
            ("Nets", json!(["a", "b"])),
            ("AWS::Region", json!("us-east-1")),
        ];
        let conditions = json!({
            "IsDev": { "Fn::Equals": [{ "Ref": "Stage" }, "dev"] },
            "IsProd": { "Fn::Not": [{ "Condition": "IsDev" }] },
            "Circle": { "Condition": "Circle" },
            "Both": { "Fn::And": [{ "Condition": "IsDev" }, { "Condition": "IsProd" }] },
            "Either": { "Fn::Or": [{ "Condition": "IsDev" }, { "Condition": "IsProd" }] },
        });
        Scope {
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
            references: own(&[("Table", "ops"), ("Draw.Alias", "arn:draw:live")]),
            attributes: own(&[("Table.Arn", "arn:table/ops")]),
            conditions: conditions.as_object().unwrap().clone(),
        }
    }

    fn value(text: &str) -> Result<Option<Value>, Refusal> {
        scope().value("Here", &yaml::read(text).unwrap())
    }

    #[test]
    fn expressions_come_to_what_cloudformation_makes_of_them() {
        for (text, expected) in [
            ("5", Some(json!(5))),
            ("!Ref Stage", Some(json!("dev"))),
            ("!Ref Nets", Some(json!(["a", "b"]))),
            ("!Ref Table", Some(json!("ops"))),
            ("!Ref Draw.Alias", Some(json!("arn:draw:live"))),
            ("!GetAtt Table.Arn", Some(json!("arn:table/ops"))),
            ("!Sub 'x-${Stage}-${AWS::Region}'", Some(json!("x-dev-us-east-1"))),
            ("!Sub '${Table}/${Table.Arn}/${!Kept}'", Some(json!("ops/arn:table/ops/${Kept}"))),
            ("!Sub ['${A}${Stage}', {A: !Ref Table}]", Some(json!("opsdev"))),
            ("!Join ['-', !Ref Nets]", Some(json!("a-b"))),
            ("!If [IsDev, 1, 2]", Some(json!(1))),
            ("!If [IsProd, 1, 2]", Some(json!(2))),
            ("!If [Both, 1, 2]", Some(json!(2))),
            ("!If [Either, 1, 2]", Some(json!(1))),
            ("!If [IsProd, 1, !Ref AWS::NoValue]", None),
            (
                "a: !Ref AWS::NoValue\nb: [!Ref AWS::NoValue, !Ref Stage]",
                Some(json!({ "b": ["dev"] })),
            ),
        ] {
            assert_eq!(value(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_value_is_refused_by_name_and_place() {
        for (text, refusal) in [
            ("!Ref Nobody", "Here: Ref Nobody has no value here"),
            ("a: !Sub '${Nobody}'", "Here.a: Ref Nobody has no value here"),
            ("!GetAtt Table.Name", "Here: GetAtt Table.Name has no value here"),
            ("!If [Unknown, 1, 2]", "Here: the condition Unknown has no value"),
            ("!If [Circle, 1, 2]", "Circle: the condition Circle has no value"),
            ("!Sub '${Stage'", "Here: a `${` has no closing `}`"),
            ("Fn::ImportValue: x", "Here: this Fn::ImportValue is not known here"),
            ("!Join [1, 2]", "Here: Fn::Join takes a text and a list"),
        ] {
            let error = value(text).unwrap_err().to_string();
            assert_eq!(error, format!("template.yaml, {refusal}"), "{text}");
        }
    }
}
