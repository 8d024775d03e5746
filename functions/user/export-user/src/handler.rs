use serde::Serialize;
use serde_json::value::RawValue;
use tenjo_http::{ApiError, Call, Player, Reply, may_read};
use tenjo_store::export::{self, Row, SECTIONS};
use tenjo_store::{Db, user};

#[derive(Serialize)]
pub(crate) struct ExportView {
    rows: Vec<RowView>,
    next_cursor: Option<String>,
}

impl Reply for ExportView {}

/// A row of a table.
#[derive(Serialize)]
struct RowView {
    table: &'static str,
    columns: Box<RawValue>,
}

impl TryFrom<Row> for RowView {
    type Error = ApiError;

    fn try_from(row: Row) -> Result<Self, ApiError> {
        let section = SECTIONS.get(row.section).ok_or_else(|| ApiError::internal("no section"))?;
        let columns = RawValue::from_string(row.json).map_err(ApiError::internal)?;
        Ok(Self { table: section.table, columns })
    }
}

/// Everything that is held about the caller, table by table. A suspended player gets it
/// too, for as long as the access token lasts that they have: they can neither refresh nor
/// log in. Who has asked to be deleted has no session any more, so they get none.
///
/// # Errors
/// - `unauthorized` (401): the session has ended, or there is no such player any more
pub(crate) async fn export_user(db: &Db, call: Call<Player>) -> Result<ExportView, ApiError> {
    let (limit, after) = call.page::<(usize, String)>()?;
    let mut conn = db.acquire().await?;
    may_read(&mut conn, call.player()).await?;
    let user = user::find(&mut conn, call.user_id()).await?;
    user.ok_or(ApiError::Unauthorized)?;
    let page = export::rows(&mut conn, call.user_id(), after, limit).await?;
    let next_cursor = call.next_cursor(&page, |row| (row.section, row.key.clone()))?;
    let rows = page.rows.into_iter().map(RowView::try_from).collect::<Result<_, _>>()?;
    Ok(ExportView { rows, next_cursor })
}
