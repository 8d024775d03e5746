//! TiDB: a server that exists already, or one of our own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use tokio::process::Command;

use crate::child::Turn;
use crate::children::Children;
use crate::database_url::DatabaseUrl;
use crate::place::Place;
use crate::port;
use crate::tidb;

/// Names a database that exists already.
pub const VARIABLE: &str = "TENJO_DATABASE_URL";

/// How long a database that exists already may take to serve: a container of TiDB that was
/// just started does so after some seconds.
const GIVEN_SERVES_WITHIN: Duration = Duration::from_secs(60);

/// The database that migrations are recorded in.
const NAME: &str = "tenjo";

/// Where the data is.
pub enum Database {
    /// In a database that exists already, by its administrator's URL.
    Given(DatabaseUrl),
    /// In a server that this program starts.
    Own(PathBuf),
}

impl Database {
    /// The one that `TENJO_DATABASE_URL` names, or one of our own.
    pub async fn find(children: &Children) -> anyhow::Result<Self> {
        match given()? {
            Some(url) => Ok(Self::Given(url)),
            None => Ok(Self::Own(tidb::server(children).await?)),
        }
    }

    /// The administrator's URL, once it serves.
    pub async fn start(&self, children: &Children, place: &Place) -> anyhow::Result<DatabaseUrl> {
        match self {
            Self::Given(url) => {
                port::greets_within(GIVEN_SERVES_WITHIN, &url.address()).await.with_context(
                    || format!("cannot use the database that {VARIABLE} names; is it running?"),
                )?;
                Ok(url.clone())
            }
            Self::Own(program) => start(children, program, place).await,
        }
    }
}

/// The administrator's URL in `TENJO_DATABASE_URL`, if it is set.
fn given() -> anyhow::Result<Option<DatabaseUrl>> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    parse(&text.to_string_lossy()).map(Some)
}

/// An administrator's URL, with the database filled in if it names none.
fn parse(text: &str) -> anyhow::Result<DatabaseUrl> {
    let url = DatabaseUrl::parse(text);
    let url =
        url.with_context(|| format!("{VARIABLE} must look like mysql://user:password@host:4000"))?;
    Ok(url.with_default_name(NAME))
}

/// Starts a TiDB server on the data of the place, and waits until it serves.
pub async fn start(
    children: &Children,
    program: &Path,
    place: &Place,
) -> anyhow::Result<DatabaseUrl> {
    let [port, status_port] = port::free()?;
    let data = place.folder("data/tidb")?;
    let command = server(program, &data, port, status_port);
    children.service("tidb", Turn::Last, command)?;
    port::greets(port).await;
    let url = DatabaseUrl::parse(&format!("mysql://root@127.0.0.1:{port}/{NAME}"));
    url.context("the URL of a server of our own is wrong")
}

/// One server in one process, on loopback only. Its other files (spilled results,
/// slow queries) are in the same folder as its data.
pub fn server(program: &Path, data: &Path, port: u16, status_port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(data)
        .env("TMPDIR", data)
        .args(["-store", "unistore", "-path"])
        .arg(data.join("store"))
        .args(["-host", "127.0.0.1", "-P", &port.to_string()])
        .args(["-status-host", "127.0.0.1", "-status", &status_port.to_string()])
        .args(["-socket", "", "-L", "warn", "-temp-dir"])
        .arg(data.join("temporary"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_database_is_waited_for_where_it_listens() {
        for (text, expected) in [
            ("mysql://root@127.0.0.1:4000", "127.0.0.1:4000"),
            ("mysql://admin:password@tidb.example/tenjo", "tidb.example:3306"),
            ("mysql://root@[::1]:4000/tenjo", "[::1]:4000"),
        ] {
            assert_eq!(parse(text).unwrap().address(), expected, "{text}");
        }
    }

    #[test]
    fn a_given_database_is_named_in_full_or_refused() {
        for (text, expected) in [
            ("mysql://root@127.0.0.1:4000", Some("mysql://root@127.0.0.1:4000/tenjo")),
            ("mysql://root@127.0.0.1:4000/", Some("mysql://root@127.0.0.1:4000/tenjo")),
            ("mysql://root@127.0.0.1:4000/mine", Some("mysql://root@127.0.0.1:4000/mine")),
            ("postgres://root@127.0.0.1:5432", None),
            ("127.0.0.1:4000", None),
            ("mysql:tenjo", None),
        ] {
            let url = parse(text).ok().map(|url| url.with_password());
            assert_eq!(url.as_deref(), expected, "{text}");
        }
    }
}
