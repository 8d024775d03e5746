use serde::Serialize;
use tenjo_http::Reply;
use tenjo_store::user::User;
use time::OffsetDateTime;
use uuid::Uuid;

/// A player as they see themselves.
#[derive(Serialize)]
pub struct UserView {
    user_id: Uuid,
    player_id: String,
    display_name: String,
    is_guest: bool,
    version: u32,
    account_token: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl Reply for UserView {}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            user_id: user.user_id.0,
            player_id: user.player_id,
            display_name: user.display_name,
            is_guest: user.is_guest,
            version: user.version,
            account_token: user.account_token.0,
            created_at: user.created_at,
        }
    }
}
