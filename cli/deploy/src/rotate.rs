//! `tenjo rotate`: a new key or secret in the place of an old one, in steps of which each
//! leaves everything working, or says what does not work until it is done.
//!
//! How far a rotation is stands in an SSM parameter below `rotations/`, which is no
//! secret. The same command goes on where the last run stopped: after a failure, or
//! because the next step has to wait until nobody uses the old key any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::aws::unix_now;
use crate::count::counted;
use crate::keys::{self, Certificate};
use crate::konnect::Konnect;
use crate::package::short_hash;
use crate::secret::{self, Secret};
use crate::secrets::{
    self, ADMINISTRATOR, APPLE_KEYS, CERTIFICATE, CERTIFICATE_KEY, GOOGLE_ACCOUNT,
    GOOGLE_INTEGRITY_ACCOUNT, KONNECT_TOKEN, MADE_APPLE_KEYS, ORIGIN_SECRETS, RECEIPT_KEYS,
    RECEIPT_SIGNING_KEYS, SIGNING_KEYS, TOKEN_KEYS, key_set, keys_of, kid,
};
use crate::session::{Report, Session, Target};
use crate::stacks::Gateway;
use crate::{gateway, releases};

/// Where rotations are written down, below the stage's secrets.
const NOTES: &str = "rotations/";

/// Replaces a key or secret while the game runs.
///
/// Some rotations wait between two steps until nobody uses the old key any more. Then
/// the command says when to run it again. It goes on there, also after a failure.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Wait for nobody: for a key that somebody else may have. Whoever still uses the old
    /// one is refused, and has to log in or draw again.
    #[arg(long)]
    now: bool,
    #[command(subcommand)]
    what: What,
}

/// What can be replaced. KMS replaces its own key each year.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
enum What {
    /// The key that signs access tokens.
    SigningKey,
    /// The key that signs receipts of draws. Receipts of earlier keys stay good.
    ReceiptKey,
    /// What the gateway proves itself to the functions with.
    OriginSecret,
    /// What a step of the saga seals rows with.
    SealKey {
        /// The step that seals.
        #[arg(value_parser = ["reserve", "draw"])]
        step: String,
    },
    /// What device ids are hashed with. The old one is accepted for a year, in which each
    /// device that logs in is hashed anew. After that, only a device's secret finds one
    /// that did not.
    DeviceHashKey,
    /// The password of one database user of the functions.
    DatabaseUser {
        /// The user, without `tenjo_`.
        user: String,
    },
    /// The password of the database's administrator, which you have changed in the database.
    DatabaseAdministrator,
    /// Where the database is, and the prefix of its users: as the stage's file says now.
    DatabaseAddress,
    /// What proves to Konnect that a data plane is one of ours. Good for three years.
    Certificate,
    /// The access token of Konnect, of which you have made a new one.
    KonnectToken,
    /// The key of Apple's API. Its id is `AppleApiKeyId` in the stage's file.
    AppleApiKey {
        /// What App Store Connect gave you: `AuthKey_….p8`.
        file: PathBuf,
    },
    /// The key of the service account that reads purchases from Google's API.
    GoogleServiceAccount {
        /// What Google gave you, in JSON.
        file: PathBuf,
    },
    /// The key of the service account that decodes integrity tokens.
    GoogleIntegrityAccount {
        /// What Google gave you, in JSON.
        file: PathBuf,
    },
}

/// One step of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Signs with the key that is already accepted.
    SignWithNext,
    MakeNextKey,
    AcceptNextKey,
    MakeReceiptKey,
    ShowReceiptKey,
    SignReceiptsWithNew,
    AddOriginSecret,
    KeepNewOriginSecret,
    AcceptNewKey,
    UseNewKey,
    KeepNewKey,
    ReplaceUrl,
    /// All of them, with the passwords that they have.
    ReplaceAddress,
    RestartMigrate,
    Migrate,
    ReplaceAdministrator,
    MakeCertificate,
    ReplaceDataPlanes,
    KeepNewCertificate,
    ReplaceToken,
    KeepStoresKey,
    Restart,
    Sync,
    /// Deletes private keys that nothing uses any more.
    DeleteOldKeys,
}

impl Step {
    /// Whether it deploys once more what is deployed.
    const fn deploys_again(self) -> bool {
        matches!(
            self,
            Self::SignWithNext | Self::SignReceiptsWithNew | Self::Restart | Self::RestartMigrate
        )
    }
}

/// A step, and how long after the one before it may begin.
type Planned = (Step, u64);

/// A key that is accepted before it is used, and after it is used the old one for so many
/// seconds more.
const fn key_after_key(seconds: u64) -> [Planned; 6] {
    use Step::*;
    [
        (AcceptNewKey, 0),
        (Restart, 0),
        (UseNewKey, 0),
        (Restart, 0),
        (KeepNewKey, seconds),
        (Restart, 0),
    ]
}

/// As long as an access token is good, and a minute for clocks.
const TOKENS_ARE_GOOD_SECONDS: u64 = 16 * 60;
/// Until all data planes have a configuration that was synced.
const DATA_PLANES_SECONDS: u64 = 2 * 60;
/// Until no saga that began before is live.
const SAGAS_LIVE_SECONDS: u64 = 60 * 60;
/// In which devices log in, and are hashed with the new key.
const DEVICES_LOG_IN_SECONDS: u64 = 365 * DAY_SECONDS;
const DAY_SECONDS: u64 = 24 * 60 * 60;

impl What {
    fn name(&self) -> String {
        match self {
            Self::SigningKey => "signing-key".to_owned(),
            Self::ReceiptKey => "receipt-key".to_owned(),
            Self::OriginSecret => "origin-secret".to_owned(),
            Self::SealKey { step } => format!("seal-key-{step}"),
            Self::DeviceHashKey => "device-hash-key".to_owned(),
            Self::DatabaseUser { user } => format!("database-user-{user}"),
            Self::DatabaseAdministrator => "database-administrator".to_owned(),
            Self::DatabaseAddress => "database-address".to_owned(),
            Self::Certificate => "certificate".to_owned(),
            Self::KonnectToken => "konnect-token".to_owned(),
            Self::AppleApiKey { .. } => "apple-api-key".to_owned(),
            Self::GoogleServiceAccount { .. } => "google-service-account".to_owned(),
            Self::GoogleIntegrityAccount { .. } => "google-integrity-account".to_owned(),
        }
    }

    fn steps(&self) -> &'static [Planned] {
        use Step::*;
        match self {
            Self::SigningKey => &[
                (SignWithNext, 0),
                (MakeNextKey, TOKENS_ARE_GOOD_SECONDS),
                (AcceptNextKey, 0),
                (Restart, 0),
                (Sync, 0),
                (DeleteOldKeys, 0),
            ],
            Self::ReceiptKey => &[
                (MakeReceiptKey, 0),
                (ShowReceiptKey, 0),
                (Restart, 0),
                (SignReceiptsWithNew, 0),
                (DeleteOldKeys, 0),
            ],
            Self::OriginSecret => &[
                (AddOriginSecret, 0),
                (Restart, 0),
                (Sync, 0),
                (KeepNewOriginSecret, DATA_PLANES_SECONDS),
                (Restart, 0),
            ],
            Self::SealKey { .. } => const { &key_after_key(SAGAS_LIVE_SECONDS) },
            Self::DeviceHashKey => const { &key_after_key(DEVICES_LOG_IN_SECONDS) },
            // The database before the functions: those that run keep their connections.
            Self::DatabaseUser { .. } => {
                &[(ReplaceUrl, 0), (RestartMigrate, 0), (Migrate, 0), (Restart, 0)]
            }
            Self::DatabaseAdministrator => &[(ReplaceAdministrator, 0), (Restart, 0)],
            Self::DatabaseAddress => {
                &[(ReplaceAddress, 0), (RestartMigrate, 0), (Migrate, 0), (Restart, 0)]
            }
            Self::Certificate => {
                &[(MakeCertificate, 0), (ReplaceDataPlanes, 0), (KeepNewCertificate, 0)]
            }
            Self::KonnectToken => &[(ReplaceToken, 0)],
            Self::AppleApiKey { .. } => &[(KeepStoresKey, 0), (Restart, 0), (DeleteOldKeys, 0)],
            Self::GoogleServiceAccount { .. } | Self::GoogleIntegrityAccount { .. } => {
                &[(KeepStoresKey, 0), (Restart, 0)]
            }
        }
    }
}

/// How far a rotation is. No secret.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// How many steps are done.
    done: usize,
    /// When the last of them was.
    at: u64,
    /// What a step has to tell the later ones, such as a kid.
    #[serde(default)]
    told: BTreeMap<String, String>,
}

/// In a note: which key somebody gave.
const GIVEN: &str = "given";

impl Note {
    fn new(given: Option<String>) -> Self {
        let told = given.map(|given| (GIVEN.to_owned(), given)).into_iter().collect();
        Self { told, ..Self::default() }
    }

    /// The note of a rotation that goes on. With another key it begins anew: what was done
    /// was done with the other one.
    fn with(self, given: Option<String>) -> Self {
        if self.told.get(GIVEN) == given.as_ref() { self } else { Self::new(given) }
    }
}

/// Whether the next step may begin.
fn waits(planned: &[Planned], note: &Note, now: u64) -> Option<u64> {
    let (_, after) = planned.get(note.done)?;
    let from = note.at + after;
    (note.done > 0 && now < from).then(|| from - now)
}

/// A wait, as a person reads it.
fn in_words(seconds: u64) -> String {
    if seconds > 2 * DAY_SECONDS {
        format!("{} days", seconds.div_ceil(DAY_SECONDS))
    } else {
        format!("{} min", seconds.div_ceil(60))
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let session = Session::open(&args.target).await?;
    args.what.allowed(&session)?;
    let given = args.what.given(&session)?;
    let name = args.what.name();
    let parameter = format!("{}{NOTES}{name}", session.stage.secrets());
    let noted = format!("{NOTES}{name}");
    let found = session.aws.parameters(&session.stage.secrets(), &[&noted]).await?;
    let mut note: Note = match found.get(&noted) {
        // The address may have been a wrong one, and be another one now.
        _ if args.what == What::DatabaseAddress => Note::default(),
        Some(note) => serde_json::from_str::<Note>(note.reveal())
            .with_context(|| parameter.clone())?
            .with(given),
        None => Note::new(given),
    };
    let planned = args.what.steps();
    args.what.may_begin(&session, &note).await.with_context(|| {
        let next = planned.get(note.done).filter(|_| found.contains_key(&noted));
        let meanwhile = next.map(|(step, _)| format!(" {}", args.what.meanwhile(*step)));
        format!("This run has changed nothing.{}\nCause", meanwhile.unwrap_or_default())
    })?;
    let mut report = Report::default();
    while let Some((step, _)) = planned.get(note.done) {
        if let Some(seconds) = waits(planned, &note, unix_now()).filter(|_| !args.now) {
            println!(
                "\nThe old one may still be in use. Run the same command again in {}: it goes \
                 on with step {} of {}.",
                in_words(seconds),
                note.done + 1,
                planned.len()
            );
            return Ok(());
        }
        let done =
            args.what.step(&session, *step, &mut note, args.now).await.with_context(|| {
                format!(
                    "step {} of {}\n{} Run the same command again: it goes on here.\nCause",
                    note.done + 1,
                    planned.len(),
                    args.what.meanwhile(*step)
                )
            })?;
        report.change(&format!("{}/{}", note.done + 1, planned.len()), &done, &[]);
        note.done += 1;
        note.at = unix_now();
        session.aws.note(&parameter, &serde_json::to_string(&note)?).await?;
    }
    session.aws.forget(&parameter).await?;
    println!("\n{name} is replaced.{}", args.what.afterwards());
    Ok(())
}

impl What {
    fn allowed(&self, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Certificate | Self::KonnectToken => anyhow::ensure!(
                session.stage.gateway() == Gateway::Konnect,
                "the stage {} has no Konnect",
                session.stage.name
            ),
            Self::DatabaseUser { user } => {
                let users = secrets::Secrets::read(&session.root)?.database_users;
                anyhow::ensure!(
                    users.contains(user),
                    "there is no database user {user}: it is one of {}",
                    users.join(", ")
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// Which key somebody gave, if it is what it should be: its id and its hash.
    fn given(&self, session: &Session) -> anyhow::Result<Option<String>> {
        let hash = |key: &Secret| short_hash(key.reveal().as_bytes());
        Ok(match self {
            Self::AppleApiKey { file } => {
                let id = apple_key_id(session)?;
                Some(format!("{id} {}", hash(&from_file(file, keys::check_apple_key)?)))
            }
            Self::GoogleServiceAccount { file } | Self::GoogleIntegrityAccount { file } => {
                Some(hash(&from_file(file, keys::check_service_account)?))
            }
            _ => None,
        })
    }

    /// Refuses what a later step would refuse, as long as nothing is changed: until it is
    /// done, functions that start may read a secret that nobody else has yet.
    async fn may_begin(&self, session: &Session, note: &Note) -> anyhow::Result<()> {
        if self.steps().iter().skip(note.done).any(|(step, _)| step.deploys_again()) {
            releases::deployed_here(session).await?;
        }
        // A new URL leads where the stage's file says, and the others lead elsewhere.
        if note.done == 0 && matches!(self, Self::DatabaseUser { .. } | Self::DatabaseAdministrator)
        {
            let secrets = secrets::Secrets::read(&session.root)?;
            let elsewhere = secrets::elsewhere(session, &secrets).await?;
            if let Some(advice) = secrets::advice(&session.stage, &elsewhere) {
                anyhow::bail!("{advice}");
            }
        }
        Ok(())
    }

    /// What a failed step leaves behind, until it is done.
    fn meanwhile(&self, step: Step) -> &'static str {
        match (self, step) {
            // It has one password only, and SSM may have the new one already.
            (Self::DatabaseUser { .. }, _) => {
                "Functions of this database user go on with the connections that they have. Until \
                 the rotation is done, the database may refuse new ones, and the functions then \
                 answer 500."
            }
            (Self::DatabaseAdministrator, _) => {
                "Players notice nothing. Until this is done, `migrate` may not get into the database."
            }
            (Self::DatabaseAddress, _) => {
                "Functions that run go on with the connections that they have; those that start \
                 may read the new address already. If it is wrong, correct the stage's file first."
            }
            // Key and certificate are two parameters.
            (Self::Certificate, Step::MakeCertificate) => {
                "The data planes that run serve as before. Until this step is done, one that starts \
                 may get a key that is not its certificate's, and not become healthy."
            }
            _ => "Everything works as before.",
        }
    }

    fn afterwards(&self) -> &'static str {
        match self {
            Self::KonnectToken => " Delete the old token in Konnect.",
            Self::AppleApiKey { .. } => " Revoke the old key in App Store Connect.",
            Self::GoogleServiceAccount { .. } | Self::GoogleIntegrityAccount { .. } => {
                " Delete the old key of the account."
            }
            _ => "",
        }
    }

    /// Does one step, which may have been done already by a run that was broken off.
    async fn step(
        &self,
        session: &Session,
        step: Step,
        note: &mut Note,
        now: bool,
    ) -> anyhow::Result<String> {
        match step {
            Step::Restart => {
                // A canary would keep the old password or address in use for its time.
                let at_once =
                    now || matches!(self, Self::DatabaseUser { .. } | Self::DatabaseAddress);
                let id = match self {
                    Self::AppleApiKey { .. } => Some(apple_key_id(session)?),
                    _ => None,
                };
                let mut given = if at_once { vec![releases::AT_ONCE] } else { Vec::new() };
                given.extend(id.iter().map(|id| ("AppleApiKeyId", id.as_str())));
                let deployed = releases::restart(session, &given).await?;
                Ok(format!("the functions read their secrets: release {}", deployed.release))
            }
            Step::Sync => sync(session).await,
            Step::DeleteOldKeys => self.delete_old_keys(session, note).await,
            Step::RestartMigrate => {
                releases::restart_migrate(session).await?;
                Ok("`migrate` reads the new URL".to_owned())
            }
            Step::Migrate => {
                let function = session.stage.function("migrate");
                session.aws.invoke(&function, &json!({})).await?;
                Ok("the database has users and passwords as SSM has them".to_owned())
            }
            Step::SignWithNext | Step::MakeNextKey | Step::AcceptNextKey => {
                signing_key(session, step, note).await
            }
            Step::MakeReceiptKey | Step::ShowReceiptKey | Step::SignReceiptsWithNew => {
                receipt_key(session, step, note).await
            }
            Step::AddOriginSecret | Step::KeepNewOriginSecret => origin_secret(session, step).await,
            Step::AcceptNewKey | Step::UseNewKey | Step::KeepNewKey => match self {
                Self::SealKey { step: of } => {
                    two_keys(session, step, &format!("saga-seal-keys/{of}"), note).await
                }
                Self::DeviceHashKey => two_keys(session, step, "device-hash-key", note).await,
                _ => anyhow::bail!("only a key with an order has this step"),
            },
            Step::ReplaceUrl => match self {
                Self::DatabaseUser { user } => {
                    let url = secrets::database_url(&session.stage, user);
                    session.replace(&format!("database-urls/{user}"), &url).await?;
                    Ok(format!("tenjo_{user} has a new password in SSM"))
                }
                _ => anyhow::bail!("only a database user has this step"),
            },
            Step::ReplaceAddress => {
                let secrets = secrets::Secrets::read(&session.root)?;
                let elsewhere = secrets::elsewhere(session, &secrets).await?;
                for one in &elsewhere {
                    session.replace(&one.name, &one.url).await?;
                }
                Ok(format!("{} URLs lead to {}", elsewhere.len(), session.stage.database.host))
            }
            Step::ReplaceAdministrator => {
                let url = secrets::ask(&session.stage, ADMINISTRATOR)?;
                session.replace(ADMINISTRATOR, &url.context("it is asked for")?).await?;
                Ok("SSM has the new password".to_owned())
            }
            Step::MakeCertificate | Step::ReplaceDataPlanes | Step::KeepNewCertificate => {
                certificate(session, step).await
            }
            Step::ReplaceToken => {
                let token = Secret::ask(secret::KONNECT_TOKEN, "new access token of Konnect")?;
                let konnect = konnect(session, token.clone())?;
                let plane = konnect.find(&session.stage.stack_name("functions")).await?;
                plane.context("the new token sees no control plane of this stage")?;
                session.replace(KONNECT_TOKEN, &token).await?;
                Ok("SSM has the new token, and Konnect takes it".to_owned())
            }
            Step::KeepStoresKey => match self {
                Self::AppleApiKey { file } => {
                    let key = from_file(file, keys::check_apple_key)?;
                    let id = apple_key_id(session)?;
                    session.replace(&format!("{APPLE_KEYS}{id}"), &key).await?;
                    Ok(format!("SSM has the key {id}"))
                }
                Self::GoogleServiceAccount { file } => {
                    keep_account(session, GOOGLE_ACCOUNT, file).await
                }
                Self::GoogleIntegrityAccount { file } => {
                    keep_account(session, GOOGLE_INTEGRITY_ACCOUNT, file).await
                }
                _ => anyhow::bail!("only a store's key has this step"),
            },
        }
    }
}

impl What {
    /// Deletes the private keys of a folder that no function reads any more, also those
    /// that were left by earlier rotations. Public halves are elsewhere, and stay.
    async fn delete_old_keys(&self, session: &Session, note: &Note) -> anyhow::Result<String> {
        let (folder, used) = match self {
            Self::SigningKey => {
                let keys = keys_of(&session.secret(TOKEN_KEYS).await?)?;
                let kids = keys.iter().map(|key| kid(key).map(str::to_owned));
                (SIGNING_KEYS, kids.collect::<anyhow::Result<Vec<_>>>()?)
            }
            Self::ReceiptKey => (
                RECEIPT_SIGNING_KEYS,
                vec![note.told.get("new").context("the note has no kid")?.clone()],
            ),
            Self::AppleApiKey { .. } => {
                let made = MADE_APPLE_KEYS.map(str::to_owned);
                (APPLE_KEYS, made.into_iter().chain([apple_key_id(session)?]).collect())
            }
            _ => anyhow::bail!("only a key with an id has this step"),
        };
        let there = session.aws.parameter_versions(&session.stage.secrets()).await?;
        let mut deleted = Vec::new();
        for name in there.keys() {
            if let Some(kid) = name.strip_prefix(folder)
                && !used.iter().any(|one| one == kid)
            {
                session.delete(name).await?;
                deleted.push(kid);
            }
        }
        Ok(match deleted.as_slice() {
            [] => "SSM has no old private key".to_owned(),
            deleted => format!("SSM has the private key of {} no more", deleted.join(", ")),
        })
    }
}

/// A secret that somebody else gave, if it is what it should be.
fn from_file(
    path: &Path,
    check: impl FnOnce(&Secret) -> anyhow::Result<()>,
) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let secret = Secret::new(text);
    check(&secret).with_context(|| path.display().to_string())?;
    Ok(secret)
}

/// Keeps the key of a service account of Google's.
async fn keep_account(session: &Session, name: &str, file: &Path) -> anyhow::Result<String> {
    let account = from_file(file, keys::check_service_account)?;
    session.replace(name, &account).await?;
    Ok("SSM has the new key".to_owned())
}

/// The id of the key for Apple's API, which is no secret.
fn apple_key_id(session: &Session) -> anyhow::Result<String> {
    let id = session.stage.parameters("functions").remove("AppleApiKeyId");
    id.with_context(|| {
        format!(
            "infra/stages/{}.yaml has no AppleApiKeyId: set it to the id of the new key, under \
             `parameters: functions:`",
            session.stage.name
        )
    })
}

/// Both keys are accepted all the time: the functions sign with the next one, and once
/// no token of the old one is good any more, the old one makes room for a new next one.
async fn signing_key(session: &Session, step: Step, note: &mut Note) -> anyhow::Result<String> {
    let keys = keys_of(&session.secret(TOKEN_KEYS).await?)?;
    let [_, next] = keys.as_slice() else { anyhow::bail!("token-keys should have two keys") };
    match step {
        Step::SignWithNext => {
            let next = kid(next)?.to_owned();
            let given = [("TokenSigningKid", next.as_str())];
            releases::restart(session, &given).await?;
            note.told.insert("signs".to_owned(), next.clone());
            Ok(format!("new tokens are signed with {next}"))
        }
        Step::MakeNextKey => {
            let new = next_kid(&keys)?;
            session.put_once(&format!("{SIGNING_KEYS}{new}"), &keys::signing_key()?).await?;
            note.told.insert("new".to_owned(), new.clone());
            Ok(format!("made {new}"))
        }
        _ => {
            let new = note.told.get("new").context("the note has no kid")?;
            let signs = note.told.get("signs").context("the note has no kid")?;
            let private = session.secret(&format!("{SIGNING_KEYS}{new}")).await?;
            let kept = keys.iter().find(|key| kid(key).is_ok_and(|kid| kid == signs));
            let kept = kept.with_context(|| format!("token-keys has no {signs}"))?.clone();
            let set = key_set(&[kept, keys::public_signing_key(new, &private)?]);
            session.replace(TOKEN_KEYS, &set).await?;
            Ok(format!("{signs} and {new} are accepted"))
        }
    }
}

/// Earlier public keys stay, because receipts are good for ever.
async fn receipt_key(session: &Session, step: Step, note: &mut Note) -> anyhow::Result<String> {
    let mut keys = keys_of(&session.secret(RECEIPT_KEYS).await?)?;
    if step == Step::MakeReceiptKey {
        let new = next_kid(&keys)?;
        session.put_once(&format!("{RECEIPT_SIGNING_KEYS}{new}"), &keys::receipt_key()).await?;
        note.told.insert("new".to_owned(), new.clone());
        return Ok(format!("made {new}"));
    }
    let new = note.told.get("new").context("the note has no kid")?;
    if step == Step::ShowReceiptKey {
        if !keys.iter().any(|key| kid(key).is_ok_and(|kid| kid == new)) {
            let private = session.secret(&format!("{RECEIPT_SIGNING_KEYS}{new}")).await?;
            keys.push(keys::public_receipt_key(new, &private)?);
            session.replace(RECEIPT_KEYS, &key_set(&keys)).await?;
        }
        return Ok(format!("{new} is in the list of public keys"));
    }
    releases::restart(session, &[("ReceiptSigningKid", new)]).await?;
    Ok(format!("receipts are signed with {new}"))
}

/// The kid after the highest one: `k3` after `k1` and `k2`.
fn next_kid(keys: &[serde_json::Value]) -> anyhow::Result<String> {
    let mut last: Option<(String, u64)> = None;
    for key in keys {
        let kid = kid(key)?;
        let letters = kid.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number = kid[letters.len()..].parse().unwrap_or(0);
        if last.as_ref().is_none_or(|(_, highest)| number >= *highest) {
            last = Some((letters.to_owned(), number));
        }
    }
    let (letters, number) = last.context("a key set has no key")?;
    Ok(format!("{letters}{}", number + 1))
}

/// The functions accept two; the gateway sends the last one.
async fn origin_secret(session: &Session, step: Step) -> anyhow::Result<String> {
    let value = session.secret(ORIGIN_SECRETS).await?;
    let parts: Vec<&str> = value.reveal().split(',').map(str::trim).collect();
    match (step, parts.as_slice()) {
        (Step::AddOriginSecret, [old]) => {
            let both = Secret::new(format!("{old},{}", keys::random().reveal()));
            session.replace(ORIGIN_SECRETS, &both).await?;
        }
        (Step::KeepNewOriginSecret, [_, new]) => {
            session.replace(ORIGIN_SECRETS, &Secret::new(*new)).await?;
        }
        // A run that was broken off has done it.
        _ => {}
    }
    Ok(match step {
        Step::AddOriginSecret => "SSM has the new one beside the old one".to_owned(),
        _ => "SSM has the new one alone".to_owned(),
    })
}

/// The first one seals or hashes, and both are accepted: so a new one is accepted
/// everywhere before it is used anywhere. The note tells the old one from the new one by
/// its hash.
async fn two_keys(
    session: &Session,
    step: Step,
    name: &str,
    note: &mut Note,
) -> anyhow::Result<String> {
    let value = session.secret(name).await?;
    let parts: Vec<&str> = value.reveal().split(',').map(str::trim).collect();
    if step == Step::AcceptNewKey {
        let old = parts.first().context("a key is empty")?;
        note.told.insert("old".to_owned(), short_hash(old.as_bytes()));
        // A run that was broken off may have added one.
        if let [old] = parts.as_slice() {
            let both = format!("{old},{}", keys::random().reveal());
            session.replace(name, &Secret::new(both)).await?;
        }
        return Ok("SSM has the new one behind the old one".to_owned());
    }
    let old = note.told.get("old").context("the note has no hash")?;
    let is_old = |part: &&&str| short_hash(part.as_bytes()) == *old;
    let new = parts.iter().find(|part| !is_old(part)).context("there is no new key")?;
    if step == Step::UseNewKey {
        if let Some(old) = parts.iter().find(is_old) {
            session.replace(name, &Secret::new(format!("{new},{old}"))).await?;
        }
        return Ok("SSM has the new one before the old one".to_owned());
    }
    session.replace(name, &Secret::new(*new)).await?;
    Ok("SSM has the new one alone".to_owned())
}

fn konnect<'a>(session: &'a Session, token: Secret) -> anyhow::Result<Konnect<'a>> {
    let address = session.stage.konnect.as_deref().context("the stage has no Konnect")?;
    Ok(Konnect { http: &session.http, address, token })
}

async fn certificate(session: &Session, step: Step) -> anyhow::Result<String> {
    let name = session.stage.stack_name("functions");
    let konnect = konnect(session, session.secret(KONNECT_TOKEN).await?)?;
    let plane = konnect.find(&name).await?.context("there is no control plane")?;
    match step {
        Step::MakeCertificate => {
            let pair = Certificate::make(&name)?;
            konnect.accept(&plane, &pair.certificate).await?;
            session.replace(CERTIFICATE, &pair.certificate).await?;
            session.replace(CERTIFICATE_KEY, &pair.key).await?;
            Ok("Konnect accepts the new one beside the old one".to_owned())
        }
        Step::ReplaceDataPlanes => {
            replace_data_planes(session).await?;
            Ok("all data planes have the new one".to_owned())
        }
        _ => {
            let certificate = session.secret(CERTIFICATE).await?;
            let taken = konnect.accept_only(&plane, &certificate).await?;
            Ok(format!("Konnect accepts the new one only; {taken} taken away"))
        }
    }
}

async fn replace_data_planes(session: &Session) -> anyhow::Result<()> {
    let name = session.stage.stack_name("kong");
    let stack = session.aws.stack(&name).await?;
    let stack = stack.with_context(|| format!("there is no stack {name}"))?;
    session.aws.replace_tasks(stack.output("ClusterName")?, stack.output("ServiceName")?).await
}

/// Gives the gateway the keys and secrets of now.
async fn sync(session: &Session) -> anyhow::Result<String> {
    match session.stage.gateway() {
        Gateway::Konnect => {
            let counts = gateway::sync(session, false).await?;
            Ok(format!("the gateway is synced: {}", counted(counts.all(), "change")))
        }
        Gateway::File => {
            let key = gateway::roll_out(session).await?;
            Ok(format!("the data planes serve {key}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_kid_is_one_more_than_the_highest() {
        let keys = |kids: &[&str]| kids.iter().map(|kid| json!({ "kid": kid })).collect::<Vec<_>>();
        for (kids, next) in [
            (&["k1", "k2"][..], "k3"),
            (&["k10", "k9"], "k11"),
            (&["r1"], "r2"),
            (&["old"], "old1"),
        ] {
            assert_eq!(next_kid(&keys(kids)).unwrap(), next);
        }
        assert!(next_kid(&[]).is_err());
    }

    #[test]
    fn a_step_waits_for_as_long_as_the_old_key_is_in_use() {
        let planned = What::SigningKey.steps();
        let note = |done, at| Note { done, at, ..Note::default() };
        assert_eq!(waits(planned, &note(0, 0), 5), None, "a rotation begins at once");
        assert_eq!(waits(planned, &note(1, 1000), 1000), Some(TOKENS_ARE_GOOD_SECONDS));
        assert_eq!(waits(planned, &note(1, 1000), 1000 + TOKENS_ARE_GOOD_SECONDS), None);
        assert_eq!(waits(planned, &note(2, 1000), 1000), None);
        assert_eq!(waits(planned, &note(planned.len(), 1000), 1000), None);
    }

    #[test]
    fn a_rotation_goes_on_with_the_same_key_only() {
        let one = || Some("KEY1 0123456789abcdef".to_owned());
        let half_done = || Note { done: 2, at: 5, ..Note::new(one()) };
        assert_eq!(half_done().with(one()), half_done());
        for other in ["KEY2 0123456789abcdef", "KEY1 fedcba9876543210"] {
            let other = Some(other.to_owned());
            assert_eq!(half_done().with(other.clone()), Note::new(other));
        }
        // A note that names no key, for a rotation that is given one.
        let nameless = Note { done: 2, at: 5, ..Note::default() };
        assert_eq!(nameless.with(one()), Note::new(one()));
        // Nobody gives a key that is made.
        let made = || Note { done: 2, at: 5, told: [("new".to_owned(), "k3".to_owned())].into() };
        assert_eq!(made().with(None), made());
    }

    #[test]
    fn a_long_wait_is_told_in_days() {
        for (seconds, words) in
            [(1, "1 min"), (3600, "60 min"), (DEVICES_LOG_IN_SECONDS, "365 days")]
        {
            assert_eq!(in_words(seconds), words);
        }
    }

    #[test]
    fn what_is_replaced_is_accepted_before_it_is_used() {
        let position = |what: &What, step: Step| {
            what.steps().iter().position(|(one, _)| *one == step).unwrap()
        };
        let user = What::DatabaseUser { user: "grant".to_owned() };
        assert!(position(&user, Step::ReplaceUrl) < position(&user, Step::RestartMigrate));
        assert!(position(&user, Step::RestartMigrate) < position(&user, Step::Migrate));
        assert!(position(&user, Step::Migrate) < position(&user, Step::Restart));
        let origin = What::OriginSecret;
        assert!(position(&origin, Step::AddOriginSecret) < position(&origin, Step::Restart));
        assert!(position(&origin, Step::Restart) < position(&origin, Step::Sync));
        assert!(position(&origin, Step::Sync) < position(&origin, Step::KeepNewOriginSecret));
        let seal = What::SealKey { step: "draw".to_owned() };
        let devices = What::DeviceHashKey;
        for what in [&seal, &devices] {
            assert!(position(what, Step::AcceptNewKey) < position(what, Step::Restart));
            assert!(position(what, Step::Restart) < position(what, Step::UseNewKey));
            assert!(position(what, Step::UseNewKey) < position(what, Step::KeepNewKey));
        }
        let receipts = What::ReceiptKey;
        assert!(
            position(&receipts, Step::ShowReceiptKey)
                < position(&receipts, Step::SignReceiptsWithNew)
        );
    }
}
