//! What operators did, and what they asked a second person for. Rows are only added.

use tenjo_domain::{ActId, ActReason, Fingerprint, Moved, OperatorAct, Principal, Ticket, UserId};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::error::{is_duplicate, is_duplicate_of};
use crate::{Conn, Limit, Page, corrupt, gems, uuid, word};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which act, or which request for one.
    pub act_id: ActId,
    /// What.
    pub act: OperatorAct,
    /// By whom.
    pub principal: Principal,
    /// For which ticket.
    pub ticket: Ticket,
    /// Why.
    pub reason: ActReason,
    /// A hash of the whole request, with the order as it is kept.
    pub fingerprint: Fingerprint,
    /// What was asked, as JSON.
    pub ordered: String,
    /// Whether it was done, or waits for a second person.
    pub is_done: bool,
    /// What came of it, as JSON.
    pub result: String,
    /// What it moved: nothing if it is only a request.
    pub moved: Moved,
    /// The request that it approves, if it approves one.
    pub approves: Option<ActId>,
    /// The player whom it is about, if it is about one.
    pub user_id: Option<UserId>,
}

/// The last second of a timestamp.
const LAST_TIMESTAMP: OffsetDateTime = datetime!(2038-01-19 03:14:07 UTC);

const DONE: &str = "done";
const REQUESTED: &str = "requested";

/// What became of a line that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is there.
    New,
    /// The act's id is taken. The caller rolls back.
    Known,
    /// The request is approved already. The caller rolls back.
    ApprovedBefore,
}

/// Writes a line.
///
/// # Errors
/// When the database fails.
pub async fn record(conn: &mut Conn, entry: &Entry) -> sqlx::Result<Recorded> {
    let done = sqlx::query!(
        "insert into game_ops.operator_log
           (act_id, act, principal, ticket, reason, fingerprint, ordered, outcome, result,
            free_gems, paid_gems, item_copies, approves, user_id)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.act_id.0.as_bytes().as_slice(),
        entry.act.as_str(),
        entry.principal.as_str(),
        entry.ticket.as_str(),
        entry.reason.as_str(),
        entry.fingerprint.0.as_slice(),
        entry.ordered,
        if entry.is_done { DONE } else { REQUESTED },
        entry.result,
        entry.moved.free_gems.amount(),
        entry.moved.paid_gems.amount(),
        entry.moved.item_copies,
        entry.approves.map(|id| id.0.as_bytes().to_vec()),
        entry.user_id.map(|id| id.0.as_bytes().to_vec()),
    )
    .execute(conn)
    .await;
    match done {
        Ok(_) => Ok(Recorded::New),
        Err(error) if is_duplicate_of(&error, "operator_log_approved_once") => {
            Ok(Recorded::ApprovedBefore)
        }
        Err(error) if is_duplicate(&error) => Ok(Recorded::Known),
        Err(error) => Err(error),
    }
}

/// Makes the acts of a person wait for each other: whoever counts what a person has moved
/// has their row first, until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn take_turn(conn: &mut Conn, principal: &Principal) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_ops.operators (person, last_act_at) values (?, current_timestamp(6))
         on duplicate key update last_act_at = current_timestamp(6)",
        principal.person(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a person has moved in the last 24 hours without another one. The caller has their
/// turn, in a transaction that is READ COMMITTED.
///
/// # Errors
/// When the database fails.
pub async fn moved_alone(conn: &mut Conn, principal: &Principal) -> sqlx::Result<Moved> {
    let row = sqlx::query!(
        r#"select cast(ifnull(sum(free_gems), 0) as unsigned) as "free_gems!: u64",
                  cast(ifnull(sum(paid_gems), 0) as unsigned) as "paid_gems!: u64",
                  cast(ifnull(sum(item_copies), 0) as unsigned) as "item_copies!: u64"
           from game_ops.operator_log
           where person = ? and created_at > current_timestamp(6) - interval 24 hour
             and outcome = 'done' and approves is null"#,
        principal.person(),
    )
    .fetch_one(conn)
    .await?;
    Ok(Moved {
        free_gems: gems(row.free_gems)?,
        paid_gems: gems(row.paid_gems)?,
        item_copies: row.item_copies,
    })
}

struct Row {
    act_id: Vec<u8>,
    act: String,
    principal: String,
    ticket: String,
    reason: String,
    fingerprint: Vec<u8>,
    ordered: String,
    outcome: String,
    result: String,
    free_gems: u64,
    paid_gems: u64,
    item_copies: u64,
    approves: Option<Vec<u8>>,
    user_id: Option<Vec<u8>>,
    created_at: OffsetDateTime,
}

/// A line with the time at which it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The line.
    pub entry: Entry,
    /// When.
    pub created_at: OffsetDateTime,
}

impl TryFrom<Row> for Logged {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let id = |bytes: Option<Vec<u8>>| bytes.as_deref().map(uuid).transpose();
        let entry = Entry {
            act_id: ActId(uuid(&row.act_id)?),
            act: word(&row.act)?,
            principal: Principal::new(row.principal).map_err(corrupt)?,
            ticket: Ticket::new(row.ticket).map_err(corrupt)?,
            reason: ActReason::new(row.reason).map_err(corrupt)?,
            fingerprint: Fingerprint(row.fingerprint.as_slice().try_into().map_err(corrupt)?),
            ordered: row.ordered,
            is_done: row.outcome == DONE,
            result: row.result,
            moved: Moved {
                free_gems: gems(row.free_gems)?,
                paid_gems: gems(row.paid_gems)?,
                item_copies: row.item_copies,
            },
            approves: id(row.approves)?.map(ActId),
            user_id: id(row.user_id)?.map(UserId),
        };
        Ok(Self { entry, created_at: row.created_at })
    }
}

/// The line of an act.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, act_id: ActId) -> sqlx::Result<Option<Logged>> {
    sqlx::query_as!(
        Row,
        r#"select act_id, act, principal, ticket, reason, fingerprint, ordered, outcome, result,
                free_gems, paid_gems, item_copies, approves as "approves: Vec<u8>", user_id as "user_id: Vec<u8>", created_at
         from game_ops.operator_log where act_id = ?"#,
        act_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(Logged::try_from)
    .transpose()
}

/// A page of the acts about a player, newest first, starting after the one that was
/// written at this time with this id.
///
/// # Errors
/// When the database fails.
pub async fn about(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<(OffsetDateTime, ActId)>,
    limit: Limit,
) -> sqlx::Result<Page<Logged>> {
    let at = after.map(|(at, _)| at);
    let act_id = after.map(|(_, act_id)| act_id.0.as_bytes().to_vec());
    let rows = sqlx::query_as!(
        Row,
        r#"select act_id, act, principal, ticket, reason, fingerprint, ordered, outcome, result,
                free_gems, paid_gems, item_copies, approves as "approves: Vec<u8>", user_id as "user_id: Vec<u8>", created_at
         from game_ops.operator_log
         where user_id = ? and (? is null or (created_at, act_id) < (?, ?))
         order by created_at desc, act_id desc limit ?"#,
        user_id.0.as_bytes().as_slice(),
        at,
        at,
        act_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Logged::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// A line of the whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The line.
    pub logged: Logged,
    /// Whether it is a request that somebody has approved.
    pub is_approved: bool,
}

struct ListedRow {
    act_id: Vec<u8>,
    act: String,
    principal: String,
    ticket: String,
    reason: String,
    fingerprint: Vec<u8>,
    outcome: String,
    result: String,
    free_gems: u64,
    paid_gems: u64,
    item_copies: u64,
    approves: Option<Vec<u8>>,
    user_id: Option<Vec<u8>>,
    created_at: OffsetDateTime,
    is_approved: bool,
}

impl TryFrom<ListedRow> for Listed {
    type Error = sqlx::Error;

    fn try_from(row: ListedRow) -> sqlx::Result<Self> {
        let is_approved = row.is_approved;
        let row = Row {
            act_id: row.act_id,
            act: row.act,
            principal: row.principal,
            ticket: row.ticket,
            reason: row.reason,
            fingerprint: row.fingerprint,
            ordered: String::new(),
            outcome: row.outcome,
            result: row.result,
            free_gems: row.free_gems,
            paid_gems: row.paid_gems,
            item_copies: row.item_copies,
            approves: row.approves,
            user_id: row.user_id,
            created_at: row.created_at,
        };
        Ok(Self { logged: row.try_into()?, is_approved })
    }
}

/// A page of the whole log, newest first, starting after the line that was written at
/// this time with this id. Without what was ordered, which is left empty: the list of one
/// present can have 10,000 players.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    after: Option<(OffsetDateTime, ActId)>,
    limit: Limit,
) -> sqlx::Result<Page<Listed>> {
    // Nothing is written after the last moment that a timestamp has.
    let (at, act_id) = after.unwrap_or((LAST_TIMESTAMP, ActId(::uuid::Uuid::max())));
    let rows = sqlx::query_as!(
        ListedRow,
        r#"select l.act_id, l.act, l.principal, l.ticket, l.reason, l.fingerprint, l.outcome,
                l.result, l.free_gems, l.paid_gems, l.item_copies, l.approves as "approves: Vec<u8>", l.user_id as "user_id: Vec<u8>",
                l.created_at, a.act_id is not null as "is_approved!: bool"
         from game_ops.operator_log l
         left join game_ops.operator_log a on a.approves = l.act_id
         where l.created_at <= ? and (l.created_at < ? or l.act_id < ?)
         order by l.created_at desc, l.act_id desc limit ?"#,
        at,
        at,
        act_id.0.as_bytes().as_slice(),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Listed::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
