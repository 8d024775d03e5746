//! `tenjo rollback`: the functions of the release before, with the settings of now.

use anyhow::Context;

use crate::aws::cloudformation::Change;
use crate::session::{Report, Session, Target};
use crate::{parts, releases, smoke};

/// Goes back to the functions of the release before.
///
/// Settings, secrets, the database and the master data stay as they are: migrations are
/// written so that the release before runs on them too. `publish-masters` can take a
/// single pool back.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Say what would be done, and change nothing.
    #[arg(long)]
    plan: bool,
    /// The release to go to, instead of the one before.
    #[arg(long, value_name = "RELEASE")]
    to: Option<String>,
    /// Where to draw afterwards, instead of the stage's domain.
    #[arg(long, value_name = "URL")]
    api: Option<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let session = Session::open(&args.target).await?;
    let stack = parts::stack_at_rest(&session).await?.context("no function is deployed")?;
    let bucket = releases::artifacts(&session).await?;
    let all = releases::list(&session, &bucket).await?;
    let current = releases::current(&all).context("nothing is known of what is deployed")?;
    let target = match &args.to {
        None => releases::before(&all, current)
            .with_context(|| format!("there is no release before {}", current.release))?,
        Some(wanted) => all
            .iter()
            .rev()
            .find(|one| one.release == *wanted)
            .with_context(|| format!("there is no release {wanted}"))?,
    };
    let template = session.aws.download(&bucket, &target.template).await?;
    let template = String::from_utf8(template)?;
    // No canary: it would wait, and not move at all while an alarm is on.
    let parameters = releases::keep(&template, &stack, &[releases::AT_ONCE]);
    let mut report = Report::default();
    let text = format!("{} to {}", current.release, target.release);
    if args.plan {
        // These templates were deployed, so none is new in the bucket.
        let folder = parts::TEMPLATES;
        match parts::compare(&session, &bucket, folder, &template, &parameters).await? {
            Change::Nothing => report.same("rollback", &format!("{text}: no function differs")),
            Change::Some(lines) => {
                report.change("rollback", &format!("would go from {text}"), &lines);
            }
        }
        return Ok(());
    }
    match parts::apply(&session, &bucket, &template, &parameters).await? {
        Change::Nothing => report.same("rollback", &format!("from {text}: no function differs")),
        Change::Some(lines) => report.change("rollback", &format!("went from {text}"), &lines),
    }
    releases::leave_until(&session, &bucket, &all, target).await?;
    let address = args.api.unwrap_or_else(|| session.stage.api());
    let drawn = smoke::run(&session.http, &address, Some(stack.output("GetUserUrl")?)).await?;
    report.same("smoke", &drawn);
    println!("\nThe next `tenjo deploy` or pipeline deploys what its checkout has.");
    Ok(())
}
