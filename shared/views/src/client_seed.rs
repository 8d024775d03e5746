use serde::Serialize;
use tenjo_http::Reply;
use tenjo_store::client_seed::PlayerSeed;
use time::OffsetDateTime;

/// What a player's next purchase will use.
#[derive(Serialize)]
pub struct ClientSeedView {
    client_seed: String,
    #[serde(with = "time::serde::rfc3339::option")]
    set_at: Option<OffsetDateTime>,
    next_draw_number: u64,
}

impl Reply for ClientSeedView {}

impl From<PlayerSeed> for ClientSeedView {
    fn from(seed: PlayerSeed) -> Self {
        Self {
            client_seed: seed.client_seed.as_str().to_owned(),
            set_at: seed.set_at,
            next_draw_number: seed.next_draw_number.get(),
        }
    }
}
