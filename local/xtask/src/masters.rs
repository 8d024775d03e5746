//! `cargo xtask masters`: what is wrong with the master data, before anyone
//! publishes it.

use std::process::ExitCode;

use tenjo_masters::read_folder;

use crate::place;

/// Prints every mistake with its file and line.
pub(crate) fn run() -> ExitCode {
    match read_folder(&place::root().join("masters")) {
        Ok(masters) => {
            let (items, pools) = (masters.items.len(), masters.pools.len());
            println!("{items} items and {pools} pools, without a mistake");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
