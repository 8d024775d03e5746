//! The purchases of players, compared with each other.
//!
//! A proof shows that a purchase follows from the state before it. Only its
//! predecessors show that this state is the true one.

use std::collections::BTreeMap;

use tenjo_documents::{StateDocument, from_document};
use tenjo_domain::PityState;
use uuid::Uuid;

use crate::Record;

/// What does not fit together in proofs that are each right by themselves.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// Two different proofs of a player have one number.
    #[error("draw number {0} is there twice")]
    Twice(u64),
    /// Pity before a purchase is not what an earlier one left.
    #[error("purchase {number} begins with pity {begins:?}, and the one before left {left:?}")]
    Pity {
        /// Which purchase.
        number: u64,
        /// What it begins with.
        begins: PityState,
        /// What was left.
        left: PityState,
    },
    /// Counters or box before a purchase are not what an earlier one left.
    #[error("purchase {number} from {pool_id} does not begin where the one before ended")]
    Purchases {
        /// Which purchase.
        number: u64,
        /// From which pool.
        pool_id: String,
    },
}

/// What the purchases of one player show together.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whose they are.
    pub user_id: Uuid,
    /// The numbers before the last one that were not shown, from and to.
    pub missing: Vec<(u64, u64)>,
    /// The last number that was shown.
    pub last: u64,
    /// How many were shown.
    pub shown: usize,
    /// What does not fit.
    pub breaks: Vec<Break>,
}

/// Compares checked purchases, each with the rules of its pool, by their players.
/// All counters must continue from purchase to purchase, and begin at zero. What
/// purchases that are not shown left behind is taken on trust.
#[must_use]
pub fn check_chains<'a>(purchases: impl IntoIterator<Item = (&'a Record, &'a str)>) -> Vec<Chain> {
    let mut players: BTreeMap<Uuid, Vec<(&Record, &str)>> = BTreeMap::new();
    for (record, document) in purchases {
        players.entry(record.user_id).or_default().push((record, document));
    }
    players.into_iter().map(|(user_id, purchases)| chain(user_id, purchases)).collect()
}

/// What the purchases of a player left behind so far.
#[derive(Default)]
struct Left {
    /// The last number before which some were not shown.
    gap: u64,
    pities: BTreeMap<String, (u64, PityState)>,
    pools: BTreeMap<String, (u64, StateDocument)>,
}

fn chain(user_id: Uuid, mut purchases: Vec<(&Record, &str)>) -> Chain {
    purchases.sort_by_key(|(record, _)| record.draw_number);
    purchases.dedup_by(|one, other| one.0 == other.0);
    let shown = purchases.len();
    let mut chain = Chain { user_id, missing: Vec::new(), last: 0, shown, breaks: Vec::new() };
    let mut left = Left::default();
    for (record, document) in purchases {
        let (number, next) = (record.draw_number, chain.last + 1);
        if number < next {
            chain.breaks.push(Break::Twice(number));
            continue;
        }
        if number > next {
            chain.missing.push((next, number - 1));
            left.gap = number - 1;
        }
        chain.last = number;
        left.follow(record, document, &mut chain.breaks);
    }
    chain
}

impl Left {
    fn follow(&mut self, record: &Record, document: &str, breaks: &mut Vec<Break>) {
        let (number, begins) = (record.draw_number, &record.state_before);
        // A void purchase changes nothing.
        let after = record.state_after.as_ref().unwrap_or(begins);
        if let Some(group) = pity_group(document) {
            let left = self.pities.insert(group, (number, pity(after)));
            let (at, left) = left.unwrap_or_default();
            if at >= self.gap && left != pity(begins) {
                breaks.push(Break::Pity { number, begins: pity(begins), left });
            }
        }
        let pool_id = record.pool.pool_id.clone();
        let left = self.pools.insert(pool_id.clone(), (number, after.clone()));
        let (at, left) = left.unwrap_or_default();
        if at >= self.gap && !same_purchases(&left, begins) {
            breaks.push(Break::Purchases { number, pool_id });
        }
    }
}

fn pity(state: &StateDocument) -> PityState {
    PityState { count: state.pity_count, is_pickup_due: state.is_pickup_due }
}

fn pity_group(document: &str) -> Option<String> {
    let pool = from_document(document).ok()?;
    pool.pity().map(|rule| rule.group.as_str().to_owned())
}

/// Whether two states agree in all but pity, which other pools may have moved.
fn same_purchases(left: &StateDocument, begins: &StateDocument) -> bool {
    let mut left = left.clone();
    left.pity_count = begins.pity_count;
    left.is_pickup_due = begins.is_pickup_due;
    left == *begins
}
