//! Development keys and secrets: made at the first start, kept in `.tenjo/`,
//! never committed, and of no use elsewhere.
//!
//! `tenjo-dev-secrets` makes them, and alone writes their file. Here the file is only read, so
//! that nothing that makes keys has to be compiled before `cargo xtask` can print anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::process::Command;

use crate::children::Children;

/// The program that makes them.
pub(crate) const PROGRAM: &str = "tenjo-dev-secrets";

/// The name of the key that signs receipts.
pub(crate) const RECEIPT_KID: &str = "dev-receipts";

/// All secrets of one stack, as they are in the file. They do not print.
#[derive(Deserialize, Serialize)]
pub struct Secrets {
    /// Signs tokens now.
    pub current: SigningKey,
    /// Is accepted already, and signs once the keys are rotated.
    pub next: SigningKey,
    /// Signs receipts of draws: an Ed25519 key, PKCS#8, PEM.
    pub receipt_key: String,
    /// The gateway sends it to the functions.
    pub origin_secret: String,
    /// The key that device ids are hashed with.
    pub device_hash_key: String,
    /// What the steps of the saga seal rows with.
    pub seal_keys: SealKeys,
    /// The password of each database user.
    pub passwords: BTreeMap<String, String>,
}

/// The secrets of the seals in the table of sagas.
#[derive(Deserialize, Serialize)]
pub struct SealKeys {
    /// For Reserve and Draw.
    pub reserve: String,
    /// For Draw and Grant.
    pub draw: String,
}

/// A key that signs access tokens: ES256.
#[derive(Deserialize, Serialize)]
pub struct SigningKey {
    /// Its name in the header of a token.
    pub kid: String,
    /// PKCS#8, PEM.
    pub private_key: String,
}

impl Secrets {
    /// Takes a file's content apart.
    ///
    /// # Errors
    /// It is damaged. The error says where, and nothing that is in it.
    pub fn parse(json: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(json).map_err(|error| {
            anyhow::anyhow!("it is damaged at line {}, column {}", error.line(), error.column())
        })
    }
}

/// The public halves of the keys, as the program prints them.
#[derive(Deserialize, Serialize)]
pub struct PublicHalves {
    /// Of the key that signs tokens, PEM.
    pub current_pem: String,
    /// Of the next one, PEM.
    pub next_pem: String,
    /// What tokens are checked with: a JSON Web Key Set.
    pub token_keys: Value,
    /// What receipts are verified with: a JSON Web Key Set.
    pub receipt_keys: Value,
}

/// The file of a stack's secrets, and the program that keeps it.
pub(crate) struct Keeper<'a> {
    children: &'a Children,
    program: PathBuf,
    file: PathBuf,
}

impl<'a> Keeper<'a> {
    pub(crate) fn new(children: &'a Children, programs: &Path, file: PathBuf) -> Self {
        Self { children, program: programs.join(PROGRAM), file }
    }

    /// The secrets, with a password for each of these roles. What is missing is made.
    ///
    /// # Errors
    /// The program fails, or it is of another build than this one.
    pub(crate) async fn keep(
        &self,
        roles: &BTreeSet<String>,
    ) -> anyhow::Result<(Secrets, PublicHalves)> {
        let mut command = Command::new(&self.program);
        command.arg("--file").arg(&self.file).args(["--receipt-kid", RECEIPT_KID]);
        for role in roles {
            command.args(["--role", role]);
        }
        let mut said = String::new();
        self.children.logged_task("dev-secrets", command, |line| said = line.to_owned()).await?;
        let public = serde_json::from_str(&said)
            .with_context(|| format!("{PROGRAM} printed no public keys, but {said:?}"))?;
        let what = || format!("cannot use {}", self.file.display());
        let json = fs::read(&self.file).with_context(what)?;
        Ok((Secrets::parse(&json).with_context(what)?, public))
    }
}

#[cfg(test)]
impl Secrets {
    /// Some that are no keys, for tests of where they go. The roles have one password.
    pub(crate) fn of_test(roles: &BTreeSet<String>) -> Self {
        let key = |kid: &str| SigningKey {
            kid: kid.to_owned(),
            private_key: format!("the private half of {kid}"),
        };
        Self {
            current: key("dev-1"),
            next: key("dev-2"),
            receipt_key: format!("the private half of {RECEIPT_KID}"),
            origin_secret: "origin".to_owned(),
            device_hash_key: "devices".to_owned(),
            seal_keys: SealKeys { reserve: "reserve".to_owned(), draw: "draw".to_owned() },
            passwords: roles.iter().map(|role| (role.clone(), "secret".to_owned())).collect(),
        }
    }
}

#[cfg(test)]
impl PublicHalves {
    /// Some that are no keys either.
    pub(crate) fn of_test() -> Self {
        Self {
            current_pem: "the public half of dev-1".to_owned(),
            next_pem: "the public half of dev-2".to_owned(),
            token_keys: Value::from("the public halves of dev-1 and dev-2"),
            receipt_keys: Value::from("the public half of dev-receipts"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tenjo_guard::Guard;

    use super::*;

    /// As earlier builds have written it too: a stack that exists goes on working.
    const FILE: &str = r#"{
        "current": { "kid": "dev-1", "private_key": "one" },
        "next": { "kid": "dev-2", "private_key": "two" },
        "receipt_key": "three",
        "origin_secret": "four",
        "device_hash_key": "five",
        "seal_keys": { "reserve": "six", "draw": "seven" },
        "passwords": { "draw": "eight" }
    }"#;

    #[test]
    fn a_file_that_exists_is_read() {
        let secrets = Secrets::parse(FILE.as_bytes()).unwrap();
        assert_eq!(secrets.current.kid, "dev-1");
        assert_eq!(secrets.next.private_key, "two");
        assert_eq!(secrets.seal_keys.draw, "seven");
        assert_eq!(secrets.passwords["draw"], "eight");
    }

    #[test]
    fn what_is_in_a_damaged_file_is_not_told() {
        let damaged = FILE.replace(r#"{ "reserve": "six", "draw": "seven" }"#, r#""hunter2""#);
        let error = Secrets::parse(damaged.as_bytes()).err().unwrap();
        assert_eq!(format!("{error:#}"), "it is damaged at line 7, column 30");
    }

    /// Why there are no secrets if another program is in the place of the real one.
    async fn refusal(program: &str) -> String {
        let logs = std::env::temp_dir().join(format!("tenjo-{}-{program}", std::process::id()));
        fs::create_dir_all(&logs).unwrap();
        let guard = Guard::through(std::process::Command::new("cat")).unwrap();
        let (children, _ended) = Children::new(logs.clone(), guard);
        let keeper = Keeper { children: &children, program: program.into(), file: "kept".into() };
        let refused = keeper.keep(&["draw", "grant"].map(str::to_owned).into()).await.err();
        fs::remove_dir_all(logs).unwrap();
        refused.unwrap().to_string()
    }

    #[tokio::test]
    async fn the_program_is_told_the_roles_and_must_print_public_keys() {
        let told = "--file kept --receipt-kid dev-receipts --role draw --role grant";
        let expected = format!("tenjo-dev-secrets printed no public keys, but {told:?}");
        assert_eq!(refusal("echo").await, expected);
    }

    #[tokio::test]
    async fn a_program_that_fails_is_named_with_its_log() {
        let error = refusal("false").await;
        assert!(error.starts_with("dev-secrets ended (exit status: 1); its log is"), "{error}");
    }
}
