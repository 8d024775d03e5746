//! Draws: some are repeated from their seeds, and void ones are counted.
//!
//! Players can check their own draws, and few do. And nobody but the operator sees how
//! many draws failed after they were drawn: whoever could make draws fail that they
//! have seen would leave many common items among the void ones, and few rare ones.

use sqlx::FromRow;
use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_proof::{
    ALGORITHM, DrawnItem, Part, PoolRules, Proof, Purchase, PurchasePoints, Record, RecordPeriod,
    check,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Conn, Players, Violation, VoidItems, query};

/// At most this many draws of a slice of players are repeated.
const MOST: u32 = 200;

/// The sentence of the rule that a repeated draw follows.
const SENTENCE: &str = "a draw follows from its seeds, its rules and the player's state";

/// The draws of some players.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draws {
    /// How many were repeated.
    pub redrawn: u64,
    /// Those that do not follow from their seeds.
    pub wrong: Vec<Violation>,
    /// What draws that failed later had drawn.
    pub void_items: VoidItems,
}

/// One draw of each closed period for these players, chosen at random; if there are
/// more periods than [`MOST`], of some of them. Each pass over all players chooses
/// again. Void draws are repeated too.
const SAMPLE: &str = "
    select d.saga_id, d.user_id, d.draw_number, d.client_seed, d.client_seed_origin,
           d.client_seed_set_at, d.draw_count, d.cost_currency_type, d.cost_amount,
           d.charged_free_gems, d.charged_paid_gems, d.point_group, d.points, d.step, d.is_free,
           d.quoted_at, d.state_before, d.state_after, d.results, d.salt, d.pool_id,
           d.pool_revision, g.document, p.commitment, p.starts_at, p.ends_at, p.published_at,
           p.revealed_seed
    from (
      select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.*,
             row_number() over (partition by s.seed_period_id order by rand()) as place
      from game_gacha.sagas s
      where s.user_id {players} and s.draw_number is not null
        and s.status in ('COMPLETED', 'FAILED')) d
    join game_gacha.seed_periods p on p.period_id = d.seed_period_id
    join game_gacha.gacha_pools g on g.revision = d.pool_revision
    where d.place = 1 and p.revealed_seed is not null
    order by rand() limit {most}";

const VOID: &str = "
    select /*+ use_index(game_gacha.s, sagas_draw_number) */ s.results
    from game_gacha.sagas s
    where s.user_id {players} and s.status = 'FAILED' and s.results is not null";

#[derive(FromRow)]
struct Row {
    saga_id: Vec<u8>,
    user_id: Vec<u8>,
    draw_number: u64,
    client_seed: String,
    client_seed_origin: String,
    client_seed_set_at: Option<OffsetDateTime>,
    draw_count: u32,
    cost_currency_type: String,
    cost_amount: u64,
    charged_free_gems: u64,
    charged_paid_gems: u64,
    point_group: Option<String>,
    points: u64,
    step: u32,
    is_free: bool,
    quoted_at: OffsetDateTime,
    state_before: Json<StateDocument>,
    state_after: Json<StateDocument>,
    results: Json<Vec<DrawnItem>>,
    salt: Vec<u8>,
    pool_id: String,
    pool_revision: Vec<u8>,
    document: String,
    commitment: Vec<u8>,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    published_at: OffsetDateTime,
    revealed_seed: Vec<u8>,
}

/// Repeats some draws of these players, and counts the void ones, in the transaction
/// or snapshot of the connection.
///
/// # Errors
/// When the database fails.
pub async fn check_draws(conn: &mut Conn, players: Players) -> sqlx::Result<Draws> {
    let mut draws = Draws::default();
    let (statement, ends) = query::of(&SAMPLE.replace("{most}", &MOST.to_string()), players)?;
    let rows: Vec<Row> = sqlx::query_as_with(statement, ends).fetch_all(&mut *conn).await?;
    for row in rows {
        draws.redrawn += 1;
        let (user_id, saga_id) = (id(&row.user_id)?, hex::encode_upper(&row.saga_id));
        let wrong = match check(&row.proof()?) {
            Ok(checked) if checked.drawn.is_some() => continue,
            Ok(_) => "its seed is not revealed".to_owned(),
            Err(disagreement) => disagreement.to_string(),
        };
        let shown = format!("saga {saga_id}: {wrong}");
        draws.wrong.push(Violation { rule: SENTENCE, user_id, shown });
    }
    let (statement, ends) = query::of(VOID, players)?;
    let void: Vec<(Json<Vec<DrawnItem>>,)> =
        sqlx::query_as_with(statement, ends).fetch_all(conn).await?;
    for item in void.into_iter().flat_map(|(results,)| results.0) {
        *draws.void_items.entry(item.rarity).or_default() += 1;
    }
    Ok(draws)
}

fn id(bytes: &[u8]) -> sqlx::Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|error| sqlx::Error::Decode(error.into()))
}

impl Row {
    /// The proof of what Draw recorded. For the player a void draw has no results and
    /// gave no points; here it has both.
    fn proof(self) -> sqlx::Result<Proof> {
        let pool_document = self.document.clone();
        let seed = Some(hex::encode(&self.revealed_seed));
        let record = self.record()?.text();
        let record = record.map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Proof { record, pool_document, seed, inclusion: None })
    }

    fn record(self) -> sqlx::Result<Record> {
        Ok(Record {
            algorithm: ALGORITHM.to_owned(),
            saga_id: id(&self.saga_id)?,
            user_id: id(&self.user_id)?,
            draw_number: self.draw_number,
            is_void: false,
            client_seed: self.client_seed,
            client_seed_origin: self.client_seed_origin,
            client_seed_set_at: self.client_seed_set_at,
            period: RecordPeriod {
                commitment: hex::encode(self.commitment),
                starts_at: self.starts_at,
                ends_at: self.ends_at,
                published_at: self.published_at,
            },
            pool: PoolRules { pool_id: self.pool_id, revision: hex::encode(self.pool_revision) },
            purchase: Purchase {
                draw_count: self.draw_count,
                currency_type: self.cost_currency_type,
                amount: self.cost_amount,
                breakdown: [
                    ("free_gem", self.charged_free_gems),
                    ("paid_gem", self.charged_paid_gems),
                ]
                .into_iter()
                .filter(|(_, amount)| *amount > 0)
                .map(|(kind, amount)| Part { currency_type: kind.to_owned(), amount })
                .collect(),
                points: self
                    .point_group
                    .map(|point_group| PurchasePoints { point_group, amount: self.points }),
                step: self.step,
                is_free: self.is_free,
                quoted_at: self.quoted_at,
            },
            state_before: self.state_before.0,
            state_after: Some(self.state_after.0),
            results: Some(self.results.0),
            salt: hex::encode(self.salt),
        })
    }
}
