//! Several draws of one player, compared with each other.
//!
//! A proof shows that a draw follows from the state before it. Only its
//! predecessors show that this state is the true one.

use std::collections::BTreeMap;

use tenjo_documents::{StateDocument, from_document};
use tenjo_domain::PityState;
use uuid::Uuid;

use crate::Proof;

/// What does not fit together in proofs that are each right by themselves.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// They belong to more than one player.
    #[error("the proofs are of more than one player: {0} and {1}")]
    Players(Uuid, Uuid),
    /// Two proofs have one number.
    #[error("draw number {0} is there twice")]
    Twice(u64),
    /// Draws are not there. Their proofs may have been left out, or hidden.
    #[error("draw numbers {from} to {to} are missing")]
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// Pity before a draw is not what an earlier draw left.
    #[error("draw {number} begins with pity {begins:?}, and the one before left {left:?}")]
    Pity {
        /// Which draw.
        number: u64,
        /// What it begins with.
        begins: PityState,
        /// What was left.
        left: PityState,
    },
    /// Purchases or box before a draw are not what an earlier draw left.
    #[error("draw {number} of pool {pool_id} does not begin where the one before ended")]
    Purchases {
        /// Which draw.
        number: u64,
        /// Of which pool.
        pool_id: String,
    },
}

/// Compares checked proofs of one player with each other. Between the first and
/// the last number none may be missing. All counters must continue from draw to
/// draw, and begin at zero if the player's first draw is among them.
///
/// # Errors
/// Everything that does not fit.
pub fn check_chain(proofs: &[Proof]) -> Result<(), Vec<Break>> {
    let mut breaks = Vec::new();
    let mut sorted: Vec<&Proof> = proofs.iter().collect();
    sorted.sort_by_key(|proof| proof.draw_number);
    for pair in sorted.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        if before.user_id != after.user_id {
            breaks.push(Break::Players(before.user_id, after.user_id));
        }
        match after.draw_number - before.draw_number {
            0 => breaks.push(Break::Twice(after.draw_number)),
            1 => {}
            _ => breaks
                .push(Break::Missing { from: before.draw_number + 1, to: after.draw_number - 1 }),
        }
    }
    if breaks.is_empty() {
        check_states(&sorted, &mut breaks);
    }
    if breaks.is_empty() { Ok(()) } else { Err(breaks) }
}

fn check_states(sorted: &[&Proof], breaks: &mut Vec<Break>) {
    let mut pities: BTreeMap<String, PityState> = BTreeMap::new();
    let mut pools: BTreeMap<&str, StateDocument> = BTreeMap::new();
    // With the player's first draw, the state before it is known: a fresh one.
    let from_first = sorted.first().is_some_and(|proof| proof.draw_number == 1);
    let unknown = |begins: &StateDocument| {
        if from_first { StateDocument::default() } else { begins.clone() }
    };
    for proof in sorted {
        let number = proof.draw_number;
        let pool_id = proof.pool.pool_id.as_str();
        // A void draw changes nothing.
        let after = proof.state_after.as_ref().unwrap_or(&proof.state_before);
        let pity = |state: &StateDocument| PityState {
            count: state.pity_count,
            is_pickup_due: state.is_pickup_due,
        };
        if let Some(group) = pity_group(proof) {
            let begins = pity(&proof.state_before);
            let left = pities.insert(group, pity(after));
            let left = left.unwrap_or_else(|| pity(&unknown(&proof.state_before)));
            if left != begins {
                breaks.push(Break::Pity { number, begins, left });
            }
        }
        let left = pools.insert(pool_id, after.clone());
        let left = left.unwrap_or_else(|| unknown(&proof.state_before));
        if !same_purchases(&left, &proof.state_before) {
            breaks.push(Break::Purchases { number, pool_id: pool_id.to_owned() });
        }
    }
}

fn pity_group(proof: &Proof) -> Option<String> {
    let pool = from_document(&proof.pool.document).ok()?;
    pool.pity().map(|rule| rule.group.as_str().to_owned())
}

/// Whether two states agree in all but pity, which other pools may have moved.
fn same_purchases(left: &StateDocument, begins: &StateDocument) -> bool {
    let mut left = left.clone();
    left.pity_count = begins.pity_count;
    left.is_pickup_due = begins.is_pickup_due;
    left == *begins
}
