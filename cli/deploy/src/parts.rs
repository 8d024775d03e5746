//! The functions, in as many stacks as CloudFormation's limit of 500 resources asks for.
//!
//! `template.yaml` is one template, and so is that of a release. `infra/split.py` divides
//! it. The first part has what all share: some of its outputs are parameters of the
//! others, so it is deployed first.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::Context;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::aws::cloudformation::{Change, Stack, Template, Wanted};
use crate::package::short_hash;
use crate::programs::program;
use crate::session::Session;
use crate::stacks;

/// Where templates are that may be deployed again.
pub(crate) const TEMPLATES: &str = "templates/";
/// Where templates are that are only compared. They are deleted by age.
pub(crate) const PLANS: &str = "plan/";

/// Values of parameters. None keeps the value of now.
pub(crate) type Parameters = BTreeMap<String, Option<String>>;

/// What one stack gets.
#[derive(Debug, Default, Deserialize)]
struct Part {
    name: String,
    template: String,
    /// Those parameters of the whole that this part has.
    parameters: Vec<String>,
    /// Parameters that are outputs of the first part, by the same names.
    given: Vec<String>,
}

/// All stacks of the functions as one; nothing if the first one is not there.
pub(crate) async fn stack(session: &Session) -> anyhow::Result<Option<Stack>> {
    Ok(joined(each(session, names(session)?).await?))
}

/// The same, once nobody is changing them.
pub(crate) async fn stack_at_rest(session: &Session) -> anyhow::Result<Option<Stack>> {
    Ok(joined(each_at_rest(session, names(session)?).await?))
}

/// Whether all stacks are there. A first creation may have been broken off between two.
pub(crate) async fn are_there(session: &Session) -> anyhow::Result<bool> {
    Ok(each_at_rest(session, names(session)?).await?.iter().all(Option::is_some))
}

/// The stacks of these names, as they are now.
async fn each(session: &Session, names: Vec<String>) -> anyhow::Result<Vec<Option<Stack>>> {
    let mut stacks = Vec::new();
    for name in names {
        stacks.push(session.aws.stack(&name).await?);
    }
    Ok(stacks)
}

/// The same, once nobody is changing them.
async fn each_at_rest(session: &Session, names: Vec<String>) -> anyhow::Result<Vec<Option<Stack>>> {
    let mut stacks = Vec::new();
    for name in names {
        stacks.push(session.aws.stack_at_rest(&name).await?);
    }
    Ok(stacks)
}

fn names(session: &Session) -> anyhow::Result<Vec<String>> {
    let parts = stacks::parts(&session.root)?;
    Ok(parts.iter().map(|part| session.stage.stack_name(part)).collect())
}

fn names_of(session: &Session, parts: &[Part]) -> Vec<String> {
    parts.iter().map(|part| session.stage.stack_name(&part.name)).collect()
}

fn joined(stacks: Vec<Option<Stack>>) -> Option<Stack> {
    let mut stacks = stacks.into_iter();
    let mut whole = stacks.next().flatten()?;
    for part in stacks.flatten() {
        whole.parameters.extend(part.parameters);
        whole.outputs.extend(part.outputs);
    }
    Some(whole)
}

/// Deploys a template of all functions, one stack after another. What fails ends it, so a
/// later stack keeps what it has.
pub(crate) async fn apply(
    session: &Session,
    bucket: &str,
    template: &str,
    parameters: &Parameters,
) -> anyhow::Result<Change> {
    let parts = divided(session, template).await?;
    let there = each_at_rest(session, names_of(session, &parts)).await?;
    let of_now = values_of_now(&there);
    let (mut outputs, mut lines, mut is_changed) = (BTreeMap::new(), Vec::new(), false);
    for (part, existing) in parts.iter().zip(&there) {
        let values = values(part, parameters, existing.as_ref(), &of_now, &outputs)?;
        let wanted = wanted(session, bucket, TEMPLATES, part, values).await?;
        if let Change::Some(more) = session.aws.apply(&wanted, existing.is_none()).await? {
            is_changed = true;
            lines.extend(more);
        }
        if outputs.is_empty() {
            let first = session.aws.stack(&wanted.name).await?;
            outputs = first.map(|first| first.outputs).unwrap_or_default();
        }
    }
    Ok(if is_changed { Change::Some(lines) } else { Change::Nothing })
}

/// Says what `apply` would change.
pub(crate) async fn compare(
    session: &Session,
    bucket: &str,
    folder: &str,
    template: &str,
    parameters: &Parameters,
) -> anyhow::Result<Change> {
    let parts = divided(session, template).await?;
    let there = each(session, names_of(session, &parts)).await?;
    let of_now = values_of_now(&there);
    let first = there.first().and_then(Option::as_ref);
    let outputs = first.map(|first| first.outputs.clone()).unwrap_or_default();
    let (mut lines, mut is_changed) = (Vec::new(), false);
    for (part, existing) in parts.iter().zip(&there) {
        let name = session.stage.stack_name(&part.name);
        let Some(existing) = existing else {
            is_changed = true;
            lines.push(format!("Add the stack {name}"));
            continue;
        };
        // The first part may have to be deployed, to say what the others need of it.
        let values = match values(part, parameters, Some(existing), &of_now, &outputs) {
            Ok(values) => values,
            Err(error) => {
                is_changed = true;
                lines.push(format!("{name} cannot be compared yet: {error:#}"));
                continue;
            }
        };
        let wanted = wanted(session, bucket, folder, part, values).await?;
        if let Change::Some(more) = session.aws.compare(&wanted).await? {
            is_changed = true;
            lines.extend(more);
        }
    }
    Ok(if is_changed { Change::Some(lines) } else { Change::Nothing })
}

fn values_of_now(there: &[Option<Stack>]) -> BTreeMap<String, String> {
    there.iter().flatten().flat_map(|stack| stack.parameters.clone()).collect()
}

/// The parameters of one part. One that is not given has its default.
fn values(
    part: &Part,
    parameters: &Parameters,
    existing: Option<&Stack>,
    of_now: &BTreeMap<String, String>,
    outputs: &BTreeMap<String, String>,
) -> anyhow::Result<Parameters> {
    let mut values = Parameters::new();
    for name in &part.parameters {
        let Some(given) = parameters.get(name) else { continue };
        let has_it = existing.is_some_and(|stack| stack.parameters.contains_key(name));
        let value = match given {
            Some(value) => Some(value.clone()),
            None if has_it => None,
            // Until now only another part used it.
            None => Some(
                of_now
                    .get(name)
                    .with_context(|| format!("no stack has a value of the parameter {name}"))?
                    .clone(),
            ),
        };
        values.insert(name.clone(), value);
    }
    for name in &part.given {
        let value = outputs.get(name);
        let value = value.with_context(|| format!("the first stack has no output {name}"))?;
        values.insert(name.clone(), Some(value.clone()));
    }
    Ok(values)
}

/// One stack with its template in S3, for which it is too large for a call.
async fn wanted(
    session: &Session,
    bucket: &str,
    folder: &str,
    part: &Part,
    parameters: Parameters,
) -> anyhow::Result<Wanted> {
    let key = format!("{folder}{}.json", short_hash(part.template.as_bytes()));
    session.aws.upload_once(bucket, &key, part.template.clone().into_bytes()).await?;
    Ok(Wanted {
        name: session.stage.stack_name(&part.name),
        template: Template::Url(session.aws.object_url(bucket, &key)),
        parameters,
        role: session.role.clone(),
    })
}

/// Has `infra/split.py` divide a template.
async fn divided(session: &Session, template: &str) -> anyhow::Result<Vec<Part>> {
    let mut command = program("infra/split.py");
    command.current_dir(&session.root);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().context("infra/split.py")?;
    let mut input = running.stdin.take().context("infra/split.py has no input")?;
    let sent = input.write_all(template.as_bytes()).await;
    drop(input);
    let done = running.wait_with_output().await?;
    anyhow::ensure!(
        done.status.success(),
        "infra/split.py failed: {}",
        String::from_utf8_lossy(&done.stderr).trim()
    );
    sent.context("infra/split.py does not read its input")?;
    serde_json::from_slice(&done.stdout).context("what infra/split.py says")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_part_gets_its_parameters_and_what_the_first_one_has() {
        let part = Part {
            parameters: ["Stage", "Kept", "New", "Default"].map(str::to_owned).into(),
            given: vec!["Logs".to_owned()],
            ..Part::default()
        };
        let parameters: Parameters = [
            ("Stage", Some("dev")),
            ("Kept", None),
            // Only another part has had it.
            ("New", None),
            ("OfAnother", Some("1")),
        ]
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        .into();
        let existing = Stack { parameters: of(&[("Kept", "k")]), ..Stack::default() };
        let of_now = of(&[("Kept", "k"), ("New", "n")]);
        let found =
            values(&part, &parameters, Some(&existing), &of_now, &of(&[("Logs", "l")])).unwrap();
        let expected: Parameters =
            [("Stage", Some("dev")), ("Kept", None), ("New", Some("n")), ("Logs", Some("l"))]
                .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
                .into();
        assert_eq!(found, expected);
        // Before the first one is there, nothing can be given.
        let error = values(&part, &parameters, None, &of_now, &of(&[])).unwrap_err();
        assert!(error.to_string().contains("no output Logs"), "{error}");
    }

    #[test]
    fn the_stacks_of_the_functions_are_read_as_one() {
        let stack = |name: &str| Stack {
            parameters: of(&[("Stage", "dev"), (name, "1")]),
            outputs: of(&[(name, "out")]),
            ..Stack::default()
        };
        let whole = joined(vec![Some(stack("A")), None, Some(stack("B"))]).unwrap();
        assert_eq!(whole.parameters, of(&[("A", "1"), ("B", "1"), ("Stage", "dev")]));
        assert_eq!(whole.outputs, of(&[("A", "out"), ("B", "out")]));
        assert!(joined(vec![None, Some(stack("B"))]).is_none());
    }
}
