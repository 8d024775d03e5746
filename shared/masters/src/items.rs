//! `items.yaml`: every item of the game.

use std::collections::HashMap;

use tenjo_domain::{ItemMasterId, Rarity};

use crate::fields::{Fields, each};
use crate::node::Node;
use crate::{Report, values};

/// The longest kind that the database holds.
const MAX_KIND: usize = 32;

/// An item of the game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemEntry {
    /// Its name in master data.
    pub item_master_id: ItemMasterId,
    /// Its name for players.
    pub name: String,
    /// How rare it is.
    pub rarity: Rarity,
    /// What it is: a character, a weapon, and so on.
    pub kind: String,
}

/// Which items are listed, and how rare each is, if that can be read.
pub(crate) type Rarities = HashMap<ItemMasterId, Option<Rarity>>;

/// Reads the items, and writes into `rarities` what pools have to know of them,
/// even of those that have mistakes.
pub(crate) fn read(
    root: &Node,
    rarities: &mut Rarities,
    report: &Report<'_>,
) -> Option<Vec<ItemEntry>> {
    let mut fields = Fields::of(root, report)?;
    let items = fields.required_part("items", |node, report| {
        each(node, report, |node, report| read_item(node, rarities, report))
    });
    fields.end()?;
    items
}

fn read_item(node: &Node, rarities: &mut Rarities, report: &Report<'_>) -> Option<ItemEntry> {
    let mut fields = Fields::of(node, report)?;
    let item_master_id = fields.required("item_master_id", values::slug(ItemMasterId::new));
    let name = fields.required("name", values::name);
    let rarity = fields.required("rarity", values::word);
    let kind = fields.required("kind", |node| {
        let kind = values::slug(ItemMasterId::new)(node)?; // the same plain words
        if kind.as_str().len() > MAX_KIND {
            return Err(format!("must have at most {MAX_KIND} characters").into());
        }
        Ok(kind.as_str().to_owned())
    });
    let all_known = fields.end();
    if let Some(item) = &item_master_id
        && rarities.insert(item.clone(), rarity).is_some()
    {
        report.add(node.line, format!("item {item} is listed twice"));
    }
    all_known?;
    Some(ItemEntry { item_master_id: item_master_id?, name: name?, rarity: rarity?, kind: kind? })
}
