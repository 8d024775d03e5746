//! How many guests a network makes.

use tenjo_domain::Most;

use crate::Conn;

/// A keyed hash of a network address, because an address tells where a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkHash(pub [u8; 32]);

/// Counts a new guest of a network in the hour that runs; `false` if the hour is full.
/// The caller then rolls back, and nothing is counted.
///
/// The row stays locked until the transaction ends, so the guests of a network are
/// counted one after another. The hour is the database's, and only moves forward.
///
/// # Errors
/// When the database fails.
pub async fn admit(
    conn: &mut Conn,
    network: NetworkHash,
    most_per_hour: Most,
) -> sqlx::Result<bool> {
    // `last_insert_id` brings the count back with the answer to this statement.
    let done = sqlx::query!(
        "insert into game_user.network_hours (network_hash, hour_number, guest_count)
         values (?, unix_timestamp() div 3600, last_insert_id(1))
         on duplicate key update
           guest_count = last_insert_id(
             if(hour_number < values(hour_number), 1, guest_count + 1)),
           hour_number = greatest(hour_number, values(hour_number))",
        network.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(most_per_hour.allows(done.last_insert_id()))
}
