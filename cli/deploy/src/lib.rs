//! Brings a game to AWS and keeps it there: the deployers' commands of `tenjo`.
//!
//! They run in the root of the repository, because what they deploy is there. AWS is
//! called by signed requests and Konnect by its public API; the compiler, Python and decK
//! are other programs. No secret is printed, written to disk, or an argument of a program.

mod aws;
mod count;
mod deploy;
mod destroy;
mod game;
mod gateway;
mod http;
mod keys;
mod konnect;
mod load;
mod package;
mod parts;
mod programs;
mod publication;
mod releases;
mod rollback;
mod rotate;
mod secret;
mod secrets;
mod session;
mod smoke;
mod stacks;
mod stage;
mod tools;

pub use count::counted;
pub use deploy::Args as DeployArgs;
pub use destroy::Args as DestroyArgs;
pub use load::Args as LoadArgs;
pub use rollback::Args as RollbackArgs;
pub use rotate::Args as RotateArgs;

/// `tenjo deploy`.
///
/// # Errors
/// A step failed. What is done stays, and the next run goes on.
pub async fn deploy(args: DeployArgs) -> anyhow::Result<()> {
    deploy::run(args).await.map_err(without_secrets)
}

/// `tenjo rollback`.
///
/// # Errors
/// There is no release to go to, or it could not be deployed.
pub async fn rollback(args: RollbackArgs) -> anyhow::Result<()> {
    rollback::run(args).await.map_err(without_secrets)
}

/// `tenjo rotate`.
///
/// # Errors
/// A step failed. The next run goes on with it.
pub async fn rotate(args: RotateArgs) -> anyhow::Result<()> {
    rotate::run(args).await.map_err(without_secrets)
}

/// `tenjo destroy`.
///
/// # Errors
/// Nobody confirmed it, or a stack could not be deleted.
pub async fn destroy(args: DestroyArgs) -> anyhow::Result<()> {
    destroy::run(args).await.map_err(without_secrets)
}

/// `tenjo load`.
///
/// # Errors
/// The API cannot be reached, or makes no guest.
pub async fn load(args: &LoadArgs) -> anyhow::Result<()> {
    load::run(args).await.map_err(without_secrets)
}

/// An error whose text holds no secret, whatever AWS or a program has said.
fn without_secrets(error: anyhow::Error) -> anyhow::Error {
    anyhow::Error::msg(secret::redacted(&format!("{error:#}")))
}
