//! Where the randomness of draws comes from.

use rand::Rng;
use rand::rngs::ThreadRng;
use tenjo_domain::RandomStream;

/// The thread's generator: cryptographic, seeded by the operating system.
pub(crate) struct SystemRandom(ThreadRng);

impl SystemRandom {
    pub(crate) fn new() -> Self {
        Self(rand::rng())
    }
}

impl RandomStream for SystemRandom {
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}
