//! Paid gems in memory, by the rules of `tenjo-domain`: as `lot` of `tenjo-store` does
//! with its tables, each call one transaction.

use tenjo_domain::{Gems, Lot as LotGems, LotNumber, LotPart, PaidGems, Returned, Revocation};

use crate::world::{LOTS, Lot, Purse};
use crate::{Guard, Setting};

/// The place of the lot that the player begins with.
pub(crate) const FIRST: usize = 0;
/// The place of the lot that the player buys.
pub(crate) const BOUGHT: usize = 1;
/// The places of what comes back as a lot of its own, for either of these, begin here.
pub(crate) const RETURNED: usize = 2;
/// The place of what the player is given.
pub(crate) const GIVEN: usize = 4;

fn gems(amount: i8) -> Gems {
    Gems::new(amount.max(0).unsigned_abs().into()).expect("few gems")
}

fn small(gems: Gems) -> i8 {
    i8::try_from(gems.amount()).expect("few gems")
}

fn number(place: usize) -> LotNumber {
    LotNumber::new(place as u64 + 1).expect("a number")
}

/// The place of a lot in the world.
pub(crate) fn place_of(number: LotNumber) -> usize {
    usize::try_from(number.get() - 1).expect("few lots")
}

impl Purse {
    pub(crate) fn new(first: i8) -> Self {
        let mut purse = Self::default();
        if first > 0 {
            purse.balance = first;
            purse.lots[FIRST] = Some(Lot { granted: first, remaining: first, ..Lot::default() });
        }
        purse
    }

    /// As the rules read it, locked: expired lots are written off at once.
    pub(crate) fn locked(&mut self, setting: &Setting) -> PaidGems {
        if setting.has(Guard::ExpiredFirst) {
            for part in self.paid(setting).expired() {
                let place = place_of(part.lot_number);
                self.change(place, -small(part.amount));
                self.lot(place).expired += small(part.amount);
            }
        }
        self.paid(setting)
    }

    fn paid(&self, setting: &Setting) -> PaidGems {
        let lots = self.lots.iter().enumerate().filter_map(|(place, lot)| {
            let lot = lot.filter(|lot| lot.remaining > 0)?;
            let is_expired = lot.is_expired && setting.has(Guard::ExpiredFirst);
            Some(LotGems {
                lot_number: number(place),
                remaining: gems(lot.remaining),
                is_expired,
                is_taken_back: self.is_taken_back(setting, place),
            })
        });
        let mut lots: Vec<LotGems> = lots.collect();
        if !setting.has(Guard::OldestFirst) {
            lots.reverse();
        }
        let owed = if setting.has(Guard::OwedBlocks) { gems(self.owed) } else { Gems::ZERO };
        PaidGems { lots, owed }
    }

    /// Whether a lot is of a purchase that is taken back.
    pub(crate) fn is_of_revoked(&self, place: usize) -> bool {
        place != GIVEN && self.lots[place % RETURNED].is_some_and(|lot| lot.is_taken_back)
    }

    /// The same, as the lot's row says it.
    pub(crate) fn is_taken_back(&self, setting: &Setting, place: usize) -> bool {
        self.is_of_revoked(place) && (place < RETURNED || setting.has(Guard::ReturnedIsOfIt))
    }

    pub(crate) fn lot(&mut self, place: usize) -> &mut Lot {
        self.lots[place].as_mut().expect("an event names a lot that there is")
    }

    /// One line of an entry: the balance moves with the lot.
    pub(crate) fn change(&mut self, place: usize, delta: i8) {
        self.balance += delta;
        self.lot(place).remaining += delta;
    }

    /// Settles what is owed with gems that have just come into a lot.
    pub(crate) fn settle(&mut self, place: usize, amount: i8) {
        let owed = PaidGems { lots: Vec::new(), owed: gems(self.owed) };
        let incoming = LotPart { lot_number: number(place), amount: gems(amount) };
        for part in owed.settling([incoming]) {
            self.change(place, -small(part.amount));
            self.owed -= small(part.amount);
        }
    }

    /// A second lot at a place adds to the first: the world has room for one of each.
    fn open(&mut self, place: usize, granted: i8) {
        self.lots[place].get_or_insert_default().granted += granted;
        self.change(place, granted);
        self.settle(place, granted);
    }

    pub(crate) fn buy(&mut self, setting: &Setting) {
        self.locked(setting);
        self.open(BOUGHT, setting.first_lot());
    }

    /// No store can take it back.
    pub(crate) fn give(&mut self, setting: &Setting) {
        self.locked(setting);
        self.gifts += 1;
        self.open(GIVEN, setting.first_lot());
    }

    pub(crate) fn revoke(&mut self, setting: &Setting, place: usize) {
        self.locked(setting);
        let lot = *self.lot(place);
        let Revocation { taken, owed } =
            Revocation::of(gems(lot.granted), gems(lot.remaining), gems(lot.expired));
        self.change(place, -small(taken));
        self.owed += small(owed);
        let lot = self.lot(place);
        (lot.is_taken_back, lot.taken, lot.owed) = (true, small(taken), small(owed));
        lot.revocations += 1;
        // What expired of it before is nobody's loss any more.
        lot.expired = 0;
        for part in self.paid(setting).of_revoked() {
            self.settle(place_of(part.lot_number), small(part.amount));
        }
    }

    pub(crate) fn restore(&mut self, setting: &Setting, place: usize) {
        self.locked(setting);
        let lot = *self.lot(place);
        let returned = Returned::of(gems(lot.owed), gems(self.owed));
        self.owed -= small(returned.cancelled);
        self.lot(place).is_taken_back = false;
        self.lot(place).expired += lot.granted - lot.taken - lot.owed;
        if lot.taken > 0 {
            self.change(place, lot.taken);
            self.settle(place, lot.taken);
        }
        if returned.settled > Gems::ZERO {
            self.open(RETURNED + place, small(returned.settled));
        }
    }

    pub(crate) fn expire(&mut self, place: usize) {
        self.lot(place).is_expired = true;
    }

    /// How much is left of each lot, oldest first.
    pub(crate) fn remaining(&self) -> [i8; LOTS] {
        self.lots.map(|lot| lot.map_or(0, |lot| lot.remaining))
    }
}
