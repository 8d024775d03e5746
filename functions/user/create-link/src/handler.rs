use serde::Deserialize;
use tenjo_domain::{Identity, LinkProvider};
use tenjo_http::{ApiError, Call, HasDb, Player, RefreshToken, may_add_access, may_change};
use tenjo_identity::{Identities, Shown};
use tenjo_sign_in::{refused, shown};
use tenjo_store::Db;
use tenjo_store::link::{self, Linked};
use tenjo_views::LinksView;
use time::OffsetDateTime;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) apple: Identities,
    pub(crate) google: Identities,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Deserialize)]
pub(crate) struct LinkRequest {
    provider: String,
    identity_token: String,
    nonce: String,
    refresh_token: String,
}

/// Links an account elsewhere to the caller, who can then log in by it, for as long as the
/// link lasts. So the caller shows the session's refresh token.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `refresh_token_required` (403): it is not the session's
/// - `link_taken` (409): the account is another player's. The token stays unused, so that
///   the client can log in as that player with it, if the person wants that
/// - `link_exists` (409): the caller has another account of this provider
/// - `invalid_identity_token` (422): it is not believed, or was used before
pub(crate) async fn create_link(
    app: &App,
    call: Call<Player, LinkRequest>,
) -> Result<LinksView, ApiError> {
    let (player, now) = (call.player(), call.now());
    let LinkRequest { provider, identity_token, nonce, refresh_token } = call.body;
    let sent = RefreshToken::new(refresh_token).map_err(ApiError::field("refresh_token"))?;
    let provider: LinkProvider = provider.parse().map_err(ApiError::field("provider"))?;
    let shown = shown(identity_token, nonce)?;
    // Before the provider is asked for its keys.
    may_change(&mut *app.db.acquire().await?, player).await?;
    let identity = app.identify(provider, &shown, now).await?;
    let mut tx = app.db.begin().await?;
    // With a lock: whoever ends this session waits, and then sees the link.
    may_add_access(&mut tx, player, &sent, now).await?;
    if !link::use_token(&mut tx, &identity).await? {
        return Err(ApiError::InvalidIdentityToken("it was used before".to_owned()));
    }
    match link::link(&mut tx, player.user_id, &identity).await? {
        Linked::Yes => {}
        Linked::OfAnother => return Err(ApiError::LinkTaken),
        Linked::HasAnother => return Err(ApiError::LinkExists),
    }
    let links = link::list(&mut tx, player.user_id).await?;
    tx.commit().await?;
    Ok(links.into())
}

impl App {
    async fn identify(
        &self,
        provider: LinkProvider,
        shown: &Shown,
        now: OffsetDateTime,
    ) -> Result<Identity, ApiError> {
        let identity = match provider {
            LinkProvider::Apple => self.apple.identify(shown, now).await,
            LinkProvider::Google => self.google.identify(shown, now).await,
        };
        identity.map_err(refused)
    }
}
