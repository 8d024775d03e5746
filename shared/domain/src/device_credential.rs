//! What a device proves itself with at login, beside its id: a secret that the server
//! gave it.
//!
//! A secret counts from the moment when the client has shown that it has it, and not from
//! when it was given: the answer may be lost. It shows it by logging in with it, or by
//! renewing the session that the same answer began. From then on nothing else gets in.
//!
//! | Ended | In force | Given, not shown | Sent | Outcome |
//! |---|---|---|---|---|
//! | yes | | | anything | refused, with the reason |
//! | no | none | N | N | N comes in force |
//! | no | none | any | anything else | gets in, and is given a new secret |
//! | no | S | any | S | gets in |
//! | no | S | N | N | N comes in force, and S ends |
//! | no | S | any | another | refused |
//! | no | S | any | nothing | refused, unless the installation lets plain ids in |

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// SHA-256 of a device's secret. It has 256 random bits, so it needs no salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

/// Why a device logs nobody in any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceEnd {
    /// The account was moved to another device.
    Transferred,
    /// The player ended it from another device.
    Removed,
}

words!(DeviceEnd { Transferred = "transferred", Removed = "removed" });

/// Whether a device whose secret is in force gets in by its id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainLogin {
    /// As the article's client does, which knows no secret. Whoever learns the id of a
    /// device is its player.
    Allowed,
    /// Never.
    Refused,
}

words!(PlainLogin { Allowed = "allowed", Refused = "refused" });

/// The secrets of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceCredential {
    /// The secret that the client has shown.
    pub in_force: Option<SecretHash>,
    /// The secret that was given last, until the client has shown it.
    pub given: Option<SecretHash>,
    /// Why the device logs nobody in any more.
    pub end: Option<DeviceEnd>,
}

/// What a login with a device comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceLogin {
    /// The device gets in.
    Known,
    /// The device gets in, and the secret that was given comes in force.
    Shown,
    /// The device gets in, and is given a secret: none is in force yet.
    Unproven,
    /// The secret is missing, or another one.
    SecretRequired,
    /// The device logs nobody in any more.
    Ended(DeviceEnd),
}

impl DeviceCredential {
    /// Whether this is one of its secrets.
    #[must_use]
    pub fn has(&self, secret: SecretHash) -> bool {
        [self.in_force, self.given].contains(&Some(secret))
    }

    /// What a login comes to that sends this secret, or none.
    #[must_use]
    pub fn login(&self, sent: Option<SecretHash>, plain: PlainLogin) -> DeviceLogin {
        if let Some(end) = self.end {
            return DeviceLogin::Ended(end);
        }
        match (sent, self.in_force) {
            (Some(_), _) if sent == self.given => DeviceLogin::Shown,
            (_, None) => DeviceLogin::Unproven,
            (Some(_), Some(_)) if sent == self.in_force => DeviceLogin::Known,
            (None, Some(_)) if plain == PlainLogin::Allowed => DeviceLogin::Known,
            (_, Some(_)) => DeviceLogin::SecretRequired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Option<SecretHash> = Some(SecretHash([1; 32]));
    const N: Option<SecretHash> = Some(SecretHash([2; 32]));
    const X: Option<SecretHash> = Some(SecretHash([3; 32]));

    #[test]
    fn what_a_device_gets_depends_on_its_secrets_and_on_what_it_sends() {
        use DeviceLogin::{Known, SecretRequired, Shown, Unproven};
        for (in_force, given, sent, outcome) in [
            (None, None, None, Unproven),
            (None, None, X, Unproven),
            (None, N, None, Unproven),
            (None, N, X, Unproven),
            (None, N, N, Shown),
            (S, None, S, Known),
            (S, None, X, SecretRequired),
            (S, None, None, SecretRequired),
            (S, N, S, Known),
            (S, N, N, Shown),
            (S, N, X, SecretRequired),
            (S, N, None, SecretRequired),
        ] {
            let credential = DeviceCredential { in_force, given, end: None };
            let what = format!("{credential:?} {sent:?}");
            assert_eq!(credential.login(sent, PlainLogin::Refused), outcome, "{what}");
            // An installation that lets plain ids in changes only what sends no secret.
            let plain = if in_force.is_some() && sent.is_none() { Known } else { outcome };
            assert_eq!(credential.login(sent, PlainLogin::Allowed), plain, "{what}");
        }
    }

    #[test]
    fn a_device_has_the_secret_in_force_and_the_one_that_was_given_last() {
        for (in_force, given, has_n) in
            [(None, None, false), (N, None, true), (None, N, true), (S, N, true), (S, X, false)]
        {
            let credential = DeviceCredential { in_force, given, end: None };
            assert_eq!(credential.has(SecretHash([2; 32])), has_n, "{credential:?}");
        }
    }

    #[test]
    fn an_ended_device_is_told_why_whatever_it_sends() {
        for end in [DeviceEnd::Transferred, DeviceEnd::Removed] {
            let credential = DeviceCredential { in_force: S, given: N, end: Some(end) };
            for sent in [None, S, N, X] {
                for plain in [PlainLogin::Allowed, PlainLogin::Refused] {
                    assert_eq!(credential.login(sent, plain), DeviceLogin::Ended(end));
                }
            }
        }
    }
}
