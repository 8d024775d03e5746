//! How much a network does: guests that it makes, transfer codes that it tries, and
//! attestations that it has checked.

use tenjo_domain::{Most, NetworkAct};

use crate::Conn;

/// A keyed hash of a network address, because an address tells where a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkHash(pub [u8; 32]);

/// Counts an act of a network in the hour that runs; `false` if the hour is full. If the
/// caller then rolls back, nothing is counted.
///
/// The row stays locked until the transaction ends, so the acts of a network are counted
/// one after another. The hour is the database's, and only moves forward.
///
/// # Errors
/// When the database fails.
pub async fn admit(
    conn: &mut Conn,
    network: NetworkHash,
    act: NetworkAct,
    most_per_hour: Most,
) -> sqlx::Result<bool> {
    // `last_insert_id` brings the count back with the answer to this statement.
    let done = sqlx::query!(
        "insert into game_user.network_hours (network_hash, act, hour_number, act_count)
         values (?, ?, unix_timestamp() div 3600, last_insert_id(1))
         on duplicate key update
           act_count = last_insert_id(
             if(hour_number < values(hour_number), 1, act_count + 1)),
           hour_number = greatest(hour_number, values(hour_number))",
        network.0.as_slice(),
        act.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(most_per_hour.allows(done.last_insert_id()))
}
