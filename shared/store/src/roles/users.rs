//! How the users of an installation are made.

use super::{ROLES, Role};
use crate::{Conn, is_here};

/// As many characters as TiDB takes in the name of a user.
const LONGEST_NAME: usize = 32;

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

    /// Whether TiDB takes the names of all users.
    ///
    /// # Errors
    /// When the prefix has characters that need quoting, or makes a name too long.
    pub fn check(&self) -> Result<(), RoleError> {
        if !self.prefix.bytes().all(|byte| is_plain(byte) || byte == b'.') {
            return Err(RoleError::Prefix);
        }
        match ROLES.iter().find(|role| self.name(role).len() > LONGEST_NAME) {
            Some(role) => Err(RoleError::Name(self.name(role))),
            None => Ok(()),
        }
    }
}

/// Whether a byte needs no quoting in a statement.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
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
    /// TiDB would refuse it.
    #[error(
        "the user {0} has too long a name: TiDB takes 32 characters, so the prefix \
         of user names, which is that of the administrator's, may have 16 with its dot"
    )]
    Name(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Creates a role's user, with exactly its rights. Safe to repeat.
///
/// # Errors
/// When the password has characters that need quoting or is too short, TiDB takes
/// no such names, or the database fails.
pub async fn set_role(
    conn: &mut Conn,
    role: &Role,
    users: &Users,
    password: &str,
) -> Result<(), RoleError> {
    // `create user` takes no parameters, so names and password go into its text.
    if password.len() < 16 || !password.bytes().all(is_plain) {
        return Err(RoleError::Password(role.user));
    }
    users.check()?;
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

    #[test]
    fn tidb_takes_every_name_with_the_longest_prefix_and_a_longer_one_is_refused() {
        let users = |prefix: &str| Users { prefix: prefix.to_owned(), require_tls: true };
        for prefix in ["", "2aEp24QWEDLqRFs."] {
            users(prefix).check().unwrap();
        }
        let error = users("2aEp24QWEDLqRFsX.").check().unwrap_err().to_string();
        assert!(error.contains("2aEp24QWEDLqRFsX.tenjo_"), "{error}");
        assert!(error.contains("may have 16"), "{error}");
        assert!(matches!(users("it's.").check(), Err(RoleError::Prefix)));
    }
}
