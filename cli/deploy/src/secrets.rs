//! The secrets of a stage: `infra/secrets.yaml` lists them, and what is missing is made.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::UNRESERVED;
use crate::keys::{self, Certificate};
use crate::secret::{self, Secret};
use crate::session::Session;
use crate::stage::Stage;

/// The kids of a stage's first keys: those that sign now, and the next one.
const FIRST_KIDS: [&str; 2] = ["k1", "k2"];
const FIRST_RECEIPT_KID: &str = "r1";

/// Private keys by their kids, and the public halves of all of them.
pub(crate) const SIGNING_KEYS: &str = "token-signing-keys/";
pub(crate) const TOKEN_KEYS: &str = "token-keys";
pub(crate) const RECEIPT_SIGNING_KEYS: &str = "receipt-signing-keys/";
pub(crate) const RECEIPT_KEYS: &str = "receipt-keys";
pub(crate) const ORIGIN_SECRETS: &str = "origin-secrets";
const DATABASE_URLS: &str = "database-urls/";
pub(crate) const ADMINISTRATOR: &str = "database-urls/admin";
pub(crate) const KONNECT_TOKEN: &str = "kong/konnect-token";
const APPLE_ROOTS: &str = "stores/apple-roots";
const APPLE_ATTEST_ROOTS: &str = "stores/apple-attest-roots";
pub(crate) const APPLE_KEYS: &str = "stores/apple-api-keys/";
pub(crate) const GOOGLE_ACCOUNT: &str = "stores/google-service-account";
pub(crate) const GOOGLE_INTEGRITY_ACCOUNT: &str = "stores/google-integrity-account";
/// One reads purchases, the other one decodes integrity tokens.
const GOOGLE_ACCOUNTS: [&str; 2] = [GOOGLE_ACCOUNT, GOOGLE_INTEGRITY_ACCOUNT];
pub(crate) const CERTIFICATE: &str = "kong/cluster-cert";
pub(crate) const CERTIFICATE_KEY: &str = "kong/cluster-cert-key";

/// The id of a key for Apple's API that Apple does not know: the default of
/// `AppleApiKeyId`.
const UNKNOWN_KEY: &str = "none";

/// The port of TiDB. `infra/network.yaml` lets functions out to no other.
const TIDB_PORT: u16 = 4000;

/// The names of keys for Apple's API that `tenjo deploy` makes wherever they are missing.
pub(crate) const MADE_APPLE_KEYS: [&str; 1] = [UNKNOWN_KEY];

/// Apple's own root, which receipts are verified with. It is no secret.
const APPLE_ROOT: &str = include_str!("../../../infra/apple-root-ca-g3.pem");

/// The same for attestations of devices.
const APPLE_ATTEST_ROOT: &str = include_str!("../../../infra/apple-app-attestation-root-ca.pem");

/// `infra/secrets.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    random: Vec<String>,
    pub(crate) database_users: Vec<String>,
    /// The command makes these by code of its own. They are listed for the tests.
    #[expect(dead_code, reason = "for infra/check, which reads the same file")]
    keys: Vec<String>,
    asked: Vec<String>,
    stores: Vec<String>,
    konnect: Vec<String>,
}

impl Secrets {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let path = root.join("infra/secrets.yaml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is missing", path.display()))?;
        serde_saphyr::from_str(&text).with_context(|| path.display().to_string())
    }

    /// What a stage needs and does not have yet, by name.
    pub(crate) fn missing(&self, stage: &Stage, there: &BTreeMap<String, u64>) -> Vec<String> {
        let mut wanted: Vec<String> = self.random.clone();
        wanted.extend(self.database_users.iter().map(|user| format!("{DATABASE_URLS}{user}")));
        wanted.extend([TOKEN_KEYS, RECEIPT_KEYS].map(str::to_owned));
        wanted.extend(self.asked.clone());
        wanted.extend(self.stores.iter().map(|name| name.replace("<id>", UNKNOWN_KEY)));
        if stage.konnect.is_some() {
            wanted.extend(self.konnect.clone());
        }
        wanted.retain(|name| !there.contains_key(name));
        wanted
    }
}

/// Makes every missing secret; gives the names of those that it made.
pub(crate) async fn make(session: &Session, secrets: &Secrets) -> anyhow::Result<Vec<String>> {
    let stage = &session.stage;
    let there = session.aws.parameter_versions(&stage.secrets()).await?;
    let missing = secrets.missing(stage, &there);
    // Asked for first: nobody should have to wait for the question.
    let mut asked = BTreeMap::new();
    for name in &missing {
        if let Some(secret) = ask(stage, name)? {
            asked.insert(name.clone(), secret);
        }
    }
    let mut made = Vec::new();
    for name in missing {
        let value = match name.as_str() {
            TOKEN_KEYS => token_keys(session, &mut made).await?,
            RECEIPT_KEYS => receipt_keys(session, &mut made).await?,
            APPLE_ROOTS => Secret::new(APPLE_ROOT),
            APPLE_ATTEST_ROOTS => Secret::new(APPLE_ATTEST_ROOT),
            name if GOOGLE_ACCOUNTS.contains(&name) => keys::unknown_service_account()?,
            name if name.starts_with(APPLE_KEYS) => keys::signing_key()?,
            // The pair is stored together, the key first.
            CERTIFICATE_KEY if there.contains_key(CERTIFICATE) => anyhow::bail!(
                "{CERTIFICATE_KEY} is gone, and its certificate is not: `tenjo rotate certificate` \
                 makes a new pair"
            ),
            CERTIFICATE_KEY => continue,
            CERTIFICATE => {
                let pair = Certificate::make(&stage.stack_name("functions"))?;
                session.replace(CERTIFICATE_KEY, &pair.key).await?;
                made.push(CERTIFICATE_KEY.to_owned());
                pair.certificate
            }
            name => match (asked.remove(name), name.strip_prefix(DATABASE_URLS)) {
                (Some(asked), _) => asked,
                (None, Some(user)) => database_url(stage, user),
                (None, None) => keys::random(),
            },
        };
        if session.put_once(&name, &value).await? {
            made.push(name);
        }
    }
    Ok(made)
}

/// A secret that only the operator has; none if it is another one.
pub(crate) fn ask(stage: &Stage, name: &str) -> anyhow::Result<Option<Secret>> {
    Ok(match name {
        ADMINISTRATOR => {
            let what = format!("password of {} at {}", administrator(stage), stage.database.host);
            let password = Secret::ask(secret::DATABASE_PASSWORD, &what)?;
            Some(administrators_url(stage, &password))
        }
        KONNECT_TOKEN => Some(Secret::ask(secret::KONNECT_TOKEN, "access token of Konnect")?),
        _ => None,
    })
}

fn administrator(stage: &Stage) -> String {
    format!("{}{}", stage.database.user_prefix, stage.database.administrator)
}

fn administrators_url(stage: &Stage, password: &Secret) -> Secret {
    let password = utf8_percent_encode(password.reveal(), UNRESERVED).to_string();
    // What has to be encoded is another text, and as secret.
    let password = Secret::new(password);
    let (user, address) = (administrator(stage), address(stage));
    Secret::new(format!("mysql://{user}:{}@{address}/tenjo", password.reveal()))
}

/// Where the stage's file says that the database is.
fn address(stage: &Stage) -> String {
    format!("{}:{TIDB_PORT}", stage.database.host)
}

/// The URL of a database user, with a new password.
pub(crate) fn database_url(stage: &Stage, user: &str) -> Secret {
    let (user, password) = (full_name(stage, user), keys::password());
    Secret::new(format!("mysql://{user}:{}@{}", password.reveal(), address(stage)))
}

fn full_name(stage: &Stage, user: &str) -> String {
    format!("{}tenjo_{user}", stage.database.user_prefix)
}

/// A database URL of SSM that leads elsewhere than the stage's file says.
pub(crate) struct Elsewhere {
    pub(crate) name: String,
    /// User and address, without the password.
    leads_to: String,
    should_lead_to: String,
    /// The URL as it should be, with the same password.
    pub(crate) url: Secret,
}

/// The database URLs that were made by other settings than those of the stage's file.
pub(crate) async fn elsewhere(
    session: &Session,
    secrets: &Secrets,
) -> anyhow::Result<Vec<Elsewhere>> {
    let users = secrets.database_users.iter().map(|user| format!("{DATABASE_URLS}{user}"));
    let names: Vec<String> = users.chain([ADMINISTRATOR.to_owned()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = session.aws.parameters(&session.stage.secrets(), &names).await?;
    let mut elsewhere = Vec::new();
    for (name, url) in found {
        elsewhere.extend(compared(&session.stage, &name, &url)?);
    }
    Ok(elsewhere)
}

/// What is wrong with database URLs that lead elsewhere, and what to do; none if there are
/// none.
pub(crate) fn advice(stage: &Stage, elsewhere: &[Elsewhere]) -> Option<String> {
    let one = elsewhere.first()?;
    Some(format!(
        "{} of SSM leads to {}, and by the stage's file to {}; {} URLs differ. Change the file \
         back, or, if the data is there, run `tenjo rotate --stage {} database-address` first",
        one.name,
        one.leads_to,
        one.should_lead_to,
        elsewhere.len(),
        stage.name
    ))
}

/// A database URL, if it leads elsewhere.
fn compared(stage: &Stage, name: &str, url: &Secret) -> anyhow::Result<Option<Elsewhere>> {
    let is_no_url = || format!("{name} is no URL of a database");
    let [user, password, there, rest] = parts(url.reveal()).with_context(is_no_url)?;
    let should = if name == ADMINISTRATOR {
        administrator(stage)
    } else {
        full_name(stage, name.trim_start_matches(DATABASE_URLS))
    };
    let address = address(stage);
    if user == should && there == address {
        return Ok(None);
    }
    Ok(Some(Elsewhere {
        name: name.to_owned(),
        leads_to: format!("{user}@{there}"),
        should_lead_to: format!("{should}@{address}"),
        url: Secret::new(format!("mysql://{should}:{password}@{address}{rest}")),
    }))
}

/// User, password and address of a database URL, and what follows.
fn parts(url: &str) -> Option<[&str; 4]> {
    let (credentials, place) = url.strip_prefix("mysql://")?.rsplit_once('@')?;
    let (user, password) = credentials.split_once(':')?;
    let (address, rest) = place.split_at(place.find(['/', '?']).unwrap_or(place.len()));
    Some([user, password, address, rest])
}

/// The public halves of the two signing keys, which are made if they are missing.
async fn token_keys(session: &Session, made: &mut Vec<String>) -> anyhow::Result<Secret> {
    let mut keys = Vec::new();
    for kid in FIRST_KIDS {
        let name = format!("{SIGNING_KEYS}{kid}");
        if session.put_once(&name, &keys::signing_key()?).await? {
            made.push(name.clone());
        }
        // A run before this one may have made it.
        keys.push(keys::public_signing_key(kid, &session.secret(&name).await?)?);
    }
    Ok(key_set(&keys))
}

async fn receipt_keys(session: &Session, made: &mut Vec<String>) -> anyhow::Result<Secret> {
    let name = format!("{RECEIPT_SIGNING_KEYS}{FIRST_RECEIPT_KID}");
    if session.put_once(&name, &keys::receipt_key()).await? {
        made.push(name.clone());
    }
    let key = keys::public_receipt_key(FIRST_RECEIPT_KID, &session.secret(&name).await?)?;
    Ok(key_set(&[key]))
}

/// A JSON Web Key Set.
pub(crate) fn key_set(keys: &[Value]) -> Secret {
    Secret::new(json!({ "keys": keys }).to_string())
}

/// The keys of a set.
pub(crate) fn keys_of(set: &Secret) -> anyhow::Result<Vec<Value>> {
    let mut set: Value = serde_json::from_str(set.reveal()).context("a key set is damaged")?;
    match set["keys"].take() {
        Value::Array(keys) => Ok(keys),
        _ => anyhow::bail!("a key set is damaged"),
    }
}

/// The kid of a key.
pub(crate) fn kid(key: &Value) -> anyhow::Result<&str> {
    key["kid"].as_str().context("a key of a set has no kid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_administrators_password_is_encoded() {
        let stage = Stage::read(&root(), "example").unwrap();
        let url = administrators_url(&stage, &Secret::new("a:b/c@d"));
        assert_eq!(url.reveal(), "mysql://root:a%3Ab%2Fc%40d@tidb.example.com:4000/tenjo");
    }

    #[test]
    fn a_url_that_leads_elsewhere_keeps_its_password() {
        let stage = Stage::read(&root(), "example").unwrap();
        for (name, url, should) in [
            ("database-urls/grant", "mysql://tenjo_grant:p@tidb.example.com:4000", None),
            ("database-urls/admin", "mysql://root:p%40@tidb.example.com:4000/tenjo", None),
            (
                "database-urls/grant",
                "mysql://4f2a.tenjo_grant:p@tidb.example.com:4000",
                Some("mysql://tenjo_grant:p@tidb.example.com:4000"),
            ),
            (
                "database-urls/admin",
                "mysql://root:p%40@old.example.com:4001/tenjo",
                Some("mysql://root:p%40@tidb.example.com:4000/tenjo"),
            ),
        ] {
            let elsewhere = compared(&stage, name, &Secret::new(url)).unwrap();
            assert_eq!(elsewhere.as_ref().map(|one| one.url.reveal()), should, "{url}");
            if let Some(elsewhere) = elsewhere {
                assert!(!elsewhere.leads_to.contains(":p"), "{}", elsewhere.leads_to);
            }
        }
        assert!(compared(&stage, "database-urls/grant", &Secret::new("no URL")).is_err());
    }

    #[test]
    fn only_konnect_needs_its_own_secrets() {
        let secrets = Secrets::read(&root()).unwrap();
        let stage = Stage::read(&root(), "example").unwrap();
        let with = secrets.missing(&stage, &BTreeMap::new());
        assert!(with.contains(&KONNECT_TOKEN.to_owned()));
        let stage = stage.without_konnect();
        let without = secrets.missing(&stage, &BTreeMap::new());
        assert_eq!(without.len() + secrets.konnect.len(), with.len());
        let there = without.iter().map(|name| (name.clone(), 1)).collect();
        assert!(secrets.missing(&stage, &there).is_empty());
    }
}
