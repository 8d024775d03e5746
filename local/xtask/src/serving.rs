//! Builds functions while the stack is up. The Lambda service makes their calls wait
//! meanwhile, so that none runs old code or a program that is not there.

use std::collections::BTreeSet;
use std::path::Path;

use tenjo_stack::children::Children;
use tenjo_stack::http::Lambda;
use tokio::sync::mpsc;

use crate::cargo;

/// Builds functions. Each one serves as soon as it is built; if the build fails, the old
/// ones keep serving.
///
/// # Errors
/// The build fails, or the Lambda service does not answer.
pub(crate) async fn build(
    children: &Children,
    lambda: Lambda,
    affected: BTreeSet<String>,
) -> anyhow::Result<()> {
    lambda.set_building(&affected).await?;
    let what = match affected.first() {
        Some(only) if affected.len() == 1 => format!("Building {only}"),
        _ => format!("Building {} functions", affected.len()),
    };
    let (sender, mut built) = mpsc::unbounded_channel();
    let programs = cargo::bins(affected.iter().cloned());
    let building = async {
        // Dropped with the build, so that the other side ends.
        let sender = sender;
        let tell = |program: &Path| {
            if let Some(name) = program.file_name() {
                let _ = sender.send(name.to_string_lossy().into_owned());
            }
        };
        cargo::build_each(children, &what, &programs, tell).await
    };
    let telling = async {
        let mut left = affected.clone();
        while let Some(name) = built.recv().await {
            if left.remove(&name) {
                lambda.set_building(&left).await?;
            }
        }
        lambda.set_building(&BTreeSet::new()).await
    };
    let (outcome, told) = tokio::join!(building, telling);
    outcome.and(told)
}
