//! DynamoDB on one machine: the crate `awsim-dynamodb`, with the operations
//! table of `template.yaml` made at start.
//!
//! It identifies the caller by its access key and allows what `template.yaml` allows
//! that function. It does not check signatures, so it listens on loopback only. It
//! serves no other AWS service.

mod rights;
mod server;
mod table;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use tenjo_iam::Identities;
use tracing_subscriber::EnvFilter;

/// Serves DynamoDB from a folder.
#[derive(Parser)]
struct Args {
    /// Where to listen; a loopback address, port 0 for any free port.
    #[arg(long, value_parser = server::loopback, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Where the items are kept between runs.
    #[arg(long)]
    data_dir: PathBuf,

    /// The operations table, made if it is absent.
    #[arg(long, default_value = "tenjo-ops")]
    table: String,

    /// Who may call, and what each may do.
    #[arg(long)]
    identities: PathBuf,

    /// The region that the table belongs to; clients must sign for the same.
    #[arg(long, default_value = "us-east-1")]
    region: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("TENJO_LOG").unwrap_or_else(|_| "error".into()))
        .with_writer(std::io::stderr)
        .init();

    let identities = Identities::read(&args.identities)?;
    let app = server::app(&args.data_dir, &args.table, &args.region, identities).await?;
    let listener = tenjo_aws_json::listen(args.listen).await?;

    // Every write is in SQLite's log before it is answered, so ending in the middle
    // of a request loses nothing that was answered.
    tenjo_aws_json::serve(listener, app).await
}
