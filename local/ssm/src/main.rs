//! SSM Parameter Store on one machine: `GetParameters` on a file of parameters.
//!
//! It identifies the caller by its access key and allows what `template.yaml` allows
//! that function. Other operations are refused by name.

mod api;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use tenjo_iam::Identities;

use crate::api::ParameterStore;

/// Serves parameters from a file.
#[derive(Parser)]
struct Args {
    /// Where to listen; port 0 for any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The parameters: a JSON object of names and values.
    #[arg(long)]
    parameters: PathBuf,

    /// Who may call, and what each may do.
    #[arg(long)]
    identities: PathBuf,

    /// The region that the parameters belong to.
    #[arg(long, default_value = "us-east-1")]
    region: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let listener = tenjo_aws_json::listen(args.listen).await?;
    let parameters = std::fs::read(&args.parameters)
        .with_context(|| format!("cannot read {}", args.parameters.display()))?;
    let parameters = serde_json::from_slice(&parameters)
        .with_context(|| format!("cannot use {}", args.parameters.display()))?;
    let identities = Identities::read(&args.identities)?;
    let store = ParameterStore { parameters, identities, region: args.region };
    tenjo_aws_json::serve(listener, tenjo_aws_json::app(store)).await
}
