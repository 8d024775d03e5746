//! What the statements of a policy allow.
//!
//! The part of IAM's language that `template.yaml` uses: `Effect`, `Action` and
//! `Resource`, with `*` and `?`, and one `Condition`: that a function is invoked by its
//! URL. Anything else is refused by name when it is read, because ignoring a condition
//! would grant too much.

use serde_json::Value;

/// The statements of one identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    allows: bool,
    /// In lower case, because IAM ignores the case of actions.
    actions: Vec<String>,
    resources: Vec<String>,
    /// Whether it counts only for functions that are invoked by their URL.
    only_by_url: bool,
}

/// How a function is invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By an API of AWS, like any other call.
    Direct,
    /// By the URL of a function.
    FunctionUrl,
}

/// The decision of a policy for one action on one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it, whatever others allow.
    Denied,
}

impl Policy {
    /// Reads statements.
    ///
    /// # Errors
    /// An element is not known here.
    pub fn read(statements: &[Value]) -> Result<Self, String> {
        let statements = statements.iter().map(Statement::read);
        Ok(Self { statements: statements.collect::<Result<_, _>>()? })
    }

    /// Whether it allows an action, such as `ssm:GetParameters`, on a resource,
    /// by its ARN.
    #[must_use]
    pub fn decide(&self, action: &str, resource: &str, way: Way) -> Decision {
        let action = action.to_ascii_lowercase();
        let mut decision = Decision::NotAllowed;
        let counts = |it: &&Statement| !it.only_by_url || way == Way::FunctionUrl;
        for statement in self.statements.iter().filter(counts) {
            let matches = |patterns: &[String], text: &str| {
                patterns.iter().any(|pattern| matches(pattern.as_bytes(), text.as_bytes()))
            };
            if matches(&statement.actions, &action) && matches(&statement.resources, resource) {
                if !statement.allows {
                    return Decision::Denied;
                }
                decision = Decision::Allowed;
            }
        }
        decision
    }
}

impl Statement {
    fn read(statement: &Value) -> Result<Self, String> {
        let fields = statement.as_object().ok_or("a statement is not a mapping")?;
        let known = ["Action", "Condition", "Effect", "Resource", "Sid"];
        if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("`{name}` of a statement is not known here"));
        }
        let allows = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("`Effect` of a statement must be Allow or Deny".to_owned()),
        };
        let only_by_url = match fields.get("Condition") {
            None => false,
            Some(condition) if *condition == by_url() => true,
            Some(condition) => {
                return Err(format!("the condition {condition} of a statement is not known here"));
            }
        };
        let actions = texts("Action", &statement["Action"])?;
        for action in &actions {
            if action != "*" && !action.contains(':') {
                return Err(format!("the action `{action}` names no service"));
            }
        }
        let resources = texts("Resource", &statement["Resource"])?;
        for resource in &resources {
            if resource != "*" && resource.split(':').count() < 6 {
                return Err(format!("the resource `{resource}` is not an ARN"));
            }
        }
        let actions = actions.iter().map(|action| action.to_ascii_lowercase()).collect();
        Ok(Self { allows, actions, resources, only_by_url })
    }
}

/// The condition that a function is invoked by its URL.
fn by_url() -> Value {
    serde_json::json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } })
}

/// A text, or a list of texts.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let texts = list.iter().map(|one| match one.as_str() {
        Some(text) if text.contains("${") => {
            Err(format!("the variable in `{text}` is not known here"))
        }
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{name}` of a statement is not a text or a list of texts")),
    });
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    if texts.is_empty() { Err(format!("`{name}` of a statement is empty")) } else { Ok(texts) }
}

/// Whether a text matches a pattern: `*` is anything, `?` is any one character.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // Where to continue if the text after the last `*` does not match: one further.
    let mut star: Option<(usize, usize)> = None;
    let (mut at, mut seen) = (0, 0);
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                Some((star_at, from)) => {
                    star = Some((star_at, from + 1));
                    at = star_at + 1;
                    seen = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/ops";

    #[test]
    fn a_pattern_is_matched_from_end_to_end() {
        for (pattern, text, expected) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("abc", "ab", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbcd", false),
            ("a*b*c", "aXbYbZc", true),
            ("*abc", "ababc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a**", "a", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn nothing_is_allowed_that_no_statement_allows() {
        let policy = Policy::read(&[
            json!({
                "Sid": "Table",
                "Effect": "Allow",
                "Action": ["dynamodb:PutItem", "dynamodb:Get*"],
                "Resource": TABLE,
            }),
            json!({ "Effect": "Allow", "Action": "logs:*", "Resource": "*" }),
            json!({ "Effect": "Deny", "Action": "logs:Delete*", "Resource": "*" }),
        ])
        .unwrap();
        for (action, resource, expected) in [
            ("dynamodb:PutItem", TABLE, Decision::Allowed),
            ("DynamoDB:putitem", TABLE, Decision::Allowed),
            ("dynamodb:GetItem", TABLE, Decision::Allowed),
            ("dynamodb:DeleteItem", TABLE, Decision::NotAllowed),
            ("dynamodb:PutItem", &TABLE.replace("ops", "ops2"), Decision::NotAllowed),
            ("dynamodb:PutItem", "*", Decision::NotAllowed),
            ("logs:CreateLogDelivery", "*", Decision::Allowed),
            ("logs:DeleteLogDelivery", "*", Decision::Denied),
        ] {
            let decision = policy.decide(action, resource, Way::Direct);
            assert_eq!(decision, expected, "{action} {resource}");
        }
        let nothing = Policy::default().decide("a:b", "*", Way::FunctionUrl);
        assert_eq!(nothing, Decision::NotAllowed);
    }

    #[test]
    fn what_is_allowed_by_a_url_alone_is_not_allowed_directly() {
        let policy = Policy::read(&[json!({
            "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*",
            "Condition": by_url(),
        })])
        .unwrap();
        for (way, expected) in
            [(Way::FunctionUrl, Decision::Allowed), (Way::Direct, Decision::NotAllowed)]
        {
            assert_eq!(policy.decide("lambda:InvokeFunction", "a", way), expected, "{way:?}");
        }
    }

    #[test]
    fn a_path_with_a_star_covers_what_is_below_it_and_nothing_else() {
        let arn = |path: &str| format!("arn:aws:ssm:us-east-1:000000000000:parameter/{path}");
        let policy = Policy::read(&[json!({
            "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": arn("dev/urls/*"),
        })])
        .unwrap();
        for (path, expected) in [
            ("dev/urls/user", Decision::Allowed),
            ("dev/urls/", Decision::Allowed),
            ("dev/urls", Decision::NotAllowed),
            ("dev/keys/user", Decision::NotAllowed),
        ] {
            let decision = policy.decide("ssm:GetParameters", &arn(path), Way::Direct);
            assert_eq!(decision, expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let good = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*" });
        for (name, value, refusal) in [
            ("Condition", json!({}), "the condition {} of a statement is not known here"),
            (
                "Condition",
                json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "false" } }),
                "is not known here",
            ),
            ("NotAction", json!("a:b"), "`NotAction` of a statement is not known here"),
            ("Effect", json!("allow"), "`Effect` of a statement must be Allow or Deny"),
            ("Action", json!([]), "`Action` of a statement is empty"),
            ("Action", json!("PutItem"), "the action `PutItem` names no service"),
            ("Resource", json!(5), "`Resource` of a statement is not a text"),
            ("Resource", json!("table/ops"), "the resource `table/ops` is not an ARN"),
            ("Resource", json!("arn:aws:s3:::${aws:username}"), "the variable in"),
        ] {
            let mut statement = good.clone();
            statement[name] = value;
            let error = Policy::read(&[statement]).unwrap_err();
            assert!(error.contains(refusal), "{error}");
        }
        assert!(Policy::read(&[good]).is_ok());
    }
}
