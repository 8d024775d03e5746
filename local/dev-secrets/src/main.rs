//! Development keys and secrets: made at the first start of a stack, kept in a file, never
//! committed, and of no use elsewhere.
//!
//! Only this program writes the file. It is no part of `cargo xtask`, because what makes keys
//! takes long to compile, and `xtask` must be compiled before it can print anything. It ends
//! at once, and prints one line: the public halves of the keys as JSON. It never prints a
//! secret.

mod secrets;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Makes what is missing of the secrets of a stack, and prints the public halves of its keys.
#[derive(Parser)]
struct Args {
    /// Where the secrets are kept.
    #[arg(long)]
    file: PathBuf,

    /// The name of the key that signs receipts.
    #[arg(long)]
    receipt_kid: String,

    /// A database user that needs a password; may be repeated.
    #[arg(long = "role")]
    roles: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, without a backtrace, because the stack shows the end of what is printed.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let (_, public) = secrets::load_or_make(&args.file, &args.receipt_kid, &args.roles)?;
    println!("{}", serde_json::to_string(&public)?);
    Ok(())
}
