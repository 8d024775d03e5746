//! The edge of operators' functions: who acts, what for, once, and in the log.
//!
//! An operator's function has a URL that only IAM opens. The event names the caller, and
//! that name goes into the log in the transaction of the effect: no act without its line,
//! and no line without its act. The key of a request makes an act happen once. An act
//! by which its person would move more than one person may, by itself or with their other
//! acts of 24 hours, is first only asked for, and another person approves it.
//!
//! What an act does is an [`Order`], or an [`OrderWith`] what it needs beside the
//! database. Everything else is here, for all acts alike.

mod act;
mod moment;

pub use act::{Done, Order, OrderWith, serve, serve_with};
pub use moment::{moment, past_moment};
pub use tenjo_http::{ApiError, Call, Error, Operator, PlaceTime, Reply};

use serde::de::DeserializeOwned;
use tenjo_http::{Route, serve_always};
use tenjo_settings::Settings;

/// Serves what operators only read. Nothing goes into the log of acts; the log of the
/// function has who asked.
///
/// # Errors
/// When the runtime is gone.
pub async fn serve_reading<B, R, A, H, F>(
    settings: &Settings,
    app: A,
    handler: H,
) -> Result<(), Error>
where
    B: DeserializeOwned + Send + 'static,
    R: Reply + Send + 'static,
    A: Send + Sync + 'static,
    H: Fn(&'static A, Call<Operator, B>) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = Result<R, ApiError>> + Send + 'static,
{
    serve_always(settings, Route::post("/"), app, handler).await
}
