use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, ClientVersion, OperatorAct, ServiceStatus};
use tenjo_operators::{ApiError, Done, Order};
use tenjo_store::{Conn, service_status};
use time::OffsetDateTime;

/// Sets both limits. An absent one is removed.
#[derive(Serialize, Deserialize)]
pub(crate) struct SetClientVersions {
    least: Option<String>,
    newest: Option<String>,
}

#[derive(Serialize)]
struct Changed {
    before: VersionsView,
    after: VersionsView,
}

#[derive(Serialize)]
struct VersionsView {
    least: Option<String>,
    newest: Option<String>,
}

impl From<ServiceStatus> for VersionsView {
    fn from(status: ServiceStatus) -> Self {
        Self {
            least: status.least_client_version.map(|version| version.to_string()),
            newest: status.newest_client_version.map(|version| version.to_string()),
        }
    }
}

impl Order for SetClientVersions {
    const ACT: OperatorAct = OperatorAct::SetClientVersions;

    async fn carry_out(
        &self,
        conn: &mut Conn,
        _: ActId,
        _: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let version = |field: &str, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| text.parse::<ClientVersion>().map_err(ApiError::field(field)))
                .transpose()
        };
        let least = version("order.least", &self.least)?;
        let newest = version("order.newest", &self.newest)?;
        if least.zip(newest).is_some_and(|(least, newest)| least > newest) {
            return Err(ApiError::invalid("order.least", "must not be above the newest version"));
        }
        let before = service_status::lock(conn).await?;
        service_status::set_client_versions(conn, least, newest).await?;
        let after = service_status::find(conn).await?;
        Done::with(Changed { before: before.into(), after: after.into() })
    }
}
