//! The master files. They are embedded in the binary, so that a deployment needs no
//! other files.

use tenjo_domain::Shop;
use tenjo_masters::{Masters, Mistakes, ProductPresentations, read, read_products};

const ITEMS: &str = include_str!("../../../../masters/items.yaml");
const PRODUCTS: &str = include_str!("../../../../masters/products.yaml");

macro_rules! pool_files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../masters/pools/", $name)))),+]
    };
}

const POOLS: &[(&str, &str)] = pool_files![
    "pool-daily-gate.yaml",
    "pool-farewell-box.yaml",
    "pool-moon-festival.yaml",
    "pool-new-year-2026.yaml",
    "pool-paid-moon-festival.yaml",
    "pool-standard.yaml",
    "pool-step-up-autumn.yaml",
    "pool-treasure-box.yaml",
    "pool-weekend-market.yaml",
];

/// The master data of this build: what is drawn, and what is sold for money.
pub(crate) fn embedded() -> Result<(Masters, (Shop, ProductPresentations)), Mistakes> {
    match (read(ITEMS, POOLS), read_products(PRODUCTS)) {
        (Ok(masters), Ok(products)) => Ok((masters, products)),
        (Err(mistakes), Err(others)) => Err(mistakes.with(others)),
        (Err(mistakes), Ok(_)) | (Ok(_), Err(mistakes)) => Err(mistakes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_masters_are_every_file_and_valid() {
        embedded().unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let mut files: Vec<String> =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../masters/pools"))
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
        files.sort();
        let embedded: Vec<&str> = POOLS.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, embedded, "a file of masters/pools is not embedded");
    }
}
