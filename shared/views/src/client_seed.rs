use serde::Serialize;
use tenjo_http::Reply;
use tenjo_store::client_seed::PlayerSeed;

/// What a player's next draw will use.
#[derive(Serialize)]
pub struct ClientSeedView {
    client_seed: String,
    next_draw_number: u64,
}

impl Reply for ClientSeedView {}

impl From<PlayerSeed> for ClientSeedView {
    fn from(seed: PlayerSeed) -> Self {
        Self {
            client_seed: seed.client_seed.as_str().to_owned(),
            next_draw_number: seed.next_draw_number.get(),
        }
    }
}
