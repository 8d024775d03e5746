//! Seals: they show that a step wrote the row that the next step finds.
//!
//! All steps, and the function that opens sagas, write to one table, and TiDB grants
//! rights on whole tables. So a database user alone could give a saga a status that
//! its step never set, and results that nobody drew. A seal is an HMAC-SHA-256 of what
//! the next step relies on. Reserve seals what it charged for, and Draw checks that;
//! Draw seals what it drew, and Grant checks that. Nobody else has either key.

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use tenjo_documents::StateDocument;
use tenjo_domain::{ClientSeed, DrawNumber, Invalid, Quote, SagaStatus, UsedClientSeed};
use tenjo_saga::{DrawRecord, Saga, SagaPity, SagaPoints};
use time::OffsetDateTime;

use super::row::ResultDocument;
use crate::{BrokenInvariant, corrupt};

/// The key of a seal: one secret, or two while one replaces the other. It does not
/// print.
#[derive(Clone)]
pub struct SealKey(Vec<Hmac<Sha256>>);

impl SealKey {
    /// Reads one or two secrets with a comma between. The first one seals, and both
    /// are accepted.
    ///
    /// # Errors
    /// When there are more, or one has less than 32 bytes.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        const SHAPE: Invalid =
            Invalid("must be one or two secrets of 32 bytes or more, with a comma between");
        let secrets: Vec<&str> = text.split(',').collect();
        if secrets.len() > 2 || secrets.iter().any(|secret| secret.len() < 32) {
            return Err(SHAPE);
        }
        let keys = secrets.into_iter().map(|secret| Hmac::new_from_slice(secret.as_bytes()));
        Ok(Self(keys.collect::<Result<_, _>>().map_err(|_| SHAPE)?))
    }

    fn seal(&self, message: &[u8]) -> Option<[u8; 32]> {
        let key = self.0.first()?;
        Some(key.clone().chain_update(message).finalize().into_bytes().into())
    }

    fn accepts(&self, message: &[u8], seal: &[u8]) -> bool {
        self.0.iter().any(|key| key.clone().chain_update(message).verify_slice(seal).is_ok())
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// The keys that a step has.
#[derive(Debug, Clone, Default)]
pub struct SealKeys {
    /// Reserve seals with it, and Draw checks.
    pub reserve: Option<SealKey>,
    /// Draw seals with it, and Grant checks.
    pub draw: Option<SealKey>,
}

/// The seals that a row has.
pub(super) struct Seals {
    pub(super) reserve: Option<Vec<u8>>,
    pub(super) draw: Option<Vec<u8>>,
}

impl SealKeys {
    /// Checks the seal of the status that a saga has, if there is a key for it.
    pub(super) fn check(&self, saga: &Saga, seals: &Seals) -> sqlx::Result<()> {
        let (key, seal, message) = match (saga.status, &saga.draw, &self.reserve, &self.draw) {
            (SagaStatus::CurrencyReserved, _, Some(key), _) => {
                (key, &seals.reserve, reserved(saga)?)
            }
            (SagaStatus::DrawCompleted, Some(draw), _, Some(key)) => {
                (key, &seals.draw, drawn(saga, draw)?)
            }
            // There is no key. Or the status is final, or no step acts in it on a row's
            // word.
            _ => return Ok(()),
        };
        match seal {
            Some(seal) if key.accepts(&message, seal) => Ok(()),
            _ => Err(BrokenInvariant::NoSeal { saga_id: saga.saga_id, status: saga.status }.into()),
        }
    }

    pub(super) fn of_reserve(&self, saga: &Saga) -> sqlx::Result<Option<[u8; 32]>> {
        let Some(key) = &self.reserve else { return Ok(None) };
        Ok(key.seal(&reserved(saga)?))
    }

    pub(super) fn of_draw(&self, saga: &Saga, draw: &DrawRecord) -> sqlx::Result<Option<[u8; 32]>> {
        let Some(key) = &self.draw else { return Ok(None) };
        Ok(key.seal(&drawn(saga, draw)?))
    }
}

/// What a seal is over: everything in the row that a step after it relies on.
#[derive(Serialize)]
struct Sealed<'a> {
    what: &'static str,
    saga_id: uuid::Uuid,
    user_id: uuid::Uuid,
    pool_id: &'a str,
    pool_revision: [u8; 32],
    pity: Option<(&'a str, u32, bool)>,
    points: Option<(&'a str, u64)>,
    draw_count: u32,
    cost: (&'static str, u64),
    step: u32,
    is_free: bool,
    quoted_at_us: i128,
    before: &'a StateDocument,
    client_seed: Option<&'a str>,
    expected_draw_number: Option<u64>,
    draw: Option<SealedDraw<'a>>,
}

#[derive(Serialize)]
struct SealedDraw<'a> {
    number: u64,
    client_seed: SealedClientSeed<'a>,
    period_id: uuid::Uuid,
    after: &'a StateDocument,
    results: Vec<ResultDocument>,
    salt: [u8; 16],
}

#[derive(Serialize)]
struct SealedClientSeed<'a> {
    client_seed: &'a str,
    origin: &'static str,
    set_at_us: Option<i128>,
}

fn microseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1000
}

fn reserved(saga: &Saga) -> sqlx::Result<Vec<u8>> {
    message("reserved", saga, None)
}

fn drawn(saga: &Saga, draw: &DrawRecord) -> sqlx::Result<Vec<u8>> {
    // Without `..`: a new field must be sealed too.
    let DrawRecord { number, client_seed, period_id, after, results, salt } = draw;
    let UsedClientSeed { client_seed, origin, set_at } = client_seed;
    let draw = SealedDraw {
        number: number.get(),
        client_seed: SealedClientSeed {
            client_seed: client_seed.as_str(),
            origin: origin.as_str(),
            set_at_us: set_at.map(microseconds),
        },
        period_id: period_id.0,
        after,
        results: results.iter().map(ResultDocument::from).collect(),
        salt: salt.0,
    };
    message("drawn", saga, Some(draw))
}

fn message(what: &'static str, saga: &Saga, draw: Option<SealedDraw<'_>>) -> sqlx::Result<Vec<u8>> {
    let Quote { draw_count, cost, step, is_free, at } = saga.quote;
    let pity = saga.pity.as_ref().map(|SagaPity { group, max_count, rate_up_guarantee }| {
        (group.as_str(), *max_count, *rate_up_guarantee)
    });
    let points =
        saga.points.as_ref().map(|SagaPoints { group, amount }| (group.as_str(), amount.amount()));
    let sealed = Sealed {
        what,
        saga_id: saga.saga_id.0,
        user_id: saga.user_id.0,
        pool_id: saga.pool_id.as_str(),
        pool_revision: saga.pool_revision.0,
        pity,
        points,
        draw_count: draw_count.get(),
        cost: (cost.currency_type.as_str(), cost.amount.amount()),
        step,
        is_free,
        quoted_at_us: microseconds(at),
        before: &saga.before,
        client_seed: saga.client_seed.as_ref().map(ClientSeed::as_str),
        expected_draw_number: saga.expected_draw_number.map(DrawNumber::get),
        draw,
    };
    serde_json::to_vec(&sealed).map_err(corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_replaced_is_still_accepted_and_the_new_one_seals() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let of = |text: &str| SealKey::read(text).unwrap();
        let both = of(&format!("{new},{old}"));
        let seal = of(&old).seal(b"a draw").unwrap();
        assert!(both.accepts(b"a draw", &seal));
        assert!(!both.accepts(b"another draw", &seal));
        assert!(!of(&new).accepts(b"a draw", &seal));
        assert_eq!(both.seal(b"a draw"), of(&new).seal(b"a draw"));
        assert!(!both.accepts(b"a draw", b""));
    }

    #[test]
    fn a_key_is_one_or_two_long_secrets_and_does_not_print() {
        let long = "k".repeat(32);
        for text in ["", "short", &format!("{long},short"), &format!("{long},{long},{long}")] {
            assert!(SealKey::read(text).is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", SealKey::read(&long).unwrap()), "SealKey(…)");
    }
}
