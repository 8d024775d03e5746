//! `tenjo-step-functions`: runs a state machine for clients of AWS Step Functions.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use http::Uri;
use tenjo_iam::Identities;
use tenjo_step_functions::StateMachine;
use tenjo_step_functions::api::{StateMachineArn, StepFunctions};
use tenjo_step_functions::lambda::HttpLambda;
use tenjo_step_functions::server::serve;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs a state machine for clients of AWS Step Functions, on one machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The state machine, in Amazon States Language.
    #[arg(long)]
    definition: PathBuf,
    /// The ARN that clients use.
    #[arg(long, value_parser = |arn: &str| StateMachineArn::new(arn))]
    state_machine_arn: StateMachineArn,
    /// Where its functions are called, such as `http://127.0.0.1:9000`.
    #[arg(long)]
    lambda_url: Uri,
    /// Who may call, and what each may do.
    #[arg(long)]
    identities: PathBuf,
    /// The access key of the state machine's own role.
    #[arg(long)]
    role: String,
    /// `NAME=VALUE` for each `${NAME}` in the definition.
    #[arg(long = "substitute", value_parser = name_and_value)]
    substitutions: Vec<(String, String)>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let filter = std::env::var("TENJO_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(filter).context("TENJO_LOG is no log filter")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();

    let path = arguments.definition.display();
    let definition = std::fs::read_to_string(&arguments.definition)
        .with_context(|| format!("cannot read {path}"))?;
    let substitutions = BTreeMap::from_iter(arguments.substitutions);
    let machine = StateMachine::load(&definition, &substitutions)
        .with_context(|| format!("cannot run {path}"))?;
    let mut identities = Identities::read(&arguments.identities)?;
    let role = &arguments.role;
    let role = identities.take(role).with_context(|| format!("nobody has the key {role}"))?;
    let lambda = HttpLambda::new(&arguments.lambda_url, role);
    let service = StepFunctions { arn: arguments.state_machine_arn, machine, lambda, identities };

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Running executions end with the process.
    tokio::select! {
        served = serve(listener, Arc::new(service)) => served.context("cannot accept connections"),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
