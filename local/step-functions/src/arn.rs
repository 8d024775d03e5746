//! The two kinds of ARN that are used here.

use std::fmt;

use serde::Deserialize;

/// A Lambda function's ARN, which may name an alias or a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FunctionArn {
    text: String,
    name_at: usize,
    name_ends: usize,
}

impl FunctionArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text[self.name_at..self.name_ends]
    }

    /// The function's name, and its alias if the ARN has one.
    pub(crate) fn qualified_name(&self) -> &str {
        &self.text[self.name_at..]
    }
}

impl TryFrom<String> for FunctionArn {
    type Error = String;

    fn try_from(arn: String) -> Result<Self, Self::Error> {
        let parts: Vec<_> = arn.split(':').collect();
        match parts[..] {
            ["arn", _, "lambda", _, _, "function", name, ref qualifier @ ..]
                if is_name(name) && qualifier.len() < 2 && qualifier.iter().all(|q| is_name(q)) =>
            {
                let before = parts[..6].iter().map(|part| part.len() + 1).sum();
                Ok(Self { name_at: before, name_ends: before + name.len(), text: arn })
            }
            _ => Err(format!("`Resource` `{arn}` is not the ARN of a Lambda function")),
        }
    }
}

/// A state machine's ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachineArn {
    text: String,
    name_at: usize,
}

impl StateMachineArn {
    /// Reads an ARN.
    ///
    /// # Errors
    /// When it is not the ARN of a state machine.
    pub fn new(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        let parts: Vec<_> = text.split(':').collect();
        match parts[..] {
            ["arn", _, "states", _, _, "stateMachine", name] if is_name(name) => {
                Ok(Self { name_at: text.len() - name.len(), text })
            }
            _ => Err(format!("`{text}` is not the ARN of a state machine")),
        }
    }

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The ARN of an Express execution: its name, and an id, because names can recur.
    pub(crate) fn execution(&self, name: &str, id: impl fmt::Display) -> String {
        let (prefix, machine) = self.text.split_at(self.name_at);
        let prefix = prefix.trim_end_matches("stateMachine:");
        format!("{prefix}express:{machine}:{name}:{id}")
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
