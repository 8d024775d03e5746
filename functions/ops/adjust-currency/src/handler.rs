use serde::{Deserialize, Serialize};
use tenjo_domain::{
    ActId, CurrencyType, Gems, LedgerReason, LotOrigin, Moved, OperatorAct, SourceId, UserId,
};
use tenjo_operators::{ApiError, Done, Order};
use tenjo_store::lot::{self, NewLot};
use tenjo_store::{Conn, currency, user};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct AdjustCurrency {
    user_id: Uuid,
    currency_type: String,
    /// What the balance changes by. Paid gems are only given; operators cannot take them
    /// yet.
    delta: i64,
}

#[derive(Serialize)]
struct Changed {
    currency_type: String,
    balance_before: u64,
    balance_after: u64,
    /// What went to a debt at once.
    settled: u64,
}

impl AdjustCurrency {
    fn currency_type(&self) -> Result<CurrencyType, ApiError> {
        self.currency_type.parse().map_err(ApiError::field("order.currency_type"))
    }

    fn amount(&self) -> Result<Gems, ApiError> {
        match Gems::new(self.delta.unsigned_abs()) {
            Ok(amount) if amount > Gems::ZERO => Ok(amount),
            _ => Err(ApiError::invalid("order.delta", "must be some gems, more or fewer")),
        }
    }
}

impl Order for AdjustCurrency {
    const ACT: OperatorAct = OperatorAct::AdjustCurrency;

    fn moves(&self) -> Result<Option<Moved>, ApiError> {
        Ok(Some(Moved::gems(self.currency_type()?, self.amount()?)))
    }

    fn user_id(&self) -> Option<UserId> {
        Some(UserId(self.user_id))
    }

    async fn carry_out(
        &self,
        conn: &mut Conn,
        act_id: ActId,
        _: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let currency_type = self.currency_type()?;
        let (user_id, amount) = (UserId(self.user_id), self.amount()?);
        let (source_id, reason) = (SourceId(act_id.0), LedgerReason::Adjustment);
        user::find(conn, user_id).await?.ok_or(ApiError::NotFound("player"))?;
        let mut settled = Gems::ZERO;
        match (currency_type, self.delta > 0) {
            (CurrencyType::FreeGem, true) => {
                currency::credit_free(conn, user_id, amount, reason, source_id).await?;
            }
            (CurrencyType::FreeGem, false) => {
                if !currency::debit_free(conn, user_id, amount, reason, source_id).await? {
                    return Err(ApiError::InsufficientCurrency);
                }
            }
            (CurrencyType::PaidGem, true) => {
                let origin = LotOrigin::Adjustment;
                let lot = NewLot {
                    user_id,
                    source_id,
                    origin,
                    sale: None,
                    granted: amount,
                    expires_at: None,
                };
                settled = lot::open(conn, &lot).await?.settled;
            }
            (CurrencyType::PaidGem, false) => {
                let why = "paid gems are only given; operators cannot take them yet";
                return Err(ApiError::invalid("order.delta", why));
            }
        }
        let balance_after = balance(conn, user_id, currency_type).await?;
        // From what is there now, because only now is the balance locked.
        let balance_before = balance_after
            .saturating_add(settled.amount())
            .saturating_add_signed(self.delta.saturating_neg());
        Done::with(Changed {
            currency_type: currency_type.as_str().to_owned(),
            balance_before,
            balance_after,
            settled: settled.amount(),
        })
    }
}

async fn balance(
    conn: &mut Conn,
    user_id: UserId,
    currency_type: CurrencyType,
) -> Result<u64, ApiError> {
    let balances = currency::balances(conn, user_id).await?;
    let balance = balances.iter().find(|balance| balance.currency_type == currency_type);
    Ok(balance.map_or(0, |balance| balance.amount.amount()))
}
