//! SSM's Parameter Store.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use super::{Aws, refusal};
use crate::secret::Secret;

/// As many names as one call may have.
const NAMES: usize = 10;

impl Aws {
    /// The names and versions of all parameters below a path. No values.
    pub(crate) async fn parameter_versions(
        &self,
        path: &str,
    ) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut found = BTreeMap::new();
        let mut next = Value::Null;
        loop {
            let filter = json!({"Key": "Name", "Option": "BeginsWith", "Values": [path]});
            let mut input = json!({"ParameterFilters": [filter], "MaxResults": 50});
            if !next.is_null() {
                input["NextToken"] = next;
            }
            let answer = self.json("ssm", "AmazonSSM.DescribeParameters", &input).await?;
            for one in answer["Parameters"].as_array().into_iter().flatten() {
                let name = one["Name"].as_str().context("a parameter has a name")?;
                let version = one["Version"].as_u64().unwrap_or_default();
                found.insert(name.trim_start_matches(path).to_owned(), version);
            }
            next = answer["NextToken"].clone();
            if next.is_null() || next == "" {
                return Ok(found);
            }
        }
    }

    /// The values of those that are there.
    pub(crate) async fn parameters(
        &self,
        path: &str,
        names: &[&str],
    ) -> anyhow::Result<BTreeMap<String, Secret>> {
        let mut found = BTreeMap::new();
        for names in names.chunks(NAMES) {
            let names: Vec<_> = names.iter().map(|name| format!("{path}{name}")).collect();
            let input = json!({"Names": names, "WithDecryption": true});
            let answer = self.json("ssm", "AmazonSSM.GetParameters", &input).await?;
            for one in answer["Parameters"].as_array().into_iter().flatten() {
                let (name, value) = (one["Name"].as_str(), one["Value"].as_str());
                let name = name.context("a parameter has a name")?.trim_start_matches(path);
                let value = value.context("a parameter has a value")?;
                found.insert(name.to_owned(), Secret::new(value));
            }
        }
        Ok(found)
    }

    /// Stores a new secret; `false`, and no change, if there is one of that name.
    pub(crate) async fn put_once(&self, name: &str, value: &Secret) -> anyhow::Result<bool> {
        match self.put(name, value.reveal(), "SecureString", false).await {
            Ok(()) => Ok(true),
            Err(error) if refusal(&error).is_some_and(|it| it.code == "ParameterAlreadyExists") => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Stores a secret in the place of the one that is there.
    pub(crate) async fn replace(&self, name: &str, value: &Secret) -> anyhow::Result<()> {
        self.put(name, value.reveal(), "SecureString", true).await
    }

    /// Stores what is no secret.
    pub(crate) async fn note(&self, name: &str, value: &str) -> anyhow::Result<()> {
        self.put(name, value, "String", true).await
    }

    async fn put(&self, name: &str, value: &str, kind: &str, again: bool) -> anyhow::Result<()> {
        let input = json!({"Name": name, "Value": value, "Type": kind, "Overwrite": again});
        self.json("ssm", "AmazonSSM.PutParameter", &input).await.map(|_| ())
    }

    pub(crate) async fn forget(&self, name: &str) -> anyhow::Result<()> {
        let forgotten = self.json("ssm", "AmazonSSM.DeleteParameter", &json!({"Name": name})).await;
        match forgotten {
            Err(error) if refusal(&error).is_some_and(|it| it.code == "ParameterNotFound") => {
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }
}
