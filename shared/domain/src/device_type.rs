//! The kinds of devices.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// The kind of device that a guest plays on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceType {
    /// An iPhone or iPad.
    Ios,
    /// An Android device.
    Android,
    /// A browser.
    Web,
    /// Anything else.
    Other,
}

words!(DeviceType { Ios = "ios", Android = "android", Web = "web", Other = "other" });
