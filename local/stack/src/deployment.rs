//! `template.yaml`, deployed on one machine: the environment and the rights of each
//! function, and the parameters that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use tenjo_template::{Account, Parameters, Role, Stack, StateMachine};

use crate::database_url::DatabaseUrl;
use crate::environment::{self, Limits, Logs, Seeds};
use crate::secrets::{self, PublicHalves, Secrets};
use crate::store::{self, TestStore};

/// The stage, which is part of all names.
const STAGE: &str = "local";

/// The template's parameters that limit what a player or a network may do, and the
/// most that they may be.
const LIMITS: [&str; 5] = [
    "DrawsPerMinute",
    "ExchangesPerMinute",
    "GuestsPerNetworkHour",
    "TransferTriesPerNetworkHour",
    "AttestationsPerNetworkHour",
];
const NO_LIMIT: &str = "1000000";

/// `template.yaml`, evaluated for this machine.
pub(crate) struct Deployment {
    /// The functions and their rights.
    pub(crate) stack: Stack,
}

impl Deployment {
    /// Deploys the template of a checkout.
    ///
    /// # Errors
    /// The template has something that is not known here.
    pub(crate) fn new(
        root: &Path,
        kid: &str,
        seeds: Seeds,
        logs: Logs,
        limits: Limits,
        store: &TestStore,
    ) -> anyhow::Result<Self> {
        let template = std::fs::read_to_string(root.join("template.yaml"))
            .context("cannot read template.yaml")?;
        let mut values: BTreeMap<String, String> = [
            ("Stage", STAGE),
            // Templates before infra/release.py had it.
            ("Release", "local"),
            ("TokenIssuer", environment::TOKEN_ISSUER),
            ("TokenSigningKid", kid),
            ("ReceiptSigningKid", secrets::RECEIPT_KID),
            ("SeedPeriodSeconds", &seeds.period_s.to_string()),
            ("SeedGraceSeconds", &seeds.grace_s.to_string()),
            ("LogFormat", logs.format()),
            // So that the article's login works as it is printed, however often.
            ("PlainDeviceLogin", "allowed"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(store.template_parameters())
        .collect();
        if limits == Limits::Lifted {
            let lifted = LIMITS.map(|name| (name.to_owned(), NO_LIMIT.to_owned()));
            values.extend(lifted);
        }
        // So that `TENJO_LOG=debug cargo xtask up` makes the functions log more.
        if let Ok(filter) = std::env::var("TENJO_LOG") {
            values.insert("LogFilter".to_owned(), filter);
        }
        // The template of another release may have other parameters.
        let declared = tenjo_template::declared(&template)?;
        values.retain(|name, _| declared.contains(name));
        // In AWS rotate-seeds runs once a minute, and no period may be shorter than
        // that. Here it runs every two seconds.
        let without_limits = vec!["SeedPeriodSeconds", "SeedGraceSeconds"];
        let account = Account {
            id: environment::ACCOUNT.to_owned(),
            region: environment::REGION.to_owned(),
            stack: format!("tenjo-{STAGE}"),
        };
        let parameters = Parameters { values, without_limits };
        Ok(Self { stack: tenjo_template::deploy(&template, &account, &parameters)? })
    }

    /// The function in a folder such as `functions/user/get-user`.
    ///
    /// # Errors
    /// The template has none.
    pub(crate) fn function(&self, folder: &str) -> anyhow::Result<&tenjo_template::Function> {
        let found = self.stack.functions.iter().find(|function| function.code_uri == folder);
        found.with_context(|| format!("template.yaml has no function with the code of {folder}"))
    }

    /// The state machine of a draw.
    ///
    /// # Errors
    /// There is not exactly one.
    pub(crate) fn state_machine(&self) -> anyhow::Result<&StateMachine> {
        match self.stack.state_machines.as_slice() {
            [one] => Ok(one),
            all => anyhow::bail!("template.yaml has {} state machines, not 1", all.len()),
        }
    }

    /// The operations table.
    ///
    /// # Errors
    /// There is not exactly one table.
    pub(crate) fn table(&self) -> anyhow::Result<&str> {
        let mut tables = self.stack.tables.values();
        match (tables.next(), tables.next()) {
            (Some(table), None) => Ok(table),
            _ => anyhow::bail!("template.yaml has not exactly one table"),
        }
    }

    /// The ARN of the key of the server seeds.
    ///
    /// # Errors
    /// There is not exactly one key.
    pub(crate) fn key(&self) -> anyhow::Result<&str> {
        let mut keys = self.stack.keys.values();
        match (keys.next(), keys.next()) {
            (Some(key), None) => Ok(key),
            _ => anyhow::bail!("template.yaml has not exactly one KMS key"),
        }
    }

    /// The database users whose URL some function gets: one for each service, for
    /// each step of the saga, and for each other function with rights of its own.
    pub(crate) fn roles(&self) -> BTreeSet<String> {
        let prefix = parameter(DATABASE_URLS);
        let named = self.parameters_named().into_iter();
        let role = |name: &str| name.strip_prefix(&prefix).map(str::to_owned);
        named.filter_map(role).filter(|role| role != ADMINISTRATOR).collect()
    }

    /// The SSM parameters: every one that a function's environment names.
    ///
    /// # Errors
    /// One of them is not known here.
    pub(crate) fn parameters(
        &self,
        secrets: &Secrets,
        public: &PublicHalves,
        database: &DatabaseUrl,
        store: &Path,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let mut values = BTreeMap::from([
            (parameter("origin-secrets"), secrets.origin_secret.clone()),
            (parameter("token-keys"), public.token_keys.to_string()),
            (parameter("device-hash-key"), secrets.device_hash_key.clone()),
            (parameter("saga-seal-keys/reserve"), secrets.seal_keys.reserve.clone()),
            (parameter("saga-seal-keys/draw"), secrets.seal_keys.draw.clone()),
            (
                parameter(&format!("receipt-signing-keys/{}", secrets::RECEIPT_KID)),
                secrets.receipt_key.clone(),
            ),
            (parameter("receipt-keys"), public.receipt_keys.to_string()),
            (parameter(&format!("{DATABASE_URLS}{ADMINISTRATOR}")), database.with_password()),
        ]);
        values.extend(
            store::parameters(store)?.into_iter().map(|(name, value)| (parameter(&name), value)),
        );
        for key in [&secrets.current, &secrets.next] {
            let name = parameter(&format!("token-signing-keys/{}", key.kid));
            values.insert(name, key.private_key.clone());
        }
        for role in self.roles() {
            let url = environment::role_url(database, &role, secrets)?;
            values.insert(parameter(&format!("{DATABASE_URLS}{role}")), url);
        }
        if let Some(unknown) =
            self.parameters_named().into_iter().find(|name| !values.contains_key(*name))
        {
            anyhow::bail!(
                "template.yaml names the SSM parameter {unknown}, which is not made here"
            );
        }
        Ok(values)
    }

    fn parameters_named(&self) -> BTreeSet<&str> {
        let values = self.stack.functions.iter().flat_map(|it| it.environment.values());
        values.filter_map(|value| value.strip_prefix("ssm:")).collect()
    }

    /// The operators of this machine, by access key, and their rights.
    ///
    /// # Errors
    /// The template has no such policy.
    pub(crate) fn operators(&self) -> anyhow::Result<Value> {
        let operator = |(name, policies): &(&str, &[&str])| {
            let mut statements = Vec::new();
            for policy in *policies {
                let found = self.stack.policies.get(*policy);
                statements.extend(found.with_context(|| format!("no policy {policy}"))?.clone());
            }
            let account = environment::ACCOUNT;
            Ok(json!({
                "access_key_id": name,
                "principal": format!("arn:aws:sts::{account}:assumed-role/Operator/{name}"),
                "statements": statements,
            }))
        };
        OPERATORS.iter().map(operator).collect()
    }

    /// The callers of AWS's services, by access key, and their rights.
    pub(crate) fn identities(&self) -> Value {
        let identity = |key: &str, role: &Role| {
            json!({
                "access_key_id": key,
                "principal": role.principal,
                "statements": role.statements,
            })
        };
        let functions = self.stack.functions.iter();
        let functions = functions.map(|it| identity(access_key(&it.code_uri), &it.role));
        let machines = self.stack.state_machines.iter();
        functions.chain(machines.map(|it| identity(&it.logical_id, &it.role))).collect()
    }
}

/// The people who operate the game on this machine, by access key, and the managed
/// policies of the template that their roles have.
const OPERATORS: [(&str, &[&str]); 8] = [
    ("aoi", &["SupportOperators", "LiveOperators"]),
    ("ben", &["SupportOperators", "LiveOperators"]),
    // What they move in a day is counted, so tests of that have people of their own.
    ("chie", &["SupportOperators", "LiveOperators"]),
    ("daiki", &["SupportOperators", "LiveOperators"]),
    ("emi", &["SupportOperators", "LiveOperators"]),
    ("support", &["SupportOperators"]),
    ("live", &["LiveOperators"]),
    ("stranger", &[]),
];

const DATABASE_URLS: &str = "database-urls/";
const ADMINISTRATOR: &str = "admin";

/// The access key of the function in a folder: the folder's name.
pub(crate) fn access_key(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

fn parameter(name: &str) -> String {
    format!("/tenjo/{STAGE}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Deployment {
        let seeds = Seeds { period_s: 10, grace_s: 2 };
        let root = crate::place::root();
        let store = TestStore::at(1);
        Deployment::new(&root, "dev-1", seeds, Logs::Json, Limits::Lifted, &store).unwrap()
    }

    #[test]
    fn a_function_is_told_exactly_what_the_template_tells_it() {
        let deployment = deployment();
        let environment = &deployment.function("functions/user/get-user").unwrap().environment;
        let told: Vec<_> = environment.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            told,
            [
                ("TENJO_DATABASE_CA", ""),
                ("TENJO_LOG", std::env::var("TENJO_LOG").as_deref().unwrap_or("info")),
                ("TENJO_LOG_FORMAT", "json"),
                ("TENJO_ORIGIN_SECRETS", "ssm:/tenjo/local/origin-secrets"),
                ("TENJO_TOKEN_ISSUER", "tenjo-local"),
                ("TENJO_TOKEN_KEYS", "ssm:/tenjo/local/token-keys"),
                ("TENJO_USER_DATABASE_URL", "ssm:/tenjo/local/database-urls/user"),
            ]
        );
        let seeds = &deployment.function("functions/ops/rotate-seeds").unwrap().environment;
        assert_eq!(seeds["TENJO_SEED_PERIOD_SECONDS"], "10");
        assert_eq!(seeds["TENJO_SEED_GRACE_SECONDS"], "2");
        let draw = &deployment.function("functions/gacha/request-draw").unwrap().environment;
        assert_eq!(draw["TENJO_DRAWS_PER_MINUTE"], NO_LIMIT);
    }

    #[test]
    fn every_parameter_that_is_named_is_made_and_the_administrator_is_no_role() {
        let deployment = deployment();
        let (secrets, public) = (Secrets::of_test(&deployment.roles()), PublicHalves::of_test());
        let database = DatabaseUrl::parse("mysql://root@127.0.0.1:4000/tenjo").unwrap();
        let folder = std::env::temp_dir().join(format!("tenjo-store-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for file in [
            "apple-root.pem",
            "apple-attest-root.pem",
            "apple-api-key.pem",
            "google-service-account.json",
        ] {
            std::fs::write(folder.join(file), file).unwrap();
        }
        let parameters = deployment.parameters(&secrets, &public, &database, &folder).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(parameters["/tenjo/local/database-urls/admin"], database.with_password());
        let roles = deployment.roles();
        assert!(roles.contains("draw") && !roles.contains("admin"), "{roles:?}");
        // With three secrets, two seal keys, two signing keys, the key of receipts and its
        // public half, the administrator, and five of the stores.
        assert_eq!(parameters.len(), roles.len() + 15);
    }

    #[test]
    fn everybody_who_calls_has_an_access_key_and_rights_that_are_understood() {
        let document = deployment().identities();
        let keys: Vec<_> =
            document.as_array().unwrap().iter().map(|it| &it["access_key_id"]).collect();
        assert!(keys.contains(&&json!("get-user")) && keys.contains(&&json!("GachaSaga")));
        let migrate =
            document.as_array().unwrap().iter().find(|it| it["access_key_id"] == "migrate");
        assert_eq!(
            migrate.unwrap()["statements"],
            json!([{
                "Effect": "Allow",
                "Action": "ssm:GetParameters",
                "Resource": [
                    "arn:aws:ssm:us-east-1:000000000000:parameter/tenjo/local/database-urls/*"
                ],
            }])
        );
    }
}
