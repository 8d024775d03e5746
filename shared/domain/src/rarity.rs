//! How rare an item is.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// From common to rarest; the order is that of their rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rarity {
    /// Rare: the common ones, by the custom of the trade.
    R,
    /// Super rare.
    Sr,
    /// Specially super rare: what pity promises.
    Ssr,
}

words!(Rarity { R = "R", Sr = "SR", Ssr = "SSR" });
