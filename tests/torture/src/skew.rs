//! Access tokens from clocks that are wrong.

use rand::RngExt;
use rand::rngs::StdRng;
use tenjo_tests::token::Forge;
use uuid::Uuid;

/// A token, and what must become of it.
pub(crate) struct Skewed {
    pub(crate) token: String,
    pub(crate) is_good: bool,
}

/// What is added to the times of issue and of expiry, in seconds, and whether
/// such a token is good. A clock may be a minute ahead. The bounds themselves
/// are left out, for a call takes its time.
const SKEWS: [(i64, i64, bool); 6] = [
    (0, 900, true),
    (30, 930, true),      // a little ahead
    (-600, 300, true),    // behind
    (300, 1200, false),   // far ahead
    (-1000, -100, false), // expired
    (-86_400, -1, false), // since a second ago
];

/// A token for a player from a clock that is wrong.
pub(crate) fn skewed(forge: &Forge, random: &mut StdRng, user_id: Uuid) -> anyhow::Result<Skewed> {
    let (issued_s, expires_s, is_good) = SKEWS[random.random_range(0..SKEWS.len())];
    let token = forge.sign(&forge.claims(user_id, issued_s, expires_s)?)?;
    Ok(Skewed { token, is_good })
}
