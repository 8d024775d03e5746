//! The edge of every API function: requests in; envelope, errors and trust out.
//!
//! A handler gets a [`Call`] only when the request came through the gateway (or, for
//! operators, through IAM), the caller is who the handler's signature asks for, players
//! are let in, and the body is what it asks for. What it returns goes out in the one envelope of the API. No
//! handler makes JSON, status codes or log lines of its own.
//!
//! It verifies access tokens, and cannot sign any.

mod body;
mod caching;
mod call;
mod caller;
mod clock;
mod cursor;
mod envelope;
mod error;
mod event;
mod languages;
mod network;
mod opening;
mod origin;
mod player;
mod quality;
mod refresh_token;
mod route;
mod serve;
pub mod token;
mod whole;

pub use caching::Caching;
pub use call::Call;
pub use caller::{Anyone, Caller, Credentials, Operator, Player};
pub use clock::Clock;
pub use cursor::PlaceTime;
pub use envelope::{Empty, Reply};
pub use error::ApiError;
pub use http::StatusCode;
pub use languages::{Languages, Reader};
pub use network::Network;
pub use opening::HasDb;
pub use player::{
    active, active_user, may_add_access, may_change, may_change_access, may_pay, may_read,
};
pub use refresh_token::{RefreshToken, token_form};
pub use route::Route;
pub use serve::{Error, serve, serve_always};
