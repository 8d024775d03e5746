//! How the users of an installation are made.

use super::Role;
use crate::{Conn, is_here};

/// How the users of an installation are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    /// Stands before each name, with the dot at its end. TiDB Cloud demands one on
    /// clusters that many customers share; elsewhere it is empty.
    pub prefix: String,
    /// Whether TiDB refuses connections of these users without TLS.
    pub require_tls: bool,
}

impl Users {
    /// Users beside this administrator, whose name shows the prefix. They need TLS
    /// unless the database is on this machine.
    #[must_use]
    pub fn beside(administrator: &str, host: &str) -> Self {
        let prefix = administrator.rsplit_once('.').map(|(prefix, _)| format!("{prefix}."));
        Self { prefix: prefix.unwrap_or_default(), require_tls: !is_here(host) }
    }

    /// The name of a role's user.
    #[must_use]
    pub fn name(&self, role: &Role) -> String {
        format!("{}{}", self.prefix, role.user)
    }
}

/// Why a user was not made.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// It cannot be written into a statement without quoting rules.
    #[error("the password of {0} must be 16 or more of A-Z, a-z, 0-9, - and _")]
    Password(&'static str),
    /// The same.
    #[error("the prefix of user names must be of A-Z, a-z, 0-9, -, _ and dots")]
    Prefix,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Creates a role's user, with exactly its rights. Safe to repeat.
///
/// # Errors
/// When the password has characters that need quoting or is too short, or the
/// database fails.
pub async fn set_role(
    conn: &mut Conn,
    role: &Role,
    users: &Users,
    password: &str,
) -> Result<(), RoleError> {
    // `create user` takes no parameters, so names and password go into its text.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if password.len() < 16 || !password.bytes().all(plain) {
        return Err(RoleError::Password(role.user));
    }
    if !users.prefix.bytes().all(|byte| plain(byte) || byte == b'.') {
        return Err(RoleError::Prefix);
    }
    let user = users.name(role);
    let tls = if users.require_tls { "require ssl" } else { "require none" };
    let mut statements = vec![
        format!("create user if not exists '{user}'@'%' identified by '{password}' {tls}"),
        format!("alter user '{user}'@'%' identified by '{password}' {tls}"),
    ];
    statements.extend(surplus(conn, role, &user).await?);
    statements.extend(
        role.grants
            .iter()
            .map(|(table, rights)| format!("grant {rights} on {table} to '{user}'@'%'")),
    );
    for statement in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The statements that revoke rights which this release does not grant. A table
/// is revoked only if the user has such a right on it, because functions may be
/// running; its other rights are granted again right after. (TiDB ignores `revoke
/// all privileges, grant option`.)
async fn surplus(conn: &mut Conn, role: &Role, user: &str) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select concat(db, '.', table_name), lower(table_priv)
         from mysql.tables_priv where user = ?",
    )
    .bind(user)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .iter()
        .filter(|(table, held)| {
            let granted = role.grants.iter().find(|(name, _)| name == table);
            let granted = granted.map_or("", |(_, rights)| rights);
            held.split(',').any(|right| !granted.split(", ").any(|granted| granted == right))
        })
        .map(|(table, _)| format!("revoke all on {table} from '{user}'@'%'"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::ROLES;

    #[test]
    fn users_have_the_prefix_of_their_administrator_and_need_tls_from_other_machines() {
        for (administrator, host, prefix, require_tls) in [
            ("root", "127.0.0.1", "", false),
            ("root", "db.example", "", true),
            ("2aEp24QWEDLqRFs.root", "gateway01.tidbcloud.example", "2aEp24QWEDLqRFs.", true),
        ] {
            let users = Users::beside(administrator, host);
            assert_eq!((users.prefix.as_str(), users.require_tls), (prefix, require_tls));
            assert_eq!(users.name(&ROLES[0]), format!("{prefix}tenjo_user"));
        }
    }
}
