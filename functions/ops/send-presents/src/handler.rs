use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tenjo_domain::{
    ActId, Gems, ItemMasterId, Moved, OperatorAct, Present, PresentItem, PresentParts, Quantity,
    UserId,
};
use tenjo_operators::{ApiError, Done, Order, moment};
use tenjo_store::present::{self, Audience};
use tenjo_store::{Conn, item_master, user};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// The longest list of one act, so that its transaction stays a short one.
const MOST_PLAYERS: usize = 10_000;

#[derive(Serialize, Deserialize)]
pub(crate) struct SendPresents {
    /// `listed` or `everyone`.
    audience: AudienceWord,
    /// Whose mailboxes, by player id, if they are listed.
    player_ids: Option<Vec<String>>,
    /// The same in the log, which keeps no player ids. No request has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_ids: Option<Vec<Uuid>>,
    title: String,
    message: Option<String>,
    free_gems: Option<u64>,
    paid_gems: Option<u64>,
    items: Option<Vec<ItemOrder>>,
    /// At once if absent.
    starts_at: Option<String>,
    ends_at: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AudienceWord {
    Listed,
    Everyone,
}

#[derive(Serialize, Deserialize)]
struct ItemOrder {
    item_master_id: String,
    quantity: u32,
}

#[derive(Serialize)]
struct Changed {
    present_id: String,
    /// How many mailboxes; null for everyone's.
    players: Option<usize>,
    free_gems: u64,
    paid_gems: u64,
    items: u64,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
}

impl SendPresents {
    /// The present, if it starts at `now` unless the order says when.
    fn present(&self, now: OffsetDateTime) -> Result<Present, ApiError> {
        let gems = |field: &str, gems: Option<u64>| {
            Gems::new(gems.unwrap_or(0)).map_err(ApiError::field(field))
        };
        let mut items = Vec::new();
        for (index, item) in self.items.iter().flatten().enumerate() {
            let field = format!("order.items.{index}.item_master_id");
            let item_master_id =
                ItemMasterId::new(item.item_master_id.as_str()).map_err(ApiError::field(&field))?;
            let field = format!("order.items.{index}.quantity");
            let quantity = Quantity::new(item.quantity.into()).map_err(ApiError::field(&field))?;
            items.push(PresentItem { item_master_id, quantity });
        }
        let starts_at = self.starts_at.as_deref();
        let starts_at = starts_at.map(|text| moment("order.starts_at", text)).transpose()?;
        Present::new(PresentParts {
            title: self.title.clone(),
            message: self.message.clone().unwrap_or_default(),
            free_gems: gems("order.free_gems", self.free_gems)?,
            paid_gems: gems("order.paid_gems", self.paid_gems)?,
            items,
            starts_at: starts_at.unwrap_or(now),
            ends_at: moment("order.ends_at", &self.ends_at)?,
        })
        .map_err(ApiError::field("order"))
    }

    /// The listed players, each of whom must exist and be listed once; `None` for everyone.
    async fn listed(&self, conn: &mut Conn) -> Result<Option<BTreeSet<UserId>>, ApiError> {
        let player_ids = match (self.audience, &self.player_ids) {
            (AudienceWord::Everyone, None) => return Ok(None),
            (AudienceWord::Listed, Some(ids)) if (1..=MOST_PLAYERS).contains(&ids.len()) => ids,
            (AudienceWord::Everyone, Some(_)) => {
                return Err(ApiError::invalid("order.player_ids", "are for a list of players"));
            }
            (AudienceWord::Listed, _) => {
                let why = format!("must be 1 to {MOST_PLAYERS} player ids");
                return Err(ApiError::invalid("order.player_ids", why));
            }
        };
        let known: HashMap<String, UserId> = user::find_ids(conn, player_ids).await?;
        let mut users = BTreeSet::new();
        for (index, player_id) in player_ids.iter().enumerate() {
            let field = format!("order.player_ids.{index}");
            let user_id = known.get(player_id);
            let user_id = user_id.ok_or_else(|| ApiError::invalid(&field, "is no player"))?;
            if !users.insert(*user_id) {
                return Err(ApiError::invalid(&field, "is listed twice"));
            }
        }
        Ok(Some(users))
    }

    /// Whose mailboxes, of the order as it is kept. Who was deleted since it was asked for
    /// has none.
    async fn audience(&self, conn: &mut Conn) -> Result<Audience, ApiError> {
        let Some(user_ids) = self.kept()? else { return Ok(Audience::Everyone) };
        if user::find_player_ids(conn, &user_ids).await?.len() < user_ids.len() {
            return Err(ApiError::invalid("order.player_ids", "has a player who was deleted"));
        }
        Ok(Audience::Listed(user_ids.into_iter().collect()))
    }

    /// The listed players, of the order as it is kept; `None` for everyone. A list without
    /// user ids is of a release that kept player ids: nobody is to be taken for everyone.
    fn kept(&self) -> Result<Option<Vec<UserId>>, ApiError> {
        match (self.audience, &self.user_ids) {
            (AudienceWord::Everyone, None) => Ok(None),
            (AudienceWord::Listed, Some(ids)) => {
                Ok(Some(ids.iter().copied().map(UserId).collect()))
            }
            (AudienceWord::Listed, None) | (AudienceWord::Everyone, Some(_)) => {
                let why = "do not say whom it is for; request it again";
                Err(ApiError::invalid("order.player_ids", why))
            }
        }
    }
}

impl Order for SendPresents {
    const ACT: OperatorAct = OperatorAct::SendPresents;

    fn moves(&self) -> Result<Option<Moved>, ApiError> {
        let Some(user_ids) = self.kept()? else { return Ok(None) };
        let players = u64::try_from(user_ids.len()).unwrap_or(u64::MAX);
        // Whenever it starts, it gives as much.
        let moved = self.present(datetime!(2020-01-01 00:00 UTC))?.moves_for(players);
        let too_much = || ApiError::invalid("order", "gives all of them more than can be counted");
        moved.map(Some).ok_or_else(too_much)
    }

    async fn keep_no_names(&mut self, conn: &mut Conn) -> Result<(), ApiError> {
        if self.user_ids.is_some() {
            return Err(ApiError::invalid("order.user_ids", "must be left out: list player ids"));
        }
        let users = self.listed(conn).await?;
        self.user_ids = users.map(|users| users.into_iter().map(|user| user.0).collect());
        self.player_ids = None;
        Ok(())
    }

    async fn name_players(&mut self, conn: &mut Conn) -> Result<(), ApiError> {
        if let Some(ids) = self.user_ids.take() {
            let user_ids: Vec<_> = ids.into_iter().map(UserId).collect();
            let mut known = user::find_player_ids(conn, &user_ids).await?;
            let named = user_ids.iter().filter_map(|user_id| known.remove(user_id));
            self.player_ids = Some(named.collect());
        }
        Ok(())
    }

    async fn carry_out(
        &self,
        conn: &mut Conn,
        act_id: ActId,
        now: OffsetDateTime,
    ) -> Result<Done, ApiError> {
        let present = self.present(now)?;
        let parts = present.parts();
        if parts.ends_at <= now {
            return Err(ApiError::invalid("order.ends_at", "has passed"));
        }
        let missing = item_master::first_unknown(conn, &parts.items).await?;
        if let Some(index) = missing {
            let field = format!("order.items.{index}.item_master_id");
            return Err(ApiError::invalid(&field, "is no item of the game"));
        }
        let audience = self.audience(conn).await?;
        let present_id = present::send(conn, act_id, &present, &audience).await?;
        Done::with(Changed {
            present_id: present_id.to_string(),
            players: match audience {
                Audience::Everyone => None,
                Audience::Listed(users) => Some(users.len()),
            },
            free_gems: parts.free_gems.amount(),
            paid_gems: parts.paid_gems.amount(),
            items: present.copies(),
            starts_at: parts.starts_at,
            ends_at: parts.ends_at,
        })
    }
}
