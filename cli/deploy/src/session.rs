//! One run of a command against one stage: what all of its steps use.

use std::path::PathBuf;

use anyhow::Context;

use crate::aws::Aws;
use crate::http::Http;
use crate::secret::{Secret, redacted};
use crate::stage::Stage;

/// What every command that works on a stage is given.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Target {
    /// The stage, whose settings are in infra/stages/STAGE.yaml.
    #[arg(long)]
    pub(crate) stage: String,
    /// The root of the repository.
    #[arg(long, default_value = ".", hide = true)]
    pub(crate) root: PathBuf,
    /// The role that CloudFormation takes, for those who may change nothing themselves,
    /// such as pipelines.
    #[arg(long, env = "AWS_STACKS_ROLE", value_name = "ARN")]
    pub(crate) stacks_role: Option<String>,
}

/// A stage, and how to reach it.
pub(crate) struct Session {
    pub(crate) root: PathBuf,
    pub(crate) stage: Stage,
    pub(crate) role: Option<String>,
    pub(crate) aws: Aws,
    pub(crate) http: Http,
}

impl Session {
    /// Reads the stage, and makes sure that the credentials are for its account.
    pub(crate) async fn open(target: &Target) -> anyhow::Result<Self> {
        let stage = Stage::read(&target.root, &target.stage)?;
        let aws = Aws::new(&stage.region);
        let account = aws.account().await.context("the credentials of AWS")?;
        anyhow::ensure!(
            account == stage.account,
            "the credentials are for the account {account}, and the stage {} is in {}",
            stage.name,
            stage.account
        );
        let role = target.stacks_role.clone().filter(|role| !role.is_empty());
        Ok(Self { root: target.root.clone(), stage, role, aws, http: Http::new() })
    }

    /// A secret of the stage, which must be there.
    pub(crate) async fn secret(&self, name: &str) -> anyhow::Result<Secret> {
        let mut found = self.aws.parameters(&self.stage.secrets(), &[name]).await?;
        found.remove(name).with_context(|| {
            format!("there is no {}{name} in SSM: run `tenjo deploy` first", self.stage.secrets())
        })
    }

    /// Stores a new secret of the stage; `false`, and no change, if it is there.
    pub(crate) async fn put_once(&self, name: &str, value: &Secret) -> anyhow::Result<bool> {
        self.aws.put_once(&format!("{}{name}", self.stage.secrets()), value).await
    }

    /// Stores a secret of the stage in the place of the one that is there.
    pub(crate) async fn replace(&self, name: &str, value: &Secret) -> anyhow::Result<()> {
        self.aws.replace(&format!("{}{name}", self.stage.secrets()), value).await
    }

    /// Deletes a secret of the stage, which may be gone already.
    pub(crate) async fn delete(&self, name: &str) -> anyhow::Result<()> {
        self.aws.forget(&format!("{}{name}", self.stage.secrets())).await
    }
}

/// Prints what steps did, and counts what changed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) changes: usize,
}

impl Report {
    /// A step that found nothing to do, or only looked.
    #[expect(clippy::unused_self, reason = "so that all lines of a step are written alike")]
    pub(crate) fn same(&self, step: &str, text: &str) {
        println!("{}", redacted(&format!("= {step:<15} {text}")));
    }

    /// What a person has to do something about. Nothing was changed.
    #[expect(clippy::unused_self, reason = "so that all lines of a step are written alike")]
    pub(crate) fn warn(&self, step: &str, text: &str) {
        println!("{}", redacted(&format!("! {step:<15} {text}")));
    }

    /// A step that changed something, or would.
    pub(crate) fn change(&mut self, step: &str, text: &str, details: &[String]) {
        self.changes += 1;
        println!("{}", redacted(&format!("* {step:<15} {text}")));
        for line in details {
            println!("{}", redacted(&format!("    - {line}")));
        }
    }
}
