//! Which line of a pool's file each broken rule is about.

use std::collections::HashMap;

use tenjo_domain::PoolError;

use crate::Report;
use crate::node::{Node, Value};

/// Reports every broken rule at the line that it is about.
pub(crate) fn report_errors(root: &Node, errors: &[PoolError], report: &Report<'_>) {
    let has_steps = root.get("step_up").is_some();
    let mut told = HashMap::<String, usize>::new();
    for error in errors {
        let reason = error.to_string();
        let lines = lines_of(root, error);
        // The same error again is about the next line that it can be about.
        let times = told.entry(reason.clone()).or_default();
        let line = lines.get(*times).or(lines.last()).copied().unwrap_or(root.line);
        *times += 1;
        let reason = if has_steps { &reason } else { reason.trim_start_matches("step 1: ") };
        report.add(line, reason);
    }
}

/// The lines that an error may be about, in the order in which it is found.
fn lines_of(root: &Node, error: &PoolError) -> Vec<u64> {
    let field = |path: &[&str]| vec![line_of(root, path)];
    let in_stage = |step: usize, path: &[&str]| {
        let stage = stage(root, step).unwrap_or(root);
        vec![line_of(stage, path)]
    };
    match error {
        PoolError::ClosesBeforeItOpens => field(&["closes_at"]),
        PoolError::NoStep => field(&["step_up", "steps"]),
        PoolError::NoPrice { step } | PoolError::StepWithChoice { step } => {
            in_stage(*step, &["prices"])
        }
        PoolError::TwoPrices { draw_count, .. } => again(prices(root, *draw_count)),
        PoolError::PriceOfNothing { draw_count } | PoolError::PriceAboveLimit { draw_count } => {
            prices(root, *draw_count)
        }
        PoolError::PriceAboveBox { draw_count } => {
            let mut lines = prices(root, *draw_count);
            lines.extend(field(&["free_daily", "draw_count"]));
            lines
        }
        PoolError::DayAboveTotal => field(&["limits", "per_day"]),
        PoolError::NoItems | PoolError::OddsTooFine | PoolError::BoxTooLarge(_) => {
            field(&["items"])
        }
        PoolError::TwoWeights { step, rarity } | PoolError::RarityWithoutItems { step, rarity } => {
            in_stage(*step, &["rarity_weights", rarity.as_str()])
        }
        PoolError::WeightsDoNotAddUp { step, .. } => in_stage(*step, &["rarity_weights"]),
        PoolError::ItemOfUnweightedRarity { item_master_id, .. } => {
            elements(root, &["items"], "item_master_id", item_master_id.as_str())
        }
        PoolError::ItemTwice(item) => {
            again(elements(root, &["items"], "item_master_id", item.as_str()))
        }
        PoolError::GuaranteeWithoutItems { step, .. } => in_stage(*step, &["guarantee", "rarity"]),
        PoolError::GuaranteeOutOfReach { step, .. } => {
            in_stage(*step, &["guarantee", "draw_count"])
        }
        PoolError::PityOutsideStandard(_) | PoolError::PityWithoutSsr => field(&["pity"]),
        PoolError::PityTooLong(_) => field(&["pity", "max_count"]),
        PoolError::SoftPityTooLate => field(&["pity", "soft", "from_count"]),
        PoolError::RateUpWithoutPickup => field(&["pity", "rate_up_guarantee"]),
        PoolError::ResetWithoutPickup => field(&["box", "reset"]),
        PoolError::FreeDailyInStepUp => field(&["free_daily"]),
        PoolError::NoPointsPerDraw => field(&["exchange", "points_per_draw"]),
        PoolError::NoOffers => field(&["exchange", "offers"]),
        PoolError::OfferOfNothing(item) => {
            elements(root, &["exchange", "offers"], "item_master_id", item.as_str())
        }
        PoolError::OfferTwice(item) => {
            again(elements(root, &["exchange", "offers"], "item_master_id", item.as_str()))
        }
        PoolError::ExchangeClosesFirst => field(&["exchange", "closes_at"]),
    }
}

/// The line of the field at the end of a path, or of the last one on the way
/// that is there.
fn line_of(from: &Node, path: &[&str]) -> u64 {
    let mut line = from.line;
    let mut node = from;
    for name in path {
        let Some(field) = node.get(name) else { break };
        line = field.line;
        node = &field.node;
    }
    line
}

fn find<'a>(from: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(from, |node, name| node.get(name).map(|field| &field.node))
}

/// The steps of a step-up; of any other pool, none.
fn steps(root: &Node) -> &[Node] {
    find(root, &["step_up", "steps"]).map_or(&[], Node::list)
}

/// What holds the fields of a step, which is the pool itself if it has none.
fn stage(root: &Node, step: usize) -> Option<&Node> {
    if root.get("step_up").is_some() { steps(root).get(step.checked_sub(1)?) } else { Some(root) }
}

/// The lines of all prices for a number of draws.
fn prices(root: &Node, draw_count: u32) -> Vec<u64> {
    let of_steps = steps(root).iter().filter_map(|step| find(step, &["price"]));
    let of_pool = find(root, &["prices"]).map_or(&[][..], Node::list);
    of_pool
        .iter()
        .chain(of_steps)
        .filter(|price| has(price, "draw_count", |value| is_whole(value, draw_count)))
        .map(|price| price.line)
        .collect()
}

/// The lines of the elements of a list that have this text in a field.
fn elements(root: &Node, path: &[&str], name: &str, text: &str) -> Vec<u64> {
    find(root, path)
        .map_or(&[][..], Node::list)
        .iter()
        .filter(|node| has(node, name, |value| matches!(value, Value::Text(is) if is == text)))
        .map(|node| node.line)
        .collect()
}

/// Without the first, which is where there is nothing wrong yet.
fn again(lines: Vec<u64>) -> Vec<u64> {
    if lines.len() > 1 { lines[1..].to_vec() } else { lines }
}

fn has(node: &Node, name: &str, is: impl Fn(&Value) -> bool) -> bool {
    node.get(name).is_some_and(|field| is(&field.node.value))
}

fn is_whole(value: &Value, number: u32) -> bool {
    matches!(value, Value::Whole(is) if *is == u64::from(number))
}
