//! What proofs and lists say of periods, compared with each other.

use tenjo_domain::ServerSeed;
use time::OffsetDateTime;

use crate::{Period, Proof, Record, RecordPeriod, Root};

/// What a proof or a list says of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What was published before it began.
    pub period: RecordPeriod,
    /// Its seed, once it is revealed.
    pub seed: Option<String>,
    /// The root over its purchases, once it is published.
    pub root: Option<Root>,
}

impl Told {
    /// What a proof says.
    #[must_use]
    pub fn by_proof(proof: &Proof, record: &Record) -> Self {
        Self {
            period: record.period.clone(),
            seed: proof.seed.clone(),
            root: proof.inclusion.as_ref().map(|inclusion| inclusion.root.clone()),
        }
    }

    /// What a receipt says, which is signed before the seed is revealed.
    #[must_use]
    pub fn by_record(record: &Record) -> Self {
        Self { period: record.period.clone(), seed: None, root: None }
    }

    /// What a list says.
    #[must_use]
    pub fn by_list(period: Period) -> Self {
        Self { period: period.record, seed: period.seed, root: period.root }
    }

    /// Whether the seed, if it is there, is the one that was committed to.
    fn is_kept(&self) -> bool {
        let Some(seed) = &self.seed else { return true };
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed, &mut bytes).is_ok()
            && self.period.span().seconds().is_some()
            && ServerSeed::new(bytes).commitment(self.period.span()).to_string()
                == self.period.commitment
    }

    /// Whether both say the same, as far as both say it.
    fn agrees(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        self.period == other.period
            && same(self.seed.as_ref(), other.seed.as_ref())
            && same(self.root.as_ref(), other.root.as_ref())
    }
}

/// Something about a period that cannot be right.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenPeriod {
    /// The seed that was revealed is not the one that was committed to.
    #[error("the seed of the period from {0} is not the one that was committed to")]
    Seed(OffsetDateTime),
    /// It was described in two ways.
    #[error("the period from {0} was described in two ways")]
    Disagreement(OffsetDateTime),
    /// It begins before the one before it ended.
    #[error("the period from {0} begins before the one before it ends")]
    Overlap(OffsetDateTime),
}

/// Compares all that was told of periods.
#[must_use]
pub fn check_periods(told: &[Told]) -> Vec<BrokenPeriod> {
    let mut sorted: Vec<&Told> = told.iter().collect();
    sorted.sort_by_key(|told| (told.period.starts_at, told.period.ends_at));
    let mut broken: Vec<BrokenPeriod> = sorted
        .iter()
        .filter(|told| !told.is_kept())
        .map(|told| BrokenPeriod::Seed(told.period.starts_at))
        .collect();
    // Of what is said of one period, all is compared with all, because two that say
    // less than a third may agree with each other alone.
    for same in sorted.chunk_by(|one, other| one.period.starts_at == other.period.starts_at) {
        let pairs = (0..same.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
        if pairs.into_iter().any(|(one, other)| !same[one].agrees(same[other])) {
            broken.push(BrokenPeriod::Disagreement(same[0].period.starts_at));
        }
    }
    for pair in sorted.windows(2) {
        let (before, after) = (&pair[0].period, &pair[1].period);
        if before.starts_at < after.starts_at && after.starts_at < before.ends_at {
            broken.push(BrokenPeriod::Overlap(after.starts_at));
        }
    }
    broken
}
