//! What the parts are told through their environment, in place of what
//! `template.yaml` and the deployment tell them in AWS.

use std::collections::BTreeMap;

use anyhow::Context;
use url::Url;

use crate::function::Function;
use crate::http::Lambda;
use crate::secrets::{ROLES, Secrets};

/// Variables and their values.
pub(crate) type Environment = BTreeMap<String, String>;

/// The region of everything on one machine.
pub(crate) const REGION: &str = "us-east-1";

/// The operations table.
pub(crate) const OPS_TABLE: &str = "tenjo-ops";

/// The state machine of a draw.
pub(crate) const STATE_MACHINE_ARN: &str =
    "arn:aws:states:local:000000000000:stateMachine:gacha-saga";

/// Who signs access tokens.
pub(crate) const TOKEN_ISSUER: &str = "tenjo-local";

/// The page that may call the gateway from a browser.
const CORS_ORIGIN: &str = "http://localhost:3000";

/// Where the functions find what they use.
pub(crate) struct Backends {
    /// With the administrator's name, and the database `tenjo`.
    pub(crate) database: Url,
    pub(crate) dynamodb: String,
    pub(crate) step_functions: String,
}

/// How long a server seed is in use, and how long after that it stays secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeds {
    pub(crate) period_s: u32,
    pub(crate) grace_s: u32,
}

/// What the functions' logs are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logs {
    /// A person.
    Text,
    /// What reads them in AWS, with metrics among them.
    Json,
}

impl Logs {
    const fn format(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// What the functions are told. On one machine they share one environment, as
/// `cargo lambda watch` has it; in AWS each has its own.
pub(crate) fn of_functions(
    secrets: &Secrets,
    backends: &Backends,
    seeds: Seeds,
    logs: Logs,
) -> anyhow::Result<Environment> {
    let mut environment: Environment = [
        ("TENJO_LOG_FORMAT", logs.format()),
        ("TENJO_ORIGIN_SECRETS", &secrets.origin_secret),
        ("TENJO_TOKEN_ISSUER", TOKEN_ISSUER),
        ("TENJO_TOKEN_KEYS", &secrets.key_set()?.to_string()),
        ("TENJO_TOKEN_SIGNING_KEY", &secrets.current.private_key),
        ("TENJO_TOKEN_SIGNING_KID", &secrets.current.kid),
        ("TENJO_DEVICE_HASH_KEY", &secrets.device_hash_key),
        ("TENJO_ADMIN_DATABASE_URL", backends.database.as_str()),
        ("TENJO_SEED_PERIOD_SECONDS", &seeds.period_s.to_string()),
        ("TENJO_SEED_GRACE_SECONDS", &seeds.grace_s.to_string()),
        ("TENJO_OPS_TABLE", OPS_TABLE),
        ("TENJO_DYNAMODB_URL", &backends.dynamodb),
        ("TENJO_STATE_MACHINE_ARN", STATE_MACHINE_ARN),
        ("TENJO_STEP_FUNCTIONS_URL", &backends.step_functions),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for role in ROLES {
        let password = secrets.passwords.get(role).context("a role without a password")?;
        let url = role_url(&backends.database, role, password)?;
        environment.insert(format!("TENJO_{}_DATABASE_URL", role.to_uppercase()), url);
    }
    Ok(environment)
}

/// What `kong/kong.yaml` is filled in with.
pub(crate) fn of_gateway(
    secrets: &Secrets,
    functions: &[Function],
    lambda: Lambda,
) -> anyhow::Result<Environment> {
    let mut environment: Environment = [
        ("DECK_ORIGIN_SECRET", secrets.origin_secret.clone()),
        ("DECK_TOKEN_CURRENT_KID", secrets.current.kid.clone()),
        ("DECK_TOKEN_CURRENT_PUBLIC_KEY", secrets.current.public_pem()?),
        ("DECK_TOKEN_NEXT_KID", secrets.next.kid.clone()),
        ("DECK_TOKEN_NEXT_PUBLIC_KEY", secrets.next.public_pem()?),
        ("DECK_CORS_ORIGINS", CORS_ORIGIN.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for function in functions.iter().filter(|function| function.has_url()) {
        let name = format!("DECK_{}_URL", function.name.replace('-', "_").to_uppercase());
        environment.insert(name, lambda.function_url(&function.name));
    }
    Ok(environment)
}

/// The URL by which a role connects to the administrator's database.
fn role_url(database: &Url, role: &str, password: &str) -> anyhow::Result<String> {
    let mut url = database.clone();
    let set = url.set_username(&format!("tenjo_{role}")).and(url.set_password(Some(password)));
    set.ok().context("the database URL names no host")?;
    url.set_path("");
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_connects_to_the_same_server_as_itself() {
        for (database, expected) in [
            ("mysql://root@127.0.0.1:4000/tenjo", "mysql://tenjo_draw:secret@127.0.0.1:4000"),
            (
                "mysql://admin:pass@db.example:4000/tenjo?ssl-mode=VERIFY_IDENTITY",
                "mysql://tenjo_draw:secret@db.example:4000?ssl-mode=VERIFY_IDENTITY",
            ),
        ] {
            let database = Url::parse(database).unwrap();
            assert_eq!(role_url(&database, "draw", "secret").unwrap(), expected);
        }
    }
}
