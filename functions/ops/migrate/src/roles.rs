//! The passwords of the database users, taken from the URLs with which the functions
//! connect.

use tenjo_settings::{SettingError, Settings};
use tenjo_store::roles::{ROLES, Role, Users};
use url::Url;

/// A role and the password that its functions use.
pub(crate) struct RolePassword {
    pub(crate) role: &'static Role,
    pub(crate) password: String,
}

/// Reads the password of every role.
pub(crate) fn read(settings: &Settings, users: &Users) -> Result<Vec<RolePassword>, SettingError> {
    ROLES.iter().map(|role| read_one(settings, users, role)).collect()
}

fn read_one(
    settings: &Settings,
    users: &Users,
    role: &'static Role,
) -> Result<RolePassword, SettingError> {
    // The user `tenjo_draw` connects with TENJO_DRAW_DATABASE_URL.
    let name = format!("{}_DATABASE_URL", role.user.to_uppercase());
    let bad = |problem: &str| SettingError::new(&name, problem);
    let url = Url::parse(settings.text(&name)?).map_err(|_| bad("must be a URL"))?;
    let user = users.name(role);
    if url.username() != user {
        return Err(bad(&format!("must have the user {user}")));
    }
    let password = url.password().ok_or_else(|| bad("must have a password"))?.to_owned();
    Ok(RolePassword { role, password })
}
