//! What a browser gets from the page's server.

use std::path::PathBuf;

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tenjo_web::{Site, app};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

/// A folder that is deleted after the test.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("tenjo-web-{}", Uuid::new_v4()));
        std::fs::create_dir_all(folder.join("assets"))?;
        std::fs::write(folder.join("index.html"), "<!doctype html>")?;
        std::fs::write(folder.join("assets/app-1.js"), "run()")?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn listen(app: Router) -> anyhow::Result<Url> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

/// Answers with what it was asked.
async fn echo(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> impl axum::response::IntoResponse {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or("none");
    let text = format!("{method} {uri} {key} {body}");
    (StatusCode::CONFLICT, [("retry-after", "7")], text)
}

async fn site(has_store: bool) -> anyhow::Result<(Url, Folder)> {
    let behind = listen(Router::new().fallback(echo)).await?;
    let folder = Folder::make()?;
    let site = Site::read(&folder.0, behind.clone(), has_store.then_some(behind))?;
    Ok((listen(app(site)).await?, folder))
}

#[tokio::test]
async fn the_page_comes_with_a_strict_policy() -> anyhow::Result<()> {
    let (url, _folder) = site(false).await?;
    let answer = reqwest::get(url).await?;
    let header = |name: &str| answer.headers()[name].to_str().map(str::to_owned);
    let policy = header("content-security-policy")?;
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(header("content-type")?, "text/html; charset=utf-8");
    assert_eq!(header("cache-control")?, "no-cache");
    assert_eq!(answer.text().await?, "<!doctype html>");
    Ok(())
}

#[tokio::test]
async fn only_files_of_the_folder_are_served() -> anyhow::Result<()> {
    let (url, _folder) = site(false).await?;
    for (path, status) in [
        ("assets/app-1.js", StatusCode::OK),
        ("index.html", StatusCode::NOT_FOUND),
        ("assets/", StatusCode::NOT_FOUND),
        ("assets/..%2f..%2fetc/passwd", StatusCode::NOT_FOUND),
        ("assets/app-2.js", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(reqwest::get(url.join(path)?).await?.status(), status, "{path}");
    }
    let posted = reqwest::Client::new().post(url).send().await?;
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    Ok(())
}

#[tokio::test]
async fn calls_of_the_api_reach_the_gateway_whole_and_so_do_its_answers() -> anyhow::Result<()> {
    let (url, _folder) = site(false).await?;
    let answer = reqwest::Client::new()
        .post(url.join("v1/gacha/draw?a=b")?)
        .header("Idempotency-Key", "key-1")
        .body("{}")
        .send()
        .await?;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(answer.headers()["retry-after"], "7");
    assert_eq!(answer.text().await?, "POST /v1/gacha/draw?a=b key-1 {}");
    Ok(())
}

#[tokio::test]
async fn the_store_is_reached_only_if_there_is_one_and_only_its_acts() -> anyhow::Result<()> {
    let (with, _folder) = site(true).await?;
    let act = reqwest::get(with.join("test-store/apple/buy")?).await?;
    assert_eq!(act.text().await?, "GET /test/apple/buy none ");
    let (without, _folder) = site(false).await?;
    let nothing = reqwest::get(without.join("test-store/apple/buy")?).await?;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_is_away_is_502() -> anyhow::Result<()> {
    let folder = Folder::make()?;
    let nowhere = Url::parse("http://127.0.0.1:1")?;
    let url = listen(app(Site::read(&folder.0, nowhere, None)?)).await?;
    assert_eq!(reqwest::get(url.join("v1/status")?).await?.status(), StatusCode::BAD_GATEWAY);
    Ok(())
}
