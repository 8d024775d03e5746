//! The second way: the ledger is replayed entry by entry. It does not know from which
//! lots an entry took; it finds out by the rules of spending, and says so where the
//! ledger cannot have come about by them.

use std::collections::{BTreeMap, HashMap};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::figures::earned;
use crate::read::{self, Entry, LotRow, Slice};
use crate::{Conn, Figures, Month, Product, ReportError, Until};

/// A part of an entry, as it counts in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedEntry {
    /// Whose.
    pub user_id: Uuid,
    /// Which entry of their ledger of paid gems; `None` for the moment at which a store
    /// took a lot back or restored it, which changes what it earned. An entry has a part
    /// without gems for a lot whose gems it uses in a lot that came back.
    pub entry_id: Option<u64>,
    /// When.
    pub at: OffsetDateTime,
    /// In which month.
    pub month: Month,
    /// What was sold.
    pub product: Product,
    /// Which lot.
    pub lot_number: u64,
    /// Why.
    pub reason: String,
    /// How many gems.
    pub delta: i128,
    /// What it earned.
    pub earned_micros: i128,
    /// How many lots came with it.
    pub lots: i128,
    /// What was paid for them.
    pub sold_micros: i128,
    /// How many lots a store took back with it, less those that it restored.
    pub revoked_lots: i128,
    /// Their price.
    pub revoked_micros: i128,
    /// By how much the player owes more.
    pub owed: i128,
}

/// The figures of a slice of the players.
///
/// # Errors
/// When the database fails, or the ledger cannot have come about by the rules.
pub async fn by_replay(
    conn: &mut Conn,
    slice: Slice,
    until: Until,
) -> Result<Figures, ReportError> {
    let mut figures = Figures::default();
    replay(conn, slice, until, |player| {
        figures.owed += player.owed;
        for part in player.parts {
            let line = figures.line(part.month, &part.product);
            line.earned_micros += part.earned_micros;
            line.lots += part.lots;
            line.sold_micros += part.sold_micros;
            line.revoked_lots += part.revoked_lots;
            line.revoked_micros += part.revoked_micros;
            if part.delta != 0 {
                *line.gems.entry(part.reason).or_default() += part.delta;
                figures.entries += 1;
            }
        }
        for lot in player.lots.into_iter().filter(|lot| lot.is_open) {
            let unused = figures.unused(&lot.row.product);
            unused.gems += lot.remaining;
            if !lot.is_taken_back {
                unused.micros += lot.row.price_micros - lot.earned;
            }
        }
    })
    .await?;
    Ok(figures.without_empty_lines())
}

/// The parts of entries behind the figures of a slice of the players, of one month if one
/// is named.
///
/// # Errors
/// When the database fails, or the ledger cannot have come about by the rules.
pub async fn trace(
    conn: &mut Conn,
    slice: Slice,
    until: Until,
    month: Option<Month>,
) -> Result<Vec<TracedEntry>, ReportError> {
    let mut parts = Vec::new();
    let is_asked = |part: &TracedEntry| month.is_none_or(|month| part.month == month);
    replay(conn, slice, until, |player| parts.extend(player.parts.into_iter().filter(is_asked)))
        .await?;
    Ok(parts)
}

/// Replays one player after the other, so that no more is held than is asked for.
async fn replay(
    conn: &mut Conn,
    slice: Slice,
    until: Until,
    mut done: impl FnMut(Player),
) -> Result<(), ReportError> {
    let mut lots: BTreeMap<Uuid, Vec<LotRow>> = BTreeMap::new();
    for lot in read::lots(conn, slice).await? {
        lots.entry(lot.user_id).or_default().push(lot);
    }
    let mut entries = read::entries(conn, slice, until).await?.into_iter().peekable();
    while let Some(first) = entries.peek() {
        let user_id = first.user_id;
        let mut player = Player::new(lots.remove(&user_id).unwrap_or_default(), until);
        while let Some(entry) = entries.next_if(|entry| entry.user_id == user_id) {
            player.store_acts_before(Some(entry.entry_id));
            let parts = player.find(&entry)?;
            player.apply(&entry, &parts)?;
        }
        player.store_acts_before(None);
        done(player);
    }
    Ok(())
}

/// A lot while it is replayed.
struct Lot {
    row: LotRow,
    is_open: bool,
    remaining: i128,
    /// What was used of it: spent, settled, expired.
    used: i128,
    /// What of that nobody had: it expired, or went with the account.
    written_off: i128,
    earned: i128,
    is_taken_back: bool,
    /// What became owed when it was taken back last.
    owed: i128,
    /// Of which lots its gems are, if they had settled a debt and came back.
    made_of: Vec<(usize, i128)>,
}

/// A store took a lot back or restored it.
#[derive(Debug, Clone, Copy)]
struct StoreAct {
    /// In which order: after which entry, then its number. Not by time, because a player's
    /// transactions may go through servers whose clocks differ.
    order: (u64, u64),
    at: OffsetDateTime,
    place: usize,
    is_revoked: bool,
}

struct Player {
    until: Until,
    lots: Vec<Lot>,
    /// What they owe. No debt is read: it follows from what was used of lots that were
    /// taken back.
    owed: i128,
    /// What settled debts and has not come back, the latest last.
    settled: Vec<(usize, i128)>,
    /// The lots that came back.
    came_back: Vec<usize>,
    /// What each saga holds of each lot.
    sagas: HashMap<Uuid, Vec<(usize, i128)>>,
    /// What stores did to lots, the latest first.
    acts: Vec<StoreAct>,
    /// Of which lot the last of these was.
    last_act: Option<usize>,
    parts: Vec<TracedEntry>,
}

impl Player {
    fn new(rows: Vec<LotRow>, until: Until) -> Self {
        let mut acts = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            for it in &row.revocations {
                let (order, at) = (it.revoked_place, it.revoked_at);
                acts.push(StoreAct { order, at, place, is_revoked: true });
                let restored = it.restored_place.zip(it.restored_at);
                acts.extend(restored.map(|(order, at)| StoreAct {
                    order,
                    at,
                    place,
                    is_revoked: false,
                }));
            }
        }
        acts.retain(|act| act.at < until.moment());
        acts.sort_unstable_by_key(|act| act.order);
        acts.reverse();
        let lots = rows.into_iter().map(|row| Lot {
            row,
            is_open: false,
            remaining: 0,
            used: 0,
            written_off: 0,
            earned: 0,
            is_taken_back: false,
            owed: 0,
            made_of: Vec::new(),
        });
        let (lots, sagas, parts) = (lots.collect(), HashMap::new(), Vec::new());
        let (settled, came_back) = (Vec::new(), Vec::new());
        Self { until, lots, owed: 0, settled, came_back, sagas, acts, last_act: None, parts }
    }

    /// A store takes a lot back, or restores it, in the same transaction as the entries
    /// that follow from it, and just before them.
    fn store_acts_before(&mut self, entry_id: Option<u64>) {
        while let Some(StoreAct { order, at, place, is_revoked }) = self.acts.last().copied() {
            if entry_id.is_some_and(|entry_id| order.0 >= entry_id) {
                break;
            }
            self.acts.pop();
            self.last_act = Some(place);
            let number = self.lots[place].row.lot_number;
            let of_it = |lot: &&mut Lot| lot.row.restores == Some(number);
            self.lots.iter_mut().filter(of_it).for_each(|lot| lot.is_taken_back = is_revoked);
            let lot = &mut self.lots[place];
            lot.is_taken_back = is_revoked;
            let owed = if is_revoked {
                lot.owed = lot.row.granted - lot.remaining - lot.written_off;
                lot.owed
            } else {
                -lot.owed.min(self.owed)
            };
            self.owed += owed;
            let earned_micros = self.earns(place);
            let lot = &self.lots[place];
            let (reason, sign) = if is_revoked { ("revoked_at", 1) } else { ("restored_at", -1) };
            let part = TracedEntry {
                user_id: lot.row.user_id,
                entry_id: None,
                at,
                month: self.until.month_of(at),
                product: lot.row.product.clone(),
                lot_number: lot.row.lot_number,
                reason: reason.to_owned(),
                delta: 0,
                earned_micros,
                lots: 0,
                sold_micros: 0,
                revoked_lots: sign,
                revoked_micros: sign * lot.row.price_micros,
                owed,
            };
            self.parts.push(part);
        }
    }

    /// From which lots an entry took, or to which it gave.
    fn find(&mut self, entry: &Entry) -> Result<Vec<(usize, i128)>, ReportError> {
        match entry.reason.as_str() {
            "starting_gift" => self.opened(entry, |lot| lot.product.origin == "starting_gift"),
            "purchase" | "present" | "adjustment" => {
                self.opened(entry, |lot| Some(lot.source_id) == entry.source_id)
            }
            // A lot of its own names its source; else it is the lot that its store restored.
            "purchase_restored" => match self.of_source(entry) {
                Some(place) if self.lots[place].row.product.origin == "restored" => {
                    self.opened(entry, |lot| Some(lot.source_id) == entry.source_id)
                }
                _ => self.of_last_act(entry),
            },
            "purchase_revoked" => self.of_last_act(entry),
            "draw_cost" => {
                let parts = self.oldest_first(-entry.delta, |_: &Lot| true);
                let saga_id = entry.saga_id.ok_or_else(|| disagree(entry, "it names no saga"))?;
                self.sagas.insert(saga_id, parts.clone());
                Ok(parts)
            }
            "draw_refund" => {
                let saga_id = entry.saga_id.ok_or_else(|| disagree(entry, "it names no saga"))?;
                let parts = self.sagas.get(&saga_id).into_iter().flatten();
                Ok(parts.map(|(place, delta)| (*place, -delta)).collect())
            }
            "paid_gem_expired" => {
                let at = entry.created_at;
                let is_expired = |lot: &Lot| lot.row.expires_at.is_some_and(|end| end <= at);
                Ok(self.oldest_first(-entry.delta, is_expired))
            }
            "account_deleted" => Ok(self.oldest_first(-entry.delta, |_: &Lot| true)),
            "debt_settled" => self.settled(entry),
            other => Err(disagree(entry, &format!("no rule has the reason {other}"))),
        }
    }

    /// The next lot, which must be of this kind.
    fn opened(
        &mut self,
        entry: &Entry,
        is_it: impl Fn(&LotRow) -> bool,
    ) -> Result<Vec<(usize, i128)>, ReportError> {
        let place = self.lots.iter().position(|lot| !lot.is_open);
        let place = place.filter(|place| is_it(&self.lots[*place].row));
        let place = place.ok_or_else(|| disagree(entry, "the next lot is of something else"))?;
        self.lots[place].is_open = true;
        Ok(vec![(place, entry.delta)])
    }

    fn of_source(&self, entry: &Entry) -> Option<usize> {
        self.lots.iter().position(|lot| Some(lot.row.source_id) == entry.source_id)
    }

    /// The lot of which a store has just said something.
    fn of_last_act(&self, entry: &Entry) -> Result<Vec<(usize, i128)>, ReportError> {
        let place = self.last_act.ok_or_else(|| disagree(entry, "no store did anything before"))?;
        Ok(vec![(place, entry.delta)])
    }

    fn oldest_first(&self, amount: i128, may: impl Fn(&Lot) -> bool) -> Vec<(usize, i128)> {
        let (mut parts, mut missing) = (Vec::new(), amount);
        for (place, lot) in self.lots.iter().enumerate() {
            let part = if may(lot) { lot.remaining.min(missing) } else { 0 };
            if part > 0 {
                parts.push((place, -part));
                missing -= part;
            }
        }
        parts
    }

    /// What settled a debt: a lot that has just come; gems that have just come back to
    /// revoked lots by the refund of a saga; a restored lot; or, for a lot that was just
    /// revoked, what was left of others that were.
    fn settled(&self, entry: &Entry) -> Result<Vec<(usize, i128)>, ReportError> {
        if let Some(place) = self.of_source(entry) {
            return Ok(vec![(place, entry.delta)]);
        }
        let of_saga = entry.source_id.and_then(|saga_id| self.sagas.get(&saga_id));
        let Some(of_saga) = of_saga else {
            let act = self.last_act.ok_or_else(|| disagree(entry, "nothing came in before it"))?;
            let act = &self.lots[act];
            let is_of_act = |lot: &Lot| {
                if act.is_taken_back {
                    lot.is_taken_back
                } else {
                    lot.row.lot_number == act.row.lot_number
                }
            };
            return Ok(self.oldest_first(-entry.delta, is_of_act));
        };
        let (mut parts, mut missing) = (Vec::new(), -entry.delta);
        for (place, taken) in of_saga {
            let part = if self.lots[*place].is_taken_back { (-taken).min(missing) } else { 0 };
            if part > 0 {
                parts.push((*place, -part));
                missing -= part;
            }
        }
        Ok(parts)
    }

    fn apply(&mut self, entry: &Entry, parts: &[(usize, i128)]) -> Result<(), ReportError> {
        let sum: i128 = parts.iter().map(|(_, delta)| delta).sum();
        if sum != entry.delta {
            let what = format!("it is {}, and the rules make it {sum}", entry.delta);
            return Err(disagree(entry, &what));
        }
        let is_write_off = matches!(entry.reason.as_str(), "paid_gem_expired" | "account_deleted");
        let is_settled = entry.reason == "debt_settled";
        let is_use = is_write_off
            || is_settled
            || matches!(entry.reason.as_str(), "draw_cost" | "draw_refund");
        if is_settled {
            self.owed += entry.delta;
            self.settled.extend(parts.iter().map(|(place, delta)| (*place, -delta)));
        }
        for (place, delta) in parts {
            let lot = &mut self.lots[*place];
            let comes = entry.delta > 0
                && (matches!(
                    entry.reason.as_str(),
                    "starting_gift" | "purchase" | "present" | "adjustment"
                ) || (entry.reason == "purchase_restored"
                    && lot.row.product.origin == "restored"));
            lot.remaining += delta;
            if lot.remaining < 0 || lot.remaining > lot.row.granted {
                return Err(disagree(entry, &format!("it leaves {} in a lot", lot.remaining)));
            }
            if is_use {
                lot.used -= delta;
            }
            if is_write_off {
                lot.written_off -= delta;
            }
            if comes && entry.reason == "purchase_restored" {
                let parts = self.last_settled(*delta);
                self.lots[*place].made_of = parts;
                self.came_back.push(*place);
            }
            let sold_micros = if comes { self.lots[*place].row.price_micros } else { 0 };
            let owed = if is_settled { *delta } else { 0 };
            let part = self.part(entry, *place, *delta);
            let lots = i128::from(comes);
            self.parts.push(TracedEntry { lots, sold_micros, owed, ..part });
        }
        if !self.came_back.is_empty() {
            // Of the lots that such gems are from, less or more is used by it.
            for place in 0..self.lots.len() {
                let part = self.part(entry, place, 0);
                if part.earned_micros != 0 {
                    self.parts.push(part);
                }
            }
        }
        Ok(())
    }

    /// What an entry is for a lot, once it is applied.
    fn part(&mut self, entry: &Entry, place: usize, delta: i128) -> TracedEntry {
        let earned_micros = self.earns(place);
        let row = &self.lots[place].row;
        TracedEntry {
            user_id: entry.user_id,
            entry_id: Some(entry.entry_id),
            at: entry.created_at,
            month: self.until.month_of(entry.created_at),
            product: row.product.clone(),
            lot_number: row.lot_number,
            reason: entry.reason.clone(),
            delta,
            earned_micros,
            lots: 0,
            sold_micros: 0,
            revoked_lots: 0,
            revoked_micros: 0,
            owed: 0,
        }
    }

    /// Of which lots so many gems are that settled debts last, and now come back.
    fn last_settled(&mut self, amount: i128) -> Vec<(usize, i128)> {
        let (mut parts, mut missing) = (Vec::new(), amount);
        while missing > 0
            && let Some((place, settled)) = self.settled.last_mut()
        {
            let part = missing.min(*settled);
            parts.push((*place, part));
            missing -= part;
            *settled -= part;
            if *settled == 0 {
                self.settled.pop();
            }
        }
        parts
    }

    /// What was used of a lot. Gems of it that came back are used when the lot is that
    /// they came back as, from the first of its parts on.
    fn used(&self, place: usize) -> i128 {
        let mut used = self.lots[place].used;
        // It is younger than the lots that it is made of.
        for back in self.came_back.iter().filter(|back| **back > place) {
            let mut rest = self.used(*back);
            for (from, part) in &self.lots[*back].made_of {
                let share = rest.clamp(0, *part);
                rest -= share;
                if *from == place {
                    used -= part - share;
                }
            }
        }
        used
    }

    /// What a lot has earned since it was last asked.
    fn earns(&mut self, place: usize) -> i128 {
        let Lot { row, is_taken_back, .. } = &self.lots[place];
        let now = if *is_taken_back {
            0
        } else {
            earned(row.price_micros, self.used(place), row.granted)
        };
        let lot = &mut self.lots[place];
        let more = now - lot.earned;
        lot.earned = now;
        more
    }
}

fn disagree(entry: &Entry, what: &str) -> ReportError {
    let Entry { user_id, entry_id, .. } = *entry;
    ReportError::Disagree { user_id, entry_id, what: what.to_owned() }
}
