//! `tenjo-gateway`: serves `kong/kong.yaml` on one machine.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tenjo_gateway::{Clock, Environment, Gateway, Settings, server};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Kong's stand-in on one machine. Reads `DECK_*` variables as decK does.
#[derive(Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// The declarative configuration.
    #[arg(long, default_value = "kong/kong.yaml")]
    config: PathBuf,
    /// What requests are checked against; becomes `DECK_OPENAPI_SPEC`.
    #[arg(long)]
    openapi: Option<PathBuf>,
    /// Leave out every rate limit, for load tests.
    #[arg(long)]
    without_rate_limits: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let filter = EnvFilter::try_from_env("TENJO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let arguments = Arguments::parse();
    let gateway = Arc::new(load(&arguments)?);

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", listener.local_addr()?)?;
    stdout.flush()?;

    server::serve(listener, gateway, async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await?;
    Ok(())
}

fn load(arguments: &Arguments) -> Result<Gateway> {
    let mut environment = Environment::of_process();
    if let Some(path) = &arguments.openapi {
        let specification = read(path)?;
        let encoded = utf8_percent_encode(&specification, NON_ALPHANUMERIC);
        environment.set("DECK_OPENAPI_SPEC", encoded.to_string());
    }
    let settings =
        Settings { clock: Clock::system(), has_rate_limits: !arguments.without_rate_limits };
    Gateway::new(&read(&arguments.config)?, &environment, settings)
        .with_context(|| format!("{} is refused", arguments.config.display()))
}

fn read(path: &PathBuf) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
