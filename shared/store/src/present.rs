//! Presents: sent by operators, received once by each player who has one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{MySql, QueryBuilder};
use tenjo_domain::{
    ActId, Gems, ItemMasterId, LedgerReason, LotOrigin, Payment, Present, PresentId, PresentItem,
    PresentParts, Quantity, ReceiptId, SourceId, UserId,
};
use time::OffsetDateTime;

use crate::error::unless_duplicate;
use crate::lot::{self, NewLot};
use crate::{Conn, Limit, Page, corrupt, currency, gems, inventory, uuid};

/// Who has a present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Every player who asks within its period.
    Everyone,
    /// These.
    Listed(BTreeSet<UserId>),
}

const EVERYONE: &str = "everyone";
const LISTED: &str = "listed";

/// How many players one statement adds.
const PLAYERS_AT_ONCE: usize = 500;

/// An item, as the table has it.
#[derive(Serialize, Deserialize)]
struct ItemDocument {
    item_master_id: String,
    quantity: u64,
}

/// Puts a present into mailboxes. The present has the id of the act that sends it, so an
/// act sends one.
///
/// # Errors
/// When the database fails, or the act has sent a present before.
pub async fn send(
    conn: &mut Conn,
    act_id: ActId,
    present: &Present,
    audience: &Audience,
) -> sqlx::Result<PresentId> {
    let present_id = PresentId(act_id.0);
    let parts = present.parts();
    let items: Vec<_> = parts.items.iter().map(ItemDocument::from).collect();
    sqlx::query!(
        "insert into game_inventory.presents
           (present_id, act_id, audience, title, message, free_gems, paid_gems, items,
            starts_at, ends_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        present_id.0.as_bytes().as_slice(),
        act_id.0.as_bytes().as_slice(),
        if *audience == Audience::Everyone { EVERYONE } else { LISTED },
        parts.title,
        parts.message,
        parts.free_gems.amount(),
        parts.paid_gems.amount(),
        Json(items),
        parts.starts_at,
        parts.ends_at,
    )
    .execute(&mut *conn)
    .await?;
    let Audience::Listed(players) = audience else { return Ok(present_id) };
    let players: Vec<_> = players.iter().collect();
    for some in players.chunks(PLAYERS_AT_ONCE) {
        let mut insert = QueryBuilder::<MySql>::new(
            "insert into game_inventory.player_presents (user_id, present_id) ",
        );
        insert.push_values(some, |mut row, user_id| {
            row.push_bind(user_id.0.as_bytes().as_slice())
                .push_bind(present_id.0.as_bytes().as_slice());
        });
        insert.build().execute(&mut *conn).await?;
    }
    Ok(present_id)
}

impl From<&PresentItem> for ItemDocument {
    fn from(item: &PresentItem) -> Self {
        Self { item_master_id: item.item_master_id.to_string(), quantity: item.quantity.get() }
    }
}

/// A present in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedPresent {
    /// Which.
    pub present_id: PresentId,
    /// What it is.
    pub present: Present,
}

struct Row {
    present_id: Vec<u8>,
    title: String,
    message: String,
    free_gems: u64,
    paid_gems: u64,
    items: String,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
}

impl TryFrom<Row> for MailedPresent {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let items: Vec<ItemDocument> = serde_json::from_str(&row.items).map_err(corrupt)?;
        let item = |ItemDocument { item_master_id, quantity }| {
            let item_master_id = ItemMasterId::new(item_master_id).map_err(corrupt)?;
            let quantity = Quantity::new(quantity).map_err(corrupt)?;
            Ok(PresentItem { item_master_id, quantity })
        };
        let parts = PresentParts {
            title: row.title,
            message: row.message,
            free_gems: gems(row.free_gems)?,
            paid_gems: gems(row.paid_gems)?,
            items: items.into_iter().map(item).collect::<sqlx::Result<_>>()?,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        };
        Ok(Self {
            present_id: PresentId(uuid(&row.present_id)?),
            present: Present::new(parts).map_err(corrupt)?,
        })
    }
}

/// A position in a mailbox, in which the present that ends first comes first.
#[derive(Debug, Clone, Copy)]
pub struct PresentPlace {
    /// When the present ends.
    pub ends_at: OffsetDateTime,
    /// Which it is.
    pub present_id: PresentId,
}

/// A page of the presents that a player can receive at `now`, the first to end first,
/// starting after `after`.
///
/// # Errors
/// When the database fails.
pub async fn mailbox(
    conn: &mut Conn,
    user_id: UserId,
    now: OffsetDateTime,
    after: Option<PresentPlace>,
    limit: Limit,
) -> sqlx::Result<Page<MailedPresent>> {
    let user = user_id.0.as_bytes().as_slice();
    let ends_at = after.map(|place| place.ends_at);
    let present_id = after.map(|place| place.present_id.0.as_bytes().to_vec());
    let rows = sqlx::query_as!(
        Row,
        r#"select p.present_id as "present_id!: Vec<u8>", p.title as "title!: String",
                  p.message as "message!: String", p.free_gems as "free_gems!: u64",
                  p.paid_gems as "paid_gems!: u64", p.items as "items!: String",
                  p.starts_at as "starts_at!: OffsetDateTime",
                  p.ends_at as "ends_at!: OffsetDateTime"
           from (
             select e.* from game_inventory.presents e
             where e.audience = 'everyone' and e.ends_at > ?
             union all
             select l.* from game_inventory.player_presents m
             join game_inventory.presents l on l.present_id = m.present_id
             where m.user_id = ? and l.ends_at > ?) p
           left join game_inventory.received_presents r
             on r.user_id = ? and r.present_id = p.present_id
           where p.starts_at <= ? and r.present_id is null
             and (? is null or (p.ends_at, p.present_id) > (?, ?))
           order by p.ends_at, p.present_id limit ?"#,
        now,
        user,
        now,
        user,
        now,
        ends_at,
        ends_at,
        present_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(MailedPresent::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// A present of a player, and when they received it, if they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPresent {
    /// The present.
    pub mailed: MailedPresent,
    /// When it was received.
    pub received_at: Option<OffsetDateTime>,
}

/// A present that a player has, or has received, whatever its period.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    user_id: UserId,
    present_id: PresentId,
) -> sqlx::Result<Option<OwnPresent>> {
    let user = user_id.0.as_bytes().as_slice();
    let row = sqlx::query!(
        r#"select p.present_id, p.title, p.message, p.free_gems, p.paid_gems, p.items,
                  p.starts_at, p.ends_at, r.received_at as "received_at?"
           from game_inventory.presents p
           left join game_inventory.player_presents m
             on m.user_id = ? and m.present_id = p.present_id
           left join game_inventory.received_presents r
             on r.user_id = ? and r.present_id = p.present_id
           where p.present_id = ? and (p.audience = 'everyone' or m.user_id is not null)"#,
        user,
        user,
        present_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let mailed = Row {
            present_id: row.present_id,
            title: row.title,
            message: row.message,
            free_gems: row.free_gems,
            paid_gems: row.paid_gems,
            items: row.items,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        };
        Ok(OwnPresent { mailed: mailed.try_into()?, received_at: row.received_at })
    })
    .transpose()
}

/// Gives a player what is in a present; `false`, and no change, if they received it
/// before. A second request for the same present waits here for the first.
///
/// # Errors
/// When the database fails.
pub async fn receive(
    conn: &mut Conn,
    user_id: UserId,
    mailed: &MailedPresent,
) -> sqlx::Result<bool> {
    let receipt_id = ReceiptId::derive(user_id, mailed.present_id);
    if !record_receipt(conn, user_id, mailed.present_id, receipt_id).await? {
        return Ok(false);
    }
    let source_id = SourceId(receipt_id.0);
    let parts = mailed.present.parts();
    if parts.free_gems > Gems::ZERO || parts.paid_gems > Gems::ZERO {
        // Both balances at once, as draws do, so that nobody has one and waits for the
        // other.
        lot::lock(conn, user_id, Payment::AnyGem).await?;
    }
    if parts.free_gems > Gems::ZERO {
        let (amount, reason) = (parts.free_gems, LedgerReason::Present);
        currency::credit_free(conn, user_id, amount, reason, source_id).await?;
    }
    if parts.paid_gems > Gems::ZERO {
        let (origin, granted) = (LotOrigin::Present, parts.paid_gems);
        let lot = NewLot { user_id, source_id, origin, sale: None, granted, expires_at: None };
        lot::open(conn, &lot).await?;
    }
    inventory::grant_present(conn, user_id, receipt_id, &parts.items).await?;
    Ok(true)
}

/// A page of the presents that a player received, newest first, starting after the one
/// that was received at this time.
///
/// # Errors
/// When the database fails.
pub async fn received(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<(OffsetDateTime, PresentId)>,
    limit: Limit,
) -> sqlx::Result<Page<OwnPresent>> {
    let received_at = after.map(|(received_at, _)| received_at);
    let present_id = after.map(|(_, present_id)| present_id.0.as_bytes().to_vec());
    let rows = sqlx::query!(
        "select p.present_id, p.title, p.message, p.free_gems, p.paid_gems, p.items,
                p.starts_at, p.ends_at, r.received_at
         from game_inventory.received_presents r
         join game_inventory.presents p on p.present_id = r.present_id
         where r.user_id = ? and (? is null or (r.received_at, r.present_id) < (?, ?))
         order by r.received_at desc, r.present_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        received_at,
        received_at,
        present_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let mailed = Row {
            present_id: row.present_id,
            title: row.title,
            message: row.message,
            free_gems: row.free_gems,
            paid_gems: row.paid_gems,
            items: row.items,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        };
        Ok(OwnPresent { mailed: mailed.try_into()?, received_at: Some(row.received_at) })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// Records that a player receives a present; `false`, and no change, if they did before.
///
/// # Errors
/// When the database fails.
async fn record_receipt(
    conn: &mut Conn,
    user_id: UserId,
    present_id: PresentId,
    receipt_id: ReceiptId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_inventory.received_presents (user_id, present_id, receipt_id)
         values (?, ?, ?)",
        user_id.0.as_bytes().as_slice(),
        present_id.0.as_bytes().as_slice(),
        receipt_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await;
    unless_duplicate(done)
}
