//! Connections to TiDB.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode};

use crate::Db;
use crate::db::is_fit;

/// How long a request waits for a connection before it fails with "try later". A
/// step has five seconds, and may wait three of them for a lock.
pub(crate) const ACQUIRE_WITHIN: Duration = Duration::from_millis(1500);

/// A Lambda serves one request at a time, on one connection. `recover-sagas`
/// recovers eight sagas at once, and each may wait for a lock.
const MAX_CONNECTIONS: u32 = 8;

/// The state machine gives a step five seconds. So a statement stops waiting for a
/// lock before that, and fails with an error that can be retried. If a function is
/// killed in the middle of a transaction, TiDB ends the transaction after ten idle
/// seconds and releases its locks. Strict, whatever the server's default is: what a column
/// does not take fails, and is not written as something else.
const SESSION: &str = "set innodb_lock_wait_timeout = 3, tidb_idle_transaction_timeout = 10,
    sql_mode = concat(@@sql_mode, ',STRICT_TRANS_TABLES')";

/// Makes each statement of a transaction see what was committed before it.
const READ_COMMITTED: &str = "set transaction_isolation = 'READ-COMMITTED'";

/// How to reach the database at `url`. Unless it is on this machine, the connection
/// uses TLS, and the server must prove that it is the host of the URL. `ca` has the
/// certificates, in PEM, of the authority that signed the server's; without it, that
/// must be one of Mozilla's roots.
///
/// # Errors
/// When `url` is not a MySQL URL, or asks for less than that.
pub fn options(url: &str, ca: Option<&str>) -> sqlx::Result<MySqlConnectOptions> {
    let options = MySqlConnectOptions::from_str(url)?;
    if is_here(options.get_host()) && options.get_socket().is_none() {
        return Ok(options);
    }
    if options.get_socket().is_some() || (has_ssl_mode(url) && !verifies(&options)) {
        return Err(sqlx::Error::Configuration(
            "the URL must have a host, and ssl-mode=VERIFY_IDENTITY or none: the server of \
             another machine must prove who it is"
                .into(),
        ));
    }
    let options = options.ssl_mode(MySqlSslMode::VerifyIdentity);
    Ok(match ca {
        Some(ca) => options.ssl_ca_from_pem(ca.as_bytes().to_vec()),
        None => options,
    })
}

/// Whether a host is this machine.
#[must_use]
pub fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn has_ssl_mode(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair.starts_with("ssl-mode=") || pair.starts_with("sslmode="))
}

fn verifies(options: &MySqlConnectOptions) -> bool {
    matches!(options.get_ssl_mode(), MySqlSslMode::VerifyIdentity)
}

/// A connection pool for the database at `url`, reached as [`options`] says. It
/// connects when it is first used, so an unreachable database makes requests fail, not
/// the function's start.
///
/// A connection that was idle for a second is tested before its use, because Lambda freezes
/// a process between requests and its connections may close meanwhile. It is assumed that the
/// clock goes on then (`docs/untried.md`). Sessions run in UTC.
///
/// # Errors
/// When `url` is not a MySQL URL, or asks for less than TLS needs.
pub fn connect(url: &str, ca: Option<&str>) -> sqlx::Result<Db> {
    Ok(pool(options(url, ca)?, &[SESSION]))
}

/// The same with READ COMMITTED, for transactions that wait for a lock and then read
/// what its last holder committed elsewhere. Opening a saga waits for the live key, and
/// reads the player's state. Draw and Refund wait for the saga's row, and read what
/// Reserve wrote into the ledger. With TiDB's default isolation they would read those
/// as of their own start.
///
/// # Errors
/// When `url` is not a MySQL URL, or asks for less than TLS needs.
pub fn connect_read_committed(url: &str, ca: Option<&str>) -> sqlx::Result<Db> {
    Ok(pool(options(url, ca)?, &[SESSION, READ_COMMITTED]))
}

fn pool(options: MySqlConnectOptions, session: &'static [&'static str]) -> Db {
    let pool = MySqlPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_WITHIN)
        .test_before_acquire(false)
        .before_acquire(|conn, found| {
            Box::pin(async move { Ok(is_fit(conn, found.idle_for).await) })
        })
        .after_connect(move |conn, _| {
            Box::pin(async move {
                for statement in session {
                    sqlx::raw_sql(*statement).execute(&mut *conn).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Db::new(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CA: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

    #[test]
    fn another_machine_must_prove_who_it_is_and_nothing_can_ask_for_less() {
        for (url, expected) in [
            ("mysql://a:b@db.example:4000", Some(true)),
            ("mysql://a:b@db.example:4000?ssl-mode=VERIFY_IDENTITY", Some(true)),
            ("mysql://a:b@10.0.0.7:4000", Some(true)),
            ("mysql://a:b@localhost.example:4000", Some(true)),
            ("mysql://a:b@127.0.0.1.example:4000", Some(true)),
            ("mysql://a:b@db.example:4000?ssl-mode=VERIFY_CA", None),
            ("mysql://a:b@db.example:4000?ssl-mode=REQUIRED", None),
            ("mysql://a:b@db.example:4000?ssl-mode=PREFERRED", None),
            ("mysql://a:b@db.example:4000?sslmode=disabled", None),
            ("mysql://a:b@db.example:4000?ssl-ca=x&ssl-mode=DISABLED", None),
            ("mysql://a:b@db.example:4000?socket=/tmp/db.sock", None),
            ("mysql://a:b@localhost:4000?socket=/tmp/db.sock", None),
            ("mysql://a:b@127.0.0.1:4000", Some(false)),
            ("mysql://a:b@[::1]:4000", Some(false)),
            ("mysql://a:b@localhost:4000?ssl-mode=DISABLED", Some(false)),
        ] {
            let found = options(url, None).ok().map(|options| verifies(&options));
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn the_authority_of_the_settings_is_used_and_a_bad_url_is_not_quoted() {
        let with = options("mysql://a:b@db.example:4000", Some(CA)).unwrap();
        assert!(
            format!("{with:?}").contains("AAAA") || format!("{with:?}").contains("ssl_ca: Some")
        );
        let error = options("mysql://a:hunter2@db.example:4000?ssl-mode=REQUIRED", None);
        assert!(!error.unwrap_err().to_string().contains("hunter2"));
    }
}
