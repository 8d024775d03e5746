//! The releases of a stage: which template was deployed when.
//!
//! Each is a small object in the bucket of artifacts, below `releases/`. They say what a
//! rollback goes back to, and let a rotation deploy the same programs once more without
//! building them.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::aws::cloudformation::{Change, Stack};
use crate::aws::unix_now;
use crate::package::{self, short_hash};
use crate::parts;
use crate::secrets;
use crate::session::Session;
use crate::stacks::names_in;

const FOLDER: &str = "releases/";

/// How calls move to new versions: nothing that runs differs by it.
const CANARY: &str = "Canary";
/// All at once, for a change that cannot wait, or while an alarm is on.
pub(crate) const AT_ONCE: (&str, &str) = (CANARY, "AllAtOnce");

/// One release of the functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Release {
    /// Its name, made of all that it depends on.
    pub(crate) release: String,
    /// The key of its template in the same bucket.
    pub(crate) template: String,
    pub(crate) deployed_at: u64,
    /// Whether somebody went back from it. A later rollback passes over it.
    #[serde(default)]
    pub(crate) was_left: bool,
    #[serde(skip)]
    key: String,
}

/// Every release, the oldest first.
pub(crate) async fn list(session: &Session, bucket: &str) -> anyhow::Result<Vec<Release>> {
    let mut releases = Vec::new();
    for key in session.aws.list(bucket, FOLDER).await? {
        let bytes = session.aws.download(bucket, &key).await?;
        let release: Release = serde_json::from_slice(&bytes).with_context(|| key.clone())?;
        releases.push(Release { key, ..release });
    }
    releases.sort_by_key(|release| release.deployed_at);
    Ok(releases)
}

/// The release that runs: the newest that nobody has left.
pub(crate) fn current(releases: &[Release]) -> Option<&Release> {
    releases.iter().rev().find(|one| !one.was_left)
}

/// The last release before the one that runs that had other programs or settings, without
/// those that somebody has left. A rotation makes a release of the same template.
pub(crate) fn before<'a>(releases: &'a [Release], current: &Release) -> Option<&'a Release> {
    let earlier = releases.iter().take_while(|one| one.key != current.key);
    earlier.filter(|one| !one.was_left && one.template != current.template).last()
}

/// Writes down that somebody has left every release that is newer than another one.
pub(crate) async fn leave_until(
    session: &Session,
    bucket: &str,
    releases: &[Release],
    target: &Release,
) -> anyhow::Result<()> {
    let newer = releases.iter().rev().take_while(|one| one.key != target.key);
    for left in newer.filter(|one| !one.was_left) {
        let left = Release { was_left: true, ..left.clone() };
        session.aws.upload(bucket, &left.key, serde_json::to_vec(&left)?).await?;
    }
    Ok(())
}

/// What the deployment of a template did.
pub(crate) struct Deployed {
    pub(crate) change: Change,
    pub(crate) release: String,
}

/// Deploys a template of the functions, and writes the release down once all stacks have
/// it.
///
/// The release is named by all that it is made of: programs and settings, and the
/// versions of the secrets, whose hashes are in the template.
pub(crate) async fn deploy(
    session: &Session,
    bucket: &str,
    template: &str,
    parameters: BTreeMap<String, Option<String>>,
    stack: Option<&Stack>,
) -> anyhow::Result<Deployed> {
    let release = name(template, &parameters, stack);
    let key = format!("{}{}.yaml", parts::TEMPLATES, short_hash(template.as_bytes()));
    session.aws.upload_once(bucket, &key, template.as_bytes().to_vec()).await?;
    let change = parts::apply(session, bucket, template, &parameters).await?;
    note(session, bucket, &release, &key).await?;
    Ok(Deployed { change, release })
}

fn name(
    template: &str,
    parameters: &BTreeMap<String, Option<String>>,
    stack: Option<&Stack>,
) -> String {
    let kept = stack.map(|stack| &stack.parameters);
    let value = |name: &String, given: &Option<String>| {
        given.clone().or_else(|| kept.and_then(|kept| kept.get(name).cloned()))
    };
    let settings: Vec<_> = parameters
        .iter()
        .filter(|(name, _)| *name != CANARY)
        .map(|(name, given)| (name, value(name, given)))
        .collect();
    // The commit alone changes nothing that runs.
    let lines: Vec<&str> =
        template.lines().filter(|line| !line.starts_with("  Revision:")).collect();
    short_hash(format!("{lines:?}\n{settings:?}").as_bytes())[..10].to_owned()
}

/// Writes a release down, unless the newest one is the same: a run that was broken off
/// may have deployed it, and this one found nothing to do.
async fn note(session: &Session, bucket: &str, release: &str, key: &str) -> anyhow::Result<()> {
    let releases = list(session, bucket).await?;
    if let Some(last) = releases.last().filter(|last| last.release == release && !last.was_left) {
        if last.template == key {
            return Ok(());
        }
        // The commit alone is another, such as that of changes that no commit had before.
        let noted = Release { template: key.to_owned(), ..last.clone() };
        return session.aws.upload(bucket, &last.key, serde_json::to_vec(&noted)?).await;
    }
    let deployed_at = unix_now();
    let noted = Release {
        release: release.to_owned(),
        template: key.to_owned(),
        deployed_at,
        was_left: false,
        key: String::new(),
    };
    let name = format!("{FOLDER}{deployed_at:012}-{release}.json");
    session.aws.upload(bucket, &name, serde_json::to_vec(&noted)?).await
}

/// Deploys what is deployed once more, so that every function whose secrets have changed
/// starts anew and reads them. Parameters that are given change with it.
pub(crate) async fn restart(session: &Session, given: &[(&str, &str)]) -> anyhow::Result<Deployed> {
    let (stack, bucket) = package_again(session, given).await?;
    let (template, _) = package::upload(session, &bucket, package::PACKAGED).await?;
    let parameters = keep(&template, &stack, given);
    deploy(session, &bucket, &template, parameters, Some(&stack)).await
}

/// The same with `migrate` alone.
pub(crate) async fn restart_migrate(session: &Session) -> anyhow::Result<()> {
    let (stack, bucket) = package_again(session, &[]).await?;
    deploy_migrate(session, &bucket, &stack).await.map(drop)
}

/// Deploys the `migrate` of the template that was packaged, and leaves all else as it is
/// deployed.
pub(crate) async fn deploy_migrate(
    session: &Session,
    bucket: &str,
    stack: &Stack,
) -> anyhow::Result<Change> {
    package::release(session, &["migration", &session.stage.name]).await?;
    let (template, _) = package::upload(session, bucket, package::MIGRATION).await?;
    let kept: parts::Parameters =
        stack.parameters.keys().map(|name| (name.clone(), None)).collect();
    parts::apply(session, bucket, &template, &kept).await
}

/// Makes sure that this checkout can deploy once more what is deployed: a commit, whose
/// template it has. Gives the stacks as one.
pub(crate) async fn deployed_here(session: &Session) -> anyhow::Result<Stack> {
    let stack = parts::stack_at_rest(session).await?;
    let stack = stack.context("no function is deployed: run `tenjo deploy` first")?;
    let stage = session.stage.name.as_str();
    let deployed = package::release(session, &["revision", stage]).await?;
    let deployed = deployed.trim();
    anyhow::ensure!(
        !deployed.ends_with(package::DIRTY),
        "what is deployed was built of {deployed}: with changes that no commit has. Commit them, \
         and run `tenjo deploy --stage {stage} --only build,functions`, so that this knows what \
         it starts anew"
    );
    anyhow::ensure!(
        package::describes(session, deployed).await?,
        "the commit {deployed} is deployed, and template.yaml is another one here: run this in a \
         checkout of what is deployed"
    );
    Ok(stack)
}

/// Has infra/release.py write the template that is deployed once more, with the secrets of
/// now. Gives the stacks as one, and the bucket of programs.
async fn package_again(
    session: &Session,
    given: &[(&str, &str)],
) -> anyhow::Result<(Stack, String)> {
    let stack = deployed_here(session).await?;
    let bucket = artifacts(session).await?;
    let told: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut arguments = vec!["template", session.stage.name.as_str()];
    arguments.extend(told.iter().map(String::as_str));
    arguments.push("--restart");
    package::release(session, &arguments).await?;
    Ok((stack, bucket))
}

/// Every parameter of a template that the stack has keeps its value; others have their
/// defaults.
pub(crate) fn keep(
    template: &str,
    stack: &Stack,
    given: &[(&str, &str)],
) -> BTreeMap<String, Option<String>> {
    let declared = names_in(template, "Parameters");
    let mut kept: BTreeMap<String, Option<String>> = declared
        .iter()
        .filter(|name| stack.parameters.contains_key(*name))
        .map(|name| (name.clone(), None))
        .collect();
    let given = given.iter().filter(|(name, _)| declared.iter().any(|one| one == name));
    kept.extend(given.map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))));
    kept
}

/// The bucket of programs and templates.
pub(crate) async fn artifacts(session: &Session) -> anyhow::Result<String> {
    let name = session.stage.stack_name("github");
    let stack = session.aws.stack(&name).await?;
    let stack = stack.with_context(|| format!("there is no stack {name}: run `tenjo deploy`"))?;
    Ok(stack.output("ArtifactBucket")?.to_owned())
}

/// The kid that the functions sign with, or that of the first key of a new stage.
pub(crate) async fn signing_kid(
    session: &Session,
    stack: Option<&Stack>,
    parameter: &str,
    set: &str,
) -> anyhow::Result<Option<String>> {
    if stack.is_some_and(|stack| stack.parameters.contains_key(parameter)) {
        return Ok(None);
    }
    let keys = secrets::keys_of(&session.secret(set).await?)?;
    let first = keys.first().with_context(|| format!("{set} has no key"))?;
    Ok(Some(secrets::kid(first)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(described: &[(&str, bool)]) -> Vec<Release> {
        (1..)
            .zip(described)
            .map(|(at, (name, was_left))| Release {
                release: (*name).to_owned(),
                template: format!("templates/{name}.yaml"),
                deployed_at: at,
                was_left: *was_left,
                key: format!("releases/{at}-{name}.json"),
            })
            .collect()
    }

    #[test]
    fn a_rollback_goes_to_the_release_before_and_passes_over_those_that_were_left() {
        for (described, expected) in [
            (vec![("a", false), ("b", false)], Some("a")),
            (vec![("a", false)], None),
            // After a rollback from c to b.
            (vec![("a", false), ("b", false), ("c", true)], Some("a")),
            // After that, d was deployed.
            (vec![("a", false), ("b", false), ("c", true), ("d", false)], Some("b")),
            // A release that was deployed twice, with another one between.
            (vec![("a", false), ("b", false), ("a", false)], Some("b")),
            // The same one after a rotation and back.
            (vec![("a", false), ("a", false)], None),
        ] {
            let releases = releases(&described);
            let now = current(&releases).unwrap();
            let found = before(&releases, now).map(|one| one.release.as_str());
            assert_eq!(found, expected, "{described:?}");
        }
        assert!(current(&releases(&[("a", true)])).is_none());
    }

    #[test]
    fn a_restart_keeps_what_the_template_still_has() {
        let template = "Parameters:\n  Stage:\n  Kid:\nResources:\n";
        let mut stack = Stack::default();
        for (name, value) in [("Stage", "dev"), ("Kid", "k1"), ("Gone", "x")] {
            stack.parameters.insert(name.to_owned(), value.to_owned());
        }
        let kept = keep(template, &stack, &[("Kid", "k2"), AT_ONCE]);
        let expected =
            [("Kid".to_owned(), Some("k2".to_owned())), ("Stage".to_owned(), None)].into();
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_release_is_named_by_what_runs() {
        let template = "Parameters:\n  Kid:\nMetadata:\n  Revision: 'one'\n";
        let parameters = |value: Option<&str>| {
            BTreeMap::from([
                ("Kid".to_owned(), value.map(str::to_owned)),
                (CANARY.to_owned(), None),
            ])
        };
        let stack =
            Stack { parameters: [("Kid".to_owned(), "k1".to_owned())].into(), ..Stack::default() };
        let one = name(template, &parameters(Some("k1")), None);
        assert_eq!(one, name(&template.replace("one", "two"), &parameters(Some("k1")), None));
        assert_eq!(one, name(template, &parameters(None), Some(&stack)));
        assert_ne!(one, name(template, &parameters(Some("k2")), None));
        assert_ne!(one, name(&template.replace("Kid", "Kids"), &parameters(Some("k1")), None));
    }
}
