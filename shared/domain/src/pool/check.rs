//! What must be true of a pool's parts.

use std::collections::BTreeSet;

use super::{PoolError, PoolKind, PoolParts};
use crate::{BoxReset, PityRule, Points, PoolItem, Price, Rarity, StageParts};

/// The longest pity.
const MAX_PITY: u32 = 1_000;

/// The largest box.
const MAX_COPIES: u32 = 10_000;

/// Every rule that the parts break.
pub(super) fn check(parts: &PoolParts) -> Vec<PoolError> {
    let mut errors = Vec::new();
    if parts.closes_at.is_some_and(|closes_at| closes_at <= parts.opens_at) {
        errors.push(PoolError::ClosesBeforeItOpens);
    }
    check_items(parts, &mut errors);
    match &parts.kind {
        PoolKind::Standard(stage) => check_stage(parts, 1, stage, &mut errors),
        PoolKind::StepUp { steps, .. } => check_steps(parts, steps, &mut errors),
        PoolKind::Box { prices, reset } => check_box(parts, prices, *reset, &mut errors),
    }
    check_limits(parts, &mut errors);
    check_pity(parts, &mut errors);
    check_exchange(parts, &mut errors);
    errors
}

fn check_items(parts: &PoolParts, errors: &mut Vec<PoolError>) {
    if parts.items.is_empty() {
        errors.push(PoolError::NoItems);
    }
    let mut seen = BTreeSet::new();
    for item in &parts.items {
        if !seen.insert(&item.item_master_id) {
            errors.push(PoolError::ItemTwice(item.item_master_id.clone()));
        }
        let stages: &[StageParts] = match &parts.kind {
            PoolKind::Standard(stage) => std::slice::from_ref(stage),
            PoolKind::StepUp { steps, .. } => steps,
            PoolKind::Box { .. } => continue,
        };
        let weights = || stages.iter().flat_map(|stage| &stage.rarity_weights);
        if !weights().any(|(rarity, _)| *rarity == item.rarity) {
            errors.push(PoolError::ItemOfUnweightedRarity {
                item_master_id: item.item_master_id.clone(),
                rarity: item.rarity,
            });
        }
    }
}

fn check_steps(parts: &PoolParts, steps: &[StageParts], errors: &mut Vec<PoolError>) {
    if steps.is_empty() {
        errors.push(PoolError::NoStep);
    }
    if parts.free_daily.is_some() {
        errors.push(PoolError::FreeDailyInStepUp);
    }
    for (step, stage) in (1..).zip(steps) {
        check_stage(parts, step, stage, errors);
        if stage.prices.len() > 1 {
            errors.push(PoolError::StepWithChoice { step });
        }
    }
}

fn check_stage(parts: &PoolParts, step: usize, stage: &StageParts, errors: &mut Vec<PoolError>) {
    check_prices(parts, step, &stage.prices, errors);
    let has_items = |wanted: Rarity| parts.items.iter().any(|item| item.rarity == wanted);
    let mut seen = BTreeSet::new();
    for &(rarity, _) in &stage.rarity_weights {
        if !seen.insert(rarity) {
            errors.push(PoolError::TwoWeights { step, rarity });
        } else if !has_items(rarity) {
            errors.push(PoolError::RarityWithoutItems { step, rarity });
        }
    }
    let sum = stage.rarity_weights.iter().map(|(_, weight)| u64::from(weight.get())).sum();
    if !is_power_of_ten(sum) {
        errors.push(PoolError::WeightsDoNotAddUp { step, sum });
    }
    if let Some(guarantee) = stage.guarantee {
        if !seen.iter().any(|rarity| *rarity >= guarantee.rarity) {
            errors.push(PoolError::GuaranteeWithoutItems { step, rarity: guarantee.rarity });
        }
        if stage.prices.iter().all(|price| price.draw_count < guarantee.draw_count) {
            let draw_count = guarantee.draw_count.get();
            errors.push(PoolError::GuaranteeOutOfReach { step, draw_count });
        }
    }
}

fn is_power_of_ten(number: u64) -> bool {
    number.checked_ilog10().is_some_and(|digits| number == 10u64.pow(digits))
}

fn check_prices(parts: &PoolParts, step: usize, prices: &[Price], errors: &mut Vec<PoolError>) {
    if prices.is_empty() {
        errors.push(PoolError::NoPrice { step });
    }
    let may_be_free = matches!(parts.kind, PoolKind::StepUp { .. });
    let limits = [parts.limits.per_day, parts.limits.in_total];
    let mut seen = BTreeSet::new();
    for price in prices {
        let draw_count = price.draw_count.get();
        if !seen.insert(price.draw_count) {
            errors.push(PoolError::TwoPrices { step, draw_count });
        }
        if price.cost.amount.amount() == 0 && !may_be_free {
            errors.push(PoolError::PriceOfNothing { draw_count });
        }
        if limits.iter().flatten().any(|limit| draw_count > limit.get()) {
            errors.push(PoolError::PriceAboveLimit { draw_count });
        }
    }
}

fn check_box(parts: &PoolParts, prices: &[Price], reset: BoxReset, errors: &mut Vec<PoolError>) {
    check_prices(parts, 1, prices, errors);
    let copies: u64 = parts.items.iter().map(|item| u64::from(item.weight.get())).sum();
    if copies > u64::from(MAX_COPIES) {
        errors.push(PoolError::BoxTooLarge(MAX_COPIES));
    }
    let counts = prices.iter().map(|price| price.draw_count).chain(parts.free_daily);
    for draw_count in counts.map(|count| count.get()) {
        if u64::from(draw_count) > copies {
            errors.push(PoolError::PriceAboveBox { draw_count });
        }
    }
    if reset == BoxReset::AfterLastPickup && !parts.items.iter().any(|item| item.is_pickup) {
        errors.push(PoolError::ResetWithoutPickup);
    }
}

fn check_limits(parts: &PoolParts, errors: &mut Vec<PoolError>) {
    if let (Some(per_day), Some(in_total)) = (parts.limits.per_day, parts.limits.in_total)
        && per_day > in_total
    {
        errors.push(PoolError::DayAboveTotal);
    }
}

fn check_pity(parts: &PoolParts, errors: &mut Vec<PoolError>) {
    let Some(pity) = &parts.pity else { return };
    match parts.kind {
        PoolKind::StepUp { .. } => errors.push(PoolError::PityOutsideStandard("step-up")),
        PoolKind::Box { .. } => errors.push(PoolError::PityOutsideStandard("box")),
        PoolKind::Standard(_) => {}
    }
    let of_pity = |item: &&PoolItem| item.rarity == PityRule::RARITY;
    if !parts.items.iter().any(|item| of_pity(&item)) {
        errors.push(PoolError::PityWithoutSsr);
    }
    if pity.max_count.get() > MAX_PITY {
        errors.push(PoolError::PityTooLong(MAX_PITY));
    }
    if pity.soft.is_some_and(|soft| soft.from_count >= pity.max_count) {
        errors.push(PoolError::SoftPityTooLate);
    }
    if pity.rate_up_guarantee && !parts.items.iter().filter(of_pity).any(|item| item.is_pickup) {
        errors.push(PoolError::RateUpWithoutPickup);
    }
}

fn check_exchange(parts: &PoolParts, errors: &mut Vec<PoolError>) {
    let Some(exchange) = &parts.exchange else { return };
    if exchange.points_per_draw == Points::ZERO {
        errors.push(PoolError::NoPointsPerDraw);
    }
    if exchange.offers.is_empty() {
        errors.push(PoolError::NoOffers);
    }
    let mut seen = BTreeSet::new();
    for offer in &exchange.offers {
        if !seen.insert(&offer.item_master_id) {
            errors.push(PoolError::OfferTwice(offer.item_master_id.clone()));
        }
        if offer.points == Points::ZERO {
            errors.push(PoolError::OfferOfNothing(offer.item_master_id.clone()));
        }
    }
    let closes_first = match (exchange.closes_at, parts.closes_at) {
        (Some(exchange), Some(pool)) => exchange < pool,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if closes_first {
        errors.push(PoolError::ExchangeClosesFirst);
    }
}
