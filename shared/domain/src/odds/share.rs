//! How the draws of a rarity are shared among its items: small fractions,
//! because they do not depend on when the rarity comes.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::boxes::{self, Copies};
use crate::{PityRule, Pool, PoolItem, PoolKind, Rarity};

impl Pool {
    /// The weight of the items of a rarity: of pickups, and of others.
    pub(super) fn weights_of(&self, rarity: Rarity) -> [BigInt; 2] {
        [true, false].map(|is_pickup| {
            let is_alike = |item: &&PoolItem| item.rarity == rarity && item.is_pickup == is_pickup;
            self.items().iter().filter(is_alike).map(|item| BigInt::from(item.weight.get())).sum()
        })
    }

    /// The share of an item among the pickups, or the others, of its rarity. It
    /// does not depend on anything a player does.
    pub(super) fn share_among_alike(&self, item: &PoolItem) -> BigRational {
        let [pickups, others] = self.weights_of(item.rarity);
        let all = if item.is_pickup { pickups } else { others };
        BigRational::new(item.weight.get().into(), all)
    }

    /// The share of pickups among the draws of a rarity, in the end.
    ///
    /// With a rate-up guarantee, SSRs are pickups with probability q, or surely
    /// after one that was not. Of those two kinds the first has the share
    /// 1/(2 − q), since x = 1 − x + x·q, whenever the SSRs come.
    pub(super) fn pickup_share(&self, rarity: Rarity) -> BigRational {
        let [pickups, others] = self.weights_of(rarity);
        if let PoolKind::Box { reset, .. } = self.parts().kind {
            let copies = Copies::of(self.items());
            let pickups = boxes::share_of_copy(copies, reset, true) * pickups;
            let others = boxes::share_of_copy(copies, reset, false) * others;
            return &pickups / (&pickups + others);
        }
        let is_owed = self.pity().is_some_and(|rule| rule.rate_up_guarantee);
        let all = &pickups + others;
        if is_owed && rarity == PityRule::RARITY {
            let twice = &all * 2 - pickups;
            BigRational::new(all, twice)
        } else {
            BigRational::new(pickups, all)
        }
    }
}
