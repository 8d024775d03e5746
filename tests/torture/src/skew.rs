//! Access tokens from wrong clocks.

use rand::RngExt;
use rand::rngs::StdRng;
use tenjo_tests::token::Forge;
use uuid::Uuid;

/// A token, and whether it must be accepted.
pub(crate) struct Skewed {
    pub(crate) token: String,
    pub(crate) is_good: bool,
}

/// Times of issue and of expiry, in seconds from now, and whether such a token is
/// valid. A clock may be a minute ahead. The bounds themselves are left out, because
/// a call takes time.
const SKEWS: [(i64, i64, bool); 6] = [
    (0, 900, true),
    (30, 930, true),      // a little ahead
    (-600, 300, true),    // behind
    (300, 1200, false),   // far ahead
    (-1000, -100, false), // expired
    (-86_400, -1, false), // since a second ago
];

/// A token for a player's session from a wrong clock.
pub(crate) fn skewed(
    forge: &Forge,
    random: &mut StdRng,
    user_id: Uuid,
    session_id: Uuid,
) -> anyhow::Result<Skewed> {
    let (issued_s, expires_s, is_good) = SKEWS[random.random_range(0..SKEWS.len())];
    let token = forge.sign(&forge.claims(user_id, session_id, issued_s, expires_s)?)?;
    Ok(Skewed { token, is_good })
}
