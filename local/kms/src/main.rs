//! KMS on one machine: `Encrypt` and `Decrypt` with symmetric keys that are kept in a
//! file each.
//!
//! It identifies the caller by its access key and allows what `template.yaml` allows
//! that function. Other operations are refused by name. The policy of a key is not
//! evaluated: the template's lets the account's own policies decide.

mod api;
mod keys;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use tenjo_iam::Identities;

use crate::api::Kms;
use crate::keys::Keys;

/// Serves keys.
#[derive(Parser)]
struct Args {
    /// Where to listen; port 0 for any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// The ARN of a key. It may be given several times.
    #[arg(long = "key")]
    keys: Vec<String>,

    /// Where the keys are kept. A key that is not there yet is made.
    #[arg(long)]
    data_dir: PathBuf,

    /// Who may call, and what each may do.
    #[arg(long)]
    identities: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let listener = tenjo_aws_json::listen(args.listen).await?;
    let keys = Keys::load_or_make(&args.keys, &args.data_dir)?;
    let kms = Kms { keys, identities: Identities::read(&args.identities)? };
    tenjo_aws_json::serve(listener, tenjo_aws_json::app(kms)).await
}
