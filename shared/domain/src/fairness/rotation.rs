//! Which seeds are committed to, and which are revealed, at a moment.
//!
//! Periods follow one another without gaps or overlaps, each with a seed of
//! its own. They begin and end at multiples of their length since the Unix
//! epoch, so anyone can compute when the next one begins.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{Commitment, Invalid, ServerSeed, TreeNode};

/// The id of a period. Random, so that keys scatter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeedPeriodId(pub Uuid);

/// A time during which all purchases use one server seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedPeriod {
    /// Which one.
    pub period_id: SeedPeriodId,
    /// The hash of its seed, published before it begins.
    pub commitment: Commitment,
    /// Its first moment.
    pub starts_at: OffsetDateTime,
    /// The first moment after it.
    pub ends_at: OffsetDateTime,
    /// When the commitment was published, by the database's clock.
    pub published_at: OffsetDateTime,
    /// Its seed, once that is published.
    pub revealed_seed: Option<ServerSeed>,
    /// The root over its purchases, once all of them have ended.
    pub root: Option<TreeNode>,
}

/// From a moment until just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub starts_at: OffsetDateTime,
    /// The first moment after it.
    pub ends_at: OffsetDateTime,
}

impl Span {
    /// How long before the period the quote of a purchase may lie: a purchase is
    /// quoted before it is drawn, and drawn later still if its saga has to be
    /// recovered.
    pub const QUOTED_BEFORE: Duration = Duration::seconds(300);

    /// How long after the period the quote may lie: quotes use the clock of a
    /// function, and periods that of the database.
    pub const QUOTED_AFTER: Duration = Duration::seconds(60);

    /// Whether a purchase that was quoted at this moment may be drawn in this period.
    #[must_use]
    pub fn admits_quote(&self, at: OffsetDateTime) -> bool {
        at >= self.starts_at - Self::QUOTED_BEFORE && at < self.ends_at + Self::QUOTED_AFTER
    }

    /// Its length in seconds, if it begins and ends on a whole second and is longer
    /// than none.
    #[must_use]
    pub fn seconds(&self) -> Option<u32> {
        let is_whole = |at: OffsetDateTime| at.nanosecond() == 0;
        let seconds = u32::try_from((self.ends_at - self.starts_at).whole_seconds()).ok()?;
        (is_whole(self.starts_at) && is_whole(self.ends_at) && seconds > 0).then_some(seconds)
    }

    /// What commitments and draws hash of it: its start in seconds since the Unix
    /// epoch, then its length in seconds, most significant byte first. Only a period
    /// without [`Span::seconds`] could share its bytes with another one.
    pub(super) fn bytes(self) -> [u8; 12] {
        let length = self.seconds().unwrap_or_default();
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.starts_at.unix_timestamp().to_be_bytes());
        bytes[8..].copy_from_slice(&length.to_be_bytes());
        bytes
    }
}

/// How long a period is: 10 seconds to a week, in whole seconds.
///
/// A long one gives players more time to choose a client seed, and makes them
/// wait longer for the proof. A very short one is for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodLength(u32);

impl PeriodLength {
    /// Reads a length.
    ///
    /// # Errors
    /// When it is not 10 to 604,800 seconds.
    pub fn from_seconds(seconds: u32) -> Result<Self, Invalid> {
        if (10..=604_800).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid("must be 10 to 604800 seconds"))
        }
    }

    /// The latest multiple of this length since the epoch that is not after `moment`.
    fn floor(self, moment: OffsetDateTime) -> OffsetDateTime {
        let since = moment - OffsetDateTime::UNIX_EPOCH;
        let seconds = since.whole_seconds();
        let length = i64::from(self.0);
        // Towards the past, before the epoch as well.
        let late = seconds - i64::from(since.subsec_nanoseconds() < 0);
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(late - late.rem_euclid(length))
    }

    /// The earliest multiple of this length since the epoch that is after `moment`.
    fn next(self, moment: OffsetDateTime) -> OffsetDateTime {
        self.floor(moment) + Duration::seconds(i64::from(self.0))
    }
}

/// The rules by which periods are made and their seeds revealed.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// How long the periods are that are made from now on.
    pub length: PeriodLength,
    /// How many periods are committed to that have not begun.
    pub ahead: usize,
    /// How long a seed stays secret after its period, so that no draw that
    /// began in it is still in flight.
    pub grace: Duration,
}

impl Rotation {
    /// The periods that are to be made, in their order.
    ///
    /// They begin where the last one ends. If there is none, or no rotation ran
    /// until after its end, they begin with the one that runs now. A change of
    /// the length only touches periods that are not published yet.
    #[must_use]
    pub fn missing(&self, periods: &[SeedPeriod], now: OffsetDateTime) -> Vec<Span> {
        let mut last_end = periods.iter().map(|period| period.ends_at).max();
        let mut ahead = periods.iter().filter(|period| period.starts_at > now).count();
        let mut missing = Vec::new();
        while ahead < self.ahead || last_end.is_none_or(|end| end <= now) {
            let running = self.length.floor(now);
            let starts_at = last_end.map_or(running, |end| end.max(running));
            let ends_at = self.length.next(starts_at);
            ahead += usize::from(starts_at > now);
            last_end = Some(ends_at);
            missing.push(Span { starts_at, ends_at });
        }
        missing
    }

    /// The periods whose seed is to be revealed now.
    pub fn due<'periods>(
        &self,
        periods: &'periods [SeedPeriod],
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &'periods SeedPeriod> {
        let grace = self.grace;
        periods
            .iter()
            .filter(move |period| period.revealed_seed.is_none() && period.ends_at + grace < now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u32 = 3600;

    fn rotation(length_s: u32) -> Rotation {
        Rotation {
            length: PeriodLength::from_seconds(length_s).unwrap(),
            ahead: 3,
            grace: Duration::seconds(60),
        }
    }

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn period(starts_at: i64, ends_at: i64, revealed: bool) -> SeedPeriod {
        let seed = ServerSeed::new([7; 32]);
        let (starts_at, ends_at) = (at(starts_at), at(ends_at));
        SeedPeriod {
            period_id: SeedPeriodId(Uuid::from_u128(1)),
            commitment: seed.commitment(Span { starts_at, ends_at }),
            starts_at,
            ends_at,
            published_at: at(0),
            revealed_seed: revealed.then_some(seed),
            root: None,
        }
    }

    fn spans(bounds: &[i64]) -> Vec<Span> {
        let pairs = bounds.iter().zip(bounds.iter().skip(1));
        pairs.map(|(from, to)| Span { starts_at: at(*from), ends_at: at(*to) }).collect()
    }

    #[test]
    fn missing_periods_follow_the_last_one_at_multiples_of_their_length() {
        let h = i64::from(HOUR);
        for (what, periods, now, bounds) in [
            ("an empty table", vec![], 100 * h + 7, vec![100, 101, 102, 103, 104]),
            ("on the very bound", vec![], 100 * h, vec![100, 101, 102, 103, 104]),
            ("one is running", vec![(100, 101)], 100 * h + 7, vec![101, 102, 103, 104]),
            (
                "one of three ahead began",
                vec![(99, 100), (100, 101), (101, 102), (102, 103)],
                100 * h,
                vec![103, 104],
            ),
            (
                "all are there",
                vec![(100, 101), (101, 102), (102, 103), (103, 104)],
                100 * h,
                vec![],
            ),
            ("it did not run for long", vec![(50, 51)], 100 * h + 7, vec![100, 101, 102, 103, 104]),
            ("they were longer", vec![(96, 120)], 100 * h, vec![120, 121, 122, 123]),
            ("it ended just now", vec![(99, 100)], 100 * h, vec![100, 101, 102, 103, 104]),
        ] {
            let periods: Vec<_> =
                periods.iter().map(|(from, to)| period(from * h, to * h, false)).collect();
            let bounds: Vec<_> = bounds.iter().map(|bound| bound * h).collect();
            let missing = rotation(HOUR).missing(&periods, at(now));
            assert_eq!(missing, spans(&bounds), "{what}");
        }
    }

    #[test]
    fn a_longer_length_begins_with_a_period_that_reaches_its_next_multiple() {
        let h = i64::from(HOUR);
        let periods = [period(100 * h, 101 * h, false)];
        let missing = rotation(24 * HOUR).missing(&periods, at(100 * h + 1));
        assert_eq!(missing, spans(&[101 * h, 120 * h, 144 * h, 168 * h]));
    }

    #[test]
    fn after_a_longer_length_and_a_stop_nothing_overlaps() {
        // The last one ended within what is now the running day.
        let h = i64::from(HOUR);
        let periods = [period(99 * h, 100 * h, true)];
        let missing = rotation(24 * HOUR).missing(&periods, at(110 * h));
        assert_eq!(missing, spans(&[100 * h, 120 * h, 144 * h, 168 * h, 192 * h]));
    }

    #[test]
    fn a_rotation_right_after_another_makes_nothing() {
        let rotation = rotation(10);
        let mut periods = Vec::new();
        let mut end = None;
        for now in 1000..1200 {
            for span in rotation.missing(&periods, at(now)) {
                assert!(end.is_none_or(|end| end == span.starts_at), "a gap or an overlap");
                end = Some(span.ends_at);
                let [from, to] = [span.starts_at, span.ends_at].map(|at| at.unix_timestamp());
                assert_eq!((from % 10, to - from), (0, 10));
                periods.push(period(from, to, false));
            }
            assert!(rotation.missing(&periods, at(now)).is_empty(), "at {now}");
            let ahead = periods.iter().filter(|period| period.starts_at > at(now)).count();
            assert_eq!(ahead, 3, "at {now}");
        }
    }

    #[test]
    fn a_seed_is_revealed_once_its_period_and_the_grace_are_over() {
        for (ends_at, revealed, now, due) in [
            (100, false, 50, false),  // running
            (100, false, 100, false), // ended, draws may be in flight
            (100, false, 160, false), // the last moment of grace
            (100, false, 161, true),
            (100, true, 161, false),    // done
            (100, false, 90_000, true), // no rotation ran for a while
        ] {
            let periods = [period(0, ends_at, revealed)];
            let found = rotation(HOUR).due(&periods, at(now)).count();
            assert_eq!(found, usize::from(due), "{ends_at} {revealed} {now}");
        }
    }

    #[test]
    fn fractions_of_a_second_belong_to_the_period_that_runs() {
        let length = PeriodLength::from_seconds(10).unwrap();
        for (nanoseconds, floor) in [
            (0, 0),
            (1, 0),
            (9_999_999_999, 0),
            (10_000_000_000, 10),
            (-1, -10),
            (-10_000_000_000, -10),
            (-10_000_000_001, -20),
        ] {
            let moment = OffsetDateTime::UNIX_EPOCH + Duration::nanoseconds(nanoseconds);
            assert_eq!(length.floor(moment), at(floor), "{nanoseconds}");
        }
    }

    #[test]
    fn a_quote_lies_in_its_period_or_little_outside() {
        let span = Span { starts_at: at(1000), ends_at: at(2000) };
        let a_bit = Duration::microseconds(1);
        for (moment, good) in [
            (at(700) - a_bit, false),
            (at(700), true),
            (at(1500), true),
            (at(2060) - a_bit, true),
            (at(2060), false),
        ] {
            assert_eq!(span.admits_quote(moment), good, "{moment}");
        }
    }

    #[test]
    fn a_span_of_whole_seconds_has_a_length() {
        let half = Duration::milliseconds(500);
        for (starts_at, ends_at, seconds) in [
            (at(10), at(20), Some(10)),
            (at(10), at(10), None),
            (at(20), at(10), None),
            (at(10) + half, at(20) + half, None),
            (at(10), at(20) + half, None),
            (at(0), at(1 << 32), None),
        ] {
            assert_eq!(Span { starts_at, ends_at }.seconds(), seconds, "{starts_at} {ends_at}");
        }
    }

    #[test]
    fn a_period_has_10_seconds_to_a_week() {
        for (seconds, good) in
            [(0, false), (9, false), (10, true), (86_400, true), (604_800, true), (604_801, false)]
        {
            assert_eq!(PeriodLength::from_seconds(seconds).is_ok(), good, "{seconds}");
        }
    }
}
