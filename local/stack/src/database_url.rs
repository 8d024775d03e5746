//! The URL of a database server, in parts.
//!
//! Each part stays as it is written, percent-encoded or not, because sqlx reads the URL that is
//! made of them. The crate `url` is not used here: it brings tables of Unicode for the names of
//! hosts, and `cargo xtask` must be compiled before it can print anything.

use std::net::Ipv6Addr;

/// The port of a URL that names none.
const DEFAULT_PORT: u16 = 3306;

/// `mysql://user:password@host:port/name?options`. It prints only where that is asked
/// for, because of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// The user, and the password after a colon; or empty.
    login: String,
    /// An IPv6 address is in brackets.
    host: String,
    port: Option<u16>,
    /// With its slash, or empty.
    path: String,
    /// With the mark that begins them, or empty.
    options: String,
}

impl DatabaseUrl {
    /// Takes a URL apart; `None` if it is another kind of URL, or names no host.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        if !scheme.eq_ignore_ascii_case("mysql") {
            return None;
        }
        let (server, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (path, options) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        let (login, address) = server.rsplit_once('@').unwrap_or(("", server));
        let (host, port) = match address.rsplit_once(':') {
            // The colons in an IPv6 address begin no port.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (address, ""),
        };
        let port = match port {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            _ => return None,
        };
        is_host(host).then(|| Self {
            login: login.to_owned(),
            host: host.to_owned(),
            port,
            path: path.to_owned(),
            options: options.to_owned(),
        })
    }

    /// The user, without the password.
    pub fn user(&self) -> &str {
        self.login.split_once(':').map_or(self.login.as_str(), |(user, _)| user)
    }

    /// The host. An IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, MySQL's if the URL names none.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(DEFAULT_PORT)
    }

    /// Where the server listens: host and port.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port())
    }

    /// The same server at another port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// With this database, if it names none.
    pub(crate) fn with_default_name(self, name: &str) -> Self {
        if matches!(self.path.as_str(), "" | "/") {
            Self { path: format!("/{name}"), ..self }
        } else {
            self
        }
    }

    /// The same server and options for another user, with no database. User and password must
    /// need no percent-encoding.
    pub(crate) fn of_user(&self, user: &str, password: &str) -> Self {
        Self { login: format!("{user}:{password}"), path: String::new(), ..self.clone() }
    }

    /// The whole URL, with the password.
    pub fn with_password(&self) -> String {
        let Self { login, host, port, path, options } = self;
        let at = if login.is_empty() { "" } else { "@" };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("mysql://{login}{at}{host}{port}{path}{options}")
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets. Whether the name is one is found
/// out when it is looked up.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains([':', '[', ']', ' ', '\t', '%']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).unwrap()
    }

    #[test]
    fn a_url_stays_as_it_is_written() {
        for text in [
            "mysql://root@127.0.0.1:4000/tenjo",
            "mysql://db.example",
            "mysql://db.example/",
            "mysql://root@[::1]:4000/tenjo",
            "mysql://4f2a.root:p%40ss%2Fw%25rd@db.example:4000/tenjo",
            "mysql://root:p@ss:word@db.example/tenjo",
            "mysql://root@db.example:4000?ssl-mode=VERIFY_IDENTITY&ssl-ca=/a/b.pem",
            "mysql://root@db.example/tenjo?socket=a@b:1",
        ] {
            assert_eq!(parse(text).with_password(), text);
        }
    }

    #[test]
    fn its_parts_are_found() {
        for (text, user, host, port) in [
            ("mysql://root@127.0.0.1:4000/tenjo", "root", "127.0.0.1", 4000),
            ("mysql://a.b:p%40ss@db.example/tenjo", "a.b", "db.example", 3306),
            ("mysql://root:p@ss:word@db.example?x=@y:1", "root", "db.example", 3306),
            ("mysql://[::1]:4000", "", "[::1]", 4000),
            ("mysql://root@[fe80::1]/tenjo", "root", "[fe80::1]", 3306),
            (" mysql://db.example\n", "", "db.example", 3306),
            ("MySQL://root@db.example:/tenjo", "root", "db.example", 3306),
        ] {
            let url = parse(text);
            assert_eq!((url.user(), url.host(), url.port()), (user, host, port), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused() {
        for text in [
            "",
            "127.0.0.1:4000",
            "mysql:tenjo",
            "mysql://",
            "mysql:///tenjo",
            "mysql://root@/tenjo",
            "mysql://root@:4000",
            "postgres://root@127.0.0.1:5432",
            "mysql://root@db.example:port",
            "mysql://root@db.example:70000",
            "mysql://root@db.example:+4000",
            "mysql://root@db example/tenjo",
            "mysql://root@[zz]/tenjo",
            "mysql://root@::1/tenjo",
            "mysql://root@[::1/tenjo",
            // A password with a mark that ends the server, unless it is percent-encoded.
            "mysql://root:p/ss@db.example",
            "mysql://root:p#ss@db.example",
        ] {
            assert!(DatabaseUrl::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_part_is_changed_and_the_others_are_not() {
        let url = parse("mysql://root:p%40ss@[::1]:4000/tenjo?ssl-mode=REQUIRED");
        assert_eq!(
            url.clone().with_port(5000).with_password(),
            "mysql://root:p%40ss@[::1]:5000/tenjo?ssl-mode=REQUIRED"
        );
        assert_eq!(
            url.of_user("tenjo_draw", "secret").with_password(),
            "mysql://tenjo_draw:secret@[::1]:4000?ssl-mode=REQUIRED"
        );
        assert_eq!(url.clone().with_default_name("other").with_password(), url.with_password());
        let unnamed = parse("mysql://db.example?ssl-mode=REQUIRED");
        let named = "mysql://db.example/tenjo?ssl-mode=REQUIRED";
        assert_eq!(unnamed.with_default_name("tenjo").with_password(), named);
    }
}
