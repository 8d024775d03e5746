//! The shape of the document. The order of fields here is the order in the
//! text, so it must not change.

use std::borrow::Cow;
use std::num::{NonZeroU32, NonZeroU64};

use serde::{Deserialize, Serialize};

/// The only format that there has been so far.
pub(super) const FORMAT: u32 = 1;

/// Which format a document has, whatever else is in it.
#[derive(Deserialize)]
pub(super) struct Format {
    pub(super) format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document<'a> {
    pub(super) format: u32,
    pub(super) pool_id: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) opens_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closes_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opening_hours: Option<Hours<'a>>,
    pub(super) day: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<Limits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) free_daily: Option<FreeDaily>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pity: Option<Pity<'a>>,
    pub(super) rules: Rules<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exchange: Option<Exchange<'a>>,
    pub(super) items: Vec<Item<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours<'a> {
    pub(super) utc_offset: String,
    /// Empty: every day.
    pub(super) weekdays: Vec<Cow<'a, str>>,
    pub(super) from: String,
    pub(super) until: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Day {
    pub(super) utc_offset: String,
    pub(super) begins_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) per_day: Option<NonZeroU32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_total: Option<NonZeroU32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeDaily {
    pub(super) draw_count: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pity<'a> {
    pub(super) group: Cow<'a, str>,
    pub(super) max_count: NonZeroU32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) soft: Option<Soft>,
    pub(super) rate_up_guarantee: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Soft {
    pub(super) from_count: NonZeroU32,
    pub(super) weight_step: NonZeroU64,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Rules<'a> {
    Standard(Stage<'a>),
    StepUp { after_last: Cow<'a, str>, steps: Vec<Stage<'a>> },
    Box { reset: Cow<'a, str>, prices: Vec<Price<'a>> },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage<'a> {
    pub(super) prices: Vec<Price<'a>>,
    /// From common to rare.
    pub(super) rarity_weights: Vec<RarityWeight<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guarantee: Option<Guarantee<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price<'a> {
    pub(super) draw_count: u32,
    pub(super) currency_type: Cow<'a, str>,
    pub(super) amount: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RarityWeight<'a> {
    pub(super) rarity: Cow<'a, str>,
    pub(super) weight: NonZeroU32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guarantee<'a> {
    pub(super) draw_count: u32,
    pub(super) rarity: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange<'a> {
    pub(super) group: Cow<'a, str>,
    pub(super) points_per_draw: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closes_at: Option<String>,
    pub(super) offers: Vec<Offer<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Offer<'a> {
    pub(super) item_master_id: Cow<'a, str>,
    pub(super) points: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item<'a> {
    pub(super) item_master_id: Cow<'a, str>,
    pub(super) rarity: Cow<'a, str>,
    /// In a box, the copies of it that a full one holds.
    pub(super) weight: NonZeroU32,
    pub(super) is_pickup: bool,
}
