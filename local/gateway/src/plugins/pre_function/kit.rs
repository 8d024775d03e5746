//! What Lua code gets of Kong: the request that is under way.

use std::net::IpAddr;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use mlua::{Error, ExternalError as _, Lua, LuaString, Table, Value};

use crate::answer::Answer;

/// nginx decodes with padding and without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The request that the code sees and changes.
pub(super) struct Request {
    pub(super) headers: HeaderMap,
    pub(super) client_ip: IpAddr,
    /// Set by `kong.response.exit`.
    pub(super) answer: Option<Answer>,
}

/// The global names of the code: these, and no others.
///
/// # Errors
/// A name is neither Lua's nor known here.
pub(super) fn environment(lua: &Lua, names: &[&str]) -> mlua::Result<Table> {
    let environment = lua.create_table()?;
    for name in names {
        let mut parts: Vec<&str> = name.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        table(lua, &environment, &parts)?.set(last, value(lua, name)?)?;
    }
    Ok(environment)
}

/// The table at a path, which is made if it is missing.
fn table(lua: &Lua, environment: &Table, path: &[&str]) -> mlua::Result<Table> {
    let mut at = environment.clone();
    for part in path {
        at = match at.get::<Option<Table>>(*part)? {
            Some(found) => found,
            None => {
                let made = lua.create_table()?;
                at.set(*part, &made)?;
                made
            }
        };
    }
    Ok(at)
}

fn value(lua: &Lua, name: &str) -> mlua::Result<Value> {
    let function = match name {
        "kong.client.get_forwarded_ip" => {
            lua.create_function(|lua, ()| with(lua, |it| Ok(it.client_ip.to_string())))
        }
        "kong.request.get_headers" => {
            lua.create_function(|lua, most: Option<usize>| get_headers(lua, most))
        }
        "kong.response.exit" => lua.create_function(exit),
        "kong.service.request.clear_header" => lua.create_function(|lua, name: String| {
            let name: HeaderName = name.parse().map_err(Error::external)?;
            with(lua, |it| {
                it.headers.remove(name);
                Ok(())
            })
        }),
        "kong.service.request.set_header" => {
            lua.create_function(|lua, (name, value): (String, String)| {
                let name: HeaderName = name.parse().map_err(Error::external)?;
                if name == header::HOST {
                    return Err("setting the host is not supported".into_lua_err());
                }
                let value = HeaderValue::try_from(value).map_err(Error::external)?;
                with(lua, |it| {
                    it.headers.insert(name, value);
                    Ok(())
                })
            })
        }
        "ngx.decode_base64" => lua.create_function(|lua, text: LuaString| {
            let decoded = BASE64.decode(&*text.as_bytes()).ok();
            decoded.map(|bytes| lua.create_string(bytes)).transpose()
        }),
        // Of Lua's own library.
        _ => {
            let mut at = Value::Table(lua.globals());
            for part in name.split('.') {
                let Value::Table(table) = &at else { break };
                at = table.get(part)?;
            }
            return if at.is_nil() { Err(format!("no {name}").into_lua_err()) } else { Ok(at) };
        }
    };
    function.map(Value::Function)
}

fn with<T>(lua: &Lua, look: impl FnOnce(&mut Request) -> mlua::Result<T>) -> mlua::Result<T> {
    let mut request = lua.app_data_mut::<Request>().ok_or_else(|| "no request".into_lua_err())?;
    look(&mut request)
}

/// By lower-case names; a header that was sent more than once is a list. Like Kong, this
/// returns the first 100 headers only, or the first `most`, up to 1000.
fn get_headers(lua: &Lua, most: Option<usize>) -> mlua::Result<Table> {
    let mut left = most.unwrap_or(100);
    if !(1..=1000).contains(&left) {
        return Err("get_headers gives 1 to 1000 headers".into_lua_err());
    }
    let headers = with(lua, |it| Ok(it.headers.clone()))?;
    let table = lua.create_table()?;
    for name in headers.keys() {
        let values = headers.get_all(name).iter().take(left);
        let values: Vec<_> =
            values.map(|value| lua.create_string(value.as_bytes())).collect::<mlua::Result<_>>()?;
        left -= values.len();
        match values.as_slice() {
            [] => break,
            [one] => table.set(name.as_str(), one)?,
            _ => table.set(name.as_str(), values)?,
        }
    }
    Ok(table)
}

/// Ends the code, like `kong.response.exit`. The body is a message.
fn exit(lua: &Lua, (status, body): (u16, Table)) -> mlua::Result<()> {
    let status = StatusCode::from_u16(status).map_err(Error::external)?;
    let message: String = body.get("message")?;
    if body.pairs::<Value, Value>().count() != 1 {
        return Err("a body with more than a message is not supported".into_lua_err());
    }
    with(lua, |it| {
        it.answer = Some(Answer::message(status, message));
        Err("exit".into_lua_err())
    })
}
