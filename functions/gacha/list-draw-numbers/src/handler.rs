use serde::Serialize;
use tenjo_domain::SagaStatus;
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_store::Db;
use tenjo_store::saga::{self, NumberedDraw};
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct DrawNumbersView {
    draw_numbers: Vec<DrawNumberView>,
    next_cursor: Option<String>,
}

impl Reply for DrawNumbersView {}

#[derive(Serialize)]
struct DrawNumberView {
    draw_number: u64,
    saga_id: Uuid,
    pool_id: String,
    state: &'static str,
}

impl From<NumberedDraw> for DrawNumberView {
    fn from(draw: NumberedDraw) -> Self {
        let state = match draw.status {
            SagaStatus::Completed => "valid",
            SagaStatus::Failed => "void",
            SagaStatus::Started
            | SagaStatus::CurrencyReserved
            | SagaStatus::DrawCompleted
            | SagaStatus::ItemGranted
            | SagaStatus::Compensating
            | SagaStatus::CurrencyRefunded => "running",
        };
        Self {
            draw_number: draw.number.get(),
            saga_id: draw.saga_id.0,
            pool_id: draw.pool_id.to_string(),
            state,
        }
    }
}

/// Every number that the caller's draws took, newest first and without gaps. A gap
/// would show that the server hid a draw.
pub(crate) async fn list_draw_numbers(
    db: &Db,
    call: Call<Player>,
) -> Result<DrawNumbersView, ApiError> {
    let (limit, after) = call.page::<u64>()?;
    let mut conn = db.acquire().await?;
    let page = saga::list_numbers(&mut conn, call.user_id(), after, limit).await?;
    let next_cursor = call.next_cursor(&page, |draw| draw.number.get())?;
    let draw_numbers = page.rows.into_iter().map(DrawNumberView::from).collect();
    Ok(DrawNumbersView { draw_numbers, next_cursor })
}
