//! What a player orders.

use tenjo_domain::{
    ClientSeed, Cost, DrawCount, DrawNumber, Fingerprint, Most, PoolId, PoolRevision, SessionId,
    UserId,
};

use crate::Saga;

/// A player's order of a purchase: a number of draws from a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who draws.
    pub user_id: UserId,
    /// By which login.
    pub session_id: SessionId,
    /// How many draws the player may open in a calendar minute.
    pub most_per_minute: Most,
    /// From which pool.
    pub pool_id: PoolId,
    /// How many.
    pub draw_count: DrawCount,
    /// The cost that the player was shown, if the client sends it. Steps advance and
    /// free draws are used up, perhaps on another device: a player whose client
    /// sends it never pays another price.
    pub expected_cost: Option<Cost>,
    /// The player's seed for this purchase, instead of the one that they set.
    pub client_seed: Option<ClientSeed>,
    /// The rules that the player was shown, if the client sends them.
    pub expected_revision: Option<PoolRevision>,
    /// The draw number that the purchase is to have, if the client sends it. It never
    /// gets another one.
    pub expected_draw_number: Option<DrawNumber>,
}

impl Order {
    /// Everything that the player asked for. A repeat of the order has the same.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let expected_cost = self.expected_cost.map_or_else(String::new, |cost| {
            format!("{} {}", cost.amount.amount(), cost.currency_type)
        });
        let revision = self.expected_revision.map_or_else(String::new, |it| it.to_string());
        let number = self.expected_draw_number.map_or_else(String::new, |it| it.to_string());
        Fingerprint::of(&[
            self.pool_id.as_str(),
            &self.draw_count.get().to_string(),
            &expected_cost,
            self.client_seed.as_ref().map_or("", ClientSeed::as_str),
            &revision,
            &number,
        ])
    }

    /// Whether a saga is the one that this order asks for.
    #[must_use]
    pub fn is_of(&self, saga: &Saga) -> bool {
        saga.user_id == self.user_id && saga.fingerprint == self.fingerprint()
    }
}
