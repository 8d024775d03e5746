//! `items.yaml`: every item of the game.

use std::collections::HashMap;

use tenjo_domain::{ItemMasterId, Language, Presentation, Rarity};

use crate::fields::{Fields, each};
use crate::node::Node;
use crate::{Report, presentation, values};

/// The longest kind that the database holds.
const MAX_KIND: usize = 32;

/// An item of the game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemEntry {
    /// Its name in master data.
    pub item_master_id: ItemMasterId,
    /// What players read and see of it.
    pub presentation: Presentation,
    /// How rare it is.
    pub rarity: Rarity,
    /// What it is: a character, a weapon, and so on.
    pub kind: String,
}

/// Which items are listed, and how rare each is, if that can be read.
pub(crate) type Rarities = HashMap<ItemMasterId, Option<Rarity>>;

/// The game's own language, and its items. A language that cannot be read is reported,
/// and the usual one stands for it.
pub(crate) struct Items {
    pub(crate) own: Language,
    pub(crate) items: Option<Vec<ItemEntry>>,
}

/// Reads the items, and writes into `rarities` what pools have to know of them,
/// even of those that have mistakes.
pub(crate) fn read(root: &Node, rarities: &mut Rarities, report: &Report<'_>) -> Option<Items> {
    let mut fields = Fields::of(root, report)?;
    let own = presentation::own_language(&mut fields).unwrap_or_else(Language::usual);
    let items = fields.required_part("items", |node, report| {
        each(node, report, |node, report| read_item(node, &own, rarities, report))
    });
    let items = fields.end().and(items);
    Some(Items { own, items })
}

fn read_item(
    node: &Node,
    own: &Language,
    rarities: &mut Rarities,
    report: &Report<'_>,
) -> Option<ItemEntry> {
    let mut fields = Fields::of(node, report)?;
    let item_master_id = fields.required("item_master_id", values::slug(ItemMasterId::new));
    let name = presentation::name(&mut fields, own);
    let rarity = fields.required("rarity", values::word);
    let kind = fields.required("kind", |node| {
        let kind = values::slug(ItemMasterId::new)(node)?; // the same plain words
        if kind.as_str().len() > MAX_KIND {
            return Err(format!("must have at most {MAX_KIND} characters").into());
        }
        Ok(kind.as_str().to_owned())
    });
    let presentation = presentation::of(&mut fields, own, name);
    let all_known = fields.end();
    if let Some(item) = &item_master_id
        && rarities.insert(item.clone(), rarity).is_some()
    {
        report.add(node.line, format!("item {item} is listed twice"));
    }
    all_known?;
    Some(ItemEntry {
        item_master_id: item_master_id?,
        presentation: presentation?,
        rarity: rarity?,
        kind: kind?,
    })
}
