//! The first way: by lot and month, from the entries of lots.

use std::collections::{BTreeMap, HashMap};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::figures::earned;
use crate::read::{self, LotRow, Slice, Sum};
use crate::{Conn, Figures, Month, ReportError, Until};

/// The figures of a slice of the players.
///
/// # Errors
/// When the database fails, or has entries without a lot.
pub async fn by_lots(conn: &mut Conn, slice: Slice, until: Until) -> Result<Figures, ReportError> {
    let lots = read::lots(conn, slice).await?;
    let sums = read::sums(conn, slice, until).await?;
    let mut figures = Figures { owed: read::owed(conn, slice, until).await?, ..Figures::default() };
    let mut by_lot: HashMap<(Uuid, u64), BTreeMap<Month, Vec<Sum>>> = HashMap::new();
    for sum in sums {
        let month = sum.month.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let months = by_lot.entry((sum.user_id, sum.lot_number)).or_default();
        months.entry(month).or_default().push(sum);
    }
    for lot in &lots {
        if let Some(months) = by_lot.remove(&(lot.user_id, lot.lot_number)) {
            add(&mut figures, lot, months, until);
        }
    }
    match by_lot.into_keys().next() {
        Some((user_id, lot_number)) => Err(ReportError::NoLot { user_id, lot_number }),
        None => Ok(figures),
    }
}

/// Adds one lot, month by month.
fn add(figures: &mut Figures, lot: &LotRow, mut months: BTreeMap<Month, Vec<Sum>>, until: Until) {
    let month = |at: OffsetDateTime| (at < until.moment()).then(|| until.month_of(at));
    // When it was taken back, and until when it stood so.
    let times: Vec<(Month, Option<Month>)> = lot
        .revocations
        .iter()
        .filter_map(|it| Some((month(it.revoked_at)?, it.restored_at.and_then(month))))
        .collect();
    for (revoked, restored) in &times {
        months.entry(*revoked).or_default();
        restored.map(|month| months.entry(month).or_default());
    }
    let (mut left, mut used, mut earned_before) = (0, 0, 0);
    for (month, sums) in months {
        let line = figures.line(month, &lot.product);
        let mut entries = 0;
        for sum in sums {
            entries += sum.entries;
            left += sum.delta;
            match sum.reason.as_str() {
                "draw_cost" | "draw_refund" | "debt_settled" | "paid_gem_expired"
                | "account_deleted" => {
                    used -= sum.delta;
                }
                "starting_gift" | "purchase" | "present" | "adjustment" => {
                    line.lots += 1;
                    line.sold_micros += lot.price_micros;
                }
                "purchase_restored" if lot.product.origin == "restored" => line.lots += 1,
                _ => {}
            }
            *line.gems.entry(sum.reason).or_default() += sum.delta;
        }
        for (revoked, restored) in &times {
            let net = i128::from(*revoked == month) - i128::from(*restored == Some(month));
            line.revoked_lots += net;
            line.revoked_micros += net * lot.price_micros;
        }
        let is_taken_back = times.iter().any(|(revoked, restored)| {
            *revoked <= month && restored.is_none_or(|restored| restored > month)
        });
        let earned_now =
            if is_taken_back { 0 } else { earned(lot.price_micros, used, lot.granted) };
        line.earned_micros += earned_now - earned_before;
        earned_before = earned_now;
        figures.entries += entries;
    }
    let unused = figures.unused(&lot.product);
    unused.gems += left;
    let is_taken_back = times.iter().any(|(_, restored)| restored.is_none());
    unused.micros += if is_taken_back { 0 } else { lot.price_micros - earned_before };
}
