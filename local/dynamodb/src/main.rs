//! DynamoDB on one machine: `GetItem`, `PutItem`, `UpdateItem` and `DeleteItem` on the
//! operations table of `template.yaml`, which is kept in a file.
//!
//! It identifies the caller by its access key and allows what `template.yaml` allows
//! that function. Other operations, fields, types of attributes and forms of
//! expressions are refused by name.
//!
//! | Module | What it does |
//! |---|---|
//! | `api` | requests and answers |
//! | `item` | items, and their texts and numbers |
//! | `expression` | conditions and updates |
//! | `table` | the items, in memory and in a file |

mod api;
mod expression;
mod item;
mod table;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Parser;
use tenjo_iam::Identities;

use crate::api::DynamoDb;
use crate::table::Table;

/// How often expired items are removed. DynamoDB promises no more than "within a few
/// days", so nothing may depend on it.
const SWEEP: Duration = Duration::from_secs(60);

/// Serves DynamoDB from a folder.
#[derive(Parser)]
struct Args {
    /// Where to listen; a loopback address, port 0 for any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Where the items are kept between runs.
    #[arg(long)]
    data_dir: PathBuf,

    /// The operations table.
    #[arg(long, default_value = "tenjo-ops")]
    table: String,

    /// Who may call, and what each may do.
    #[arg(long)]
    identities: PathBuf,

    /// The region that the table belongs to.
    #[arg(long, default_value = "us-east-1")]
    region: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let listener = tenjo_aws_json::listen(args.listen).await?;
    let table = Table::open(&args.data_dir)?;
    let identities = Identities::read(&args.identities)?;
    let service = DynamoDb::new(table, &args.table, &args.region, identities);
    let sweep = sweep(service.clone());
    tokio::select! {
        served = tenjo_aws_json::serve(listener, tenjo_aws_json::app(service)) => served,
        failed = sweep => failed,
    }
}

/// Removes expired items from time to time, until that fails.
#[expect(clippy::disallowed_methods, reason = "the table takes the time as an argument")]
async fn sweep(service: DynamoDb) -> anyhow::Result<()> {
    let mut turns = tokio::time::interval(SWEEP);
    loop {
        turns.tick().await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock")?;
        service.remove_expired(now.as_secs().into())?;
    }
}
