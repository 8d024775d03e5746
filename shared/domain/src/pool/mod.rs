//! A pool: what can be drawn, how often, and for how much.

mod check;
mod error;

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::money::words;
use crate::stage::Stage;
use crate::{
    BoxReset, DayRule, DrawCount, DrawGroup, ExchangeRule, Invalid, ItemMasterId, OpeningHours,
    PityRule, PityState, PoolId, Price, Rarity, StageParts,
};

pub use error::PoolError;

/// An item of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolItem {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in this pool.
    pub rarity: Rarity,
    /// Its share among the items of its rarity; in a box, how many copies of it
    /// a full box holds.
    pub weight: NonZeroU32,
    /// Whether the pool advertises it.
    pub is_pickup: bool,
}

/// What kind of pool it is: how its purchases are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolKind {
    /// By odds, the same for each purchase.
    Standard(StageParts),
    /// By odds that change, with the price, from purchase to purchase.
    StepUp {
        /// The steps, one purchase each.
        steps: Vec<StageParts>,
        /// What comes after the last.
        after_last: AfterLastStep,
    },
    /// From a box that each player has, without replacement.
    Box {
        /// What it sells.
        prices: Vec<Price>,
        /// When it is filled again.
        reset: BoxReset,
    },
}

/// What comes after the last step of a step-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLastStep {
    /// The first again.
    Loop,
    /// Nothing: it is sold out for this player.
    End,
}

words!(AfterLastStep { Loop = "loop", End = "end" });

/// How much one player may draw. Free draws do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// How many draws a day.
    pub per_day: Option<NonZeroU32>,
    /// How many draws as long as the pool exists.
    pub in_total: Option<NonZeroU32>,
}

/// What a pool is made of, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolParts {
    /// Its name in master data.
    pub pool_id: PoolId,
    /// Its name for players.
    pub name: String,
    /// The first moment at which it sells.
    pub opens_at: OffsetDateTime,
    /// The first moment at which it no longer sells.
    pub closes_at: Option<OffsetDateTime>,
    /// The hours at which it sells between these; all hours if none.
    pub opening_hours: Option<OpeningHours>,
    /// When a player's day begins.
    pub day: DayRule,
    /// How much one player may draw.
    pub limits: Limits,
    /// How many draws cost nothing, once a day.
    pub free_daily: Option<DrawCount>,
    /// What a player is owed for draws without an SSR.
    pub pity: Option<PityRule>,
    /// How it is drawn, and for how much.
    pub kind: PoolKind,
    /// What its points buy.
    pub exchange: Option<ExchangeRule>,
    /// What can be drawn.
    pub items: Vec<PoolItem>,
}

impl PoolParts {
    /// A pool with nothing but what every pool has: once open it never closes,
    /// its days are those of UTC, and it has no limits, free draws, pity or points.
    #[must_use]
    pub fn plain(
        pool_id: PoolId,
        name: impl Into<String>,
        opens_at: OffsetDateTime,
        kind: PoolKind,
        items: Vec<PoolItem>,
    ) -> Self {
        Self {
            pool_id,
            name: name.into(),
            opens_at,
            closes_at: None,
            opening_hours: None,
            day: DayRule::default(),
            limits: Limits::default(),
            free_daily: None,
            pity: None,
            kind,
            exchange: None,
            items,
        }
    }
}

/// A pool whose rules make sense. It cannot be made with other rules, and not be
/// changed.
#[derive(Debug, Clone)]
pub struct Pool {
    parts: PoolParts,
    stages: Vec<Stage>,
}

impl Pool {
    /// Checks the parts and puts them together.
    ///
    /// # Errors
    /// Every rule that the parts break.
    pub fn new(mut parts: PoolParts) -> Result<Self, Vec<PoolError>> {
        // One order for the same pool, whatever order it was written in: draws
        // and published odds must not depend on it. Items of a rarity stand
        // next to each other, pickups first.
        parts.items.sort_by(|a, b| {
            let place = |item: &PoolItem| (item.rarity, !item.is_pickup);
            place(a).cmp(&place(b)).then_with(|| a.item_master_id.cmp(&b.item_master_id))
        });
        for prices in prices_mut(&mut parts.kind) {
            prices.sort_by_key(|price| price.draw_count);
        }
        if let PoolKind::Standard(stage) = &mut parts.kind {
            stage.rarity_weights.sort();
        } else if let PoolKind::StepUp { steps, .. } = &mut parts.kind {
            steps.iter_mut().for_each(|step| step.rarity_weights.sort());
        }
        if let Some(exchange) = &mut parts.exchange {
            exchange.offers.sort_by(|a, b| a.item_master_id.cmp(&b.item_master_id));
        }

        let errors = check::check(&parts);
        if !errors.is_empty() {
            return Err(errors);
        }
        let stages = match &parts.kind {
            PoolKind::Standard(stage) => vec![Stage::new(stage, &parts.items)],
            PoolKind::StepUp { steps, .. } => {
                steps.iter().map(|step| Stage::new(step, &parts.items)).collect()
            }
            PoolKind::Box { prices, .. } => vec![Stage::of_box(prices)],
        };
        // The odds of a draw that owes a pickup have a denominator of their own.
        let has_denominator = |stage: &Stage, is_pickup_due| {
            let pity = PityState { count: 0, is_pickup_due };
            stage.common_denominator(parts.pity.as_ref(), pity).is_some()
        };
        if !stages.iter().all(|stage| [false, true].iter().all(|&due| has_denominator(stage, due)))
        {
            return Err(vec![PoolError::OddsTooFine]);
        }
        Ok(Self { parts, stages })
    }

    /// Everything that it is made of, in its one order.
    #[must_use]
    pub fn parts(&self) -> &PoolParts {
        &self.parts
    }

    /// Its name in master data.
    #[must_use]
    pub fn pool_id(&self) -> &PoolId {
        &self.parts.pool_id
    }

    /// Its name for players.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// The first moment at which it sells.
    #[must_use]
    pub fn opens_at(&self) -> OffsetDateTime {
        self.parts.opens_at
    }

    /// The first moment at which it no longer sells, if there is one.
    #[must_use]
    pub fn closes_at(&self) -> Option<OffsetDateTime> {
        self.parts.closes_at
    }

    /// What a player is owed for draws without an SSR, if anything.
    #[must_use]
    pub fn pity(&self) -> Option<&PityRule> {
        self.parts.pity.as_ref()
    }

    /// What its points buy, if it gives any.
    #[must_use]
    pub fn exchange(&self) -> Option<&ExchangeRule> {
        self.parts.exchange.as_ref()
    }

    /// What can be drawn: by rarity from common to rare, pickups first, by name.
    #[must_use]
    pub fn items(&self) -> &[PoolItem] {
        &self.parts.items
    }

    /// What a step sells, by rising draw count. Pools without steps have step 0.
    #[must_use]
    pub fn prices_at(&self, step: u32) -> &[Price] {
        &self.stage(step).parts.prices
    }

    /// How many steps it has: 1 unless it is a step-up.
    #[must_use]
    pub fn stage_count(&self) -> u32 {
        u32::try_from(self.stages.len()).unwrap_or(u32::MAX)
    }

    /// Which draws of a player wait for each other: those that move the same
    /// pity, or else those from the same pool.
    #[must_use]
    pub fn draw_group(&self) -> DrawGroup {
        match self.pity() {
            Some(pity) => DrawGroup::of_pity(&pity.group),
            None => DrawGroup::of_pool(self.pool_id()),
        }
    }

    /// A step's stage; the last one for a step that does not exist.
    pub(crate) fn stage(&self, step: u32) -> &Stage {
        let last = self.stages.len() - 1; // checked: there is no pool without a stage
        &self.stages[last.min(step as usize)]
    }
}

fn prices_mut(kind: &mut PoolKind) -> Vec<&mut Vec<Price>> {
    match kind {
        PoolKind::Standard(stage) => vec![&mut stage.prices],
        PoolKind::StepUp { steps, .. } => steps.iter_mut().map(|step| &mut step.prices).collect(),
        PoolKind::Box { prices, .. } => vec![prices],
    }
}

#[cfg(test)]
pub(crate) mod tests;
