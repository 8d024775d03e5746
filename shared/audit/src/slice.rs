//! Slices of the players, which are checked one after another.

use std::time::Duration;

use uuid::Uuid;

use crate::Conn;

/// The smallest and the largest slice, in players.
const SIZES: (u32, u32) = (1, 1000);

/// The time that a slice should take at most.
const TARGET: Duration = Duration::from_secs(1);

/// The players from one id to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Players {
    /// The first id.
    pub first: Uuid,
    /// The last id.
    pub last: Uuid,
}

/// A range of players to check at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The range of ids. Slices leave no id out, so that rows of players who do not
    /// exist are found too.
    pub players: Players,
    /// How many players exist in it.
    pub count: u32,
    /// Where the next slice begins; `None` if this is the last one.
    pub next: Option<Uuid>,
}

impl Players {
    /// One player.
    #[must_use]
    pub const fn one(user_id: Uuid) -> Self {
        Self { first: user_id, last: user_id }
    }
}

impl Slice {
    /// The slice of `size` players that begins at an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn from(conn: &mut Conn, first: Uuid, size: u32) -> sqlx::Result<Self> {
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(
            "select user_id from game_user.users where user_id >= ? order by user_id limit ?",
        )
        .bind(first.as_bytes().as_slice())
        .bind(size)
        .fetch_all(conn)
        .await?;
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let last = ids.last().filter(|_| count == size);
        let last = last.map(|id| Uuid::from_slice(id)).transpose();
        let last = last.map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self::up_to(first, last, count))
    }

    /// The slice from `first` to `last`, or to the greatest id there can be.
    fn up_to(first: Uuid, last: Option<Uuid>, count: u32) -> Self {
        let last = last.unwrap_or(Uuid::max());
        let next = last.as_u128().checked_add(1).map(Uuid::from_u128);
        Self { players: Players { first, last }, count, next }
    }
}

/// How many players the next slice should have, after one of `size` players took
/// this long.
#[must_use]
pub fn next_size(size: u32, took: Duration) -> u32 {
    let next = if took > TARGET {
        size / 2
    } else if took < TARGET / 4 {
        size.saturating_mul(2)
    } else {
        size
    };
    next.clamp(SIZES.0, SIZES.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_one_another_and_leave_no_id_out() {
        let (first, middle) = (Uuid::nil(), Uuid::from_u128(7));
        let slice = Slice::up_to(first, Some(middle), 3);
        assert_eq!(slice.players, Players { first, last: middle });
        assert_eq!(slice.next, Some(Uuid::from_u128(8)));
        let slice = Slice::up_to(Uuid::from_u128(8), None, 1);
        assert_eq!((slice.players.last, slice.next), (Uuid::max(), None));
    }

    #[test]
    fn slices_shrink_when_they_are_slow_and_grow_when_they_are_fast() {
        for (size, took_ms, expected) in [
            (100, 100, 200),
            (100, 500, 100),
            (100, 1001, 50),
            (1, 60_000, 1),  // a player with a long history
            (1000, 1, 1000), // never more
            (0, 500, 1),
        ] {
            assert_eq!(next_size(size, Duration::from_millis(took_ms)), expected, "{size}");
        }
    }
}
