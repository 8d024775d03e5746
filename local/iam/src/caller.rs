//! Who calls, and whether the call is allowed.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policy::{Decision, Policy, Way};

/// Everybody who may call, by access key.
#[derive(Debug, Default)]
pub struct Identities(HashMap<String, Identity>);

/// One caller.
#[derive(Debug)]
pub struct Identity {
    principal: String,
    policy: Policy,
}

/// One caller, as the file of identities has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    access_key_id: String,
    /// The caller's name in AWS.
    principal: String,
    statements: Vec<Value>,
}

/// Why a call is refused, with AWS's name for it and AWS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Such as `AccessDeniedException`.
    pub name: &'static str,
    /// The sentence that comes with it.
    pub message: String,
}

impl Identities {
    /// Reads a file of identities: a list of
    /// `{"access_key_id", "principal", "statements"}`, in JSON.
    ///
    /// # Errors
    /// It cannot be read, or has a policy element that is not known here.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let text = std::fs::read(file).with_context(|| format!("cannot read {name}"))?;
        let entries: Vec<Entry> =
            serde_json::from_slice(&text).with_context(|| format!("cannot use {name}"))?;
        Self::new(entries).with_context(|| format!("cannot use {name}"))
    }

    /// Reads the identities of a document.
    ///
    /// # Errors
    /// It is not a list of identities, or has a policy element that is not known
    /// here.
    pub fn from_json(document: Value) -> anyhow::Result<Self> {
        Self::new(serde_json::from_value(document)?)
    }

    fn new(entries: Vec<Entry>) -> anyhow::Result<Self> {
        let mut identities = HashMap::new();
        for Entry { access_key_id, principal, statements } in entries {
            let policy = Policy::read(&statements)
                .map_err(|problem| anyhow!("the rights of {access_key_id}: {problem}"))?;
            let taken = identities.insert(access_key_id.clone(), Identity { principal, policy });
            ensure!(taken.is_none(), "two callers have the access key {access_key_id}");
        }
        Ok(Self(identities))
    }

    /// The caller that signed a request, by its `Authorization` header.
    ///
    /// # Errors
    /// The request is not signed, or nobody has its access key.
    pub fn caller(&self, authorization: Option<&str>) -> Result<&Identity, Refusal> {
        let Some(authorization) = authorization else {
            return Err(Refusal {
                name: "MissingAuthenticationTokenException",
                message: "Missing Authentication Token".to_owned(),
            });
        };
        let key = access_key(authorization).ok_or_else(|| Refusal {
            name: "IncompleteSignatureException",
            message: "Authorization header requires 'Credential' parameter.".to_owned(),
        })?;
        self.0.get(key).ok_or_else(|| Refusal {
            name: "UnrecognizedClientException",
            message: "The security token included in the request is invalid.".to_owned(),
        })
    }

    /// Removes and returns the identity with an access key: a role that no caller uses.
    pub fn take(&mut self, access_key_id: &str) -> Option<Identity> {
        self.0.remove(access_key_id)
    }
}

impl Identity {
    /// The caller's name in AWS.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// Checks whether the caller may do it.
    ///
    /// # Errors
    /// The refusal, in AWS's words.
    pub fn authorize(&self, action: &str, resource: &str) -> Result<(), Refusal> {
        self.authorize_by(action, resource, Way::Direct)
    }

    /// Checks whether the caller may invoke a function by its URL: that takes two rights.
    ///
    /// # Errors
    /// The refusal, in AWS's words.
    pub fn authorize_url(&self, function_arn: &str) -> Result<(), Refusal> {
        self.authorize_by("lambda:InvokeFunctionUrl", function_arn, Way::FunctionUrl)?;
        self.authorize_by("lambda:InvokeFunction", function_arn, Way::FunctionUrl)
    }

    fn authorize_by(&self, action: &str, resource: &str, way: Way) -> Result<(), Refusal> {
        let because = match self.policy.decide(action, resource, way) {
            Decision::Allowed => return Ok(()),
            Decision::NotAllowed => {
                format!("because no identity-based policy allows the {action} action")
            }
            Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        };
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} {because}",
            self.principal
        );
        Err(Refusal { name: "AccessDeniedException", message })
    }
}

/// The access key that a request names in its `Authorization` header.
#[must_use]
pub fn access_key_of(authorization: Option<&str>) -> Option<&str> {
    access_key(authorization?)
}

/// The access key of `AWS4-HMAC-SHA256 Credential=KEY/date/region/service/aws4_request, …`.
fn access_key(authorization: &str) -> Option<&str> {
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let credential =
        fields.split(',').find_map(|field| field.trim().strip_prefix("Credential="))?;
    let mut parts = credential.rsplitn(5, '/');
    let is_whole = parts.next() == Some("aws4_request") && parts.by_ref().take(3).count() == 3;
    parts.next().filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identities(entries: Value) -> anyhow::Result<Identities> {
        Identities::from_json(entries)
    }

    fn entry(statement: &Value) -> Value {
        json!({
            "access_key_id": "draw",
            "principal": "arn:aws:sts::000000000000:assumed-role/DrawRole/draw",
            "statements": [statement],
        })
    }

    fn signed(key: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/20261125/us-east-1/ssm/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00"
        )
    }

    #[test]
    fn a_caller_is_known_by_the_access_key_of_its_signature() {
        let statement =
            json!({ "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*" });
        let known = identities(json!([entry(&statement)])).unwrap();
        assert!(known.caller(Some(&signed("draw"))).is_ok());
        for (authorization, refusal) in [
            (None, "MissingAuthenticationTokenException"),
            (Some("Bearer a".to_owned()), "IncompleteSignatureException"),
            (Some("AWS4-HMAC-SHA256 Credential=draw".to_owned()), "IncompleteSignatureException"),
            (Some(signed("reserve")), "UnrecognizedClientException"),
            (Some(signed("")), "UnrecognizedClientException"),
        ] {
            let refused = known.caller(authorization.as_deref()).unwrap_err();
            assert_eq!(refused.name, refusal, "{authorization:?}");
        }
    }

    #[test]
    fn a_refusal_is_in_the_words_of_aws() {
        let statement = json!({ "Effect": "Deny", "Action": "ssm:*", "Resource": "*" });
        let known = identities(json!([entry(&statement)])).unwrap();
        let caller = known.caller(Some(&signed("draw"))).unwrap();
        for (action, message) in [
            (
                "states:StartSyncExecution",
                "User: arn:aws:sts::000000000000:assumed-role/DrawRole/draw is not authorized to \
                 perform: states:StartSyncExecution on resource: arn:a because no identity-based \
                 policy allows the states:StartSyncExecution action",
            ),
            (
                "ssm:GetParameters",
                "User: arn:aws:sts::000000000000:assumed-role/DrawRole/draw is not authorized to \
                 perform: ssm:GetParameters on resource: arn:a with an explicit deny in an \
                 identity-based policy",
            ),
        ] {
            let refused = caller.authorize(action, "arn:a").unwrap_err();
            assert_eq!(
                (refused.name, refused.message.as_str()),
                ("AccessDeniedException", message)
            );
        }
    }

    #[test]
    fn a_policy_that_is_not_understood_stops_the_start_and_names_whose_it_is() {
        let statement = json!({ "Effect": "Allow", "Action": "a:b", "NotResource": "*" });
        let error = identities(json!([entry(&statement)])).unwrap_err().to_string();
        let expected = "the rights of draw: `NotResource` of a statement is not known here";
        assert_eq!(error, expected);
        let statement = json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*" });
        let twice = identities(json!([entry(&statement), entry(&statement)])).unwrap_err();
        assert_eq!(twice.to_string(), "two callers have the access key draw");
    }
}
