use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, OperatorAct, UserId};
use tenjo_operators::{ApiError, Done, Order, moment};
use tenjo_store::Conn;
use tenjo_store::user::{self, Suspension};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct SetSuspension {
    user_id: Uuid,
    suspended: bool,
    /// When it ends by itself; never if absent.
    until: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    before: Option<SuspensionView>,
    after: Option<SuspensionView>,
}

#[derive(Serialize)]
struct SuspensionView {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    until: Option<OffsetDateTime>,
}

impl From<Suspension> for SuspensionView {
    fn from(Suspension { since, until }: Suspension) -> Self {
        Self { since, until }
    }
}

impl Order for SetSuspension {
    const ACT: OperatorAct = OperatorAct::SetSuspension;

    fn user_id(&self) -> Option<UserId> {
        Some(UserId(self.user_id))
    }

    async fn carry_out(
        &self,
        conn: &mut Conn,
        _: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let until = self.until.as_deref().map(|text| moment("order.until", text)).transpose()?;
        if until.is_some_and(|until| !self.suspended || until <= now) {
            return Err(ApiError::invalid(
                "order.until",
                "is the end of a suspension, from now on",
            ));
        }
        let user_id = UserId(self.user_id);
        let before = user::lock(conn, user_id).await?.ok_or(ApiError::NotFound("player"))?;
        user::set_suspension(conn, user_id, self.suspended, until).await?;
        let after = user::lock(conn, user_id).await?.ok_or(ApiError::NotFound("player"))?;
        Done::with(Changed {
            before: before.suspension.map(Into::into),
            after: after.suspension.map(Into::into),
        })
    }
}
