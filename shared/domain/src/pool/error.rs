//! Why parts do not make a pool.

use crate::{ItemMasterId, Rarity};

/// A rule that the parts of a pool break. `step` counts from 1, and is 1 in a
/// pool without steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The dates are the wrong way round.
    #[error("closes_at is not after opens_at")]
    ClosesBeforeItOpens,
    /// A step-up has no steps.
    #[error("a step-up needs steps")]
    NoStep,
    /// Nothing is for sale.
    #[error("step {step}: no price")]
    NoPrice {
        /// Where.
        step: usize,
    },
    /// A step is one purchase, so it has one price.
    #[error("step {step} of a step-up must have exactly one price")]
    StepWithChoice {
        /// Where.
        step: usize,
    },
    /// A draw count is sold twice.
    #[error("step {step}: draw_count {draw_count} has two prices")]
    TwoPrices {
        /// Where.
        step: usize,
        /// Which draw count.
        draw_count: u32,
    },
    /// Only a step of a step-up, and the free daily draw, may cost nothing.
    #[error("draw_count {draw_count} costs nothing; only a step or free_daily may")]
    PriceOfNothing {
        /// Which draw count.
        draw_count: u32,
    },
    /// A price that no player could ever pay.
    #[error("draw_count {draw_count} is more than the limits allow")]
    PriceAboveLimit {
        /// Which draw count.
        draw_count: u32,
    },
    /// A box sells more at once than it holds.
    #[error("draw_count {draw_count} is more than the box holds")]
    PriceAboveBox {
        /// Which draw count.
        draw_count: u32,
    },
    /// A daily limit above the total limit has no effect.
    #[error("limits: per_day is more than in_total")]
    DayAboveTotal,
    /// Exact odds are computed copy by copy, so a box has a limit.
    #[error("a box holds at most {0} copies")]
    BoxTooLarge(u32),
    /// Nothing can be drawn.
    #[error("no items")]
    NoItems,
    /// A rarity is weighed twice.
    #[error("step {step}: rarity {rarity} has two weights")]
    TwoWeights {
        /// Where.
        step: usize,
        /// Which rarity.
        rarity: Rarity,
    },
    /// A typing error in weights nearly always changes their sum; so it must be
    /// one that makes each weight a plain decimal percentage.
    #[error("step {step}: the rarity weights add up to {sum}, not to 100 or another power of ten")]
    WeightsDoNotAddUp {
        /// Where.
        step: usize,
        /// What they add up to.
        sum: u64,
    },
    /// A rarity can come up, but nothing is in it.
    #[error("step {step}: rarity {rarity} has a weight but no items")]
    RarityWithoutItems {
        /// Where.
        step: usize,
        /// Which rarity.
        rarity: Rarity,
    },
    /// An item can never come up.
    #[error("item {item_master_id} has rarity {rarity}, which has no weight")]
    ItemOfUnweightedRarity {
        /// Which item.
        item_master_id: ItemMasterId,
        /// Its rarity.
        rarity: Rarity,
    },
    /// An item is listed twice.
    #[error("item {0} is listed twice")]
    ItemTwice(ItemMasterId),
    /// Nothing in the stage is rare enough.
    #[error("step {step}: the guarantee promises {rarity} or better, and there is none")]
    GuaranteeWithoutItems {
        /// Where.
        step: usize,
        /// What is promised.
        rarity: Rarity,
    },
    /// No purchase is long enough to earn it.
    #[error("step {step}: no price has the {draw_count} draws that the guarantee counts")]
    GuaranteeOutOfReach {
        /// Where.
        step: usize,
        /// How many draws it counts.
        draw_count: u32,
    },
    /// Steps and boxes have odds that a shared counter would contradict.
    #[error("a {0} has no pity; it makes its promises by its steps or its contents")]
    PityOutsideStandard(&'static str),
    /// Pity promises an SSR that the pool does not have.
    #[error("pity promises an SSR, and the pool has none")]
    PityWithoutSsr,
    /// Exact odds are computed draw by draw, so pity has a limit.
    #[error("pity: max_count is above {0}")]
    PityTooLong(u32),
    /// It would never begin.
    #[error("pity: soft.from_count is not below max_count")]
    SoftPityTooLate,
    /// The next SSR cannot be a pickup.
    #[error("pity: rate_up_guarantee promises a pickup SSR, and the pool has none")]
    RateUpWithoutPickup,
    /// It would never be filled again.
    #[error("box: reset after_last_pickup needs a pickup")]
    ResetWithoutPickup,
    /// A step-up has its own prices.
    #[error("a step-up has no free daily draw; let a step cost nothing")]
    FreeDailyInStepUp,
    /// A rule for points that gives none.
    #[error("exchange: points_per_draw is 0")]
    NoPointsPerDraw,
    /// An item for nothing, as often as a player likes.
    #[error("exchange: item {0} costs 0 points")]
    OfferOfNothing(ItemMasterId),
    /// Points buy nothing.
    #[error("exchange: no offers")]
    NoOffers,
    /// An item is offered twice.
    #[error("exchange: item {0} is offered twice")]
    OfferTwice(ItemMasterId),
    /// Points would be worth nothing while they are sold.
    #[error("exchange: closes_at is before the pool's own")]
    ExchangeClosesFirst,
    /// The exact odds would not fit JSON numbers.
    #[error("the weights have no common denominator below 2^53; choose rounder ones")]
    OddsTooFine,
}
