//! One act, from the request to the log.

use std::future::ready;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenjo_domain::{
    ActId, ActReason, Fingerprint, Moved, OnePersonLimit, OperatorAct, Principal, TakesTwo, Ticket,
    UserId,
};
use tenjo_http::{ApiError, Call, Error, Operator, Reply, Route, serve_always};
use tenjo_settings::Settings;
use tenjo_store::operator_log::{self, Entry, Logged, Recorded};
use tenjo_store::{BrokenInvariant, Conn, Db, user};
use time::{Duration, OffsetDateTime};

/// A request that nobody approves in this time is void.
const APPROVED_WITHIN: Duration = Duration::hours(24);

/// What an operator's function does, as a request orders it.
pub trait Order: DeserializeOwned + Serialize + Send + Sync + 'static {
    /// Which act it is, in the log.
    const ACT: OperatorAct;

    /// What it gives or takes; `None` for more than can be told, such as a present for
    /// everyone. One person may move only so much.
    ///
    /// # Errors
    /// When the order is not a good one.
    fn moves(&self) -> Result<Option<Moved>, ApiError> {
        Ok(Some(Moved::default()))
    }

    /// The player whom it is about, if it is about one.
    fn user_id(&self) -> Option<UserId> {
        None
    }

    /// Puts the ids that stay in the place of those by which people call players. The log
    /// keeps an order for ever, and nobody may find a deleted player by it.
    ///
    /// # Errors
    /// When one of them is no player.
    fn keep_no_names(
        &mut self,
        _conn: &mut Conn,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        ready(Ok(()))
    }

    /// Puts what people call the players back, for the person who approves an order.
    ///
    /// # Errors
    /// When the database fails.
    fn name_players(
        &mut self,
        _conn: &mut Conn,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        ready(Ok(()))
    }

    /// Does it, in the transaction of the log's line. A dry run does it too, and rolls
    /// back.
    fn carry_out(
        &self,
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Done, ApiError>> + Send;
}

/// The same for an order that needs more than the database, such as a setting.
pub trait OrderWith<M>: DeserializeOwned + Serialize + Send + Sync + 'static {
    /// Which act it is, in the log.
    const ACT: OperatorAct;

    /// What it gives or takes, as [`Order::moves`] says, unless [`Done::moving`] tells it.
    ///
    /// # Errors
    /// When the order is not a good one.
    fn moves(&self) -> Result<Option<Moved>, ApiError> {
        Ok(Some(Moved::default()))
    }

    /// The player whom it is about, if it is about one.
    fn user_id(&self) -> Option<UserId>;

    /// As [`Order::keep_no_names`] does.
    ///
    /// # Errors
    /// The same.
    fn keep_no_names(
        &mut self,
        _conn: &mut Conn,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        ready(Ok(()))
    }

    /// As [`Order::name_players`] does.
    ///
    /// # Errors
    /// The same.
    fn name_players(
        &mut self,
        _conn: &mut Conn,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        ready(Ok(()))
    }

    /// Does it, as [`Order::carry_out`] does.
    fn carry_out(
        &self,
        means: &M,
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Done, ApiError>> + Send;
}

impl<O: Order> OrderWith<()> for O {
    const ACT: OperatorAct = O::ACT;

    fn moves(&self) -> Result<Option<Moved>, ApiError> {
        Order::moves(self)
    }

    fn user_id(&self) -> Option<UserId> {
        Order::user_id(self)
    }

    fn keep_no_names(
        &mut self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        Order::keep_no_names(self, conn)
    }

    fn name_players(
        &mut self,
        conn: &mut Conn,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        Order::name_players(self, conn)
    }

    fn carry_out(
        &self,
        (): &(),
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Done, ApiError>> + Send {
        Order::carry_out(self, conn, act_id, now)
    }
}

/// What an act changed, for the answer and the log.
pub struct Done {
    result: Value,
    /// What it moved, if only doing it could tell.
    moved: Option<Moved>,
}

impl Done {
    /// What was before and what is now.
    ///
    /// # Errors
    /// When it cannot be written, which is our bug.
    pub fn with(changed: impl Serialize) -> Result<Self, ApiError> {
        let result = serde_json::to_value(changed).map_err(ApiError::internal)?;
        Ok(Self { result, moved: None })
    }

    /// The same, for an act whose order does not say what it moves.
    #[must_use]
    pub fn moving(self, moved: Moved) -> Self {
        Self { moved: Some(moved), ..self }
    }

    /// Says in the result why it takes another person, and what is left to this one today.
    fn taking_two(mut self, why: TakesTwo, left: Moved) -> Self {
        if let Value::Object(fields) = &mut self.result {
            let said = json!({
                "because": why.as_str(),
                "left_free_gems": left.free_gems.amount(),
                "left_paid_gems": left.paid_gems.amount(),
                "left_item_copies": left.item_copies,
            });
            fields.insert("takes_two".to_owned(), said);
        }
        self
    }
}

#[derive(Deserialize)]
#[serde(bound = "O: DeserializeOwned")]
struct ActRequest<O> {
    ticket: String,
    reason: String,
    /// Show what would change, and change nothing.
    dry_run: Option<bool>,
    /// What to do.
    order: Option<O>,
    /// Or the request of another person to approve.
    approves: Option<String>,
}

#[derive(Serialize)]
struct ActView {
    act_id: String,
    /// `done`, `requested` or `dry_run`.
    outcome: &'static str,
    /// Whether it takes another person's approval; then it was only requested.
    needs_second_person: bool,
    result: Value,
    /// What another person had asked for, if this approves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestView>,
}

impl Reply for ActView {}

/// A request, for the person who approves it.
#[derive(Serialize)]
struct RequestView {
    principal: String,
    ticket: String,
    reason: String,
    ordered: Value,
}

impl RequestView {
    async fn of<O: OrderWith<M>, M>(conn: &mut Conn, entry: &Entry) -> Result<Self, ApiError> {
        let mut order: O = serde_json::from_str(&entry.ordered).map_err(ApiError::internal)?;
        order.name_players(conn).await?;
        Ok(Self {
            principal: entry.principal.as_str().to_owned(),
            ticket: entry.ticket.as_str().to_owned(),
            reason: entry.reason.as_str().to_owned(),
            ordered: serde_json::to_value(&order).map_err(ApiError::internal)?,
        })
    }
}

impl ActView {
    async fn of(
        conn: &mut Conn,
        entry: &Entry,
        request: Option<RequestView>,
    ) -> Result<Self, ApiError> {
        let result = serde_json::from_str(&entry.result).map_err(ApiError::internal)?;
        Ok(Self {
            act_id: entry.act_id.to_string(),
            outcome: if entry.is_done { "done" } else { "requested" },
            needs_second_person: !entry.is_done,
            result: with_player_id(conn, result, entry.user_id).await?,
            request,
        })
    }
}

/// A result with what people call the player whom the act is about. The log has only the id
/// that stays: a deleted player is called otherwise, and by nobody.
async fn with_player_id(
    conn: &mut Conn,
    mut result: Value,
    user_id: Option<UserId>,
) -> Result<Value, ApiError> {
    if let (Value::Object(fields), Some(user_id)) = (&mut result, user_id) {
        let player_id = user::player_id_of(conn, user_id).await?;
        fields.insert("player_id".to_owned(), json!(player_id));
    }
    Ok(result)
}

/// What every act of a function needs.
struct Office<M> {
    db: Db,
    /// None for acts that move no gems.
    one_person: Option<OnePersonLimit>,
    means: M,
}

/// Serves the acts of one kind until the process ends, with the database of this setting.
/// Its transactions are READ COMMITTED: an act that waited for another of the same person
/// counts what that one moved.
///
/// # Errors
/// When a setting is missing or bad, or the runtime is gone.
pub async fn serve<O: Order>(
    settings: &Settings,
    database: &str,
    one_person: Option<OnePersonLimit>,
) -> Result<(), Error> {
    serve_with::<O, ()>(settings, database, one_person, ()).await
}

/// The same for an order that needs more than the database.
///
/// # Errors
/// When a setting is missing or bad, or the runtime is gone.
pub async fn serve_with<O: OrderWith<M>, M: Send + Sync + 'static>(
    settings: &Settings,
    database: &str,
    one_person: Option<OnePersonLimit>,
    means: M,
) -> Result<(), Error> {
    let db = settings.database(database, tenjo_store::connect_read_committed)?;
    let office = Office { db, one_person, means };
    serve_always(settings, Route::post("/"), office, act::<O, M>).await
}

/// What the log will say of an act, apart from the order.
struct Line {
    act_id: ActId,
    principal: Principal,
    ticket: Ticket,
    reason: ActReason,
    fingerprint: Fingerprint,
    /// The request that it approves, if it approves one.
    approves: Option<ActId>,
}

/// Does what was ordered, once, and writes it into the log; or asks for a second person;
/// or shows what would change.
///
/// # Errors
/// - `unauthorized` (401): not let in by IAM
/// - `invalid_request` (400): also an approval by the person who asked, one that comes too
///   late, and a second one
/// - `not_found` (404)
/// - `insufficient_currency` (409), `request_in_progress` (409)
/// - `idempotency_key_reused` (422)
async fn act<O: OrderWith<M>, M: Sync>(
    office: &Office<M>,
    call: Call<Operator, ActRequest<O>>,
) -> Result<ActView, ApiError> {
    let now = call.now();
    let principal = call.principal().clone();
    let key = call.idempotency_key()?;
    let key = key.ok_or_else(|| ApiError::invalid("Idempotency-Key", "is required"))?;
    let act_id = ActId::derive(&principal, &key);
    let ActRequest { ticket, reason, dry_run, order, approves } = call.body;
    let ticket = Ticket::new(ticket).map_err(ApiError::field("ticket"))?;
    let reason = ActReason::new(reason).map_err(ApiError::field("reason"))?;
    let approves: Option<ActId> =
        approves.map(|id| id.parse().map_err(ApiError::field("approves"))).transpose()?;
    let (order, asked_for) = match (order, approves) {
        (Some(order), None) => {
            let order = as_kept(office, order).await?;
            let ordered = write(&order)?;
            (Some(order), ordered)
        }
        (None, Some(request)) => (None, format!("approves {request}")),
        _ => return Err(ApiError::invalid("order", "give an order, or the request to approve")),
    };
    let parts = [O::ACT.as_str(), ticket.as_str(), reason.as_str(), &asked_for];
    let fingerprint = Fingerprint::of(&parts);

    let line = Line { act_id, principal, ticket, reason, fingerprint, approves };
    if let Some(view) = line.found::<O, M>(office).await? {
        return Ok(view);
    }
    let order = order.map(|order| (order, asked_for));
    let acted = line.act::<O, M>(office, order, dry_run == Some(true), now).await;
    match acted {
        Ok(view) => Ok(view),
        // Perhaps because the same request was served at the same time.
        Err(error) => match line.found::<O, M>(office).await {
            Ok(None) => Err(error),
            found => {
                // It goes no further, so it is counted here.
                BrokenInvariant::report_among_causes(&error);
                found?.ok_or(error)
            }
        },
    }
}

impl Line {
    /// What came of this act before, if it was done or requested.
    async fn found<O: OrderWith<M>, M>(
        &self,
        office: &Office<M>,
    ) -> Result<Option<ActView>, ApiError> {
        let mut conn = office.db.acquire().await?;
        let Some(Logged { entry, .. }) = operator_log::find(&mut conn, self.act_id).await? else {
            return Ok(None);
        };
        if entry.fingerprint != self.fingerprint {
            return Err(ApiError::IdempotencyKeyReused);
        }
        let request = match entry.approves {
            Some(request) => operator_log::find(&mut conn, request).await?,
            None => None,
        };
        let request = match request {
            Some(logged) => Some(RequestView::of::<O, M>(&mut conn, &logged.entry).await?),
            None => None,
        };
        ActView::of(&mut conn, &entry, request).await.map(Some)
    }

    async fn act<O: OrderWith<M>, M: Sync>(
        &self,
        office: &Office<M>,
        order: Option<(O, String)>,
        is_dry_run: bool,
        now: OffsetDateTime,
    ) -> Result<ActView, ApiError> {
        let mut tx = office.db.begin().await?;
        let (order, ordered, request) = match order {
            Some((order, ordered)) => (order, ordered, None),
            None => {
                let (act, me) = (O::ACT, &self.principal);
                let request = requested(&mut tx, act, self.approves, me, now).await?;
                let order = serde_json::from_str(&request.ordered).map_err(ApiError::internal)?;
                let view = RequestView::of::<O, M>(&mut tx, &request).await?;
                (order, request.ordered, Some(view))
            }
        };
        let moves = order.moves()?;
        let done = order.carry_out(&office.means, &mut tx, self.act_id, now).await?;
        let moved = done.moved.or(moves);
        let (done, needs_second_person) = match self.takes_two(office, &mut tx, moved).await? {
            Some((why, left)) => (done.taking_two(why, left), true),
            None => (done, false),
        };
        let Done { result, .. } = done;
        if is_dry_run {
            let result = with_player_id(&mut tx, result, order.user_id()).await?;
            tx.rollback().await?;
            let act_id = self.act_id.to_string();
            let outcome = "dry_run";
            return Ok(ActView { act_id, outcome, needs_second_person, result, request });
        }
        if needs_second_person {
            // What was done only showed that it can be done, and what it would change.
            tx.rollback().await?;
            tx = office.db.begin().await?;
        }
        let is_done = !needs_second_person;
        // A request has moved nothing, and a present for everyone is never one person's.
        let moved = moved.filter(|_| is_done).unwrap_or_default();
        let entry = self.entry::<O, M>(&order, ordered, is_done, &result, moved);
        match operator_log::record(&mut tx, &entry).await? {
            Recorded::New => {}
            Recorded::Known => return Err(ApiError::RequestInProgress),
            Recorded::ApprovedBefore => {
                return Err(ApiError::invalid("approves", "is approved already"));
            }
        }
        let view = ActView::of(&mut tx, &entry, request).await?;
        tx.commit().await?;
        let (act, ticket) = (entry.act.as_str(), entry.ticket.as_str());
        let principal = entry.principal.as_str();
        tracing::info!(act, act_id = %self.act_id, principal, ticket, "logged");
        Ok(view)
    }

    /// Why it takes another person, and what is left to this one today; `None` if it does
    /// not, or if it is that other person's. The act is then the only one of its person
    /// until the transaction ends, so two at once do not both find the same rest.
    async fn takes_two<M>(
        &self,
        office: &Office<M>,
        conn: &mut Conn,
        moved: Option<Moved>,
    ) -> Result<Option<(TakesTwo, Moved)>, ApiError> {
        let Some(limit) = office.one_person.filter(|_| self.approves.is_none()) else {
            return Ok(None);
        };
        operator_log::take_turn(conn, &self.principal).await?;
        let alone = operator_log::moved_alone(conn, &self.principal).await?;
        Ok(limit.takes_two(moved, alone).map(|why| (why, limit.left(alone))))
    }

    fn entry<O: OrderWith<M>, M>(
        &self,
        order: &O,
        ordered: String,
        is_done: bool,
        result: &Value,
        moved: Moved,
    ) -> Entry {
        Entry {
            act_id: self.act_id,
            act: O::ACT,
            principal: self.principal.clone(),
            ticket: self.ticket.clone(),
            reason: self.reason.clone(),
            fingerprint: self.fingerprint,
            ordered,
            is_done,
            result: result.to_string(),
            moved,
            approves: self.approves,
            user_id: order.user_id(),
        }
    }
}

/// The request, if this person may approve it. Of two approvals at once, the log takes
/// one.
async fn requested(
    conn: &mut Conn,
    act: OperatorAct,
    request: Option<ActId>,
    approver: &Principal,
    now: OffsetDateTime,
) -> Result<Entry, ApiError> {
    let request = request.ok_or(ApiError::NotFound("request"))?;
    let found = operator_log::find(conn, request).await?;
    let Logged { entry, created_at } = found
        .filter(|logged| !logged.entry.is_done && logged.entry.act == act)
        .ok_or(ApiError::NotFound("request"))?;
    if entry.principal.person() == approver.person() {
        return Err(ApiError::invalid("approves", "must be approved by another person"));
    }
    if now - created_at > APPROVED_WITHIN {
        return Err(ApiError::invalid("approves", "is older than a day; request it again"));
    }
    Ok(entry)
}

/// The order as the log keeps it. Its fingerprint is of this too: who knows what a deleted
/// player was called must not find it by trying.
async fn as_kept<O: OrderWith<M>, M>(office: &Office<M>, mut order: O) -> Result<O, ApiError> {
    let mut conn = office.db.acquire().await?;
    order.keep_no_names(&mut conn).await?;
    Ok(order)
}

fn write(order: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(order).map_err(ApiError::internal)
}
