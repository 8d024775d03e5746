//! What keeps the promises. The model can do without each, to see what breaks.

use std::fmt;

/// One of the things that keep a gem from being lost or spent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// A step locks the saga's row before it reads it.
    RowLock,
    /// A step moves the saga only from the status that it read.
    Fence,
    /// Grant moves the player's state only from the one that the saga was priced
    /// by.
    StateFence,
    /// A step asks whether its turn has come.
    Turn,
    /// Effects and status commit together.
    OneTransaction,
    /// `currency_ledger_once`: one charge and one refund for each saga.
    LedgerKey,
    /// Draw draws only if the ledger holds the cost.
    Paid,
    /// Refund gives back what the ledger holds, not what the saga says.
    RefundByLedger,
    /// Refund gives nothing back for a saga whose items were granted.
    NotGranted,
    /// A saga ends only if it is live.
    LiveAtEnd,
    /// Draw records only in a saga that has no draw number.
    NumberFence,
    /// The keys of what Grant writes once: `item_grants`, `gacha_histories`,
    /// `point_ledger_once`.
    GrantKeys,
    /// A saga's id is derived from the player and the key.
    DerivedId,
    /// Reserve refuses a saga that is overdue.
    Deadline,
    /// `live_sagas`: one live saga for each draw group. Pools that share their
    /// pity are one group.
    LiveKey,
    /// `live_sagas`: one live saga for each pool, too. It is needed once a pool
    /// comes back under another pity group.
    LivePoolKey,
    /// The sweeper runs a saga only if no other run of it is going.
    Lease,
    /// A saga is priced by the player's state as it is once the saga has its live
    /// key, not as it was when the transaction began.
    CurrentRead,
    /// The balance is checked when it is taken from, not when it is asked for.
    BalanceCheck,
    /// `currencies.balance` is unsigned: a change below zero is an error.
    UnsignedBalance,
    /// A charge of paid gems is refused while any are owed.
    OwedBlocks,
    /// Paid gems go back to the lots that they came from, not to the oldest.
    RefundToLots,
    /// What comes back to the lot of a revoked purchase settles what is owed.
    SettledFirst,
    /// A purchase is not revoked while it is taken back.
    RevokedIfItStands,
    /// A purchase is restored only while it is taken back.
    RestoredIfTakenBack,
    /// What came back for a restored purchase is taken back with it, and settles first.
    ReturnedIsOfIt,
    /// A present is received once, and an act of an operator done once: their ids.
    GivenOnce,
    /// The oldest lots are spent first.
    OldestFirst,
    /// Expired gems are written off before anything is spent.
    ExpiredFirst,
    /// Points are given by Grant, not by Draw.
    PointsAtGrant,
    /// Results are shown once Grant has run, not after Draw.
    ResultsAtGrant,
    /// The player's state moves with Grant, not with Draw.
    StateAtGrant,
}

impl Guard {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::RowLock,
        Self::Fence,
        Self::StateFence,
        Self::Turn,
        Self::OneTransaction,
        Self::LedgerKey,
        Self::Paid,
        Self::RefundByLedger,
        Self::NotGranted,
        Self::LiveAtEnd,
        Self::NumberFence,
        Self::GrantKeys,
        Self::DerivedId,
        Self::Deadline,
        Self::LiveKey,
        Self::LivePoolKey,
        Self::Lease,
        Self::CurrentRead,
        Self::BalanceCheck,
        Self::UnsignedBalance,
        Self::OwedBlocks,
        Self::RefundToLots,
        Self::SettledFirst,
        Self::RevokedIfItStands,
        Self::RestoredIfTakenBack,
        Self::ReturnedIsOfIt,
        Self::GivenOnce,
        Self::OldestFirst,
        Self::ExpiredFirst,
        Self::PointsAtGrant,
        Self::ResultsAtGrant,
        Self::StateAtGrant,
    ];
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RowLock => "row lock",
            Self::Fence => "status fence",
            Self::StateFence => "state fence",
            Self::Turn => "turn",
            Self::OneTransaction => "one transaction",
            Self::LedgerKey => "ledger key",
            Self::Paid => "paid by the ledger",
            Self::RefundByLedger => "refund by the ledger",
            Self::NotGranted => "nothing granted",
            Self::LiveAtEnd => "live at the end",
            Self::NumberFence => "number fence",
            Self::GrantKeys => "grant keys",
            Self::DerivedId => "derived saga id",
            Self::Deadline => "reserve deadline",
            Self::LiveKey => "live saga key",
            Self::LivePoolKey => "live saga key by pool",
            Self::Lease => "sweeper's lease",
            Self::CurrentRead => "current read",
            Self::BalanceCheck => "balance check",
            Self::UnsignedBalance => "unsigned balance",
            Self::OwedBlocks => "owed gems block",
            Self::RefundToLots => "refund to its lots",
            Self::SettledFirst => "debts settled first",
            Self::RevokedIfItStands => "revoked if it stands",
            Self::RestoredIfTakenBack => "restored if taken back",
            Self::ReturnedIsOfIt => "what was returned is of it",
            Self::GivenOnce => "given once",
            Self::OldestFirst => "oldest lots first",
            Self::ExpiredFirst => "expired gems written off",
            Self::PointsAtGrant => "points at Grant",
            Self::ResultsAtGrant => "results at Grant",
            Self::StateAtGrant => "state at Grant",
        })
    }
}
