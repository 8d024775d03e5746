//! Programs and templates, as CloudFormation takes them.
//!
//! `infra/build.py` builds the programs and packs them, `infra/release.py` writes the
//! template with the archives in the place of sources, and says which functions change.
//! Here each archive goes to S3 under a name that holds the hash of its content: what is
//! there already is not uploaded again, and an unchanged program leaves the template
//! unchanged.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::LazyLock;

use anyhow::Context;
use regex::{Captures, Regex};
use sha2::{Digest, Sha256};

use crate::programs::program;
use crate::session::Session;

/// The template of a release, and the one of which only `migrate` is new.
pub(crate) const PACKAGED: &str = "packaged.yaml";
pub(crate) const MIGRATION: &str = "packaged-migration.yaml";

/// Behind the commit of a checkout whose files differ from it, as infra/build.py writes it.
pub(crate) const DIRTY: &str = "-dirty";

/// An archive or file of the repository that a template names, in YAML or JSON.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^(?<key>\s+"?(?:CodeUri|DefinitionUri)"?: "?)(?<path>[a-z0-9][\w./-]*)(?<end>"?,?)$"#,
    )
    .expect("the pattern is right")
});

/// Builds every function, and writes `packaged.yaml`. Gives the table of sizes.
pub(crate) async fn build(root: &Path) -> anyhow::Result<String> {
    let mut command = program("infra/build.py");
    // The compiler says how far it is.
    let done = command.current_dir(root).stderr(Stdio::inherit()).output().await;
    let done = done.context("infra/build.py")?;
    anyhow::ensure!(done.status.success(), "infra/build.py failed");
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Runs `infra/release.py`, and gives what it says. It finds the same credentials.
pub(crate) async fn release(session: &Session, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = program("infra/release.py");
    command.args(arguments).current_dir(&session.root);
    command.env("AWS_DEFAULT_REGION", &session.stage.region);
    let done = command.output().await.context("infra/release.py")?;
    anyhow::ensure!(
        done.status.success(),
        "infra/release.py {} failed: {}",
        arguments.first().copied().unwrap_or_default(),
        String::from_utf8_lossy(&done.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Whether the checkout describes the functions as a commit did, programs aside.
pub(crate) async fn describes(session: &Session, revision: &str) -> anyhow::Result<bool> {
    let mut command = program("git");
    command.args(["diff", "--quiet", revision, "--", "template.yaml"]);
    command.arg("functions/saga/gacha-saga.asl.json").current_dir(&session.root);
    Ok(command.status().await.context("git")?.success())
}

/// Whether `packaged.yaml` was written in a checkout with changes that no commit has.
pub(crate) fn is_dirty(root: &Path) -> anyhow::Result<bool> {
    Ok(names_changes(&read_template(root, PACKAGED)?))
}

/// Whether the revision of a template is more than a commit.
fn names_changes(template: &str) -> bool {
    let mut lines = template.lines().filter_map(|line| line.strip_prefix("  Revision: "));
    lines.any(|revision| revision.trim_matches('\'').ends_with(DIRTY))
}

/// Uploads what a template names. Gives the template with the addresses of the uploads,
/// and how many were new.
pub(crate) async fn upload(
    session: &Session,
    bucket: &str,
    template: &str,
) -> anyhow::Result<(String, usize)> {
    let text = read_template(&session.root, template)?;
    let mut addresses = BTreeMap::new();
    let mut new = 0;
    for named in NAMED.captures_iter(&text) {
        let file = &named["path"];
        if addresses.contains_key(file) {
            continue;
        }
        let bytes = std::fs::read(session.root.join(file))
            .with_context(|| format!("{file} is missing: the step `build` makes it"))?;
        let key = key(file, &bytes);
        new += usize::from(session.aws.upload_once(bucket, &key, bytes).await?);
        addresses.insert(file.to_owned(), format!("s3://{bucket}/{key}"));
    }
    Ok((with_addresses(&text, &addresses), new))
}

/// The template with the addresses that uploads would have. A function that is new has no
/// archive yet: its address is made up.
pub(crate) fn plan(root: &Path, bucket: &str, template: &str) -> anyhow::Result<String> {
    let text = read_template(root, template)?;
    let addresses = NAMED.captures_iter(&text).map(|named| {
        let file = named["path"].to_owned();
        let key = match std::fs::read(root.join(&file)) {
            Ok(bytes) => key(&file, &bytes),
            Err(_) => format!("functions/{}.zip", stem(&file)),
        };
        (file, format!("s3://{bucket}/{key}"))
    });
    Ok(with_addresses(&text, &addresses.collect()))
}

fn read_template(root: &Path, template: &str) -> anyhow::Result<String> {
    let path = root.join(template);
    std::fs::read_to_string(&path)
        .with_context(|| format!("{} is missing: infra/release.py writes it", path.display()))
}

/// The name of an upload: `functions/get-user-0123456789abcdef.zip`.
fn key(file: &str, bytes: &[u8]) -> String {
    let ending = file.rsplit('.').next().unwrap_or_default();
    format!("functions/{}-{}.{ending}", stem(file), short_hash(bytes))
}

fn with_addresses(template: &str, addresses: &BTreeMap<String, String>) -> String {
    let replaced = NAMED.replace_all(template, |named: &Captures<'_>| {
        let file = &named["path"];
        let address = addresses.get(file).map_or(file, String::as_str);
        format!("{}{address}{}", &named["key"], &named["end"])
    });
    replaced.into_owned()
}

/// `get-user` of `target/lambda/get-user.zip`.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}

/// Sixteen characters that stand for a content.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "    Properties:\n      CodeUri: target/lambda/get-user.zip\n      Other: target/x\n      DefinitionUri: functions/saga/gacha-saga.asl.json\n      CodeUri: s3://b/functions/reserve-1.zip\n";
    const JSON: &str = "    \"CodeUri\": \"target/lambda/get-user.zip\",\n    \"CodeUri\": \"s3://b/functions/reserve-1.zip\",\n";

    #[test]
    fn a_template_names_uploads_in_the_place_of_files() {
        let addresses = [
            ("target/lambda/get-user.zip", "s3://b/functions/get-user-1.zip"),
            ("functions/saga/gacha-saga.asl.json", "s3://b/functions/gacha-saga-2.json"),
        ];
        let addresses = addresses.map(|(file, address)| (file.to_owned(), address.to_owned()));
        let text = with_addresses(YAML, &addresses.clone().into());
        assert!(text.contains("      CodeUri: s3://b/functions/get-user-1.zip\n"));
        assert!(text.contains("      DefinitionUri: s3://b/functions/gacha-saga-2.json\n"));
        assert!(text.contains("      Other: target/x\n"));
        assert!(text.contains("reserve-1.zip\n"), "what is uploaded stays");
        let text = with_addresses(JSON, &addresses.into());
        assert!(text.starts_with("    \"CodeUri\": \"s3://b/functions/get-user-1.zip\",\n"));
        assert!(text.contains("reserve-1.zip\""));
    }

    #[test]
    fn a_template_of_changes_that_no_commit_has_is_known() {
        for (revision, is_dirty) in [("0123abcd", false), ("0123abcd-dirty", true)] {
            let template = format!(
                "Resources:\n  X-dirty:\nMetadata:\n  Revision: '{revision}'\n  Parts: {{}}\n"
            );
            assert_eq!(names_changes(&template), is_dirty, "{revision}");
        }
    }

    #[test]
    fn an_upload_is_named_by_its_content() {
        let one = key("target/lambda/get-user.zip", b"program");
        assert_eq!(one, key("target/lambda/get-user.zip", b"program"));
        assert_ne!(one, key("target/lambda/get-user.zip", b"another"));
        assert!(one.starts_with("functions/get-user-") && one.ends_with(".zip"), "{one}");
        assert!(key("x/gacha-saga.asl.json", b"{}").starts_with("functions/gacha-saga-"));
    }

    #[test]
    fn every_program_and_file_of_the_template_is_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = std::fs::read_to_string(root.join("template.yaml")).unwrap();
        let found: Vec<_> = NAMED.captures_iter(&text).map(|it| it["path"].to_owned()).collect();
        let lines = text.lines().map(str::trim_start);
        let named =
            lines.filter(|it| it.starts_with("CodeUri:") || it.starts_with("DefinitionUri:"));
        assert_eq!(found.len(), named.count());
        assert!(found.iter().all(|file| root.join(file).exists()));
        let planned = plan(&root, "bucket", "template.yaml").unwrap();
        assert!(planned.contains("CodeUri: s3://bucket/functions/get-user.zip\n"));
    }
}
