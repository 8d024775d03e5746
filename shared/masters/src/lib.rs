//! Master data as code: the YAML files that say what the game sells.
//!
//! It turns their text into checked pools and items. An author hears of all
//! mistakes at once, each with its file and line. Only broken YAML hides the
//! rest of its file, and rules that need the whole pool are checked once all
//! of its fields can be read.
//!
//! Only `publish-masters` and command lines use this crate. Everything else
//! reads published pools, through `tenjo-documents`.

mod exchange;
mod fields;
mod folder;
mod items;
mod kind;
mod lines;
mod mistake;
mod node;
mod pool;
mod presentation;
mod products;
mod values;

use std::collections::{BTreeMap, HashSet};

use tenjo_domain::{Language, Pool, PoolId, Presentation};

pub use folder::{FolderError, Products, read_folder, read_whole_folder};
pub use items::ItemEntry;
pub use mistake::{Mistake, Mistakes};
pub use products::{ProductPresentations, read_products, read_shop};

use items::Rarities;
use mistake::Report;
use node::{Node, Value};

/// All that is sold, checked.
#[derive(Debug, Clone)]
pub struct Masters {
    /// Every item of the game, as listed.
    pub items: Vec<ItemEntry>,
    /// Every pool, in the order of the files.
    pub pools: Vec<Pool>,
    /// What players read and see of each pool.
    pub presentations: BTreeMap<PoolId, Presentation>,
}

/// Reads the text of `items.yaml`, and names and texts of the files of `pools/`.
///
/// # Errors
/// Every mistake in all of them.
pub fn read(items: &str, pools: &[(&str, &str)]) -> Result<Masters, Mistakes> {
    let mut mistakes = Vec::new();
    let report = Report::new("items.yaml");
    let root = Node::parse(items, &report);
    let mut rarities = Rarities::new();
    let items = root.as_ref().and_then(|root| items::read(root, &mut rarities, &report));
    let (own, items) =
        items.map_or_else(|| (Language::usual(), None), |read| (read.own, read.items));
    mistakes.extend(report.into_mistakes());

    let known = root.is_some().then_some(&rarities);
    let (mut read_pools, mut presentations) = (Vec::new(), BTreeMap::new());
    let mut names = HashSet::new();
    for (name, text) in pools {
        let file = format!("pools/{name}");
        let report = Report::new(&file);
        if let Some(root) = Node::parse(text, &report) {
            check_name(name, &root, &mut names, &report);
            if let Some((pool, presentation)) = pool::read(&root, &own, known, &report) {
                presentations.insert(pool.pool_id().clone(), presentation);
                read_pools.push(pool);
            }
        }
        mistakes.extend(report.into_mistakes());
    }
    match Mistakes::of(mistakes) {
        // Items that could not be read have left a mistake.
        None => Ok(Masters { items: items.unwrap_or_default(), pools: read_pools, presentations }),
        Some(mistakes) => Err(mistakes),
    }
}

/// A pool's file has the pool's name, so that people find it, and no two pools
/// have the same name.
fn check_name(name: &str, root: &Node, names: &mut HashSet<PoolId>, report: &Report<'_>) {
    let Some(field) = root.get("pool_id") else { return };
    let Value::Text(text) = &field.node.value else { return };
    let Ok(pool_id) = PoolId::new(text) else { return }; // reported already
    if name != format!("{pool_id}.yaml") {
        report.add(field.line, format!("the file of pool {pool_id} must be {pool_id}.yaml"));
    }
    if !names.insert(pool_id.clone()) {
        report.add(field.line, format!("pool {pool_id} is there twice"));
    }
}

#[cfg(test)]
mod tests;
