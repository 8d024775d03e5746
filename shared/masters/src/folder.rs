//! Master data from a folder, for tools. Functions have it built in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tenjo_domain::Shop;

use crate::products::FILE;
use crate::{Masters, Mistakes, ProductPresentations, read, read_products};

/// Why a folder holds no master data.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What is in the files is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// What is sold for money, and what players read and see of it.
pub type Products = (Shop, ProductPresentations);

/// Reads `items.yaml` and all files of `pools/` in a folder, and checks `products.yaml`.
///
/// # Errors
/// When a file cannot be read, or with every mistake in all of them.
pub fn read_folder(folder: &Path) -> Result<Masters, FolderError> {
    read_whole_folder(folder).map(|(masters, _)| masters)
}

/// The same, with what is in `products.yaml`, if there is such a file.
///
/// # Errors
/// When a file cannot be read, or with every mistake in all of them.
pub fn read_whole_folder(folder: &Path) -> Result<(Masters, Option<Products>), FolderError> {
    let items = text_of(&folder.join("items.yaml"))?;
    let pools_folder = folder.join("pools");
    let in_pools = |error| FolderError::Io { path: pools_folder.clone(), error };
    let mut pools = Vec::new();
    for entry in fs::read_dir(&pools_folder).map_err(in_pools)? {
        let entry = entry.map_err(in_pools)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        pools.push((name, text_of(&entry.path())?));
    }
    pools.sort();
    let pools: Vec<(&str, &str)> =
        pools.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    // A game that sells nothing for money has no such file.
    let products = folder.join(FILE);
    let products =
        if products.exists() { read_products(&text_of(&products)?).map(Some) } else { Ok(None) };
    Ok(both(read(&items, &pools), products)?)
}

/// Two parts of the master data, or the mistakes of both.
fn both(
    masters: Result<Masters, Mistakes>,
    products: Result<Option<Products>, Mistakes>,
) -> Result<(Masters, Option<Products>), Mistakes> {
    match (masters, products) {
        (Ok(masters), Ok(products)) => Ok((masters, products)),
        (Err(mistakes), Err(others)) => Err(mistakes.with(others)),
        (Err(mistakes), Ok(_)) | (Ok(_), Err(mistakes)) => Err(mistakes),
    }
}

fn text_of(path: &Path) -> Result<String, FolderError> {
    fs::read_to_string(path).map_err(|error| FolderError::Io { path: path.to_owned(), error })
}
