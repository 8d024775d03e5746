//! The page of the demo as a program: it listens on loopback only.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use tenjo_web::{Site, app};
use url::Url;

/// Serves a built page, and the API at the same origin.
#[derive(Parser)]
struct Args {
    /// Where to listen; port 0 for any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The built page.
    #[arg(long)]
    folder: PathBuf,

    /// Where the gateway listens.
    #[arg(long)]
    gateway: Url,

    /// Where the test store listens; without one, nothing can be bought.
    #[arg(long)]
    store: Option<Url>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let site = Site::read(&args.folder, args.gateway, args.store)?;
    let listener = tenjo_aws_json::listen(args.listen).await?;
    tenjo_aws_json::serve(listener, app(site)).await
}
