//! How a password of the player's choice is kept: hashed with Argon2id, so that a reader
//! of the database has to pay for every guess.
//!
//! The parameters are the first that OWASP's Password Storage Cheat Sheet gives for a
//! server that has no gigabytes to spare: 19 MiB of memory, two passes, one lane.
//! <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>.
//! A function has 256 MB and serves one request at a time, so the memory is there. It is
//! given back after each hash only if `MALLOC_MMAP_THRESHOLD_` is set: glibc before 2.38,
//! which Lambda has, otherwise grows by a block for each hash, to 418 MB in a test.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tenjo_domain::TransferPassword;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is verified where there is nothing to verify, so that the answer takes as long:
/// a hash of the same parameters, of a password that nobody has.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1\
    $AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password could not be hashed, or a stored hash not read. It names neither.
#[derive(Debug, thiserror::Error)]
#[error("Argon2id: {0}")]
pub struct PasswordError(String);

/// Hashes passwords, and verifies them.
#[derive(Debug)]
pub struct Passwords(Argon2<'static>);

impl Passwords {
    /// With the parameters of this release. A stored hash is verified with its own.
    ///
    /// # Errors
    /// Never, while the parameters are good: a test holds them.
    pub fn new() -> Result<Self, PasswordError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(error)?;
        Ok(Self(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)))
    }

    /// The text to keep: salt, parameters and hash.
    ///
    /// # Errors
    /// When hashing fails, which is our bug.
    pub fn hash(&self, password: &TransferPassword) -> Result<String, PasswordError> {
        let salt: [u8; 16] = rand::random();
        let hash = self.0.hash_password_with_salt(password.expose().as_bytes(), &salt);
        Ok(hash.map_err(error)?.to_string())
    }

    /// Whether a password is the one that was kept. Without one that was kept, nothing is
    /// right, and it takes as long.
    ///
    /// # Errors
    /// When what was kept is no hash.
    pub fn verify(
        &self,
        kept: Option<&str>,
        password: &TransferPassword,
    ) -> Result<bool, PasswordError> {
        let hash = PasswordHash::new(kept.unwrap_or(NOBODYS)).map_err(error)?;
        let is_right = self.0.verify_password(password.expose().as_bytes(), &hash).is_ok();
        Ok(is_right && kept.is_some())
    }
}

fn error(error: impl std::fmt::Display) -> PasswordError {
    PasswordError(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn password(text: &str) -> TransferPassword {
        TransferPassword::new(text).unwrap()
    }

    #[test]
    fn only_the_same_password_is_right_and_no_two_hashes_are_alike() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(&password("correct-horse")).unwrap();
        assert!(passwords.verify(Some(&kept), &password("correct-horse")).unwrap());
        assert!(!passwords.verify(Some(&kept), &password("correct-horsf")).unwrap());
        assert!(!passwords.verify(None, &password("correct-horse")).unwrap());
        assert!(passwords.verify(Some("no hash"), &password("correct-horse")).is_err());
        assert_ne!(passwords.hash(&password("correct-horse")).unwrap(), kept);
        assert!(kept.len() <= 128, "the column has no more");
        assert!(!kept.contains("correct"));
    }

    #[test]
    fn what_is_kept_has_the_parameters_that_owasp_gives() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(&password("correct-horse")).unwrap();
        let parameters = "$argon2id$v=19$m=19456,t=2,p=1$";
        assert!(kept.starts_with(parameters), "{kept}");
        assert!(NOBODYS.starts_with(parameters));
        assert_eq!(NOBODYS.len(), kept.len(), "of the same lengths");
    }

    fn time(what: impl Fn()) -> Duration {
        let started = Instant::now();
        what();
        started.elapsed()
    }

    #[test]
    fn a_code_that_is_unknown_takes_as_long_as_a_wrong_password() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(&password("correct-horse")).unwrap();
        let wrong = password("wrong-password");
        let try_with = |kept: Option<&str>| assert!(!passwords.verify(kept, &wrong).unwrap());
        // By turns, and the shortest of each: other work on the machine disturbs both.
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..10 {
            known = known.min(time(|| try_with(Some(&kept))));
            unknown = unknown.min(time(|| try_with(None)));
        }
        assert!(unknown * 2 > known && known * 2 > unknown, "{unknown:?} and {known:?}");
    }
}
