//! From seeds to numbers.

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{ClientSeed, DrawNumber, PoolRevision, RandomStream, ServerSeed, Span, UserId};

/// Keeps these streams apart from any other use of the same seed, and from
/// later versions of this algorithm.
const TAG: &[u8] = b"tenjo-draw-v2\0";

/// How many numbers a block gives.
const NUMBERS_OF_BLOCK: usize = 4;

/// The random numbers of one purchase: HMAC-SHA-256 in counter mode, under the
/// server's seed, over everything that distinguishes this purchase from any other.
///
/// Each block of 32 bytes is four numbers, most significant byte first. The
/// message's lengths are fixed but for the client seed, whose length stands
/// before it, so no two purchases have the same message.
pub struct DrawStream {
    /// Keyed, and fed with all of the message but the block's index.
    begun: Hmac<Sha256>,
    block: [u64; NUMBERS_OF_BLOCK],
    /// How many numbers of the block were read.
    read: usize,
    /// The index of the block that follows.
    next_block: u32,
}

impl DrawStream {
    /// The stream of a player's purchase in a period, from a pool as it was at its
    /// revision.
    #[must_use]
    pub fn new(
        server_seed: &ServerSeed,
        period: Span,
        revision: PoolRevision,
        user_id: UserId,
        number: DrawNumber,
        client_seed: &ClientSeed,
    ) -> Self {
        // HMAC fills a short key up with zeros to a block of its hash.
        let mut key = Key::<Hmac<Sha256>>::default();
        key[..32].copy_from_slice(server_seed.expose());
        let text = client_seed.as_str().as_bytes();
        #[expect(clippy::cast_possible_truncation, reason = "a client seed has 1 to 64 bytes")]
        let length = text.len() as u8;
        let begun = Hmac::new(&key)
            .chain_update(TAG)
            .chain_update(period.bytes())
            .chain_update(revision.0)
            .chain_update(user_id.0.as_bytes())
            .chain_update(number.get().to_be_bytes())
            .chain_update([length])
            .chain_update(text);
        Self { begun, block: [0; NUMBERS_OF_BLOCK], read: NUMBERS_OF_BLOCK, next_block: 0 }
    }

    /// Makes the block that follows. (After 2³² of them the first would come
    /// again; a purchase reads some hundreds.)
    fn turn(&mut self) {
        let index = self.next_block.to_be_bytes();
        let bytes = self.begun.clone().chain_update(index).finalize().into_bytes();
        for (number, bytes) in self.block.iter_mut().zip(bytes.as_chunks().0) {
            *number = u64::from_be_bytes(*bytes);
        }
        self.next_block = self.next_block.wrapping_add(1);
        self.read = 0;
    }
}

impl RandomStream for DrawStream {
    fn next_u64(&mut self) -> u64 {
        if self.read == NUMBERS_OF_BLOCK {
            self.turn();
        }
        let number = self.block[self.read];
        self.read += 1;
        number
    }
}

/// The stream holds the secret, so it does not print.
impl std::fmt::Debug for DrawStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DrawStream(…)")
    }
}

/// Against `docs/fairness-vectors.json`, which was not made by this code but
/// by the Python of `docs/fairness.md`.
#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use serde_json::Value;
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::{Commitment, below};

    fn vectors(name: &str) -> Vec<Value> {
        let file = include_str!("../../../../docs/fairness-vectors.json");
        let document: Value = serde_json::from_str(file).unwrap();
        let vectors = document[name].as_array().unwrap();
        assert!(!vectors.is_empty());
        vectors.clone()
    }

    fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
        vector[name].as_str().unwrap()
    }

    fn number(value: &Value) -> u64 {
        value.as_str().unwrap().parse().unwrap()
    }

    fn numbers(vector: &Value) -> Vec<u64> {
        vector["numbers"].as_array().unwrap().iter().map(number).collect()
    }

    fn bytes(vector: &Value, name: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text(vector, name), &mut bytes).unwrap();
        bytes
    }

    fn period(vector: &Value) -> Span {
        let seconds = |name: &str| text(vector, name).parse().map(Duration::seconds).unwrap();
        let starts_at = OffsetDateTime::UNIX_EPOCH + seconds("period_starts_at");
        Span { starts_at, ends_at: starts_at + seconds("period_seconds") }
    }

    fn stream(vector: &Value) -> DrawStream {
        DrawStream::new(
            &ServerSeed::new(bytes(vector, "server_seed")),
            period(vector),
            PoolRevision(bytes(vector, "pool_revision")),
            UserId(text(vector, "user_id").parse().unwrap()),
            DrawNumber::new(number(&vector["draw_number"])).unwrap(),
            &ClientSeed::new(text(vector, "client_seed")).unwrap(),
        )
    }

    #[test]
    fn the_documented_seeds_give_the_documented_numbers() {
        for vector in vectors("streams") {
            let what = text(&vector, "case");
            let commitment =
                ServerSeed::new(bytes(&vector, "server_seed")).commitment(period(&vector));
            assert_eq!(commitment, Commitment(bytes(&vector, "commitment")), "{what}");
            let mut stream = stream(&vector);
            for expected in numbers(&vector) {
                assert_eq!(stream.next_u64(), expected, "{what}");
            }
        }
    }

    #[test]
    fn whatever_differs_between_two_purchases_gives_other_numbers() {
        let mut firsts: Vec<u64> =
            vectors("streams").iter().map(|vector| stream(vector).next_u64()).collect();
        let all = firsts.len();
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), all);
    }

    #[test]
    fn the_documented_numbers_give_the_documented_integers() {
        struct Script(std::vec::IntoIter<u64>);

        impl RandomStream for Script {
            fn next_u64(&mut self) -> u64 {
                self.0.next().unwrap()
            }
        }

        for vector in vectors("integers") {
            let bound = NonZeroU64::new(number(&vector["bound"])).unwrap();
            let mut script = Script(numbers(&vector).into_iter());
            let result = below(&mut script, bound);
            let taken = numbers(&vector).len() - script.0.len();
            assert_eq!(result, number(&vector["result"]), "{vector}");
            assert_eq!(Some(taken as u64), vector["taken"].as_u64(), "{vector}");
        }
    }

    #[test]
    fn a_stream_does_not_print() {
        let printed = format!("{:?}", stream(&vectors("streams")[0]));
        assert_eq!(printed, "DrawStream(…)");
    }
}
