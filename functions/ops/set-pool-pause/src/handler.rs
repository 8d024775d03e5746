use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, OperatorAct, PoolId};
use tenjo_operators::{ApiError, Done, Order};
use tenjo_store::{Conn, pool};
use time::OffsetDateTime;

#[derive(Serialize, Deserialize)]
pub(crate) struct SetPoolPause {
    pool_id: String,
    paused: bool,
}

#[derive(Serialize)]
struct Changed {
    pool_id: String,
    was_paused: bool,
    is_paused: bool,
}

impl Order for SetPoolPause {
    const ACT: OperatorAct = OperatorAct::SetPoolPause;

    async fn carry_out(
        &self,
        conn: &mut Conn,
        _: ActId,
        _: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let pool_id =
            PoolId::new(self.pool_id.as_str()).map_err(ApiError::field("order.pool_id"))?;
        // A pause outlasts its pool, so one that is not on sale any more can be resumed.
        if self.paused && !pool::is_live(conn, &pool_id).await? {
            return Err(ApiError::NotFound("pool"));
        }
        let has_changed = pool::set_pause(conn, &pool_id, self.paused).await?;
        let was_paused = self.paused != has_changed;
        Done::with(Changed { pool_id: self.pool_id.clone(), was_paused, is_paused: self.paused })
    }
}
