//! Master data: what the game sells, as the YAML files in `masters/` say.
//!
//! Files are part of the binary, so that a deployment is one thing.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use serde::Deserialize;
use tenjo_domain::{
    Invalid, ItemMasterId, PityGroup, PityRule, Pool, PoolError, PoolId, PoolItem, PoolParts,
    Price, Rarity,
};
use tenjo_store::item_master::ItemMaster;
use time::OffsetDateTime;

const ITEMS: &str = include_str!("../../../../masters/items.yaml");

macro_rules! pool_files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../../../masters/pools/", $name)))),+]
    };
}

const POOLS: [(&str, &str); 4] = pool_files![
    "moon-festival.yaml",
    "new-year-2026.yaml",
    "paid-moon-festival.yaml",
    "standard.yaml",
];

/// Everything that is sold, checked.
pub(crate) struct Masters {
    pub(crate) items: Vec<ItemMaster>,
    pub(crate) pools: Vec<Pool>,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("masters/{file}: {problem}")]
pub(crate) struct MastersError {
    file: String,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Yaml(#[from] Box<serde_saphyr::Error>),
    #[error("{0}")]
    Value(#[from] Invalid),
    #[error("{0}")]
    Pool(#[from] PoolError),
    #[error("item {0} is not in items.yaml")]
    UnknownItem(String),
    #[error("item {0} is there twice")]
    ItemTwice(String),
    #[error("the file must have the name of its pool, {0}.yaml")]
    FileName(PoolId),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsFile {
    items: Vec<ItemEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemEntry {
    item_master_id: String,
    name: String,
    rarity: String,
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolFile {
    pool_id: String,
    name: String,
    #[serde(with = "time::serde::rfc3339")]
    opens_at: OffsetDateTime,
    #[serde(default, with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    prices: Vec<PriceEntry>,
    pity: PityEntry,
    rarity_weights: BTreeMap<String, NonZeroU32>,
    items: Vec<PoolItemEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    draw_count: u32,
    currency_type: String,
    amount: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PityEntry {
    group: String,
    max_count: NonZeroU32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolItemEntry {
    item_master_id: String,
    weight: NonZeroU32,
    #[serde(default)]
    is_pickup: bool,
}

/// The master data of this build.
pub(crate) fn embedded() -> Result<Masters, MastersError> {
    read(ITEMS, &POOLS)
}

fn read(items: &str, pools: &[(&str, &str)]) -> Result<Masters, MastersError> {
    let of = |file: &str| {
        let file = file.to_owned();
        move |problem| MastersError { file, problem }
    };
    let items = read_items(items).map_err(of("items.yaml"))?;
    let rarities: HashMap<&str, Rarity> =
        items.iter().map(|item| (item.item_master_id.as_str(), item.rarity)).collect();
    let pools = pools
        .iter()
        .map(|(file, text)| read_pool(file, text, &rarities).map_err(of(&format!("pools/{file}"))))
        .collect::<Result<_, _>>()?;
    Ok(Masters { items, pools })
}

fn read_items(text: &str) -> Result<Vec<ItemMaster>, Problem> {
    let file: ItemsFile = serde_saphyr::from_str(text).map_err(Box::new)?;
    let mut seen = std::collections::HashSet::new();
    file.items
        .into_iter()
        .map(|entry| {
            if !seen.insert(entry.item_master_id.clone()) {
                return Err(Problem::ItemTwice(entry.item_master_id));
            }
            Ok(ItemMaster {
                item_master_id: ItemMasterId::new(entry.item_master_id)?,
                name: entry.name,
                rarity: entry.rarity.parse()?,
                kind: entry.kind,
            })
        })
        .collect()
}

fn read_pool(name: &str, text: &str, rarities: &HashMap<&str, Rarity>) -> Result<Pool, Problem> {
    let file: PoolFile = serde_saphyr::from_str(text).map_err(Box::new)?;
    let pool_id = PoolId::new(file.pool_id)?;
    if name.strip_suffix(".yaml") != Some(pool_id.as_str()) {
        return Err(Problem::FileName(pool_id));
    }
    let prices = file
        .prices
        .into_iter()
        .map(|price| Ok(Price::new(price.draw_count, price.currency_type.parse()?, price.amount)?))
        .collect::<Result<_, Problem>>()?;
    let rarity_weights = file
        .rarity_weights
        .into_iter()
        .map(|(rarity, weight)| Ok((rarity.parse()?, weight)))
        .collect::<Result<_, Problem>>()?;
    let items = file
        .items
        .into_iter()
        .map(|item| {
            let rarity = rarities.get(item.item_master_id.as_str());
            Ok(PoolItem {
                rarity: *rarity.ok_or_else(|| Problem::UnknownItem(item.item_master_id.clone()))?,
                item_master_id: ItemMasterId::new(item.item_master_id)?,
                weight: item.weight,
                is_pickup: item.is_pickup,
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(Pool::new(PoolParts {
        pool_id,
        name: file.name,
        opens_at: file.opens_at,
        closes_at: file.closes_at,
        prices,
        pity: PityRule { group: PityGroup::new(file.pity.group)?, max_count: file.pity.max_count },
        rarity_weights,
        items,
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r"
items:
  - { item_master_id: sword, name: Sword, rarity: SSR, kind: weapon }
";
    const POOL: &str = r"
pool_id: small
name: Small
opens_at: 2026-01-01T00:00:00Z
prices: [{ draw_count: 1, currency_type: free_gem, amount: 300 }]
pity: { group: small, max_count: 90 }
rarity_weights: { SSR: 1 }
items: [{ item_master_id: sword, weight: 1 }]
";

    #[test]
    fn the_embedded_masters_are_every_file_and_valid() {
        let masters = embedded().unwrap();
        assert_eq!(masters.items.len(), 60);
        let mut files: Vec<String> =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../masters/pools"))
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
        files.sort();
        let embedded: Vec<&str> = POOLS.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, embedded, "a file of masters/pools is not embedded");
    }

    #[test]
    fn a_mistake_is_named_with_its_file() {
        for (find, replace, problem) in [
            ("sword", "spear", "masters/pools/small.yaml: item spear is not in items.yaml"),
            (
                "SSR: 1",
                "SSR: 1, R: 1",
                "masters/pools/small.yaml: rarity R has a weight but no items",
            ),
            ("pool_id: small", "pool_id: other", "other.yaml"),
            ("free_gem", "coin", "free_gem"),
            ("weight: 1 }]", "weight: 0 }]", "masters/pools/small.yaml: "),
            ("name:", "nam:", "nam"),
        ] {
            let text = POOL.replace(find, replace);
            let error = read(SMALL, &[("small.yaml", &text)]).err().expect("refused").to_string();
            assert!(error.contains(problem), "{replace}: {error}");
        }
        assert!(read(SMALL, &[("small.yaml", POOL)]).is_ok());
    }

    #[test]
    fn an_item_that_is_there_twice_is_refused() {
        let twice = format!(
            "{SMALL}{}",
            SMALL.trim_start().trim_start_matches(
                "items:
"
            )
        );
        let error = read(&twice, &[]).err().expect("refused").to_string();
        assert_eq!(error, "masters/items.yaml: item sword is there twice");
    }
}
