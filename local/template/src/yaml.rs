//! YAML to JSON. A short form such as `!Sub text` becomes `{"Fn::Sub": "text"}`.

use granit_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};

use crate::Refusal;

/// Reads one document.
///
/// # Errors
/// It is not good YAML, or has a tag, an alias or a key that is not known here.
pub(crate) fn read(text: &str) -> Result<Value, Refusal> {
    let mut events = Events { parser: Parser::new_from_str(text), line: 0 };
    loop {
        match events.next()? {
            Event::StreamStart | Event::DocumentStart(..) => {}
            Event::StreamEnd => return Err(events.refusal("it is empty")),
            first => return events.node(first),
        }
    }
}

struct Events<'input> {
    parser: Parser<'input, granit_parser::StrInput<'input>>,
    line: usize,
}

impl<'input> Events<'input> {
    fn next(&mut self) -> Result<Event<'input>, Refusal> {
        loop {
            let next = self.parser.next();
            let (event, span) = next
                .ok_or_else(|| self.refusal("it ends too early"))?
                .map_err(|error| self.refusal(format!("it is not good YAML: {error}")))?;
            self.line = span.start.line();
            if !matches!(event, Event::Comment(..)) {
                return Ok(event);
            }
        }
    }

    fn refusal(&self, problem: impl Into<String>) -> Refusal {
        Refusal::new(format!("line {}", self.line), problem)
    }

    fn node(&mut self, first: Event<'input>) -> Result<Value, Refusal> {
        match first {
            Event::Scalar(text, style, _, tag) => {
                let value = match style {
                    ScalarStyle::Plain if tag.is_none() => plain(&text),
                    _ => Value::from(text.as_ref()),
                };
                self.tagged(tag.as_deref(), value)
            }
            Event::SequenceStart(_, _, tag) => {
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => list.push(self.node(event)?),
                    }
                }
                self.tagged(tag.as_deref(), Value::Array(list))
            }
            Event::MappingStart(_, _, tag) => {
                let mut fields = Map::new();
                loop {
                    let key = match self.next()? {
                        Event::MappingEnd => break,
                        Event::Scalar(key, ..) => key.into_owned(),
                        _ => return Err(self.refusal("a key is not a text")),
                    };
                    let value = self.next()?;
                    let value = self.node(value)?;
                    if fields.insert(key.clone(), value).is_some() {
                        return Err(self.refusal(format!("`{key}` is there twice")));
                    }
                }
                self.tagged(tag.as_deref(), Value::Object(fields))
            }
            other => Err(self.refusal(format!("{other:?} is not known here"))),
        }
    }

    /// The long form of a short one.
    fn tagged(&self, tag: Option<&Tag>, value: Value) -> Result<Value, Refusal> {
        let Some(tag) = tag else { return Ok(value) };
        let tag = tag.to_string();
        Ok(match tag.trim_start_matches('!') {
            name @ ("Ref" | "Condition") => json!({ name: value }),
            "GetAtt" => {
                let parts = match &value {
                    Value::String(text) => {
                        text.split_once('.').map(|(resource, name)| json!([resource, name]))
                    }
                    _ => Some(value),
                };
                let parts = parts.ok_or_else(|| self.refusal("!GetAtt names no attribute"))?;
                json!({ "Fn::GetAtt": parts })
            }
            name @ ("Sub" | "If" | "Not" | "Equals" | "And" | "Or" | "Join") => {
                json!({ format!("Fn::{name}"): value })
            }
            _ => return Err(self.refusal(format!("the tag {tag} is not known here"))),
        })
    }
}

/// The value of a plain scalar in YAML 1.2's core schema.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            // `007` is a text, as an account's number is.
            Ok(number) if number.to_string() == text => number.into(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out() {
        for (text, expected) in [
            ("!Ref Stage", json!({ "Ref": "Stage" })),
            ("!Condition InVpc", json!({ "Condition": "InVpc" })),
            ("!GetAtt OpsTable.Arn", json!({ "Fn::GetAtt": ["OpsTable", "Arn"] })),
            ("!GetAtt [OpsTable, Arn]", json!({ "Fn::GetAtt": ["OpsTable", "Arn"] })),
            ("!Sub 'a-${Stage}'", json!({ "Fn::Sub": "a-${Stage}" })),
            ("!Sub 5", json!({ "Fn::Sub": "5" })),
            (
                "!If [A, !Ref B, !Ref AWS::NoValue]",
                json!({ "Fn::If": ["A", { "Ref": "B" }, { "Ref": "AWS::NoValue" }] }),
            ),
            (
                "!Not [!Equals [!Ref A, '']]",
                json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "A" }, ""] }] }),
            ),
            (
                "a: !If\n  - A\n  - b: 1\n  - c",
                json!({ "a": { "Fn::If": ["A", { "b": 1 }, "c"] } }),
            ),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn scalars_are_what_they_look_like() {
        for (text, expected) in [
            ("256", json!(256)),
            ("'256'", json!("256")),
            ("true", json!(true)),
            ("010", json!("010")),
            ("provided.al2023", json!("provided.al2023")),
            ("a: # a comment\n", json!({ "a": null })),
            (
                "# a comment\na: 1\n# another\nb: [1, # and one more\n 2]",
                json!({ "a": 1, "b": [1, 2] }),
            ),
            (">-\n  one\n  two", json!("one two")),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (text, refusal) in [
            ("a: !ImportValue b", "the tag !ImportValue is not known here"),
            ("a: 1\na: 2", "`a` is there twice"),
            ("a: !GetAtt b", "!GetAtt names no attribute"),
            ("a: [1", "it is not good YAML"),
            ("", "it is empty"),
            ("a: &x 1\nb: *x", "is not known here"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(refusal), "{text}: {error}");
        }
    }
}
