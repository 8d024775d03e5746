use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, Maintenance, OperatorAct};
use tenjo_operators::{ApiError, Done, Order, moment};
use tenjo_store::{Conn, service_status};
use time::OffsetDateTime;

#[derive(Serialize, Deserialize)]
pub(crate) struct SetMaintenance {
    /// Whether players are to be kept out.
    open: bool,
    /// From when on; at once if absent.
    starts_at: Option<String>,
    /// When it is expected to end, which players are told.
    ends_at: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    before: Option<MaintenanceView>,
    after: Option<MaintenanceView>,
}

#[derive(Serialize)]
struct MaintenanceView {
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    ends_at: Option<OffsetDateTime>,
}

impl From<Maintenance> for MaintenanceView {
    fn from(Maintenance { starts_at, ends_at }: Maintenance) -> Self {
        Self { starts_at, ends_at }
    }
}

impl SetMaintenance {
    fn maintenance(&self, now: OffsetDateTime) -> Result<Option<Maintenance>, ApiError> {
        if !self.open {
            return match (&self.starts_at, &self.ends_at) {
                (None, None) => Ok(None),
                _ => Err(ApiError::invalid("order.open", "is false, so it has no times")),
            };
        }
        let time = |field: &str, text: &Option<String>| {
            text.as_deref().map(|text| moment(field, text)).transpose()
        };
        let starts_at = time("order.starts_at", &self.starts_at)?.unwrap_or(now);
        let ends_at = time("order.ends_at", &self.ends_at)?;
        if ends_at.is_some_and(|end| end <= starts_at.max(now)) {
            return Err(ApiError::invalid(
                "order.ends_at",
                "must be after its start, and after now",
            ));
        }
        Ok(Some(Maintenance { starts_at, ends_at }))
    }
}

impl Order for SetMaintenance {
    const ACT: OperatorAct = OperatorAct::SetMaintenance;

    async fn carry_out(
        &self,
        conn: &mut Conn,
        _: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let after = self.maintenance(now)?;
        let before = service_status::lock(conn).await?.maintenance;
        // To announce a later one would let players in until then.
        if before.is_some_and(|it| it.is_running(now))
            && after.is_some_and(|it| !it.is_running(now))
        {
            let why = "maintenance is running; close it first";
            return Err(ApiError::invalid("order.starts_at", why));
        }
        service_status::set_maintenance(conn, after).await?;
        Done::with(Changed { before: before.map(Into::into), after: after.map(Into::into) })
    }
}
