use serde::Serialize;
use tenjo_http::{ApiError, Call, HasDb, Player, Reply};
use tenjo_store::shop::Shops;
use tenjo_store::{Db, purchase};
use time::OffsetDateTime;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) shops: Shops,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Serialize)]
pub(crate) struct AllowanceView {
    is_birth_month_known: bool,
    under_age: Option<u32>,
    currency: String,
    monthly_micros: Option<u64>,
    spent_micros: u64,
    left_micros: Option<u64>,
    #[serde(with = "time::serde::rfc3339")]
    month_ends_at: OffsetDateTime,
}

impl Reply for AllowanceView {}

/// What the caller may still spend in this month. The game asks before it opens the
/// store's dialogue; what a store has sold is booked whatever the answer was.
pub(crate) async fn get_allowance(
    app: &App,
    call: Call<Player>,
) -> Result<AllowanceView, ApiError> {
    let (user_id, now) = (call.user_id(), call.now());
    let mut conn = app.db.acquire().await?;
    let live = app.shops.live(&mut conn).await?.ok_or(ApiError::NotFound("shop"))?;
    let rule = live.shop.allowance();
    let (begins_at, ends_at) = rule.month_of(now);
    let born = purchase::birth_month(&mut conn, user_id).await?;
    let spent = purchase::spent(&mut conn, user_id, begins_at, ends_at).await?;
    let allowance = rule.allow(born, now, spent);
    Ok(AllowanceView {
        is_birth_month_known: born.is_some(),
        under_age: allowance.under_age,
        currency: rule.currency().to_string(),
        monthly_micros: allowance.monthly.map(|monthly| monthly.get()),
        spent_micros: spent.get(),
        left_micros: allowance.left.map(|left| left.get()),
        month_ends_at: ends_at,
    })
}
