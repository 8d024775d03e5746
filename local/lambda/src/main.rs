//! `tenjo-lambda`: runs functions as Lambda does, on one machine.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use tenjo_guard::Guard;
use tenjo_iam::Identities;
use tenjo_lambda::config;
use tenjo_lambda::server::serve;
use tenjo_lambda::service::{Options, Service};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs functions as Lambda does, on one machine. A function gets none of this
/// process's environment.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The functions, in JSON.
    #[arg(long)]
    functions: PathBuf,
    /// The region that functions get.
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// `SSM=URL` is the endpoint of that AWS service for functions: it becomes
    /// `AWS_ENDPOINT_URL_SSM`, which every AWS SDK reads.
    #[arg(long = "endpoint", value_parser = endpoint)]
    endpoints: Vec<(String, String)>,
    /// Where functions send their parts of sampled traces, as to Lambda's daemon.
    #[arg(long)]
    xray: Option<SocketAddr>,
    /// The folder that functions write their logs to; without it, they write
    /// where this does.
    #[arg(long)]
    logs: Option<PathBuf>,
    /// Who may call URLs that only IAM opens, in JSON; without it, nobody.
    #[arg(long)]
    identities: Option<PathBuf>,
    /// Serve `/faults` and `/kill`, which inject faults.
    #[arg(long)]
    faults: bool,
    /// Stop a process while it has nothing to do, as Lambda does.
    #[arg(long)]
    freeze: bool,
}

fn main() -> anyhow::Result<()> {
    if tenjo_guard::is_guard() {
        tenjo_guard::run(None); // Lambda gives functions no time either
        return Ok(());
    }
    run(Arguments::parse())
}

#[tokio::main]
async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let filter = std::env::var("TENJO_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(filter).context("TENJO_LOG is no log filter")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();

    let functions = config::read(&arguments.functions)?;
    let Arguments { region, mut endpoints, logs, faults, freeze, identities, .. } = arguments;
    let daemon = arguments.xray.map(|daemon| daemon.to_string());
    endpoints.extend(daemon.map(|daemon| ("AWS_XRAY_DAEMON_ADDRESS".to_owned(), daemon)));
    let identities = identities.as_deref().map(Identities::read).transpose()?;
    let identities = Arc::new(identities.unwrap_or_default());
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(arguments.listen).await?;
    let address = listener.local_addr()?.to_string();
    let options = Options { region, endpoints, logs, faults, freeze, identities };
    let service = Service::new(address.clone(), functions, Guard::start()?, options);
    let service = Arc::new(service);
    println!("listening on http://{address}");
    // Invocations that are under way end with the process.
    let ended = tokio::select! {
        served = serve(listener, Arc::clone(&service)) => served.context("cannot accept connections"),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    service.close().await;
    ended
}

fn endpoint(text: &str) -> Result<(String, String), String> {
    let (service, url) = text.split_once('=').ok_or("must be SERVICE=URL")?;
    Ok((format!("AWS_ENDPOINT_URL_{service}"), url.to_owned()))
}
