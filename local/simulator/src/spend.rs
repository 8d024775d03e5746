//! What draws cost a player who always buys the same.

use tenjo_domain::{AfterLastStep, DrawCount, Pool, PoolKind};

/// The purchases of such a player, one after another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spend {
    /// Draws and price of each purchase of a turn: one, or each step.
    turn: Vec<(u32, u64)>,
    repeats: bool,
}

impl Spend {
    /// `None` if the pool does not sell that many draws at once.
    pub(crate) fn new(pool: &Pool, draw_count: DrawCount) -> Option<Self> {
        let of_step = |step| pool.prices_at(step).iter().map(|p| (p.draw_count, p.cost.amount));
        let (turn, repeats): (Vec<_>, _) = match &pool.parts().kind {
            PoolKind::StepUp { after_last, .. } => {
                of_step(0).find(|(count, _)| *count == draw_count)?;
                let steps = (0..pool.stage_count()).flat_map(of_step);
                (steps.collect(), *after_last == AfterLastStep::Loop)
            }
            PoolKind::Standard(_) | PoolKind::Box { .. } => {
                (vec![of_step(0).find(|(count, _)| *count == draw_count)?], true)
            }
        };
        let turn = turn.into_iter().map(|(count, gems)| (count.get(), gems.amount())).collect();
        Some(Self { turn, repeats })
    }

    /// Whether there is a last purchase.
    pub(crate) fn ends(&self) -> bool {
        !self.repeats
    }

    /// Draws and gems after each purchase.
    pub(crate) fn purchases(&self) -> impl Iterator<Item = (u64, u64)> {
        let turns = if self.repeats { usize::MAX } else { 1 };
        std::iter::repeat_n(&self.turn, turns).flatten().scan((0, 0), |sum, &(draws, gems)| {
            sum.0 += u64::from(draws);
            sum.1 += gems;
            Some(*sum)
        })
    }

    /// How many purchases make a number of draws, or some more.
    pub(crate) fn purchases_of(&self, draws: u32) -> u32 {
        let earlier = self.purchases().take_while(|(sum, _)| *sum < u64::from(draws)).count();
        u32::try_from(earlier).map_or(u32::MAX, |earlier| earlier.saturating_add(1))
    }

    /// What is paid once the purchase with the `n`-th draw is made, for each
    /// `n` from 0 to `draws`.
    pub(crate) fn gems_by_draws(&self, draws: usize) -> Vec<u64> {
        let mut gems = vec![0];
        for (sum, paid) in self.purchases() {
            let end = usize::try_from(sum).unwrap_or(usize::MAX).min(draws);
            gems.resize(end + 1, paid);
            if end == draws {
                break;
            }
        }
        gems
    }
}
