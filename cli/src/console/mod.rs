//! `tenjo console`: the operators' console, served on this machine for its browser.
//!
//! The console is files in this program and calls of operators' functions with the
//! caller's own credentials. Nothing of it is on the internet. Another page in the same
//! browser, and another user of the machine, must not act with it: `guard` has the rules.

mod answer;
mod api;
mod files;
mod guard;
mod masters;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use tokio::net::TcpListener;

use crate::operate::{Functions, Place};
use guard::{Guard, Token};

/// Serves the console on this machine, until Ctrl-C.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen; any free port by default.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The master data to compare with what is live.
    #[arg(long, default_value = "masters")]
    masters: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// What every request is answered with.
struct Console {
    guard: Guard,
    functions: Functions,
    /// Who acts.
    who: String,
    /// The folder with master data.
    masters: PathBuf,
}

/// Serves until Ctrl-C. Acts that are under way are answered first.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let functions = args.place.functions()?;
    let who = args.place.who(&functions);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    let port = listener.local_addr()?.port();
    let token = Token::new();
    println!("{} as {who}: http://127.0.0.1:{port}/#token={}", functions.stage(), token.text());
    eprintln!("Whoever has this address acts as you. Ctrl-C ends it.");
    let guard = Guard::new(port, token);
    let console = Arc::new(Console { guard, functions, who, masters: args.masters });
    let router = Router::new().fallback(serve).with_state(console);
    // If Ctrl-C cannot be heard, the process ends by it.
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, router).with_graceful_shutdown(interrupted).await?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(State(console): State<Arc<Console>>, request: Request) -> axum::response::Response {
    answer::secured(console.answer(request).await)
}
