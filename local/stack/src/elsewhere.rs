//! Functions that were not built by this build: those of another release, or of another
//! profile.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// Functions that run in the place of this build's.
///
/// In AWS a version of a function has the program and the settings of its own release.
/// It has the rights of the newest one, because all versions of it share one role.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// The checkout whose `template.yaml` has their settings.
    pub root: PathBuf,
    /// The folder of their programs.
    pub programs: PathBuf,
    /// Which functions.
    pub names: BTreeSet<String>,
}
