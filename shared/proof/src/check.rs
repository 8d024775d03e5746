//! The check of a proof: everything is computed again from the seeds and the rules.

use tenjo_documents::{DocumentError, from_document, revision};
use tenjo_domain::{
    ClientSeed, ClientSeedOrigin, Cost, CurrencyType, DrawCount, DrawNumber, DrawStream, Gems,
    Invalid, Payment, Pool, PoolRevision, Quote, ServerSeed, Span, UserId,
};

use crate::{ALGORITHM, DrawnItem, Proof, PurchasePoints, Record, leaf};

/// A proof that is right as far as it can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What the server says of the purchase.
    pub record: Record,
    /// What follows from the seed; none before it is revealed. Of a void purchase, this
    /// is what it would have been.
    pub drawn: Option<Vec<DrawnItem>>,
    /// What the proof leaves open.
    pub doubts: Vec<Doubt>,
}

/// What a proof leaves open, although nothing in it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The player never set a seed.
    #[error("the client seed is the player's id, which the server always knew")]
    DefaultClientSeed,
    /// The player's seed is older than the commitment.
    #[error(
        "the client seed was set before the commitment was published, \
         so the server could know it when it chose its seed"
    )]
    EarlyClientSeed,
    /// The commitment was published while its period ran.
    #[error("the commitment was published only after its period had begun")]
    LateCommitment,
    /// The seed is revealed, and the proof does not say where the purchase is counted.
    #[error("the proof does not show the purchase among those of its period")]
    NotCounted,
}

/// What is wrong with a proof.
#[derive(Debug, thiserror::Error)]
pub enum Disagreement {
    /// The record cannot be read.
    #[error("the record: {0}")]
    Record(#[from] serde_json::Error),
    /// It is of a kind that this program does not know.
    #[error("the algorithm is {0}, and this checks {ALGORITHM}")]
    Algorithm(String),
    /// A value cannot be read, or cannot be right.
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
    /// The seed and the period are not what was committed to.
    #[error("the seed and the period have the hash {0}, not the commitment")]
    Commitment(String),
    /// The purchase was quoted for another time than its period.
    #[error("the purchase was quoted outside its period")]
    Quoted,
    /// The rules have another price, or sell nothing to this player.
    #[error("the rules do not quote this purchase to a player in this state: {0}")]
    Purchase(String),
    /// More, less or something else was taken than the price.
    #[error("what was taken is not the price")]
    Breakdown,
    /// The rules give other points.
    #[error("the rules give the points {0}")]
    Points(String),
    /// Another item was drawn.
    #[error("draw {index} must be {drawn}, and is {claimed}")]
    Item {
        /// Which, counted from 1.
        index: usize,
        /// What the seeds give.
        drawn: String,
        /// What the record says.
        claimed: String,
    },
    /// More or fewer items than were bought.
    #[error("{0} results are claimed for {1} draws")]
    Count(usize, usize),
    /// The state changed in another way.
    #[error("the purchase leaves the player at {drawn}, not at {claimed}")]
    State {
        /// Where the purchase leaves the player.
        drawn: String,
        /// What the record says.
        claimed: String,
    },
    /// A void purchase has no results, and a valid one has.
    #[error("results and state after the purchase must be there exactly if it is not void")]
    Void,
    /// The way from the record does not lead to the root.
    #[error("the purchase is not under the root of its period, or not in its totals")]
    Inclusion,
}

/// Checks a proof: the rules against their revision, the seed and the period against
/// the commitment, the price against the rules, and every item and counter against
/// the seeds.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(proof: &Proof) -> Result<Checked, Disagreement> {
    let record: Record = serde_json::from_str(&proof.record)?;
    if record.algorithm != ALGORITHM {
        return Err(Disagreement::Algorithm(record.algorithm));
    }
    let void = (record.results.is_none(), record.state_after.is_none());
    if void != (record.is_void, record.is_void) {
        return Err(Disagreement::Void);
    }
    let revision = revision(&proof.pool_document);
    if revision.to_string() != record.pool.revision {
        return Err(Disagreement::Revision(revision));
    }
    let pool = from_document(&proof.pool_document)?;
    if pool.pool_id().as_str() != record.pool.pool_id {
        return Err(Disagreement::Pool(pool.pool_id().to_string()));
    }
    let span = check_period(&record)?;
    check_client_seed(&record, span)?;
    let quote = check_purchase(&record, &pool)?;
    let number = DrawNumber::new(record.draw_number).map_err(value("draw_number"))?;
    if let Some(inclusion) = &proof.inclusion {
        let leaf = leaf(&record, &proof.record).map_err(value("results"))?;
        if proof.seed.is_none() || !inclusion.holds(leaf).map_err(value("inclusion"))? {
            return Err(Disagreement::Inclusion);
        }
    }
    let Some(seed) = &proof.seed else { return Ok(checked(record, None, false)) };
    let server_seed = ServerSeed::new(bytes("seed", seed)?);
    let commitment = server_seed.commitment(span).to_string();
    if commitment != record.period.commitment {
        return Err(Disagreement::Commitment(commitment));
    }
    let client_seed = client_seed(&record)?;
    let user_id = UserId(record.user_id);
    let mut stream = DrawStream::new(&server_seed, span, revision, user_id, number, &client_seed);
    let drawn = draw_again(&record, &pool, &quote, &mut stream)?;
    Ok(checked(record, Some(drawn), proof.inclusion.is_some()))
}

fn checked(record: Record, drawn: Option<Vec<DrawnItem>>, is_counted: bool) -> Checked {
    let period = &record.period;
    let doubts = [
        (record.client_seed_set_at.is_none(), Doubt::DefaultClientSeed),
        (
            record.client_seed_set_at.is_some_and(|set_at| set_at < period.published_at),
            Doubt::EarlyClientSeed,
        ),
        (period.published_at >= period.starts_at, Doubt::LateCommitment),
        (drawn.is_some() && !is_counted, Doubt::NotCounted),
    ];
    let doubts = doubts.into_iter().filter(|(is_open, _)| *is_open).map(|(_, doubt)| doubt);
    let doubts = doubts.collect();
    Checked { record, drawn, doubts }
}

/// The period, if it is one and the quote lies in it.
fn check_period(record: &Record) -> Result<Span, Disagreement> {
    let period = &record.period;
    let span = period.span();
    if span.seconds().is_none() {
        let reason = "must begin and end on whole seconds".to_owned();
        return Err(Disagreement::Value { field: "period", reason });
    }
    if !span.admits_quote(record.purchase.quoted_at) {
        return Err(Disagreement::Quoted);
    }
    Ok(span)
}

/// Where the client seed is said to come from, and when, must fit.
fn check_client_seed(record: &Record, span: Span) -> Result<(), Disagreement> {
    let origin = record.client_seed_origin.parse().map_err(value("client_seed_origin"))?;
    let set_at = record.client_seed_set_at;
    let fits = match origin {
        ClientSeedOrigin::Draw => set_at == Some(record.purchase.quoted_at),
        ClientSeedOrigin::Player => set_at.is_some_and(|at| at < span.ends_at),
        ClientSeedOrigin::Default => {
            let default = ClientSeed::default_for(UserId(record.user_id));
            set_at.is_none() && record.client_seed == default.as_str()
        }
    };
    let reason = "does not fit its origin";
    if fits { Ok(()) } else { Err(value("client_seed_set_at")(Invalid(reason))) }
}

fn client_seed(record: &Record) -> Result<ClientSeed, Disagreement> {
    ClientSeed::new(record.client_seed.as_str()).map_err(value("client_seed"))
}

/// The quote that the purchase must have been made by.
fn check_purchase(record: &Record, pool: &Pool) -> Result<Quote, Disagreement> {
    let purchase = &record.purchase;
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
    if pool.pity().is_none()
        && (record.state_before.pity_count, record.state_before.is_pickup_due) != (0, false)
    {
        let reason = "has pity, and the pool has none";
        return Err(value("state_before")(Invalid(reason)));
    }
    if record.state_before.drawn_copies.values().any(|copies| *copies == 0) {
        return Err(value("state_before")(Invalid("names copies of which none is gone")));
    }
    let state = record.state_before.state(pool);
    let quote = match pool.quote(&state, claimed.draw_count, claimed.at) {
        Ok(quote) if quote == claimed => quote,
        other => return Err(Disagreement::Purchase(format!("{other:?}"))),
    };
    check_breakdown(record, quote.cost)?;
    let points = pool.exchange().filter(|_| !record.is_void).map(|rule| PurchasePoints {
        point_group: rule.group.as_str().to_owned(),
        amount: rule.points_for(quote.draw_count).amount(),
    });
    if points != purchase.points {
        return Err(Disagreement::Points(format!("{points:?}")));
    }
    Ok(quote)
}

/// What was taken adds up to the cost, in gems that may pay it, free ones first.
fn check_breakdown(record: &Record, cost: Cost) -> Result<(), Disagreement> {
    let parts = &record.purchase.breakdown;
    let kinds = parts.iter().map(|part| part.currency_type.parse::<CurrencyType>());
    let kinds: Vec<_> = kinds.collect::<Result<_, _>>().map_err(value("purchase.breakdown"))?;
    let may_be: &[CurrencyType] = match cost.currency_type {
        Payment::FreeGem => &[CurrencyType::FreeGem],
        Payment::PaidGem => &[CurrencyType::PaidGem],
        Payment::AnyGem => &[CurrencyType::FreeGem, CurrencyType::PaidGem],
    };
    let sum = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.amount));
    let fits = sum == Some(cost.amount.amount())
        && parts.iter().all(|part| part.amount > 0)
        && kinds.iter().all(|kind| may_be.contains(kind))
        && kinds.is_sorted_by(|before, after| before < after);
    if fits { Ok(()) } else { Err(Disagreement::Breakdown) }
}

/// What the purchase draws, if that is what the record says.
fn draw_again(
    record: &Record,
    pool: &Pool,
    quote: &Quote,
    stream: &mut DrawStream,
) -> Result<Vec<DrawnItem>, Disagreement> {
    let mut state = record.state_before.state(pool);
    let items = pool.draw(&mut state, quote, stream);
    let drawn: Vec<DrawnItem> = items.into_iter().map(DrawnItem::from).collect();
    if let Some(results) = &record.results {
        check_results(&drawn, results)?;
    }
    if let Some(claimed) = &record.state_after {
        let after = record.state_before.after(&state, pool, quote.draw_count);
        if after != *claimed {
            let (drawn, claimed) = (format!("{after:?}"), format!("{claimed:?}"));
            return Err(Disagreement::State { drawn, claimed });
        }
    }
    Ok(drawn)
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
