//! Connections to a database on another machine: by TLS, and to no server that cannot prove
//! its name. The rule is `tenjo_store::options`. Here it meets a TiDB server with a
//! certificate, and one without. It is a file of its own, because Cargo runs files one after
//! another, and a second server takes a core while it starts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use sqlx::{Connection, MySqlConnection};
use tenjo_stack::{database, port};
use tenjo_tests::variable;
use tokio::process::Child;
use tokio::time::timeout;
use url::Url;

/// How long a server may take to start, on a machine that does much else.
const START: Duration = Duration::from_secs(120);

/// The name by which the server is reached, and which its certificate has.
const NAME: &str = "127.0.0.1";

/// Another name of this machine, which the certificate does not have.
const OTHER_NAME: &str = "localhost";

/// Who signs the certificates of servers.
struct Authority {
    /// Its own certificate, in PEM, as `TENJO_DATABASE_CA` has it.
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn make(name: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A certificate for a server of this name, and its key, both in PEM.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "TiDB of a test");
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// A TiDB server of this test's own, with a certificate.
struct Server {
    port: u16,
    process: Child,
    folder: PathBuf,
}

impl Server {
    async fn start(authority: &Authority) -> Self {
        let folder = Path::new(&variable("TENJO_TEST_LOGS")).join("tidb-with-tls");
        fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::write(&file, text).unwrap();
            file
        };
        let (certificate, key) = authority.sign(NAME);
        let (certificate, key) = (write("server.pem", &certificate), write("key.pem", &key));
        // A path between quotation marks is a text of TOML too.
        let settings = format!("[security]\nssl-cert = {certificate:?}\nssl-key = {key:?}\n");
        let settings = write("tidb.toml", &settings);

        let log = File::create(folder.join("log")).unwrap();
        let [port, status_port] = port::free().unwrap();
        let program = PathBuf::from(variable("TENJO_TEST_TIDB"));
        let mut command = database::server(&program, &folder, port, status_port);
        command.arg("-config").arg(settings).kill_on_drop(true);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut process = command.spawn().unwrap();
        tokio::select! {
            serves = timeout(START, port::greets(port)) => serves.unwrap(),
            ended = process.wait() => panic!("TiDB ended: {ended:?}; see {}", folder.display()),
        }
        Self { port, process, folder }
    }

    async fn stop(mut self) {
        self.process.kill().await.unwrap();
        fs::remove_dir_all(self.folder).unwrap();
    }
}

/// Connects as functions do to a database on another machine. A name of this machine leads
/// to the server, because no other one does here.
async fn connect(name: &str, port: u16, ca: Option<&str>) -> sqlx::Result<MySqlConnection> {
    let options = tenjo_store::options("mysql://root@db.example", ca)?;
    MySqlConnection::connect_with(&options.host(name).port(port)).await
}

#[tokio::test]
async fn a_database_on_another_machine_is_believed_by_its_name_and_authority_alone() {
    let (authority, stranger) = (Authority::make("Ours"), Authority::make("A stranger"));
    let server = Server::start(&authority).await;
    let (ours, strange) = (Some(&*authority.certificate), Some(&*stranger.certificate));
    for (case, name, ca, refusal) in [
        ("right", NAME, ours, None),
        ("another authority", NAME, strange, Some("UnknownIssuer")),
        // Without one of the settings there are public ones only.
        ("no authority", NAME, None, Some("UnknownIssuer")),
        ("another name", OTHER_NAME, ours, Some("not valid for name")),
        ("both others", OTHER_NAME, strange, Some("UnknownIssuer")),
    ] {
        let refused = connect(name, server.port, ca).await.err().map(|error| error.to_string());
        let is_as_expected = match (&refused, refusal) {
            (None, None) => true,
            (Some(refused), Some(refusal)) => refused.contains(refusal),
            _ => false,
        };
        assert!(is_as_expected, "{case}: expected {refusal:?}, got {refused:?}");
    }

    let mut conn = connect(NAME, server.port, ours).await.unwrap();
    let (_, cipher): (String, String) =
        sqlx::query_as("show status like 'Ssl_cipher'").fetch_one(&mut conn).await.unwrap();
    assert!(!cipher.is_empty(), "the server knows of no TLS");
    conn.close().await.unwrap();
    server.stop().await;
}

/// The stack's own server has no certificate.
#[tokio::test]
async fn a_database_on_another_machine_without_tls_is_refused() {
    let url = Url::parse(&variable("TENJO_TEST_DATABASE_URL")).unwrap();
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let refused = connect(host, port, None).await.err().map(|error| error.to_string());
    assert!(
        refused.as_deref().is_some_and(|it| it.contains("does not support TLS")),
        "{refused:?}"
    );
}
