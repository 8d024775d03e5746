//! One call of `GetParameters`.

use std::collections::HashMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tenjo_aws::{CallError, Patience, SSM, Service, persist};

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
    /// The store in the function's region, with the credentials that Lambda gave it.
    pub(crate) fn from_env() -> Self {
        Self(Service::from_env(SSM))
    }

    #[cfg(test)]
    pub(super) fn new(endpoint: &str, region: String, credentials: tenjo_aws::Credentials) -> Self {
        Self(Service::new(SSM, endpoint, region, credentials))
    }

    /// The decrypted values of up to ten parameters.
    pub(super) async fn get(&self, names: &[&str], patience: Patience) -> Result<Found, CallError> {
        let body = json!({ "Names": names, "WithDecryption": true });
        let answer = persist(patience, || self.0.call("GetParameters", &body)).await?;
        // serde's message is dropped, because it could quote a value.
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|_| CallError::never("its answer cannot be read"))?;
        let value = |parameter: Parameter| (parameter.name, parameter.value.into());
        Ok(Found {
            values: answer.parameters.into_iter().map(value).collect(),
            absent: answer.invalid_parameters,
        })
    }
}
