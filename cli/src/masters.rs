//! `tenjo masters`: finds mistakes in master data before it is published.

use std::path::PathBuf;
use std::process::ExitCode;

use tenjo_deploy::counted;
use tenjo_masters::read_folder;

use crate::exit;

/// Checks the items and pools of a folder, and names every mistake with its file
/// and line.
#[derive(clap::Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Args {
    /// The folder: items.yaml, and a file for each pool in pools/.
    #[arg(default_value = "masters")]
    folder: PathBuf,
}

/// Prints every mistake.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let folder = &args.folder;
    anyhow::ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    Ok(match read_folder(folder) {
        Ok(masters) => {
            let (items, pools) = (masters.items.len(), masters.pools.len());
            let (items, pools) = (counted(items, "item"), counted(pools, "pool"));
            println!("{items} and {pools}, without a mistake");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            exit::WRONG.into()
        }
    })
}
