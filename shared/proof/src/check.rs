//! The check: everything is computed again from the seeds and the rules.

use tenjo_documents::{DocumentError, from_document, revision};
use tenjo_domain::{
    ClientSeed, Cost, DrawCount, DrawNumber, DrawStream, Gems, Invalid, Pool, PoolItem,
    PoolRevision, Quote, ServerSeed, UserId,
};

use crate::{ALGORITHM, DrawnItem, Proof};

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The seed is not revealed yet. What can be checked without it is right.
    NotRevealed,
    /// Everything is right. Of a void draw, this is what it would have been.
    Proved(Vec<DrawnItem>),
}

/// What is wrong with a proof.
#[derive(Debug, thiserror::Error)]
pub enum Disagreement {
    /// It is of a kind that this program does not know.
    #[error("the algorithm is {0}, and this checks {ALGORITHM}")]
    Algorithm(String),
    /// A value cannot be read.
    #[error("{field}: {reason}")]
    Value {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// The rules are not those of the revision.
    #[error("the SHA-256 of the pool's document is {0}, not the revision")]
    Revision(PoolRevision),
    /// The rules cannot be read.
    #[error("the pool's document: {0}")]
    Document(#[from] DocumentError),
    /// The rules are of another pool.
    #[error("the pool's document is of {0}")]
    Pool(String),
    /// The seed is not the one that was committed to.
    #[error("the SHA-256 of the seed is {0}, not the commitment")]
    Commitment(String),
    /// The rules have another price, or sell nothing to this player.
    #[error("the rules do not quote this purchase to a player in this state: {0}")]
    Purchase(String),
    /// Another item was drawn.
    #[error("draw {index} must be {drawn}, and is {claimed}")]
    Item {
        /// Which, counted from 1.
        index: usize,
        /// What the seeds give.
        drawn: String,
        /// What the proof says.
        claimed: String,
    },
    /// More or fewer items than were bought.
    #[error("{0} results are claimed for {1} draws")]
    Count(usize, usize),
    /// The state changed in another way.
    #[error("the draw leaves the player at {drawn}, not at {claimed}")]
    State {
        /// Where the draw leaves the player.
        drawn: String,
        /// What the proof says.
        claimed: String,
    },
    /// A void draw has no results, and a valid one has.
    #[error("results and state after the draw must stand there exactly if it is not void")]
    Void,
}

/// Checks a proof: the rules against their revision, the seed against its
/// commitment, the price against the rules, and every item and counter against
/// the seeds.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(proof: &Proof) -> Result<Checked, Disagreement> {
    if proof.algorithm != ALGORITHM {
        return Err(Disagreement::Algorithm(proof.algorithm.clone()));
    }
    let void = (proof.results.is_none(), proof.state_after.is_none());
    if void != (proof.is_void, proof.is_void) {
        return Err(Disagreement::Void);
    }
    let revision = revision(&proof.pool.document);
    if revision.to_string() != proof.pool.revision {
        return Err(Disagreement::Revision(revision));
    }
    let pool = from_document(&proof.pool.document)?;
    if pool.pool_id().as_str() != proof.pool.pool_id {
        return Err(Disagreement::Pool(pool.pool_id().to_string()));
    }
    let quote = check_purchase(proof, &pool)?;
    let Some(seed) = &proof.period.seed else { return Ok(Checked::NotRevealed) };
    let server_seed = ServerSeed::new(bytes("period.seed", seed)?);
    let commitment = server_seed.commitment().to_string();
    if commitment != proof.period.commitment {
        return Err(Disagreement::Commitment(commitment));
    }

    let mut stream = DrawStream::new(
        &server_seed,
        revision,
        UserId(proof.user_id),
        DrawNumber::new(proof.draw_number).map_err(value("draw_number"))?,
        &ClientSeed::new(proof.client_seed.as_str()).map_err(value("client_seed"))?,
    );
    let mut state = proof.state_before.state(&pool);
    let items = pool.draw(&mut state, &quote, &mut stream);
    let drawn: Vec<DrawnItem> = items.into_iter().map(DrawnItem::from).collect();
    if let Some(results) = &proof.results {
        check_results(&drawn, results)?;
    }
    if let Some(claimed) = &proof.state_after {
        let after = proof.state_before.after(&state, &pool, quote.draw_count);
        if after != *claimed {
            let (drawn, claimed) = (format!("{after:?}"), format!("{claimed:?}"));
            return Err(Disagreement::State { drawn, claimed });
        }
    }
    Ok(Checked::Proved(drawn))
}

/// The quote that the purchase must have been made by.
fn check_purchase(proof: &Proof, pool: &Pool) -> Result<Quote, Disagreement> {
    let purchase = &proof.purchase;
    let claimed = Quote {
        draw_count: DrawCount::new(purchase.draw_count).map_err(value("purchase.draw_count"))?,
        cost: Cost {
            currency_type: purchase.currency_type.parse().map_err(value("currency_type"))?,
            amount: Gems::new(purchase.amount).map_err(value("purchase.amount"))?,
        },
        step: purchase.step,
        is_free: purchase.is_free,
        at: purchase.quoted_at,
    };
    let state = proof.state_before.state(pool);
    match pool.quote(&state, claimed.draw_count, claimed.at) {
        Ok(quote) if quote == claimed => Ok(quote),
        other => Err(Disagreement::Purchase(format!("{other:?}"))),
    }
}

fn check_results(drawn: &[DrawnItem], claimed: &[DrawnItem]) -> Result<(), Disagreement> {
    if drawn.len() != claimed.len() {
        return Err(Disagreement::Count(claimed.len(), drawn.len()));
    }
    for (index, (drawn, claimed)) in (1..).zip(drawn.iter().zip(claimed)) {
        if drawn != claimed {
            let (drawn, claimed) = (format!("{drawn:?}"), format!("{claimed:?}"));
            return Err(Disagreement::Item { index, drawn, claimed });
        }
    }
    Ok(())
}

fn value(field: &'static str) -> impl Fn(Invalid) -> Disagreement {
    move |invalid| Disagreement::Value { field, reason: invalid.0.to_owned() }
}

fn bytes(field: &'static str, text: &str) -> Result<[u8; 32], Disagreement> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|error| Disagreement::Value { field, reason: error.to_string() })?;
    Ok(bytes)
}

impl From<&PoolItem> for DrawnItem {
    fn from(item: &PoolItem) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            rarity: item.rarity.to_string(),
            is_pickup: item.is_pickup,
        }
    }
}
