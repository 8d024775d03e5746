//! Random numbers from the seed.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// One of many streams of the seed's numbers, so that the numbers that one player or
/// kind of fault uses do not change those of the others.
pub(crate) fn stream(seed: u64, name: &str, number: u64) -> StdRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    for (place, byte) in bytes[16..].iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    StdRng::from_seed(bytes)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn a_stream_is_the_same_every_time_and_no_two_are_alike() {
        let first = |seed, name, number| stream(seed, name, number).random::<u64>();
        assert_eq!(first(1, "player", 1), first(1, "player", 1));
        for other in [first(2, "player", 1), first(1, "fault", 1), first(1, "player", 2)] {
            assert_ne!(first(1, "player", 1), other);
        }
    }
}
