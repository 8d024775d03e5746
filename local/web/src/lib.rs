//! Serves a built page, and the API at the same origin, on one machine.
//!
//! The page may then connect to nothing but its own origin, and needs no CORS. `/v1/…`
//! goes to the gateway, and `/test-store/…` to the acts of the test store. The files are
//! read once, at the start: no request reaches the disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::redirect::Policy;
use url::Url;

/// What the page itself says in its `meta` element, and `frame-ancestors`, which works in
/// a header only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'";

/// Longer than the gateway waits for a function.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Of one connection, so not passed on.
const OF_THE_CONNECTION: [&str; 5] =
    ["connection", "keep-alive", "te", "transfer-encoding", "upgrade"];

/// A page and what is behind it.
pub struct Site {
    files: BTreeMap<String, File>,
    gateway: Url,
    store: Option<Url>,
    http: reqwest::Client,
}

struct File {
    kind: &'static str,
    bytes: Bytes,
}

impl Site {
    /// Reads all files of a folder.
    ///
    /// # Errors
    /// The folder cannot be read, has no `index.html`, or has a file of an unknown kind.
    pub fn read(folder: &Path, gateway: Url, store: Option<Url>) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        read(folder, "", &mut files)?;
        let index = files.remove("/index.html").context("there is no index.html: is it built?")?;
        files.insert("/".to_owned(), index);
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { files, gateway, store, http })
    }

    fn file(&self, method: &Method, path: &str) -> Response {
        if method != Method::GET && method != Method::HEAD {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        let Some(file) = self.files.get(path) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        // The build names assets after what is in them.
        let caching = if path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (CONTENT_TYPE, file.kind),
            (CACHE_CONTROL, caching),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        (headers, file.bytes.clone()).into_response()
    }

    /// Passes a request on, and its answer back.
    async fn pass(&self, to: Url, method: Method, headers: HeaderMap, body: Bytes) -> Response {
        let mut headers = of_the_message(headers);
        headers.remove(HOST);
        headers.remove(CONTENT_LENGTH);
        let mut request = self.http.request(method.clone(), to).headers(headers);
        if method != Method::GET && method != Method::HEAD {
            request = request.body(body);
        }
        let answered = async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status(), of_the_message(answer.headers().clone()));
            Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
        };
        match answered.await {
            Ok(answer) => answer.into_response(),
            Err(_) => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}

fn read(folder: &Path, path: &str, files: &mut BTreeMap<String, File>) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(cannot_read)? {
        let entry = entry.with_context(cannot_read)?;
        let name = entry.file_name();
        let name = name.to_str().with_context(cannot_read)?;
        let at = format!("{path}/{name}");
        if entry.file_type()?.is_dir() {
            read(&entry.path(), &at, files)?;
        } else {
            let kind = kind(name).with_context(|| format!("{at} is of an unknown kind"))?;
            files.insert(at, File { kind, bytes: std::fs::read(entry.path())?.into() });
        }
    }
    Ok(())
}

/// The media type of a file, by its name.
fn kind(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

fn of_the_message(mut headers: HeaderMap) -> HeaderMap {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
    headers
}

/// The site behind its routes.
pub fn app(site: Site) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(site))
}

async fn answer(
    State(site): State<Arc<Site>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    let (mut to, path) = if path.starts_with("/v1/") {
        (site.gateway.clone(), path.to_owned())
    } else if let Some(act) = path.strip_prefix("/test-store/") {
        match &site.store {
            Some(store) => (store.clone(), format!("/test/{act}")),
            None => return StatusCode::NOT_FOUND.into_response(),
        }
    } else {
        return site.file(&method, path);
    };
    to.set_path(&path);
    to.set_query(uri.query());
    site.pass(to, method, headers, body).await
}
