//! decK's substitution: `${{ env "DECK_NAME" }}` in the text, before it is YAML.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail, ensure};
use regex::{Captures, Regex};

/// decK reads no other variables.
const PREFIX: &str = "DECK_";

/// The variables that a configuration may name.
#[derive(Debug, Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The process's own variables that decK could read.
    pub fn of_process() -> Self {
        std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect()
    }

    /// Sets one variable.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Fills in every expression of `text`. As in decK, comment lines stay as they are.
    pub(crate) fn render(&self, text: &str) -> Result<String> {
        let expression = Regex::new(r"\$\{\{([^}]*)\}\}")?;
        let mut rendered = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            if line.trim_start().starts_with('#') {
                rendered.push_str(line);
                continue;
            }
            let mut refused = None;
            rendered.push_str(&expression.replace_all(line, |found: &Captures<'_>| {
                self.evaluate(found[1].trim()).unwrap_or_else(|error| {
                    refused.get_or_insert(error.context(format!("in `{}`", &found[0])));
                    String::new()
                })
            }));
            if let Some(error) = refused {
                return Err(error);
            }
        }
        Ok(rendered)
    }

    /// `env "NAME"`, piped through decK's functions.
    fn evaluate(&self, expression: &str) -> Result<String> {
        let mut steps = expression.split('|').map(str::trim);
        let mut value = self.lookup(steps.next().unwrap_or_default())?;
        for step in steps {
            value = apply(step, value)?;
        }
        Ok(value)
    }

    fn lookup(&self, call: &str) -> Result<String> {
        let name = call
            .strip_prefix("env")
            .map(str::trim)
            .and_then(|name| name.strip_prefix('"')?.strip_suffix('"'))
            .with_context(|| format!("`{call}` is not supported: write env \"{PREFIX}NAME\""))?;
        ensure!(
            name.starts_with(PREFIX),
            "environment variables in the state file must be prefixed with '{PREFIX}', found: '{name}'"
        );
        self.0.get(name).cloned().with_context(|| {
            format!("environment variable '{name}' present in state file but not set")
        })
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(variables.into_iter().collect())
    }
}

fn apply(step: &str, value: String) -> Result<String> {
    match step.split_once(' ').unwrap_or((step, "")) {
        ("indent", width) => {
            let width: usize = width.trim().parse().context("indent takes a number")?;
            Ok(value.replace('\n', &format!("\n{}", " ".repeat(width))))
        }
        ("toBool", "") => Ok(value.parse::<bool>()?.to_string()),
        ("toInt", "") => Ok(value.parse::<i64>()?.to_string()),
        ("toFloat", "") => Ok(value.parse::<f64>()?.to_string()),
        _ => bail!("the function `{step}` is not supported"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        [("DECK_URL", "http://127.0.0.1:9000"), ("DECK_PEM", "first\nsecond"), ("DECK_COUNT", "10")]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn an_expression_becomes_the_value_of_its_variable() {
        for (text, rendered) in [
            (r#"url: ${{ env "DECK_URL" }}"#, "url: http://127.0.0.1:9000"),
            (r#"${{env "DECK_URL"}}/x"#, "http://127.0.0.1:9000/x"),
            (r#"n: ${{ env "DECK_COUNT" | toInt }}"#, "n: 10"),
            ("key: |-\n  ${{ env \"DECK_PEM\" | indent 2 }}\n", "key: |-\n  first\n  second\n"),
            (r#"# ${{ env "DECK_UNSET" }}"#, r#"# ${{ env "DECK_UNSET" }}"#),
        ] {
            assert_eq!(environment().render(text).unwrap(), rendered);
        }
    }

    #[test]
    fn what_deck_would_refuse_is_refused() {
        for (text, reason) in [
            (r#"${{ env "DECK_UNSET" }}"#, "'DECK_UNSET' present in state file but not set"),
            (r#"${{ env "HOME" }}"#, "must be prefixed with 'DECK_', found: 'HOME'"),
            (r#"${{ env "DECK_URL" | toInt }}"#, "invalid digit"),
            (r#"${{ env "DECK_URL" | upper }}"#, "the function `upper` is not supported"),
            ("${{ vault }}", "`vault` is not supported"),
        ] {
            let error = format!("{:#}", environment().render(text).unwrap_err());
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
