//! How much a player may spend in a month, by their age.

use std::num::NonZeroU64;

use time::{Date, Month, OffsetDateTime, UtcOffset};

use crate::{Invalid, MoneyCode, PriceMicros};

/// The month in which a player was born. Nothing more is asked, and nothing more kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BirthMonth {
    year: i32,
    month: Month,
}

impl BirthMonth {
    /// Reads a month as `2010-04`, which must be before `now` and within 120 years.
    ///
    /// # Errors
    /// When it is not such a month.
    pub fn read(text: &str, now: OffsetDateTime) -> Result<Self, Invalid> {
        const FORM: Invalid = Invalid("must be a month such as 2010-04");
        let (year, month) = text.split_once('-').ok_or(FORM)?;
        let is_form = year.len() == 4 && month.len() == 2;
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_form || !is_digits(year) || !is_digits(month) {
            return Err(FORM);
        }
        let year: i32 = year.parse().map_err(|_| FORM)?;
        let month: u8 = month.parse().map_err(|_| FORM)?;
        let month = Month::try_from(month).map_err(|_| FORM)?;
        let born = Self { year, month };
        if born.months_before(now.date()) < 0 || now.year() - year > 120 {
            return Err(Invalid("must be a month in the past, and within 120 years"));
        }
        Ok(born)
    }

    /// A month that was read before.
    ///
    /// # Errors
    /// When it is none.
    pub fn stored(year: i32, month: u8) -> Result<Self, Invalid> {
        let month = Month::try_from(month).map_err(|_| Invalid("is no month"))?;
        Ok(Self { year, month })
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month as u8
    }

    /// The player's age in a month, in years, and never more than it is: a birthday
    /// counts from the month after it, because the day is not known.
    #[must_use]
    pub fn age_on(self, date: Date) -> u32 {
        let months = self.months_before(date) - 1;
        u32::try_from(months.div_euclid(12)).unwrap_or(0)
    }

    fn months_before(self, date: Date) -> i32 {
        (date.year() - self.year) * 12 + i32::from(date.month() as u8) - i32::from(self.month())
    }
}

/// Players below an age, and what they may spend in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeGroup {
    /// Players younger than this.
    pub under_age: u32,
    /// The most in a calendar month.
    pub monthly: NonZeroU64,
}

/// Monthly limits by age. Who is older than all groups has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowanceRule {
    currency: MoneyCode,
    utc_offset: UtcOffset,
    groups: Vec<AgeGroup>,
}

/// What a player may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The limit of this month; `None` for none.
    pub monthly: Option<PriceMicros>,
    /// What of it is left; `None` for without limit.
    pub left: Option<PriceMicros>,
    /// Below which age the player is; `None` if they are in no group, or their age is
    /// not known.
    pub under_age: Option<u32>,
}

/// The most that a price can be.
const MOST: PriceMicros = match PriceMicros::new(i64::MAX.unsigned_abs()) {
    Ok(most) => most,
    Err(_) => PriceMicros::ZERO,
};

/// What is left of it, or nothing.
fn less(of: PriceMicros, taken: PriceMicros) -> PriceMicros {
    PriceMicros::new(of.get().saturating_sub(taken.get())).unwrap_or(PriceMicros::ZERO)
}

impl AllowanceRule {
    /// Limits for groups, in order of age, each higher than the one before.
    ///
    /// # Errors
    /// When they are not in order.
    pub fn new(
        currency: MoneyCode,
        utc_offset: UtcOffset,
        groups: Vec<AgeGroup>,
    ) -> Result<Self, Invalid> {
        let in_order = |pair: &[AgeGroup]| {
            pair[0].under_age < pair[1].under_age && pair[0].monthly <= pair[1].monthly
        };
        if groups.is_empty() || groups[0].under_age == 0 || !groups.windows(2).all(in_order) {
            return Err(Invalid(
                "groups must be in order of age, and an older group may spend no less",
            ));
        }
        Ok(Self { currency, utc_offset, groups })
    }

    /// The currency of the limits. Every product has a price in it.
    #[must_use]
    pub const fn currency(&self) -> MoneyCode {
        self.currency
    }

    /// The offset from UTC by which months begin.
    #[must_use]
    pub const fn utc_offset(&self) -> UtcOffset {
        self.utc_offset
    }

    /// The groups, by age.
    #[must_use]
    pub fn groups(&self) -> &[AgeGroup] {
        &self.groups
    }

    /// The calendar month around a moment: its beginning and its end.
    #[must_use]
    pub fn month_of(&self, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
        let date = now.to_offset(self.utc_offset).date();
        let first = date.replace_day(1).unwrap_or(date);
        let (year, month) = match date.month() {
            Month::December => (date.year() + 1, Month::January),
            month => (date.year(), month.next()),
        };
        let next = Date::from_calendar_date(year, month, 1).unwrap_or(Date::MAX);
        let moment =
            |date: Date| date.midnight().assume_offset(self.utc_offset).to_offset(UtcOffset::UTC);
        (moment(first), moment(next))
    }

    /// What a player may spend, who spent `spent` in this month. Whoever has not said
    /// when they were born may spend nothing yet.
    #[must_use]
    pub fn allow(
        &self,
        born: Option<BirthMonth>,
        now: OffsetDateTime,
        spent: PriceMicros,
    ) -> Allowance {
        let Some(born) = born else {
            return Allowance {
                monthly: Some(PriceMicros::ZERO),
                left: Some(PriceMicros::ZERO),
                under_age: None,
            };
        };
        let age = born.age_on(now.to_offset(self.utc_offset).date());
        let group = self.groups.iter().find(|group| age < group.under_age);
        let monthly = group.map(|group| PriceMicros::new(group.monthly.get()).unwrap_or(MOST));
        Allowance {
            monthly,
            left: monthly.map(|monthly| less(monthly, spent)),
            under_age: group.map(|group| group.under_age),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime, offset};

    use super::*;

    fn rule() -> AllowanceRule {
        let group = |under_age, yen: u64| AgeGroup {
            under_age,
            monthly: NonZeroU64::new(yen * 1_000_000).unwrap(),
        };
        let groups = vec![group(16, 5_000), group(18, 20_000)];
        AllowanceRule::new("JPY".parse().unwrap(), offset!(+9), groups).unwrap()
    }

    #[test]
    fn a_month_of_birth_is_read_in_one_form() {
        let now = datetime!(2026-04-15 00:00 UTC);
        for (text, good) in [
            ("2010-04", true),
            ("2026-04", true),
            ("1906-01", true),
            ("2026-05", false),
            ("1905-12", false),
            ("2010-4", false),
            ("2010-13", false),
            ("2010-00", false),
            ("+201-04", false),
            ("2010/04", false),
            ("2010-04-01", false),
            ("", false),
        ] {
            assert_eq!(BirthMonth::read(text, now).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn an_age_counts_from_the_month_after_the_birthday() {
        let born = BirthMonth::stored(2010, 4).unwrap();
        for (on, age) in [
            (date!(2026 - 04 - 30), 15),
            (date!(2026 - 05 - 01), 16),
            (date!(2010 - 04 - 30), 0),
            (date!(2011 - 05 - 01), 1),
        ] {
            assert_eq!(born.age_on(on), age, "{on}");
        }
    }

    #[test]
    fn each_group_has_its_limit_and_the_grown_up_have_none() {
        let now = datetime!(2026-04-15 00:00 UTC);
        let yen = |yen: u64| PriceMicros::new(yen * 1_000_000).unwrap();
        for (born, spent, monthly, left, under_age) in [
            (None, 0, Some(0), Some(0), None),
            (Some((2012, 1)), 0, Some(5_000), Some(5_000), Some(16)),
            (Some((2012, 1)), 4_990, Some(5_000), Some(10), Some(16)),
            (Some((2012, 1)), 9_000, Some(5_000), Some(0), Some(16)),
            (Some((2008, 4)), 0, Some(20_000), Some(20_000), Some(18)),
            (Some((2008, 3)), 0, None, None, None),
            (Some((1990, 1)), 90_000, None, None, None),
        ] {
            let born = born.map(|(year, month)| BirthMonth::stored(year, month).unwrap());
            let allowance = rule().allow(born, now, yen(spent));
            let expected = Allowance { monthly: monthly.map(yen), left: left.map(yen), under_age };
            assert_eq!(allowance, expected, "{born:?} {spent}");
        }
    }

    #[test]
    fn a_month_begins_where_the_players_are() {
        let (begin, end) = rule().month_of(datetime!(2026-12-31 15:00 UTC));
        assert_eq!(begin, datetime!(2026-12-31 15:00 UTC));
        assert_eq!(end, datetime!(2027-01-31 15:00 UTC));
        let (begin, end) = rule().month_of(datetime!(2026-12-31 14:59 UTC));
        assert_eq!(
            (begin, end),
            (datetime!(2026-11-30 15:00 UTC), datetime!(2026-12-31 15:00 UTC))
        );
    }

    #[test]
    fn groups_that_are_not_in_order_are_refused() {
        let group =
            |under_age, monthly| AgeGroup { under_age, monthly: NonZeroU64::new(monthly).unwrap() };
        for groups in [
            vec![],
            vec![group(0, 1)],
            vec![group(18, 1), group(16, 2)],
            vec![group(16, 2), group(18, 1)],
            vec![group(16, 2), group(16, 3)],
        ] {
            let rule = AllowanceRule::new("JPY".parse().unwrap(), offset!(+9), groups.clone());
            assert!(rule.is_err(), "{groups:?}");
        }
    }
}
