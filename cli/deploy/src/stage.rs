//! What an operator decides: `infra/stages/<stage>.yaml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// One installation. It holds no secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stage {
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) domain: String,
    #[serde(default)]
    pub(crate) hosted_zone: String,
    #[serde(default)]
    pub(crate) certificate: String,
    pub(crate) cors_origin: String,
    pub(crate) repository: String,
    pub(crate) alarm_email: String,
    pub(crate) database: Database,
    #[serde(default)]
    pub(crate) konnect: Option<String>,
    /// By stack, then by parameter.
    #[serde(default)]
    parameters: BTreeMap<String, BTreeMap<String, Scalar>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) host: String,
    #[serde(default = "root")]
    pub(crate) administrator: String,
    #[serde(default)]
    pub(crate) user_prefix: String,
}

fn root() -> String {
    "root".to_owned()
}

/// A value of a parameter, with or without quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(i64),
    Text(String),
}

impl Stage {
    /// Reads a stage's file, and refuses what cannot be deployed.
    pub(crate) fn read(root: &Path, name: &str) -> anyhow::Result<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        anyhow::ensure!(
            name.len() <= 16
                && name.bytes().all(plain)
                && name.starts_with(|first: char| first.is_ascii_lowercase()),
            "{name:?} is no name of a stage: at most 16 of a-z, 0-9 and -, a letter first"
        );
        let path = root.join(format!("infra/stages/{name}.yaml"));
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "{} cannot be read. Copy infra/stages/example.yaml to it, and run this in the \
                 root of the repository",
                path.display()
            )
        })?;
        let mut stage: Self =
            serde_saphyr::from_str(&text).with_context(|| path.display().to_string())?;
        name.clone_into(&mut stage.name);
        stage.check().with_context(|| path.display().to_string())?;
        Ok(stage)
    }

    fn check(&self) -> anyhow::Result<()> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        anyhow::ensure!(
            self.account.len() == 12 && digits(&self.account),
            "account must be the 12 digits of an AWS account, in quotes"
        );
        anyhow::ensure!(
            self.hosted_zone.is_empty() != self.certificate.is_empty(),
            "name either hosted_zone or certificate"
        );
        anyhow::ensure!(
            self.cors_origin.starts_with("https://") && !self.cors_origin.ends_with('/'),
            "cors_origin must be an origin, such as https://game.example.com"
        );
        let prefix = &self.database.user_prefix;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        // TiDB takes 32 characters, and the longest name of a user has 16.
        anyhow::ensure!(
            prefix.is_empty()
                || (prefix.len() <= 16 && prefix.ends_with('.') && prefix.bytes().all(plain)),
            "user_prefix must be at most 16 of A-Z, a-z, 0-9, - and _, with the dot at its end"
        );
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn without_konnect(self) -> Self {
        Self { konnect: None, ..self }
    }

    /// A stack's full name.
    pub(crate) fn stack_name(&self, stack: &str) -> String {
        match stack {
            "functions" => format!("tenjo-{}", self.name),
            other => format!("tenjo-{}-{other}", self.name),
        }
    }

    /// A function's full name.
    pub(crate) fn function(&self, function: &str) -> String {
        format!("tenjo-{}-{function}", self.name)
    }

    /// Where the stage's secrets are in SSM.
    pub(crate) fn secrets(&self) -> String {
        format!("/tenjo/{}/", self.name)
    }

    pub(crate) fn api(&self) -> String {
        format!("https://{}", self.domain)
    }

    /// A setting by the name that `infra/stacks.yaml` gives it.
    pub(crate) fn setting(&self, name: &str) -> anyhow::Result<String> {
        Ok(match name {
            "alarm_email" => self.alarm_email.clone(),
            "certificate" => self.certificate.clone(),
            "domain" => self.domain.clone(),
            "hosted_zone" => self.hosted_zone.clone(),
            "issuer" => self.api(),
            "repository" => self.repository.clone(),
            other => anyhow::bail!("infra/stacks.yaml names {other}, which is no setting"),
        })
    }

    /// What the stage's file says about a stack's parameters.
    pub(crate) fn parameters(&self, stack: &str) -> BTreeMap<String, String> {
        let of_stack = self.parameters.get(stack).into_iter().flatten();
        let text = |value: &Scalar| match value {
            Scalar::Number(number) => number.to_string(),
            Scalar::Text(text) => text.clone(),
        };
        of_stack.map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// The stacks that the stage's file has parameters for.
    pub(crate) fn stacks_with_parameters(&self) -> impl Iterator<Item = &str> {
        self.parameters.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_example_is_a_stage() {
        let stage = Stage::read(&root(), "example").unwrap();
        assert_eq!(stage.stack_name("functions"), "tenjo-example");
        assert_eq!(stage.stack_name("kong"), "tenjo-example-kong");
        assert_eq!(stage.parameters("kong")["MinTasks"], "2");
        assert!(stage.parameters("network").is_empty());
    }

    #[test]
    fn a_stage_that_cannot_be_deployed_is_refused() {
        let text = std::fs::read_to_string(root().join("infra/stages/example.yaml")).unwrap();
        for (old, new, complaint) in [
            ("'123456789012'", "'1234'", "12 digits"),
            ("hosted_zone: Z0123456789", "hosted_zone: ''", "either hosted_zone or"),
            ("https://game.example.com", "game.example.com", "must be an origin"),
            ("user_prefix: ''", "user_prefix: 2aEp24QWEDLqRFs", "with the dot"),
            ("user_prefix: ''", "user_prefix: 2aEp24QWEDLqRFsX.", "at most 16"),
        ] {
            let stage: Stage = serde_saphyr::from_str(&text.replace(old, new)).unwrap();
            let error = stage.check().unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
        let misspelt = text.replace("alarm_email", "alarm_mail");
        assert!(serde_saphyr::from_str::<Stage>(&misspelt).is_err());
        for name in ["", "Dev", "1dev", "a-stage-with-a-long-name", "dev/../x"] {
            assert!(Stage::read(&root(), name).is_err(), "{name}");
        }
    }
}
