//! One call of `GetParameters`.

use std::collections::HashMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tenjo_aws::{CallError, SSM, Service};

/// SSM's Parameter Store, called with one function's credentials.
pub(crate) struct ParameterStore(Service);

/// The parameters that exist, and the names of those that do not.
pub(crate) struct Found {
    pub(crate) values: HashMap<String, SecretString>,
    pub(crate) absent: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    parameters: Vec<Parameter>,
    #[serde(default)]
    invalid_parameters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

impl ParameterStore {
    pub(crate) fn from_env() -> Self {
        Self(Service::from_env(SSM))
    }

    #[cfg(test)]
    pub(super) const fn at(service: Service) -> Self {
        Self(service)
    }

    /// The decrypted values of up to ten parameters.
    pub(super) async fn get(&self, names: &[&str]) -> Result<Found, CallError> {
        let input = json!({ "Names": names, "WithDecryption": true });
        let body = self.0.call("GetParameters", &input).await?;
        // serde's message is dropped, because it could quote a value.
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| CallError::never("its answer cannot be read"))?;
        let value = |parameter: Parameter| (parameter.name, parameter.value.into());
        Ok(Found {
            values: answer.parameters.into_iter().map(value).collect(),
            absent: answer.invalid_parameters,
        })
    }
}
