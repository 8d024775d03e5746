//! pre-function: runs the configuration's own Lua, before every other plugin.
//!
//! Kong gives such code its whole plugin kit. Here it gets the few names in
//! [`SUPPORTED`]; code that uses any other name is refused at start.

mod kit;
mod names;

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use http::StatusCode;
use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaOptions, StdLib, Value};
use serde::Deserialize;
use tracing::error;

use self::kit::Request;
use crate::answer::Answer;
use crate::exchange::Exchange;

/// Every name that the code may take from outside itself. Kong's sandbox has all of
/// them too, with its default settings.
const SUPPORTED: [&str; 15] = [
    "ipairs",
    "kong.client.get_forwarded_ip",
    "kong.request.get_headers",
    "kong.response.exit",
    "kong.service.request.clear_header",
    "kong.service.request.set_header",
    "ngx.decode_base64",
    "pairs",
    "string.find",
    "string.gmatch",
    "string.gsub",
    "string.lower",
    "string.match",
    "table.concat",
    "type",
];

/// The phases other than `access` are not supported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    access: Vec<String>,
}

pub(crate) struct PreFunction(Mutex<Code>);

/// One Lua state, and the functions that were compiled in it.
struct Code {
    lua: Lua,
    access: Vec<Function>,
}

impl PreFunction {
    pub(super) fn new(config: Config) -> Result<Self> {
        ensure!(!config.access.is_empty(), "access has no function");
        let code = Code::compile(&config.access).context("access")?;
        Ok(Self(Mutex::new(code)))
    }

    /// Runs the functions in their order. The first one that answers is the last one.
    pub(super) fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        let request = Request {
            headers: std::mem::take(&mut exchange.headers),
            client_ip: exchange.client.ip(),
            answer: None,
        };
        // A panic inside leaves no half-made state that the next request could see.
        let (request, result) = self.0.lock().unwrap_or_else(PoisonError::into_inner).run(request);
        exchange.headers = request.headers;
        match (request.answer, result) {
            (Some(answer), _) => Err(answer),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => {
                error!("pre-function: {error:#}");
                let message = "An unexpected error occurred";
                Err(Answer::error(StatusCode::INTERNAL_SERVER_ERROR, message))
            }
        }
    }
}

impl Code {
    fn compile(sources: &[String]) -> Result<Self> {
        let lua =
            Lua::new_with(StdLib::STRING | StdLib::TABLE, LuaOptions::default()).map_err(told)?;
        let environment = kit::environment(&lua, &SUPPORTED).map_err(told)?;
        let mut access = Vec::new();
        for source in sources {
            if let Some(name) = names::foreign(source).iter().find(|name| !is_supported(name)) {
                bail!("`{name}` is not supported");
            }
            let chunk = lua.load(source).set_name("=pre-function").set_mode(ChunkMode::Text);
            let compiled = chunk.set_environment(environment.clone()).into_function();
            access.push(compiled.map_err(told)?);
        }
        Ok(Self { lua, access })
    }

    fn run(&self, request: Request) -> (Request, Result<()>) {
        self.lua.set_app_data(request);
        let result = self.access.iter().try_for_each(|function| {
            match function.call::<Value>(()).map_err(told)? {
                // Kong would call it, in this request and instead of the outer one in others.
                Value::Function(_) => bail!("it returns a function, which is not supported"),
                _ => Ok(()),
            }
        });
        let request = self.lua.remove_app_data::<Request>();
        (request.expect("it was set above, and nothing else removes it"), result)
    }
}

fn is_supported(name: &str) -> bool {
    SUPPORTED.contains(&name)
}

fn told(error: mlua::Error) -> anyhow::Error {
    anyhow!("{error}")
}

#[cfg(test)]
mod tests;
