use tenjo_http::{Anyone, ApiError, Call};
use tenjo_store::{Db, service_status};
use tenjo_views::StatusView;

/// How things are, for everybody, in maintenance too. It reads what is set now, and
/// relies on nothing that it read before.
pub(crate) async fn get_status(db: &Db, call: Call<Anyone>) -> Result<StatusView, ApiError> {
    let status = service_status::find(&mut *db.acquire().await?).await?;
    Ok(StatusView::of(status, call.now()))
}
