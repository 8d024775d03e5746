//! Exit codes. Scripts read them, so they stay.

/// What was checked is wrong: a proof, a book, master data.
pub(crate) const WRONG: u8 = 1;
/// A proof cannot be checked yet: its seed is still secret. `docs/verify.py` uses the
/// same code.
pub(crate) const NOT_YET: u8 = 2;
/// The command cannot be understood, or could not do its work.
pub(crate) const ERROR: u8 = 3;
/// Ctrl-C, as shells report it.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit codes in `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    all is right
  1    what was checked is wrong: a proof, the books, the master data
  2    a proof cannot be checked yet, because its seed is still secret
  3    the command could not do its work
  130  interrupted";
