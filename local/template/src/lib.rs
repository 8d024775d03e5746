//! `template.yaml`, evaluated for one deployment: each function with its own
//! environment, memory, timeout and rights, and the state machine with its rights.
//!
//! | Module | What it answers |
//! |---|---|
//! | `yaml` | what is the text as JSON, with `!Ref` and others in their long form |
//! | `parameters` | which values do the parameters have, and are they allowed |
//! | `evaluate` | what are the values of `Ref`, `Fn::Sub`, `Fn::If` and conditions |
//! | `stack` | what is deployed |
//!
//! Pure: it reads no file and no clock. It knows the part of CloudFormation and SAM
//! that `template.yaml` uses, and refuses everything else by name: if it ignored
//! something that AWS uses, nobody would notice the difference.

mod evaluate;
mod parameters;
mod stack;
mod yaml;

use std::collections::BTreeSet;

pub use parameters::Parameters;
pub use stack::{Account, Function, Role, Stack, StateMachine, UrlAuth};

/// Why a template cannot be deployed here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml, {at}: {problem}")]
pub struct Refusal {
    /// The place in the template, such as `GetUser.Environment.TENJO_LOG`.
    at: String,
    problem: String,
}

impl Refusal {
    fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { at: at.into(), problem: problem.into() }
    }
}

/// The names of a template's parameters.
///
/// # Errors
/// It cannot be read.
pub fn declared(template: &str) -> Result<BTreeSet<String>, Refusal> {
    let template = yaml::read(template)?;
    let declared = template["Parameters"].as_object().into_iter().flatten();
    Ok(declared.map(|(name, _)| name.clone()).collect())
}

/// Deploys the text of a template.
///
/// # Errors
/// It has something that is not known here, or that has no value.
pub fn deploy(
    template: &str,
    account: &Account,
    parameters: &Parameters,
) -> Result<Stack, Refusal> {
    stack::deploy(&yaml::read(template)?, account, parameters)
}
