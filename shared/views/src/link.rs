use serde::Serialize;
use tenjo_http::Reply;
use tenjo_store::link::Link;
use time::OffsetDateTime;

/// The accounts elsewhere by which a player logs in.
#[derive(Serialize)]
pub struct LinksView {
    links: Vec<LinkView>,
}

#[derive(Serialize)]
struct LinkView {
    provider: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    linked_at: OffsetDateTime,
}

impl Reply for LinksView {}

impl From<Vec<Link>> for LinksView {
    fn from(links: Vec<Link>) -> Self {
        let view =
            |link: Link| LinkView { provider: link.provider.as_str(), linked_at: link.linked_at };
        Self { links: links.into_iter().map(view).collect() }
    }
}
