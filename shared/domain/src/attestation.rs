//! What vouches for a new device.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// Whether a device must be attested before it gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceAttestation {
    /// No: anybody may write a client.
    Off,
    /// Yes, by Apple or Google. Nothing else gets an account, web pages neither.
    Required,
}

words!(DeviceAttestation { Off = "off", Required = "required" });

/// Who vouches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttestationPlatform {
    /// Apple, by App Attest.
    Apple,
    /// Google, by Play Integrity.
    Google,
}

words!(AttestationPlatform { Apple = "apple", Google = "google" });

/// Of which environment Apple's statements must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppAttestEnvironment {
    /// Of the App Store and of `TestFlight`.
    Production,
    /// Of apps that Xcode put on a device.
    Development,
}

words!(AppAttestEnvironment { Production = "production", Development = "development" });

impl AppAttestEnvironment {
    /// How a statement names it.
    #[must_use]
    pub const fn aaguid(self) -> &'static [u8; 16] {
        match self {
            Self::Production => b"appattest\0\0\0\0\0\0\0",
            Self::Development => b"appattestdevelop",
        }
    }
}
