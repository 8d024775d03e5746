//! The origin secret. A function URL is public; the gateway adds this secret, so
//! that functions answer only the gateway.

use http::HeaderMap;
use subtle::{Choice, ConstantTimeEq};
use tenjo_settings::{ExposeSecret, SecretString, SettingError, Settings};

use crate::ApiError;

const SETTING: &str = "TENJO_ORIGIN_SECRETS";
const HEADER: &str = "x-origin-secret";
const MIN_LEN: usize = 32;

/// The secrets that are accepted: two while one replaces the other.
pub(crate) struct OriginSecrets(Vec<SecretString>);

impl OriginSecrets {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let secrets: Vec<&str> = settings.text(SETTING)?.split(',').collect();
        if secrets.len() > 2 || secrets.iter().any(|secret| secret.len() < MIN_LEN) {
            let problem = format!(
                "must be one or two secrets of {MIN_LEN} bytes or more, with a comma between"
            );
            return Err(SettingError::new(SETTING, problem));
        }
        Ok(Self(secrets.into_iter().map(SecretString::from).collect()))
    }

    /// Refuses a request that did not come through the gateway.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let given = headers.get(HEADER).map_or(&b""[..], http::HeaderValue::as_bytes);
        // All are compared, each in constant time, so that the time of an
        // answer reveals nothing about a secret but its length.
        let found = self.0.iter().fold(Choice::from(0), |found, secret| {
            found | secret.expose_secret().as_bytes().ct_eq(given)
        });
        if found.into() { Ok(()) } else { Err(ApiError::Unauthorized) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_of_two_secrets_passes_and_nothing_else() {
        let (one, two) = ("1".repeat(32), "2".repeat(32));
        let secrets = OriginSecrets(vec![one.clone().into(), two.clone().into()]);
        for (given, passes) in [
            (Some(one.clone()), true),
            (Some(two), true),
            (Some("3".repeat(32)), false),
            (Some(one[..31].to_owned()), false),
            (Some(String::new()), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(given) = &given {
                headers.insert(HEADER, given.parse().unwrap());
            }
            assert_eq!(secrets.check(&headers).is_ok(), passes, "{given:?}");
        }
    }
}
