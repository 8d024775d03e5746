//! A function's settings, read once at its start.
//!
//! Settings are environment variables that begin with `TENJO_`. A value `ssm:/path`
//! stands for the SSM parameter of that path, so that no secret has to be in a
//! template. All parameters are read together, before anything else. If a setting
//! is missing or invalid, the function does not start, and the error names the
//! variable. This crate puts no value into an error, and expects the same of the
//! parsers that callers pass. An error about an SSM parameter contains its path.

mod logging;
mod parameters;

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use parameters::ParameterStore;
pub use secrecy::{ExposeSecret, SecretString};

/// A setting that is missing or invalid. It never contains the value.
#[derive(Debug, thiserror::Error)]
#[error("{name} {problem}")]
pub struct SettingError {
    name: String,
    problem: String,
}

impl SettingError {
    /// Says what is wrong with a variable. `problem` must not contain its value.
    pub fn new(name: &str, problem: impl Into<String>) -> Self {
        Self { name: name.to_owned(), problem: problem.into() }
    }
}

/// The settings of one function.
#[derive(Clone)]
pub struct Settings {
    values: HashMap<String, SecretString>,
}

/// Reads the settings and starts logging. Every function calls this first.
///
/// # Errors
/// When a parameter cannot be read, or a setting of the logs is invalid.
pub async fn start() -> Result<Settings, SettingError> {
    let settings = Settings::from_env().await?;
    logging::init(&settings)?;
    Ok(settings)
}

impl Settings {
    /// Reads every `TENJO_` variable of the environment, and the SSM parameters that
    /// some of them name.
    ///
    /// # Errors
    /// When a parameter cannot be read.
    pub async fn from_env() -> Result<Self, SettingError> {
        let variables = std::env::vars().filter(|(name, _)| name.starts_with("TENJO_"));
        let mut values = HashMap::new();
        let mut names = BTreeMap::new();
        for (variable, value) in variables {
            match parameters::name(&variable, &value)? {
                Some(name) => names.insert(variable, name).map(drop),
                None => values.insert(variable, value.into()).map(drop),
            };
        }
        if !names.is_empty() {
            values.extend(parameters::read(&ParameterStore::from_env(), &names).await?);
        }
        Ok(Self { values })
    }

    /// An optional setting. An empty one counts as absent.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(ExposeSecret::expose_secret).filter(|value| !value.is_empty())
    }

    /// A required setting.
    ///
    /// # Errors
    /// When it is absent.
    pub fn text(&self, name: &str) -> Result<&str, SettingError> {
        self.find(name).ok_or_else(|| SettingError::new(name, "is not set"))
    }

    /// A required setting, parsed by `read`, whose error must not contain the value.
    ///
    /// # Errors
    /// When it is absent or cannot be parsed.
    pub fn read<T, E: std::fmt::Display>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, SettingError> {
        read(self.text(name)?).map_err(|error| SettingError::new(name, format!("is bad: {error}")))
    }

    /// A database, by the URL in a setting. `connect` also gets the certificates of
    /// `TENJO_DATABASE_CA`, in PEM, if the database's certificate is not signed by a
    /// public authority. Its error must not contain either of them.
    ///
    /// # Errors
    /// When the URL is absent or cannot be used.
    pub fn database<T, E: std::fmt::Display>(
        &self,
        name: &str,
        connect: impl FnOnce(&str, Option<&str>) -> Result<T, E>,
    ) -> Result<T, SettingError> {
        self.read(name, |url| connect(url, self.find("TENJO_DATABASE_CA")))
    }

    /// A required secret of at least `min_len` bytes.
    ///
    /// # Errors
    /// When it is absent or shorter.
    pub fn secret(&self, name: &str, min_len: usize) -> Result<SecretString, SettingError> {
        let value = self.text(name)?;
        if value.len() < min_len {
            return Err(SettingError::new(name, format!("must have {min_len} bytes or more")));
        }
        Ok(value.into())
    }

    /// A setting of some type, or `default` if it is absent.
    ///
    /// # Errors
    /// When it is present but cannot be parsed.
    pub fn parse_or<T>(&self, name: &str, default: T) -> Result<T, SettingError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.find(name).map_or(Ok(default), |value| {
            value.parse().map_err(|error| SettingError::new(name, format!("is bad: {error}")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        let values = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Settings { values: values.collect() }
    }

    #[test]
    fn a_missing_setting_is_named() {
        let settings = settings(&[("TENJO_EMPTY", "")]);
        for name in ["TENJO_EMPTY", "TENJO_ABSENT"] {
            let error = settings.text(name).unwrap_err();
            assert_eq!(error.to_string(), format!("{name} is not set"));
        }
    }

    #[test]
    fn a_bad_setting_is_named_and_its_value_is_not_shown() {
        let settings = settings(&[("TENJO_GEMS", "many"), ("TENJO_KEY", "hunter2")]);
        let error = settings.parse_or("TENJO_GEMS", 0u64).unwrap_err().to_string();
        assert!(error.starts_with("TENJO_GEMS is bad") && !error.contains("many"), "{error}");
        let error = settings.secret("TENJO_KEY", 32).unwrap_err().to_string();
        assert_eq!(error, "TENJO_KEY must have 32 bytes or more");
    }

    #[test]
    fn secrets_do_not_print() {
        let settings = settings(&[("TENJO_KEY", "hunter2hunter2")]);
        let printed = format!("{:?}", settings.secret("TENJO_KEY", 8).unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
