//! Reads SSM parameters while a function starts.
//!
//! One call of `GetParameters` reads up to ten names. By default an account may make
//! 40 calls a second, and many functions that start at once may need more. A call
//! that AWS could not serve is repeated after a random pause, until [`WITHIN`] is
//! over. Lambda allows ten seconds for the whole start.

mod call;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use secrecy::SecretString;
use tenjo_aws::{CallError, Patience};
use tokio::time::Instant;

use crate::SettingError;
use call::Found;
pub(crate) use call::ParameterStore;

/// The most names that AWS takes in one call.
const NAMES_A_CALL: usize = 10;

/// How long reading all parameters may take, with retries.
const WITHIN: Duration = Duration::from_secs(7);

/// How long one try may take.
const TRY_WITHIN: Duration = Duration::from_secs(2);

/// The name of the parameter that a variable's value stands for.
///
/// # Errors
/// The value begins with `ssm:`, but no valid parameter name follows.
pub(crate) fn name(variable: &str, value: &str) -> Result<Option<String>, SettingError> {
    let Some(name) = value.strip_prefix("ssm:") else { return Ok(None) };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    if name.len() < 2 || !name.starts_with('/') || !name.bytes().all(plain) {
        let problem = "must name an SSM parameter as ssm:/path, with a-z, A-Z, 0-9, and ._-/ in it";
        return Err(SettingError::new(variable, problem));
    }
    Ok(Some(name.to_owned()))
}

/// Reads the parameters that the variables name; the result is by variable.
///
/// # Errors
/// A parameter does not exist or may not be read, or AWS does not answer in time.
pub(crate) async fn read(
    store: &ParameterStore,
    names: &BTreeMap<String, String>,
) -> Result<HashMap<String, SecretString>, SettingError> {
    let patience = Patience { one: TRY_WITHIN, deadline: Instant::now() + WITHIN };
    let distinct: Vec<&str> =
        names.values().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    let mut found: HashMap<String, SecretString> = HashMap::new();
    for some in distinct.chunks(NAMES_A_CALL) {
        let Found { values, absent } =
            store.get(some, patience).await.map_err(|error| refusal(names, some, &error))?;
        if let Some(absent) = absent.first() {
            let problem = format!("names the SSM parameter {absent}, and there is none");
            return Err(SettingError::new(variable(names, absent), problem));
        }
        found.extend(values);
    }
    let of_variable = |(variable, name): (&String, &String)| {
        let value = found.get(name).cloned();
        let value = value.ok_or_else(|| {
            SettingError::new(variable, format!("names {name}, and AWS gave no value for it"))
        })?;
        Ok((variable.clone(), value))
    };
    names.iter().map(of_variable).collect()
}

/// The error for variables that could not be read: the one whose parameter AWS's
/// message names, or all of this call.
fn refusal(names: &BTreeMap<String, String>, asked: &[&str], error: &CallError) -> SettingError {
    // An ARN ends with the name, and a space follows it in the message.
    let is_named = |name: &str| error.message.split(' ').any(|word| word.ends_with(name));
    let is_meant = match asked.iter().find(|name| is_named(name)) {
        Some(named) => vec![*named],
        None => asked.to_vec(),
    };
    let variables: Vec<&str> = names
        .iter()
        .filter(|(_, name)| is_meant.contains(&name.as_str()))
        .map(|(variable, _)| variable.as_str())
        .collect();
    let problem = format!("names an SSM parameter that could not be read: {}", error.message);
    SettingError::new(&variables.join(", "), problem)
}

fn variable<'a>(names: &'a BTreeMap<String, String>, wanted: &str) -> &'a str {
    let variable = names.iter().find(|(_, name)| *name == wanted);
    variable.map_or("a setting", |(variable, _)| variable.as_str())
}

#[cfg(test)]
mod tests;
