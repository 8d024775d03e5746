//! Whose credentials: those of the environment, or those that the AWS CLI would use.
//!
//! The AWS CLI knows every way to log in (profiles, single sign-on, roles, machines),
//! and prints what it found, so none of them is here.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use aws_credential_types::Credentials;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::now;
use crate::programs::program;
use crate::secret::Secret;

/// They are looked up again this long before they end.
const BEFORE_THE_END: Duration = Duration::from_secs(120);

pub(super) struct Found {
    pub(super) credentials: Credentials,
    ends: Option<SystemTime>,
}

impl Found {
    pub(super) fn is_old(&self) -> bool {
        self.ends.is_some_and(|ends| now() + BEFORE_THE_END > ends)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

pub(super) async fn find() -> anyhow::Result<Found> {
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let exported = match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(access_key_id), Some(secret_access_key)) => Exported {
            access_key_id,
            secret_access_key,
            session_token: variable("AWS_SESSION_TOKEN"),
            expiration: None,
        },
        _ => export().await?,
    };
    let secret = Secret::new(exported.secret_access_key);
    let token = exported.session_token.map(Secret::new);
    let ends = exported.expiration.map(|text| OffsetDateTime::parse(&text, &Rfc3339)).transpose();
    Ok(Found {
        credentials: Credentials::new(
            exported.access_key_id,
            secret.reveal(),
            token.as_ref().map(|token| token.reveal().to_owned()),
            None,
            "tenjo",
        ),
        ends: ends.context("when the credentials end")?.map(SystemTime::from),
    })
}

async fn export() -> anyhow::Result<Exported> {
    const HOW: &str =
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with the AWS CLI 2";
    let mut command = program("aws");
    command.args(["configure", "export-credentials", "--format", "process"]);
    let done =
        command.output().await.with_context(|| format!("there are no credentials: {HOW}"))?;
    anyhow::ensure!(
        done.status.success(),
        "the AWS CLI has no credentials ({}): {HOW}",
        String::from_utf8_lossy(&done.stderr).trim()
    );
    serde_json::from_slice(&done.stdout).context("what the AWS CLI says of its credentials")
}
