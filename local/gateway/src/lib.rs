//! Kong's stand-in on one machine: it reads the same `kong/kong.yaml` and gives
//! the same status, body and headers for the plugins that this file uses.
//!
//! What it does not support, it refuses by name at start. It never ignores a
//! setting, because then a laptop would let in what production refuses.
//!
//! A request passes `router`, then the route's `plugins` in the order of
//! Kong's priorities, then the proxy. Everything that depends on the
//! configuration alone (expressions, schemas, keys) is prepared at start.
//!
//! README.md lists where a real Kong answers otherwise.

pub mod answer;
pub mod clock;
pub mod config;
mod exchange;
mod gateway;
mod openapi;
mod parser;
mod path;
mod plugins;
mod proxy;
mod router;
pub mod server;
mod token;

pub use clock::Clock;
pub use config::{Environment, Settings};
pub use gateway::Gateway;
