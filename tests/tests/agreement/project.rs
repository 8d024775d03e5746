//! Everything that is compared, in the form that the checker uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

use crate::{functions, gateway, openapi, saga, template};

/// A status and the code that comes with it.
pub(crate) type Code = (u16, String);

#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// `openapi.yaml`, in its order.
    pub(crate) operations: Vec<Operation>,
    /// `kong/kong.yaml`, in its order.
    pub(crate) services: Vec<Service>,
    /// What `kong/kong.yaml` does with the headers of requests, unless a service or a
    /// route has other settings.
    pub(crate) transformer: Value,
    /// `template.yaml`, in its order.
    pub(crate) functions: Vec<Function>,
    /// The outputs of `template.yaml`, in their order.
    pub(crate) outputs: Vec<String>,
    /// The crates under `functions/`.
    pub(crate) crates: Vec<Crate>,
    /// The state machine in `functions/saga/` and `template.yaml`.
    pub(crate) saga: Saga,
    /// The codes that `shared/http` can answer with.
    pub(crate) codes: BTreeSet<Code>,
    /// Every `TENJO_` name in the code under `shared/`.
    pub(crate) settings_in_shared_code: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The operation id, in the spelling of the other places.
    pub(crate) name: String,
    /// The folder under `functions/`, by the operation's tag.
    pub(crate) folder: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) needs_token: bool,
    pub(crate) limit_per_minute: Option<u64>,
    pub(crate) takes_body: bool,
    pub(crate) statuses: BTreeSet<u16>,
    /// The codes that its errors can have.
    pub(crate) codes: BTreeSet<Code>,
    /// The codes that the examples of its errors show.
    pub(crate) codes_of_examples: BTreeSet<Code>,
    /// The statuses with which the gateway answers too, in its own form.
    pub(crate) from_gateway: BTreeSet<u16>,
    /// The statuses that have an example of the gateway's form.
    pub(crate) gateway_examples: BTreeSet<u16>,
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) url: String,
    /// How long the gateway waits for an answer.
    pub(crate) read_timeout_ms: u64,
    pub(crate) routes: Vec<Route>,
}

#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) methods: Vec<String>,
    pub(crate) paths: Vec<String>,
    /// The plugins that apply to it, wherever they are set, with their settings.
    pub(crate) plugins: BTreeMap<String, Value>,
}

#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) logical_id: String,
    pub(crate) function_name: String,
    pub(crate) code_uri: String,
    pub(crate) description: String,
    /// Whether anyone may call its URL: a route of the gateway.
    pub(crate) has_url: bool,
    pub(crate) timeout_s: u64,
    /// Globals and its own.
    pub(crate) environment: BTreeMap<String, String>,
    /// The SSM parameters that its policy names.
    pub(crate) may_read: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Crate {
    /// Such as `functions/gacha/request-draw`.
    pub(crate) folder: String,
    pub(crate) package: String,
    /// The routes that its code serves, such as `POST /v1/gacha/draw`.
    pub(crate) routes: Vec<String>,
    /// The settings that its code reads, itself or through shared crates.
    pub(crate) settings: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Saga {
    /// The placeholders in `gacha-saga.asl.json`.
    pub(crate) placeholders: BTreeSet<String>,
    /// The substitutions in `template.yaml`, each with its function's alias.
    pub(crate) substitutions: BTreeMap<String, String>,
    /// The functions that the state machine's role may invoke.
    pub(crate) may_invoke: BTreeSet<String>,
}

impl Project {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let template = yaml("template.yaml")?;
        let kong = yaml("kong/kong.yaml")?;
        Ok(Self {
            operations: openapi::operations(&yaml("openapi.yaml")?)?,
            services: gateway::services(&kong)?,
            transformer: gateway::transformer(&kong),
            functions: template::functions(&template)?,
            outputs: template::outputs(&template)?,
            crates: functions::crates()?,
            saga: saga::read(&text("functions/saga/gacha-saga.asl.json")?, &template)?,
            codes: functions::codes(&text("shared/http/src/error.rs")?)?,
            settings_in_shared_code: functions::settings_in_shared_code()?,
        })
    }
}

/// The path of something in the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(name)
}

pub(crate) fn text(name: &str) -> anyhow::Result<String> {
    fs::read_to_string(path(name)).with_context(|| format!("{name} cannot be read"))
}

/// A YAML file; tags such as `!Ref` are dropped, and their values stay.
pub(crate) fn yaml(name: &str) -> anyhow::Result<Value> {
    serde_saphyr::from_str(&text(name)?).with_context(|| format!("{name} is not good YAML"))
}

/// A mapping inside a document, or an error that says where it should be.
pub(crate) fn mapping<'a>(
    document: &'a Value,
    pointer: &str,
) -> anyhow::Result<&'a serde_json::Map<String, Value>> {
    document
        .pointer(pointer)
        .and_then(Value::as_object)
        .with_context(|| format!("no mapping at {pointer}"))
}

/// A string inside a document, or "" if there is none.
pub(crate) fn string(document: &Value, pointer: &str) -> String {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The elements of a list inside a document; none if there is no list.
pub(crate) fn list<'a>(document: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    document.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}
