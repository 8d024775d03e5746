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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::num::NonZeroU32;

    use tenjo_domain::{Gems, Payment};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn everything_that_a_player_asks_for_is_in_the_fingerprint() {
        let plain = || Order {
            user_id: UserId(Uuid::nil()),
            session_id: SessionId(Uuid::nil()),
            most_per_minute: Most::new(NonZeroU32::MIN),
            pool_id: PoolId::new("pool").unwrap(),
            draw_count: DrawCount::new(1).unwrap(),
            expected_cost: None,
            client_seed: None,
            expected_revision: None,
            expected_draw_number: None,
        };
        let cost = Cost { currency_type: Payment::FreeGem, amount: Gems::new(1).unwrap() };
        let orders = [
            plain(),
            Order { pool_id: PoolId::new("other").unwrap(), ..plain() },
            Order { draw_count: DrawCount::new(10).unwrap(), ..plain() },
            Order { expected_cost: Some(cost), ..plain() },
            Order { client_seed: Some(ClientSeed::new("1").unwrap()), ..plain() },
            Order { expected_revision: Some(PoolRevision([1; 32])), ..plain() },
            Order { expected_draw_number: Some(DrawNumber::FIRST), ..plain() },
        ];
        let distinct: BTreeSet<_> = orders.iter().map(|order| order.fingerprint().0).collect();
        assert_eq!(distinct.len(), orders.len());
        // A repeat by another login is the same order.
        let again = Order { session_id: SessionId(Uuid::max()), ..plain() };
        assert_eq!(again.fingerprint(), plain().fingerprint());
    }
}
