//! Whether players are let in: maintenance, and the least version of the client.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::Invalid;

/// A version of the game's client: three whole numbers, such as `1.12.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

impl fmt::Display for ClientVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for ClientVersion {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut numbers = text.split('.').map(number);
        match [numbers.next(), numbers.next(), numbers.next(), numbers.next()] {
            [Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None] => {
                Ok(Self { major, minor, patch })
            }
            _ => Err(Invalid("must be three numbers of at most four digits, such as 1.12.0")),
        }
    }
}

/// One to four digits, so that the pattern in the API and this reader agree.
fn number(text: &str) -> Option<u16> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A time in which players are kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintenance {
    /// Its first moment; it may be announced before.
    pub starts_at: OffsetDateTime,
    /// When it is expected to end, if anybody knows. It ends when an operator closes it,
    /// and not before: work that takes longer than planned must not be overtaken by
    /// players.
    pub ends_at: Option<OffsetDateTime>,
}

/// What operators have set for all players.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceStatus {
    /// The maintenance that runs or is announced.
    pub maintenance: Option<Maintenance>,
    /// Clients before this version are refused.
    pub least_client_version: Option<ClientVersion>,
    /// What clients may update to.
    pub newest_client_version: Option<ClientVersion>,
}

/// Whether a player's request is served now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Yes.
    Open,
    /// Not before maintenance is over.
    Maintenance {
        /// When to ask again, in seconds.
        retry_after_s: u16,
    },
    /// Not with this version of the client.
    Outdated,
}

/// When to ask again if nobody knows the end of maintenance, or it has passed.
const UNKNOWN_END_S: u16 = 60;

/// Nobody is told to stay away for longer: maintenance may end early.
const LONGEST_WAIT_S: u16 = 3600;

impl ServiceStatus {
    /// Whether a request is served. A client that does not say its version is served:
    /// it is a tool, or a page, and not the game.
    #[must_use]
    pub fn entry(&self, client: Option<ClientVersion>, now: OffsetDateTime) -> Entry {
        if let Some(maintenance) = self.maintenance.filter(|it| it.starts_at <= now) {
            return Entry::Maintenance { retry_after_s: maintenance.retry_after_s(now) };
        }
        match (client, self.least_client_version) {
            (Some(client), Some(least)) if client < least => Entry::Outdated,
            _ => Entry::Open,
        }
    }
}

impl Maintenance {
    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self, now: OffsetDateTime) -> bool {
        self.starts_at <= now
    }

    fn retry_after_s(&self, now: OffsetDateTime) -> u16 {
        let Some(left) = self.ends_at.map(|end| end - now).filter(|left| left.is_positive()) else {
            return UNKNOWN_END_S;
        };
        let left = left.whole_seconds().saturating_add(1);
        u16::try_from(left).unwrap_or(LONGEST_WAIT_S).min(LONGEST_WAIT_S)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn versions_are_three_numbers_and_compare_as_such() {
        for (text, is_good) in [
            ("1.12.0", true),
            ("0.0.0", true),
            ("9999.9999.9999", true),
            ("01.2.3", true),
            ("10000.0.0", false),
            ("1.2", false),
            ("1.2.3.4", false),
            ("1.2.", false),
            ("1.2.x", false),
            ("+1.2.3", false),
            ("1.2.3-beta", false),
            (" 1.2.3", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<ClientVersion>().is_ok(), is_good, "{text:?}");
        }
        let version = |text: &str| text.parse::<ClientVersion>().unwrap();
        assert!(version("1.9.9") < version("1.10.0"));
        assert!(version("1.10.0") < version("2.0.0"));
        assert_eq!(version("01.2.3").to_string(), "1.2.3");
    }

    #[test]
    fn maintenance_keeps_everybody_out_from_its_first_moment_until_it_is_closed() {
        let ends_at = Some(datetime!(2026-04-01 13:00 UTC));
        let status = ServiceStatus {
            maintenance: Some(Maintenance { starts_at: datetime!(2026-04-01 12:00 UTC), ends_at }),
            ..ServiceStatus::default()
        };
        let wait = |retry_after_s| Entry::Maintenance { retry_after_s };
        for (now, expected) in [
            (datetime!(2026-04-01 11:59:59.9 UTC), Entry::Open),
            (datetime!(2026-04-01 12:00 UTC), wait(3600)),
            (datetime!(2026-04-01 12:59:59.5 UTC), wait(1)),
            (datetime!(2026-04-01 13:00 UTC), wait(60)), // overdue
        ] {
            assert_eq!(status.entry(None, now), expected, "{now}");
        }
        let endless = Maintenance { starts_at: datetime!(2026-04-01 12:00 UTC), ends_at: None };
        assert_eq!(endless.retry_after_s(datetime!(2026-04-01 12:00 UTC)), 60);
    }

    #[test]
    fn a_client_before_the_least_version_is_outdated() {
        let version = |text: &str| text.parse::<ClientVersion>().ok();
        let least = |text| ServiceStatus {
            least_client_version: version(text),
            ..ServiceStatus::default()
        };
        let now = datetime!(2026-04-01 12:00 UTC);
        for (client, expected) in
            [("1.1.9", Entry::Outdated), ("1.2.0", Entry::Open), ("", Entry::Open)]
        {
            assert_eq!(least("1.2.0").entry(version(client), now), expected, "{client:?}");
        }
        assert_eq!(least("").entry(version("0.0.1"), now), Entry::Open);
    }
}
