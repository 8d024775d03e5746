//! Challenges that attested devices have answered.

use time::OffsetDateTime;

use crate::Conn;
use crate::error::unless_duplicate;

/// Remembers that a challenge was answered; `false` if it was before. If the transaction is
/// rolled back, it was not.
///
/// # Errors
/// When the database fails.
pub async fn use_challenge(
    conn: &mut Conn,
    challenge_hash: [u8; 32],
    expires_at: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_user.used_challenges (challenge_hash, expires_at) values (?, ?)",
        challenge_hash.as_slice(),
        expires_at,
    )
    .execute(conn)
    .await;
    unless_duplicate(done)
}
