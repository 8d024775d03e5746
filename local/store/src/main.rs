//! The test store as a program: it listens on loopback only.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use tenjo_test_store::{Store, app};

/// Plays the App Store and Google Play.
#[derive(Parser)]
struct Args {
    /// Where to listen; port 0 for any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Where keys and what was sold are kept, and where what Tenjo's settings need is
    /// written.
    #[arg(long)]
    data_dir: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let listener = tenjo_aws_json::listen(args.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let store = Store::open(&url, Some(&args.data_dir))?;
    tenjo_aws_json::serve(listener, app(Arc::new(store))).await
}
