//! Why a session has ended.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// Why a session was ended before it expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its client logged out.
    LoggedOut,
    /// One of its refresh tokens came twice.
    Reused,
    /// The player ended it by another session.
    Removed,
    /// The account was moved to another device.
    Transferred,
    /// Its device was given to another player's account.
    Replaced,
    /// The player asked to be deleted.
    Deleting,
    /// An operator ended it.
    ByOperator,
}

words!(SessionEnd {
    LoggedOut = "logged_out",
    Reused = "reused",
    Removed = "removed",
    Transferred = "transferred",
    Replaced = "replaced",
    Deleting = "deleting",
    ByOperator = "by_operator",
});
