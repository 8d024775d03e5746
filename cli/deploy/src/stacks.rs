//! The list of stacks, `infra/stacks.yaml`, and what their templates declare.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::stage::Stage;

/// One stack of a stage.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StackSpec {
    pub(crate) name: String,
    pub(crate) template: String,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) made: BTreeSet<String>,
    /// Which folders of functions are in which stack of their own.
    #[serde(default)]
    parts: BTreeMap<String, String>,
    #[serde(default)]
    with: Option<Gateway>,
}

/// How data planes get their configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Gateway {
    Konnect,
    File,
}

impl Stage {
    pub(crate) fn gateway(&self) -> Gateway {
        if self.konnect.is_some() { Gateway::Konnect } else { Gateway::File }
    }
}

fn list(root: &Path) -> anyhow::Result<Vec<StackSpec>> {
    let path = root.join("infra/stacks.yaml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    serde_saphyr::from_str(&text).with_context(|| path.display().to_string())
}

/// The names of all stacks that a stage may ever have had, in the order in which they
/// are made.
pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<String>> {
    Ok(list(root)?.iter().flat_map(StackSpec::names).collect())
}

/// The names of the stacks that have the functions, the first one first.
pub(crate) fn parts(root: &Path) -> anyhow::Result<Vec<String>> {
    let stacks = list(root)?;
    let functions = stacks.iter().find(|stack| stack.name == "functions");
    Ok(functions.context("infra/stacks.yaml has no functions")?.names())
}

/// The stacks that a stage has, in the order in which they are made.
pub(crate) fn read(root: &Path, stage: &Stage) -> anyhow::Result<Vec<StackSpec>> {
    let mut stacks = list(root)?;
    stacks.retain(|stack| stack.with.is_none_or(|with| with == stage.gateway()));
    for name in stage.stacks_with_parameters() {
        anyhow::ensure!(
            stacks.iter().any(|stack| stack.name == name),
            "the stage has parameters for {name}, which is no stack of it"
        );
    }
    Ok(stacks)
}

impl StackSpec {
    /// The stacks that its template makes, the first one first.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.name.clone()];
        for part in self.parts.values() {
            if !names.contains(part) {
                names.push(part.clone());
            }
        }
        names
    }

    /// Which stack and output a parameter comes from.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.outputs.iter().filter_map(|(parameter, source)| {
            let (stack, output) = source.split_once('.')?;
            Some((parameter.as_str(), stack, output))
        })
    }
}

/// The names in one part of a template, such as its parameters.
///
/// By lines, because a template has CloudFormation's own tags, and all names of a part
/// stand at its first level.
pub(crate) fn names_in(template: &str, part: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in template.lines() {
        if !line.starts_with([' ', '#']) && !line.is_empty() {
            inside = line.strip_suffix(':') == Some(part);
        } else if let Some(name) = line.strip_prefix("  ").filter(|_| inside)
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && let Some((name, _)) = name.split_once(':')
        {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn example() -> Stage {
        Stage::read(&root(), "example").unwrap()
    }

    #[test]
    fn every_source_is_a_setting_or_an_output_of_an_earlier_stack() {
        let stage = example().without_konnect();
        let mut outputs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for stack in read(&root(), &stage).unwrap() {
            let template = std::fs::read_to_string(root().join(&stack.template)).unwrap();
            let declared = names_in(&template, "Parameters");
            for (parameter, setting) in &stack.settings {
                assert!(declared.contains(parameter), "{}: {parameter}", stack.name);
                stage.setting(setting).unwrap();
            }
            assert_eq!(stack.sources().count(), stack.outputs.len());
            for (parameter, of, output) in stack.sources() {
                assert!(declared.iter().any(|one| one == parameter), "{}: {parameter}", stack.name);
                assert!(outputs[of].iter().any(|one| one == output), "{of} has no {output}");
            }
            outputs.insert(stack.name, names_in(&template, "Outputs"));
        }
    }

    #[test]
    fn a_stage_has_only_the_stacks_of_its_gateway() {
        let names = |stage: &Stage| -> Vec<String> {
            read(&root(), stage).unwrap().into_iter().map(|stack| stack.name).collect()
        };
        assert!(!names(&example()).contains(&"gateway-config".to_owned()));
        let without = example().without_konnect();
        assert!(names(&without).contains(&"gateway-config".to_owned()));
    }

    #[test]
    fn the_functions_are_in_several_stacks() {
        let parts = parts(&root()).unwrap();
        assert_eq!(parts.first().map(String::as_str), Some("functions"));
        let mut once = parts.clone();
        once.sort();
        once.dedup();
        assert!(once.len() > 1 && once.len() == parts.len(), "{parts:?}");
        let all = all(&root()).unwrap();
        assert!(parts.iter().all(|part| all.contains(part)));
    }

    #[test]
    fn names_are_found_in_their_part_only() {
        let template = "Parameters:\n  Stage:\n    Type: String\n# Not: this\n  Two: {Type: String}\n\nResources:\n  First:\n    Type: X\nOutputs:\n  Out:\n    Value: 1\n";
        assert_eq!(names_in(template, "Parameters"), ["Stage", "Two"]);
        assert_eq!(names_in(template, "Resources"), ["First"]);
        assert_eq!(names_in(template, "Outputs"), ["Out"]);
    }
}
