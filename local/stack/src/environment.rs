//! The environment of the gateway and of the tests. That of the functions is in
//! `template.yaml`.

use std::collections::BTreeMap;

use anyhow::Context;

use crate::database_url::DatabaseUrl;
use crate::deployment::Deployment;
use crate::function::Function;
use crate::http::Lambda;
use crate::secrets::{PublicHalves, Secrets};

/// Variables and their values.
pub type Environment = BTreeMap<String, String>;

/// The region of everything on one machine.
pub(crate) const REGION: &str = "us-east-1";

/// The account of everything on one machine.
pub(crate) const ACCOUNT: &str = "000000000000";

/// Tests of the AWS clients call as this function, because it uses all of them.
const TESTS_SPEAK_AS: &str = "request-draw";

/// The issuer of access tokens.
pub const TOKEN_ISSUER: &str = "tenjo-local";

/// The page that may call the gateway from a browser.
const CORS_ORIGIN: &str = "http://localhost:3000";

/// The endpoints of the services that functions use.
pub struct Backends {
    /// With the administrator's name, and the database `tenjo`.
    pub database: DatabaseUrl,
    /// DynamoDB's endpoint.
    pub dynamodb: String,
    /// Step Functions' endpoint.
    pub step_functions: String,
    /// SSM's endpoint.
    pub ssm: String,
    /// KMS's endpoint.
    pub kms: String,
    /// The test store, which plays the App Store and Google Play.
    pub store: String,
}

/// How long a server seed is in use, and how long it stays secret afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    /// In use, in seconds.
    pub period_s: u32,
    /// Secret after that, in seconds.
    pub grace_s: u32,
}

/// Whether the functions enforce the limits that `template.yaml` gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// As in the template.
    Kept,
    /// So high that no test and no load reaches them.
    Lifted,
}

/// Who reads the functions' logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logs {
    /// A person.
    Text,
    /// The services that read them in AWS, with metrics among the lines.
    Json,
}

impl Logs {
    pub(crate) const fn format(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// The environment of the tests, which use the same crates as functions do: the
/// database as every role, and the services of AWS as one function.
pub(crate) fn of_tests(
    secrets: &Secrets,
    backends: &Backends,
    deployment: &Deployment,
) -> anyhow::Result<Environment> {
    let mut environment: Environment = [
        ("TENJO_TOKEN_ISSUER", TOKEN_ISSUER),
        ("TENJO_OPS_TABLE", deployment.table()?),
        ("TENJO_STATE_MACHINE_ARN", &deployment.state_machine()?.arn),
        ("TENJO_SEED_KEY_ARN", deployment.key()?),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", TESTS_SPEAK_AS),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &backends.dynamodb),
        ("AWS_ENDPOINT_URL_SFN", &backends.step_functions),
        ("AWS_ENDPOINT_URL_SSM", &backends.ssm),
        ("AWS_ENDPOINT_URL_KMS", &backends.kms),
        ("TENJO_TEST_STORE_URL", &backends.store),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for role in deployment.roles() {
        let url = role_url(&backends.database, &role, secrets)?;
        environment.insert(format!("TENJO_{}_DATABASE_URL", role.to_uppercase()), url);
    }
    Ok(environment)
}

/// The values for the placeholders in `kong/kong.yaml`.
pub(crate) fn of_gateway(
    secrets: &Secrets,
    public: &PublicHalves,
    functions: &[Function],
    lambda: Lambda,
) -> Environment {
    let mut environment: Environment = [
        ("DECK_ORIGIN_SECRET", secrets.origin_secret.clone()),
        ("DECK_TOKEN_CURRENT_KID", secrets.current.kid.clone()),
        ("DECK_TOKEN_CURRENT_PUBLIC_KEY", public.current_pem.clone()),
        ("DECK_TOKEN_NEXT_KID", secrets.next.kid.clone()),
        ("DECK_TOKEN_NEXT_PUBLIC_KEY", public.next_pem.clone()),
        ("DECK_CORS_ORIGINS", CORS_ORIGIN.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for function in functions.iter().filter(|function| function.is_route()) {
        let name = format!("DECK_{}_URL", function.name.replace('-', "_").to_uppercase());
        environment.insert(name, lambda.function_url(&function.name));
    }
    environment
}

/// The URL by which a role connects to the administrator's database.
pub(crate) fn role_url(
    database: &DatabaseUrl,
    role: &str,
    secrets: &Secrets,
) -> anyhow::Result<String> {
    let password = secrets.passwords.get(role);
    let password = password.with_context(|| format!("the role {role} has no password"))?;
    Ok(database.of_user(&format!("tenjo_{role}"), password).with_password())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_connects_to_the_same_server_as_itself() {
        let secrets = Secrets::of_test(&["draw".to_owned()].into());
        for (database, expected) in [
            ("mysql://root@127.0.0.1:4000/tenjo", "mysql://tenjo_draw:secret@127.0.0.1:4000"),
            (
                "mysql://admin:pass@db.example:4000/tenjo?ssl-mode=VERIFY_IDENTITY",
                "mysql://tenjo_draw:secret@db.example:4000?ssl-mode=VERIFY_IDENTITY",
            ),
        ] {
            let database = DatabaseUrl::parse(database).unwrap();
            assert_eq!(role_url(&database, "draw", &secrets).unwrap(), expected);
        }
    }
}
