//! The gateway's configuration: `kong/kong.yaml` with the values of a stage.
//!
//! decK renders and syncs it. Values only pass through decK's environment and input:
//! none is written to disk, and none is an argument. What is rendered for data planes
//! without Konnect goes to S3, and holds the origin secret by its nature.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::LazyLock;

use anyhow::Context;
use percent_encoding::utf8_percent_encode;
use regex::Regex;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;

use crate::aws::UNRESERVED;
use crate::aws::cloudformation::{Template, Wanted};
use crate::keys::public_pem;
use crate::package::short_hash;
use crate::parts;
use crate::programs::program;
use crate::secret::{Secret, redacted};
use crate::secrets::{KONNECT_TOKEN, ORIGIN_SECRETS, TOKEN_KEYS, keys_of, kid};
use crate::session::Session;
use crate::stage::Stage;

/// What decK's environment gets, by name.
type Variables = BTreeMap<String, String>;

/// How many entities a sync changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) deleted: u64,
}

impl Counts {
    pub(crate) fn all(&self) -> u64 {
        self.created + self.updated + self.deleted
    }

    /// From decK's summary.
    fn read(said: &str) -> Option<Self> {
        static LINE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?m)^\s*(Created|Updated|Deleted): (\d+)\s*$")
                .expect("the pattern is right")
        });
        let mut counts = BTreeMap::new();
        for line in LINE.captures_iter(said) {
            let (_, [what, count]) = line.extract();
            counts.insert(what.to_owned(), count.parse().ok()?);
        }
        let of = |what| counts.get(what).copied();
        Some(Self { created: of("Created")?, updated: of("Updated")?, deleted: of("Deleted")? })
    }
}

/// The configuration of a stage as JSON, which Kong and decK read as they read YAML.
pub(crate) async fn render(session: &Session) -> anyhow::Result<Secret> {
    render_with(session, &variables(session).await?).await
}

async fn render_with(session: &Session, variables: &Variables) -> anyhow::Result<Secret> {
    let stage = &session.stage;
    let path = session.root.join("kong/kong.yaml");
    let config =
        std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let missing = missing(&config, variables);
    anyhow::ensure!(
        missing.is_empty(),
        "nothing gives {}: kong/kong.yaml is newer than the functions that are deployed",
        missing.join(", ")
    );
    let mut arguments =
        vec!["file", "render", "--populate-env-vars", "--format", "json", "-o", "-"];
    let path = path.to_string_lossy().into_owned();
    arguments.push(&path);
    let rendered = deck(&arguments, variables, None).await?;
    let mut document: Value =
        serde_json::from_str(&rendered).context("decK renders something else than JSON")?;
    if stage.konnect.is_none() {
        leave_out_enterprise(&mut document);
    }
    // What is turned off goes from here first, and then the stack deletes it. What is
    // turned on has to be there first.
    let wanted = stage.parameters("kong");
    let wants = |name: &str, value: &str| wanted.get(name).is_some_and(|it| it == value);
    let kong = session.aws.stack(&stage.stack_name("kong")).await?;
    let shared = kong.as_ref().and_then(|kong| kong.outputs.get("RateLimitRedisHost"));
    if let Some(host) = shared.filter(|_| wants("RateLimitStore", "redis")) {
        count_together(&mut document, host);
    }
    let traces = kong.as_ref().and_then(|kong| kong.parameters.get("Traces"));
    if traces.is_some_and(|traces| traces == "on") && wants("Traces", "on") {
        begin_traces(&mut document);
    }
    Ok(Secret::new(serde_json::to_string_pretty(&document)?))
}

/// Without Konnect: uploads the configuration under the name of its content. Gives the
/// name, and whether it is new.
pub(crate) async fn upload(session: &Session) -> anyhow::Result<(String, bool)> {
    let name = session.stage.stack_name("gateway-config");
    let stack = session.aws.stack(&name).await?;
    let stack = stack.with_context(|| format!("there is no stack {name}"))?;
    let bucket = stack.output("ConfigBucket")?;
    let body = render(session).await?.reveal().as_bytes().to_vec();
    let key = file_name(&body);
    let is_new = session.aws.upload_once(bucket, &key, body).await?;
    Ok((key, is_new))
}

/// A new name for each content, so that a deployment that goes back finds the old file.
pub(crate) fn file_name(rendered: &[u8]) -> String {
    format!("kong-{}.yaml", short_hash(rendered))
}

/// Without Konnect: has the data planes of now serve the configuration of now.
pub(crate) async fn roll_out(session: &Session) -> anyhow::Result<String> {
    let (key, _) = upload(session).await?;
    let name = session.stage.stack_name("kong");
    let stack = session.aws.stack_at_rest(&name).await?;
    let stack = stack.with_context(|| format!("there is no stack {name}"))?;
    let mut parameters: BTreeMap<String, Option<String>> =
        stack.parameters.into_keys().map(|parameter| (parameter, None)).collect();
    parameters.insert("ConfigKey".to_owned(), Some(key.clone()));
    let role = session.role.clone();
    let wanted = Wanted { name, template: Template::Previous, parameters, role };
    session.aws.apply(&wanted, false).await?;
    Ok(key)
}

/// Has decK make Konnect like the configuration, or only compare.
pub(crate) async fn sync(session: &Session, only_compare: bool) -> anyhow::Result<Counts> {
    let mut variables = variables(session).await?;
    let document = render_with(session, &variables).await?;
    let token = session.secret(KONNECT_TOKEN).await?;
    let address = session.stage.konnect.as_deref().context("the stage has no Konnect")?;
    variables.insert("DECK_KONNECT_TOKEN".to_owned(), token.reveal().to_owned());
    variables.insert("DECK_KONNECT_ADDR".to_owned(), address.to_owned());
    let name = session.stage.stack_name("functions");
    variables.insert("DECK_KONNECT_CONTROL_PLANE_NAME".to_owned(), name);
    let command = if only_compare { "diff" } else { "sync" };
    let said = deck(&["gateway", command, "-"], &variables, Some(&document)).await?;
    Counts::read(&said).with_context(|| format!("decK gave no summary: {}", redacted(&said)))
}

/// Runs decK. It hides the values of its own variables in what it prints, and so do we.
async fn deck(
    arguments: &[&str],
    variables: &Variables,
    given: Option<&Secret>,
) -> anyhow::Result<String> {
    let mut command = program("deck");
    command.args(arguments).envs(variables).stdout(Stdio::piped()).stderr(Stdio::piped());
    if given.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut running = command.spawn().context("decK cannot be run: is `deck` in the path?")?;
    if let (Some(mut input), Some(given)) = (running.stdin.take(), given) {
        input.write_all(given.reveal().as_bytes()).await.context("decK does not read its input")?;
    }
    let done = running.wait_with_output().await?;
    anyhow::ensure!(
        done.status.success(),
        "deck {} failed: {}",
        arguments.iter().take(2).copied().collect::<Vec<_>>().join(" "),
        redacted(String::from_utf8_lossy(&done.stderr).trim()),
    );
    Ok(String::from_utf8(done.stdout)?)
}

async fn variables(session: &Session) -> anyhow::Result<Variables> {
    let stage = &session.stage;
    let stack = parts::stack(session).await?;
    let stack = stack.context("no function is deployed: run `tenjo deploy` first")?;
    let path = session.root.join("openapi.yaml");
    let openapi =
        std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let origin = session.secret(ORIGIN_SECRETS).await?;
    let keys = session.secret(TOKEN_KEYS).await?;
    let mut variables = addresses(&stack.outputs);
    variables.extend(of_keys(&keys)?);
    variables.extend(of_stage(stage, &origin)?);
    variables.insert("DECK_OPENAPI_SPEC".to_owned(), specification(&openapi)?);
    Ok(variables)
}

fn of_stage(stage: &Stage, origin_secrets: &Secret) -> anyhow::Result<Variables> {
    // The newest of those that the functions accept: the last.
    let newest = origin_secrets.reveal().rsplit(',').next().map(str::trim);
    let newest = newest.filter(|it| !it.is_empty()).context("origin-secrets is empty")?;
    Ok([
        ("DECK_ORIGIN_SECRET".to_owned(), newest.to_owned()),
        ("DECK_CORS_ORIGINS".to_owned(), stage.cors_origin.clone()),
    ]
    .into())
}

/// `GetUserUrl` of the stack is `DECK_GET_USER_URL`, without the slash at its end.
fn addresses(outputs: &BTreeMap<String, String>) -> Variables {
    let urls = outputs.iter().filter(|(name, _)| name.ends_with("Url"));
    urls.map(|(name, url)| {
        (format!("DECK_{}", shouted(name)), url.trim_end_matches('/').to_owned())
    })
    .collect()
}

fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !shouted.is_empty() {
            shouted.push('_');
        }
        shouted.push(letter.to_ascii_uppercase());
    }
    shouted
}

/// The two accepted keys. The first one signs, the second one is next.
fn of_keys(set: &Secret) -> anyhow::Result<Variables> {
    let keys = keys_of(set)?;
    anyhow::ensure!(
        keys.len() == 2,
        "token-keys should have two keys, the current and the next one"
    );
    let mut variables = Variables::new();
    for (role, key) in ["CURRENT", "NEXT"].iter().zip(&keys) {
        variables.insert(format!("DECK_TOKEN_{role}_KID"), kid(key)?.to_owned());
        variables.insert(format!("DECK_TOKEN_{role}_PUBLIC_KEY"), public_pem(key)?);
    }
    Ok(variables)
}

/// Variables that the configuration names and nobody gives.
fn missing(config: &str, variables: &Variables) -> Vec<String> {
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"env "(DECK_\w+)""#).expect("the pattern is right"));
    let named: BTreeSet<String> =
        NAMED.captures_iter(config).map(|found| found[1].to_owned()).collect();
    named.into_iter().filter(|name| !variables.contains_key(name)).collect()
}

/// What the gateway needs of `openapi.yaml`, in one variable: it checks requests. With
/// what only answers need, the variable would be too long.
fn specification(openapi: &str) -> anyhow::Result<String> {
    let mut document: Value = serde_saphyr::from_str(openapi).context("openapi.yaml")?;
    let paths = document["paths"].as_object_mut().context("openapi.yaml has no paths")?;
    for operation in
        paths.values_mut().filter_map(Value::as_object_mut).flat_map(|path| path.values_mut())
    {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
            continue;
        };
        for response in responses.values_mut() {
            *response = json!({"description": "See openapi.yaml."});
        }
    }
    if let Some(components) = document["components"].as_object_mut() {
        components.remove("responses");
        components.remove("headers");
    }
    let schemas = document["components"]["schemas"].take();
    let mut used = Map::new();
    keep_used(&document, &schemas, &mut used);
    document["components"]["schemas"] = Value::Object(used);
    Ok(utf8_percent_encode(&document.to_string(), UNRESERVED).to_string())
}

/// Adds the schemas that a value refers to, directly or through others.
fn keep_used(value: &Value, schemas: &Value, used: &mut Map<String, Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| keep_used(value, schemas, used)),
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|text| text.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && let Some(schema) = schemas.get(name)
                && !used.contains_key(name)
            {
                used.insert(name.to_owned(), schema.clone());
                keep_used(schema, schemas, used);
            }
            fields.values().for_each(|value| keep_used(value, schemas, used));
        }
        _ => {}
    }
}

/// Every list of plugins: for everything, of services, and of routes.
fn each_plugins(document: &mut Value, act: &mut impl FnMut(&mut Vec<Value>)) {
    if let Some(plugins) = document.get_mut("plugins").and_then(Value::as_array_mut) {
        act(plugins);
    }
    for inner in ["services", "routes"] {
        let owners = document.get_mut(inner).and_then(Value::as_array_mut);
        for owner in owners.into_iter().flatten() {
            each_plugins(owner, act);
        }
    }
}

/// Leaves out what is tagged `production`: only Konnect and Kong Enterprise have it.
fn leave_out_enterprise(document: &mut Value) {
    each_plugins(document, &mut |plugins| {
        plugins.retain(|plugin| {
            let mut tags = plugin["tags"].as_array().into_iter().flatten();
            !tags.any(|tag| tag == "production")
        });
    });
}

/// Has all data planes count a player's requests together.
fn count_together(document: &mut Value, host: &str) {
    each_plugins(document, &mut |plugins| {
        for limit in plugins.iter_mut().filter(|plugin| plugin["name"] == "rate-limiting") {
            limit["config"]["policy"] = json!("redis");
            limit["config"]["redis"] = json!({
                "host": host, "port": 6379, "ssl": true, "ssl_verify": true,
                "server_name": host, "timeout": 200,
            });
        }
    });
}

/// Has the data planes begin traces, which functions and the saga go on with. The
/// collector beside each of them (`infra/kong.yaml` with `Traces=on`) sends them to X-Ray.
fn begin_traces(document: &mut Value) {
    let plugin = json!({
        "name": "opentelemetry",
        "config": {
            "traces_endpoint": "http://127.0.0.1:4318/v1/traces",
            // What a client sends is not taken: it would decide what is paid for.
            "propagation": {"extract": [], "inject": ["aws"], "default_format": "aws"},
            "resource_attributes": {"service.name": "gateway"},
        },
    });
    match document.get_mut("plugins").and_then(Value::as_array_mut) {
        Some(plugins) => plugins.push(plugin),
        None => document["plugins"] = json!([plugin]),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::keys::{public_signing_key, signing_key};
    use crate::secrets::key_set;

    fn text(path: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path))
            .unwrap()
    }

    #[test]
    fn the_summary_of_deck_is_counted() {
        let said =
            "updating service get-user\nSummary:\n  Created: 1\n  Updated: 2\n  Deleted: 0\n";
        let counts = Counts::read(said).unwrap();
        assert_eq!(counts, Counts { created: 1, updated: 2, deleted: 0 });
        assert_eq!(counts.all(), 3);
        assert_eq!(Counts::read("Created: 1"), None);
    }

    #[test]
    fn every_variable_of_the_configuration_is_given() {
        let outputs = crate::stacks::names_in(&text("template.yaml"), "Outputs");
        let outputs: BTreeMap<String, String> =
            outputs.into_iter().map(|name| (name, "https://x.example/".to_owned())).collect();
        let mut variables = addresses(&outputs);
        let keys =
            ["k1", "k2"].map(|kid| public_signing_key(kid, &signing_key().unwrap()).unwrap());
        variables.extend(of_keys(&key_set(&keys)).unwrap());
        let stage = Stage::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), "example");
        variables.extend(of_stage(&stage.unwrap(), &Secret::new("first-one,second-one")).unwrap());
        assert_eq!(variables["DECK_ORIGIN_SECRET"], "second-one", "the newest is the last");
        assert_eq!(variables["DECK_GET_USER_URL"], "https://x.example");
        variables.insert("DECK_OPENAPI_SPEC".to_owned(), String::new());
        assert_eq!(missing(&text("kong/kong.yaml"), &variables), Vec::<String>::new());
        variables.remove("DECK_REQUEST_DRAW_URL");
        assert_eq!(missing(&text("kong/kong.yaml"), &variables), ["DECK_REQUEST_DRAW_URL"]);
    }

    #[test]
    fn one_key_is_too_few() {
        let key = public_signing_key("k1", &signing_key().unwrap()).unwrap();
        assert!(of_keys(&key_set(&[key])).is_err());
    }

    #[test]
    fn the_specification_fits_into_a_variable_and_has_no_answers() {
        let specification = specification(&text("openapi.yaml")).unwrap();
        // Linux gives one variable 128 KiB, with its name.
        assert!(specification.len() < 120 * 1024, "{} bytes", specification.len());
        let json = percent_encoding::percent_decode_str(&specification).decode_utf8().unwrap();
        let document: Value = serde_json::from_str(&json).unwrap();
        assert!(document["components"].get("responses").is_none());
        assert!(document["paths"]["/v1/gacha/draw"]["post"]["requestBody"].is_object());
        assert!(document["paths"]["/v1/gacha/draw"]["post"]["responses"]["200"].is_object());
    }

    fn document() -> Value {
        json!({
            "plugins": [{"name": "cors"}, {"name": "oas-validation", "tags": ["production"]}],
            "services": [{
                "plugins": [{"name": "rate-limiting", "config": {"policy": "local", "minute": 10}}],
                "routes": [{"plugins": [{"name": "jwt"}, {"name": "x", "tags": ["production"]}]}],
            }],
        })
    }

    #[test]
    fn without_konnect_no_plugin_of_production_is_left() {
        let mut document = document();
        leave_out_enterprise(&mut document);
        let text = document.to_string();
        assert!(!text.contains("production") && text.contains("jwt") && text.contains("cors"));
    }

    #[test]
    fn traces_begin_at_the_gateway_and_take_nothing_from_clients() {
        let mut document = document();
        begin_traces(&mut document);
        let plugin = &document["plugins"][2];
        assert_eq!(plugin["name"], "opentelemetry");
        assert_eq!(plugin["config"]["propagation"]["extract"], json!([]));
        // Whatever a client says of a trace is gone, traces or not, and also where a
        // service has a transformer of its own.
        let config: Value = serde_saphyr::from_str(&text("kong/kong.yaml")).unwrap();
        let owners = std::iter::once(&config).chain(config["services"].as_array().unwrap());
        let transformers: Vec<&Value> = owners
            .filter_map(|owner| owner["plugins"].as_array())
            .flatten()
            .filter(|plugin| plugin["name"] == "request-transformer")
            .collect();
        assert!(transformers.len() > 1, "{}", transformers.len());
        for transformer in transformers {
            let removed = transformer["config"]["remove"]["headers"].as_array().unwrap();
            assert!(removed.iter().any(|header| header == "X-Amzn-Trace-Id"), "{transformer}");
        }
    }

    #[test]
    fn with_a_shared_store_every_limit_is_counted_there() {
        let mut document = document();
        count_together(&mut document, "counts.example");
        let limit = &document["services"][0]["plugins"][0]["config"];
        assert_eq!((&limit["policy"], &limit["minute"]), (&json!("redis"), &json!(10)));
        assert_eq!(limit["redis"]["host"], "counts.example");
    }
}
