//! What must hold: always, and at rest.

use std::fmt;

use tenjo_domain::{DrawNumber, SagaStatus as S};

use crate::purse::{GIVEN, RETURNED};
use crate::state::State;
use crate::world::{DRAW_COUNT, Drawn, LOTS, Lot, POINTS, Purse, Saga};
use crate::{Key, Setting, World};

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// No balance is ever negative.
    NeverNegative,
    /// A balance is the sum of its ledger.
    LedgerSum,
    /// The lots make up the balance of paid gems, and none has more left than it brought.
    LotsAreTheBalance,
    /// What there is, less what is owed, is what purchases brought that stand, less what
    /// sagas took and what expired.
    OwedIsUsed,
    /// While anything is owed, nothing is left of revoked purchases.
    DebtsFirst,
    /// While anything is owed, no paid gems are spent.
    NothingSpentWhileOwed,
    /// No lot is spent while an older one has something left.
    SpentOldestFirst,
    /// No expired gem is spent.
    NothingExpiredSpent,
    /// A present or an act of an operator gives once.
    GivenOnce,
    /// A saga that failed holds nothing of any lot.
    RefundedToItsLots,
    /// A saga is charged and refunded at most once.
    ChargedOnce,
    /// A saga is drawn at most once.
    DrawnOnce,
    /// A saga grants at most what it drew.
    GrantedOnce,
    /// Two requests with the same key are never charged twice.
    OneKeyOneCharge,
    /// What is granted is what was drawn.
    GrantedAsDrawn,
    /// Nobody sees anything of a draw before COMPLETED, or of a saga that failed:
    /// neither results, nor points, nor where the player stands.
    NothingSeenEarly,
    /// A draw group has one live saga.
    OneLiveSaga,
    /// A saga moves along the edges of the table of statuses.
    OnlyKnownEdges,
    /// Nothing is charged after its deadline.
    NotChargedLate,
    /// What is drawn is the step that was paid for.
    QuoteHolds,
    /// Left alone, everything comes to rest.
    ComesToRest,
    /// COMPLETED: charged once, granted in full.
    CompletedIsPaidAndGranted,
    /// FAILED: the ledger sums to zero, and nothing was granted.
    FailedTookNothing,
    /// Each completed draw begins where the one before left the player.
    StatesFollow,
    /// Draw numbers have no gaps, and none comes twice.
    NumbersWithoutGaps,
    /// What is drawn has the number that its player expects.
    ExpectedNumber,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::NeverNegative,
        Self::LedgerSum,
        Self::LotsAreTheBalance,
        Self::OwedIsUsed,
        Self::DebtsFirst,
        Self::NothingSpentWhileOwed,
        Self::SpentOldestFirst,
        Self::NothingExpiredSpent,
        Self::GivenOnce,
        Self::RefundedToItsLots,
        Self::ChargedOnce,
        Self::DrawnOnce,
        Self::GrantedOnce,
        Self::GrantedAsDrawn,
        Self::OneKeyOneCharge,
        Self::NothingSeenEarly,
        Self::OneLiveSaga,
        Self::OnlyKnownEdges,
        Self::NotChargedLate,
        Self::QuoteHolds,
        Self::ComesToRest,
        Self::CompletedIsPaidAndGranted,
        Self::FailedTookNothing,
        Self::StatesFollow,
        Self::NumbersWithoutGaps,
        Self::ExpectedNumber,
    ];
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverNegative => "no balance is ever negative",
            Self::LedgerSum => "a balance is the sum of its ledger",
            Self::LotsAreTheBalance => "the lots make up the balance of paid gems",
            Self::OwedIsUsed => "what is owed is what was used of revoked purchases",
            Self::DebtsFirst => "while anything is owed, nothing is left of revoked purchases",
            Self::NothingSpentWhileOwed => "no paid gems are spent while any are owed",
            Self::SpentOldestFirst => "the oldest lots are spent first",
            Self::NothingExpiredSpent => "no expired gem is spent",
            Self::GivenOnce => "what is given is given once",
            Self::RefundedToItsLots => "a refund gives back to the lots that it came from",
            Self::ChargedOnce => "a saga is charged and refunded at most once",
            Self::DrawnOnce => "a saga is drawn at most once",
            Self::GrantedOnce => "a saga grants at most what it drew",
            Self::OneKeyOneCharge => "one key is charged once",
            Self::GrantedAsDrawn => "what is granted is what was drawn",
            Self::NothingSeenEarly => "nobody sees anything of a draw before COMPLETED",
            Self::OneLiveSaga => "a draw group has one live saga",
            Self::OnlyKnownEdges => "a saga moves along the known edges",
            Self::NotChargedLate => "nothing is charged after its deadline",
            Self::QuoteHolds => "what is drawn is the step that was paid for",
            Self::ComesToRest => "left alone, everything comes to rest",
            Self::CompletedIsPaidAndGranted => "COMPLETED is charged once and granted in full",
            Self::FailedTookNothing => "FAILED took nothing and granted nothing",
            Self::StatesFollow => "each draw begins where the one before left the player",
            Self::NumbersWithoutGaps => "draw numbers have no gaps and none comes twice",
            Self::ExpectedNumber => "what is drawn has the number that its player expects",
        })
    }
}

/// Whether a saga may go from one status to the other. Written down once more,
/// by the page of the design, and not read from `Step::turn`.
pub(crate) const fn is_edge(from: S, to: S) -> bool {
    matches!(
        (from, to),
        (S::Started, S::CurrencyReserved | S::Compensating | S::Failed)
            | (S::CurrencyReserved, S::DrawCompleted | S::Compensating)
            | (S::DrawCompleted, S::ItemGranted | S::Compensating)
            | (S::ItemGranted, S::Completed)
            | (S::Compensating, S::CurrencyRefunded | S::Failed)
            | (S::CurrencyRefunded, S::Failed)
    )
}

impl World {
    /// The first rule that is broken, of those that hold after every event.
    #[must_use]
    pub fn broken(&self, setting: &Setting) -> Option<Rule> {
        let broken = |rule, holds: bool| (!holds && setting.minds(rule)).then_some(rule);
        self.broken
            .filter(|rule| setting.minds(*rule))
            .or_else(|| {
                let paid = self.purse.balance >= 0 && self.purse.owed >= 0;
                let lots = self.purse.lots().all(|lot| lot.remaining >= 0);
                let holds = self.balance >= 0 && self.points >= 0 && paid && lots;
                broken(Rule::NeverNegative, holds)
            })
            .or_else(|| broken(Rule::LedgerSum, self.are_ledgers_right(setting)))
            .or_else(|| broken(Rule::LotsAreTheBalance, self.purse.is_its_lots()))
            .or_else(|| broken(Rule::OwedIsUsed, self.is_owed_what_was_used()))
            .or_else(|| broken(Rule::DebtsFirst, self.purse.has_settled_first()))
            .or_else(|| broken(Rule::GivenOnce, self.purse.gifts <= 1))
            .or_else(|| broken(Rule::OneKeyOneCharge, self.is_one_charged_by_key()))
            .or_else(|| broken(Rule::OneLiveSaga, self.is_one_live_by_group(setting)))
            .or_else(|| broken(Rule::NothingSeenEarly, self.is_state_of_completed(setting)))
            .or_else(|| {
                self.sagas().find_map(|(_, saga)| {
                    broken(Rule::ChargedOnce, saga.charges <= 1 && saga.refunds <= 1)
                        .or_else(|| broken(Rule::DrawnOnce, saga.draws <= 1))
                        .or_else(|| {
                            let expected = setting.expected_number().map(DrawNumber::get);
                            let drawn = saga.draw.map(|draw| u64::from(draw.number));
                            let holds = expected.zip(drawn).is_none_or(|(one, other)| one == other);
                            broken(Rule::ExpectedNumber, holds)
                        })
                        .or_else(|| broken(Rule::GrantedOnce, saga.grants <= DRAW_COUNT))
                        .or_else(|| {
                            let is_seen = saga.histories > 0 || saga.grants > 0 || saga.points != 0;
                            broken(Rule::NothingSeenEarly, !is_seen || saga.status == S::Completed)
                        })
                })
            })
    }

    /// The first rule that is broken, of those that hold at rest.
    #[must_use]
    pub fn broken_at_rest(&self, setting: &Setting) -> Option<Rule> {
        let broken = |rule, holds: bool| (!holds && setting.minds(rule)).then_some(rule);
        self.sagas()
            .find_map(|(_, saga)| {
                broken(Rule::ComesToRest, saga.status.is_final() && !saga.is_live)
                    .or_else(|| {
                        let holds = saga.status != S::Completed || saga.is_paid_and_granted();
                        broken(Rule::CompletedIsPaidAndGranted, holds)
                    })
                    .or_else(|| {
                        let holds = saga.status != S::Failed || saga.took_nothing();
                        broken(Rule::FailedTookNothing, holds)
                    })
                    .or_else(|| {
                        let holds_none = saga.parts.iter().all(|part| *part == 0);
                        broken(Rule::RefundedToItsLots, saga.status != S::Failed || holds_none)
                    })
            })
            .or_else(|| broken(Rule::StatesFollow, self.do_states_follow(setting)))
            .or_else(|| broken(Rule::NumbersWithoutGaps, self.are_numbers_without_gaps()))
    }

    fn are_ledgers_right(&self, setting: &Setting) -> bool {
        let gems: i8 = self.sagas().map(|(_, saga)| saga.ledger).sum();
        let points: i8 = self.sagas().map(|(_, saga)| saga.points).sum();
        self.balance == setting.gift() + gems && self.points == points - self.exchanged
    }

    /// Nobody has to know what settled which debt for this. What came back as a lot of its
    /// own was brought by others.
    fn is_owed_what_was_used(&self) -> bool {
        let stands = |lot: &&Lot| !lot.is_taken_back;
        let brought = self.purse.lots[..RETURNED].iter().chain(&self.purse.lots[GIVEN..]).flatten();
        let brought: i8 = brought.filter(stands).map(|lot| lot.granted).sum();
        let expired: i8 = self.purse.lots().map(|lot| lot.expired).sum();
        let spent: i8 = self.sagas().flat_map(|(_, saga)| saga.parts).sum();
        self.purse.balance - self.purse.owed == brought - spent - expired
    }

    fn is_one_charged_by_key(&self) -> bool {
        let charged = |key| self.sagas().filter(|(_, it)| it.key == key && it.held() > 0).count();
        Key::ALL.into_iter().all(|key| charged(key) <= 1)
    }

    fn is_one_live_by_group(&self, setting: &Setting) -> bool {
        let live = |group| {
            let of_group =
                |saga: &Saga| setting.group_at(saga.key) == group && !saga.status.is_final();
            self.sagas().filter(|(_, saga)| of_group(saga)).count()
        };
        (0..2).all(|group| live(group) <= 1)
    }

    /// The draws of completed sagas, in the order of their numbers.
    fn completed(&self) -> Vec<(Key, State, Drawn)> {
        let completed = self.sagas().filter(|(_, saga)| saga.status == S::Completed);
        let mut draws: Vec<_> =
            completed.filter_map(|(_, saga)| Some((saga.key, saga.before, saga.draw?))).collect();
        draws.sort_unstable_by_key(|(.., draw)| draw.number);
        draws
    }

    /// Whether the player's state is what the last completed draws left.
    fn is_state_of_completed(&self, setting: &Setting) -> bool {
        let mut left = Self { pity: Self::new(setting).pity, ..*self };
        left.bought = Self::new(setting).bought;
        for (key, _, draw) in self.completed() {
            left.set_state(setting, key, draw.after);
        }
        (left.pity, left.bought) == (self.pity, self.bought)
    }

    fn do_states_follow(&self, setting: &Setting) -> bool {
        let mut left = Self::new(setting);
        self.completed().into_iter().all(|(key, before, draw)| {
            let stood = left.state(setting, key);
            left.set_state(setting, key, draw.after);
            stood == before
        })
    }

    fn are_numbers_without_gaps(&self) -> bool {
        let numbers = self.sagas().filter_map(|(_, saga)| saga.draw.map(|draw| draw.number));
        let mut numbers: Vec<u8> = numbers.collect();
        numbers.sort_unstable();
        numbers.into_iter().eq(1..=self.numbers)
    }
}

impl Purse {
    fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter().flatten()
    }

    fn is_its_lots(&self) -> bool {
        let remaining: i8 = self.lots().map(|lot| lot.remaining).sum();
        self.balance == remaining && self.lots().all(|lot| lot.remaining <= lot.granted)
    }

    fn has_settled_first(&self) -> bool {
        let remaining = self.remaining();
        let left = (0..LOTS).filter(|place| self.is_of_revoked(*place));
        self.owed == 0 || left.map(|place| remaining[place]).sum::<i8>() == 0
    }
}

impl Saga {
    fn is_paid_and_granted(&self) -> bool {
        (self.charges, self.refunds, self.held()) == (1, 0, self.quote.cost)
            && (self.draws, self.grants, self.histories) == (1, DRAW_COUNT, DRAW_COUNT)
            && self.points == POINTS
    }

    fn took_nothing(&self) -> bool {
        (self.held(), self.points, self.grants, self.histories) == (0, 0, 0, 0)
    }
}
