//! `GetParameters`, with AWS's requests and answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tenjo_aws_json::{Failure, Service, read, unknown_operation, validation};
use tenjo_iam::{Identities, Identity};

/// The account of everything on one machine.
const ACCOUNT: &str = "000000000000";

const MOST_NAMES: usize = 10;

/// The parameters, and who may read which.
pub(crate) struct ParameterStore {
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) identities: Identities,
    pub(crate) region: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetParameters {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

impl Service for ParameterStore {
    fn identities(&self) -> &Identities {
        &self.identities
    }

    fn call(
        &self,
        caller: &Identity,
        operation: Option<&str>,
        body: &[u8],
    ) -> Result<Value, Failure> {
        if operation != Some("AmazonSSM.GetParameters") {
            return Err(unknown_operation(operation));
        }
        let GetParameters { names, with_decryption } = read(body)?;
        if !(1..=MOST_NAMES).contains(&names.len()) {
            let listed = names.join(", ");
            return Err(validation(format!(
                "1 validation error detected: Value '[{listed}]' at 'names' failed to satisfy \
                 constraint: Member must have length less than or equal to {MOST_NAMES}, and \
                 Member must have length greater than or equal to 1"
            )));
        }
        // Every parameter here is a SecureString. Under the account's own key for
        // SSM, `alias/aws/ssm`, a caller that may read a parameter may also have it
        // decrypted: the key's policy allows that to all callers of the account that
        // come through SSM. So the template grants no `kms:Decrypt`, and this does not
        // require it.
        for name in &names {
            caller.authorize("ssm:GetParameters", &self.arn(name))?;
        }
        if !with_decryption {
            return Err(validation("only WithDecryption is served here"));
        }
        let (known, unknown): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| self.parameters.contains_key(name));
        let known: Vec<_> = known.iter().map(|name| self.parameter(name)).collect();
        Ok(json!({ "Parameters": known, "InvalidParameters": unknown }))
    }
}

impl ParameterStore {
    fn parameter(&self, name: &str) -> Value {
        json!({
            "ARN": self.arn(name),
            "DataType": "text",
            "Name": name,
            "Type": "SecureString",
            "Value": self.parameters[name],
            "Version": 1,
        })
    }

    fn arn(&self, name: &str) -> String {
        let name = name.trim_start_matches('/');
        format!("arn:aws:ssm:{}:{ACCOUNT}:parameter/{name}", self.region)
    }
}

#[cfg(test)]
mod tests;
