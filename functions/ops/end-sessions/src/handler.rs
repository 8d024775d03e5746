use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, OperatorAct, SessionEnd, UserId};
use tenjo_operators::{ApiError, Done, Order};
use tenjo_store::{Conn, device, session, transfer, user};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct EndSessions {
    user_id: Uuid,
}

#[derive(Serialize)]
struct Changed {
    ended_sessions: u64,
}

/// Ends all sessions of a player. Secrets in force and linked accounts stay, so the player
/// logs in again; who must not is suspended.
impl Order for EndSessions {
    const ACT: OperatorAct = OperatorAct::EndSessions;

    fn user_id(&self) -> Option<UserId> {
        Some(UserId(self.user_id))
    }

    async fn carry_out(
        &self,
        conn: &mut Conn,
        _: ActId,
        _: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let user_id = UserId(self.user_id);
        user::find(conn, user_id).await?.ok_or(ApiError::NotFound("player"))?;
        // Whoever had one of the sessions may have asked for a device's secret, or a code. In
        // the order of locks of `tenjo_store::session`.
        transfer::hold(conn, user_id).await?;
        device::void_given(conn, user_id, None).await?;
        let ended_sessions =
            session::end_all_but(conn, user_id, None, SessionEnd::ByOperator).await?;
        transfer::void(conn, user_id).await?;
        Done::with(Changed { ended_sessions })
    }
}
