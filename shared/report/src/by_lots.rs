//! The first way: by lot and month, from the entries of lots.

use std::collections::{BTreeMap, HashMap};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::figures::earned;
use crate::read::{self, LotRow, Passing, Slice, Sum};
use crate::{Conn, Figures, Month, ReportError, Until};

/// The changes of a lot by month.
type Months = BTreeMap<Month, Vec<Sum>>;

/// By how much the use of a lot is less, by month.
type Less = BTreeMap<Month, i128>;

/// A lot of a player.
type LotKey = (Uuid, u64);

/// The figures of a slice of the players.
///
/// # Errors
/// When the database fails, or has entries without a lot.
pub async fn by_lots(conn: &mut Conn, slice: Slice, until: Until) -> Result<Figures, ReportError> {
    let lots = read::lots(conn, slice).await?;
    let sums = read::sums(conn, slice, until).await?;
    let mut figures = Figures { owed: read::owed(conn, slice, until).await?, ..Figures::default() };
    let mut by_lot: HashMap<LotKey, Months> = HashMap::new();
    for sum in sums {
        let month = sum.month.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let months = by_lot.entry((sum.user_id, sum.lot_number)).or_default();
        months.entry(month).or_default().push(sum);
    }
    let mut less = HashMap::new();
    if lots.iter().any(|lot| lot.restores.is_some()) {
        less = came_back(&lots, &by_lot, read::passings(conn, slice).await?);
    }
    for lot in &lots {
        let key = (lot.user_id, lot.lot_number);
        if let Some(months) = by_lot.remove(&key) {
            add(&mut figures, lot, months, &less.remove(&key).unwrap_or_default(), until);
        }
    }
    match by_lot.into_keys().next() {
        Some((user_id, lot_number)) => Err(ReportError::NoLot { user_id, lot_number }),
        None => Ok(figures.without_empty_lines()),
    }
}

/// How many gems of a lot this used.
fn used_by(sum: &Sum) -> i128 {
    match sum.reason.as_str() {
        "draw_cost" | "draw_refund" | "debt_settled" | "paid_gem_expired" | "account_deleted" => {
            -sum.delta
        }
        _ => 0,
    }
}

/// Gems that settled a debt are used, until they come back as a lot because the store
/// restored the purchase that was owed for. Then they count as unused of the lots that they
/// are from, and are used when that lot is. What settled last comes back first.
fn came_back(
    lots: &[LotRow],
    by_lot: &HashMap<LotKey, Months>,
    passings: Vec<Passing>,
) -> HashMap<LotKey, Less> {
    let mut made_of: HashMap<LotKey, Vec<(u64, i128)>> = HashMap::new();
    let mut settled: Vec<(LotKey, i128)> = Vec::new();
    for Passing { user_id, lot_number, gems, is_back, .. } in passings {
        settled.retain(|((of, _), _)| *of == user_id);
        if !is_back {
            settled.push(((user_id, lot_number), gems));
            continue;
        }
        let (mut missing, parts) = (gems, made_of.entry((user_id, lot_number)).or_default());
        while missing > 0
            && let Some(((_, from), left)) = settled.pop()
        {
            let part = left.min(missing);
            parts.push((from, part));
            missing -= part;
            if left > part {
                settled.push(((user_id, from), left - part));
            }
        }
    }
    let mut less: HashMap<LotKey, Less> = HashMap::new();
    // A lot that came back has a greater number than those that it is from.
    for lot in lots.iter().rev() {
        let key = (lot.user_id, lot.lot_number);
        // Without an entry it came after the day of the report.
        let (Some(parts), Some(months)) = (made_of.get(&key), by_lot.get(&key)) else { continue };
        let mut uses = Less::new();
        for (month, sums) in months {
            *uses.entry(*month).or_default() += sums.iter().map(used_by).sum::<i128>();
        }
        for (month, fewer) in less.get(&key).into_iter().flatten() {
            *uses.entry(*month).or_default() += fewer;
        }
        let (mut used, mut before) = (0, vec![0; parts.len()]);
        for (month, more) in uses {
            used += more;
            let mut rest = used;
            for ((from, part), before) in parts.iter().zip(&mut before) {
                let share = rest.clamp(0, *part);
                rest -= share;
                let of_it = less.entry((lot.user_id, *from)).or_default();
                *of_it.entry(month).or_default() += share - part - *before;
                *before = share - part;
            }
        }
    }
    less
}

/// Adds one lot, month by month.
fn add(figures: &mut Figures, lot: &LotRow, mut months: Months, less: &Less, until: Until) {
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
    for month in less.keys() {
        months.entry(*month).or_default();
    }
    let (mut left, mut used, mut earned_before) = (0, 0, 0);
    for (month, sums) in months {
        let line = figures.line(month, &lot.product);
        let mut entries = 0;
        used += less.get(&month).copied().unwrap_or_default();
        for sum in sums {
            entries += sum.entries;
            left += sum.delta;
            used += used_by(&sum);
            match sum.reason.as_str() {
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
