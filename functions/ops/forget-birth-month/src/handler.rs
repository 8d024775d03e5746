use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, OperatorAct, UserId};
use tenjo_operators::{ApiError, Done, Order};
use tenjo_store::{Conn, purchase, user};
use time::OffsetDateTime;
use uuid::Uuid;

/// No month is in the order: the log of operators is kept for ever, and the month only as
/// long as the account.
#[derive(Serialize, Deserialize)]
pub(crate) struct ForgetBirthMonth {
    user_id: Uuid,
}

#[derive(Serialize)]
struct Changed {
    was_known: bool,
}

impl Order for ForgetBirthMonth {
    const ACT: OperatorAct = OperatorAct::ForgetBirthMonth;

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
        let was_known = purchase::forget_birth_month(conn, user_id).await?;
        Done::with(Changed { was_known })
    }
}
