//! The crates under `functions/`, read from their files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use regex::Regex;

use crate::project::{Code, Crate, path, text};

/// What is read by the C library, where passwords are hashed, and by none of our code.
pub(crate) const OF_THE_C_LIBRARY: &str = "MALLOC_MMAP_THRESHOLD_";

/// The settings that shared code reads for a function whose code has this word.
pub(crate) const SETTINGS_OF_SHARED_CODE: &[(&str, &[&str])] = &[
    ("main", &["TENJO_DATABASE_CA", "TENJO_LOG", "TENJO_LOG_FORMAT"]),
    ("tenjo_http", &["TENJO_ORIGIN_SECRETS"]),
    ("Player", &["TENJO_TOKEN_ISSUER", "TENJO_TOKEN_KEYS"]),
    ("Sessions", &["TENJO_TOKEN_ISSUER", "TENJO_TOKEN_SIGNING_KEY", "TENJO_TOKEN_SIGNING_KID"]),
    ("Passwords", &[OF_THE_C_LIBRARY]),
    ("DeviceKeys", &["TENJO_DEVICE_HASH_KEYS"]),
    ("Records", &["TENJO_OPS_TABLE"]),
    ("ReceiptSigner", &["TENJO_RECEIPT_SIGNING_KEY", "TENJO_RECEIPT_SIGNING_KID"]),
    ("StateMachine", &["TENJO_STATE_MACHINE_ARN"]),
    ("KmsKey", &["TENJO_SEED_KEY_ARN"]),
    ("AppleVerifier", &["TENJO_APPLE_BUNDLE_ID", "TENJO_APPLE_ROOTS"]),
    (
        "NotificationHistory",
        &[
            "TENJO_APPLE_API_ISSUER_ID",
            "TENJO_APPLE_API_KEY",
            "TENJO_APPLE_API_KEY_ID",
            "TENJO_APPLE_API_URL",
            "TENJO_APPLE_BUNDLE_ID",
        ],
    ),
    ("PurchaseRegister", &["TENJO_PURCHASE_ENVIRONMENT"]),
    (
        "GoogleSettings",
        &[
            "TENJO_GOOGLE_API_URL",
            "TENJO_GOOGLE_PACKAGE_NAME",
            "TENJO_GOOGLE_SERVICE_ACCOUNT",
            "TENJO_PURCHASE_ENVIRONMENT",
        ],
    ),
    (
        "Attestations",
        &[
            "TENJO_APPLE_APP_IDS",
            "TENJO_APPLE_ATTEST_ENVIRONMENT",
            "TENJO_APPLE_ATTEST_ROOTS",
            "TENJO_DEVICE_ATTESTATION",
            "TENJO_GOOGLE_INTEGRITY_ACCOUNT",
            "TENJO_GOOGLE_INTEGRITY_URL",
            "TENJO_GOOGLE_PACKAGE_NAME",
        ],
    ),
    ("of_apple", &["TENJO_APPLE_CLIENT_IDS", "TENJO_APPLE_KEYS_URL"]),
    ("of_google", &["TENJO_GOOGLE_CERTS_URL", "TENJO_GOOGLE_CLIENT_IDS"]),
    (
        "PublisherKeys",
        &["TENJO_GOOGLE_CERTS_URL", "TENJO_GOOGLE_PUSH_AUDIENCE", "TENJO_GOOGLE_PUSH_EMAIL"],
    ),
];

pub(crate) fn crates() -> anyhow::Result<Vec<Crate>> {
    let mut crates = Vec::new();
    for service in folders(&path("functions"))? {
        for folder in folders(&service)? {
            let code = code(&folder.join("src"))?;
            let name = |folder: &Path| folder.file_name().unwrap_or_default().to_owned();
            let name = Path::new("functions").join(name(&service)).join(name(&folder));
            crates.push(Crate {
                folder: name.to_string_lossy().into_owned(),
                package: package(&folder)?,
                routes: routes(&code)?,
                settings: settings(&code)?,
            });
        }
    }
    Ok(crates)
}

pub(crate) fn folders(parent: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(parent).with_context(|| format!("{}", parent.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    let mut folders: Vec<_> = paths.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

fn package(folder: &Path) -> anyhow::Result<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))
        .with_context(|| format!("{} is no crate", folder.display()))?;
    let name = Regex::new(r#"(?m)^name = "([^"]+)""#)?;
    let found = name.captures(&manifest).with_context(|| format!("{}", folder.display()))?;
    Ok(found[1].to_owned())
}

/// All Rust code below a folder, without unit tests.
pub(crate) fn code(folder: &Path) -> anyhow::Result<String> {
    let mut code = String::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            code += &self::code(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
        {
            let text = fs::read_to_string(&path)?;
            code += text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        }
    }
    Ok(code)
}

fn routes(code: &str) -> anyhow::Result<Vec<String>> {
    let route = Regex::new(r#"\bRoute::(get|post|put|delete)\(\s*"([^"]+)"\s*,?\s*\)"#)?;
    Ok(route
        .captures_iter(code)
        .map(|found| format!("{} {}", found[1].to_ascii_uppercase(), &found[2]))
        .collect())
}

fn settings(code: &str) -> anyhow::Result<BTreeSet<String>> {
    let mut settings = named(code)?;
    if Regex::new(r"\bROLES\b")?.is_match(code) {
        // It reads the URL of every database user, by the user's name.
        let user = Regex::new(r#"user: "(tenjo_[a-z_]+)""#)?;
        let roles = text("shared/store/src/roles.rs")?;
        let users = user.captures_iter(&roles);
        settings.extend(users.map(|found| found[1].to_ascii_uppercase() + "_DATABASE_URL"));
    }
    for (word, through_it) in SETTINGS_OF_SHARED_CODE {
        if Regex::new(&format!(r"\b{word}\b"))?.is_match(code) {
            settings.extend(through_it.iter().map(|setting| (*setting).to_owned()));
        }
    }
    Ok(settings)
}

/// The settings that code names itself.
fn named(code: &str) -> anyhow::Result<BTreeSet<String>> {
    let name = Regex::new(r#""(TENJO_[A-Z_]*[A-Z])""#)?;
    Ok(name.captures_iter(code).map(|found| found[1].to_owned()).collect())
}

pub(crate) fn settings_in_shared_code() -> anyhow::Result<BTreeSet<String>> {
    let mut settings = BTreeSet::new();
    for folder in folders(&path("shared"))? {
        settings.extend(named(&code(&folder.join("src"))?)?);
    }
    Ok(settings)
}

/// The pairs of status and code that `ApiError` is written with.
pub(crate) fn codes(code: &str) -> anyhow::Result<BTreeSet<Code>> {
    let pair = Regex::new(r#"StatusCode::([A-Z_]+), "([a-z_]+)""#)?;
    pair.captures_iter(code).map(|found| Ok((status(&found[1])?, found[2].to_owned()))).collect()
}

fn status(name: &str) -> anyhow::Result<u16> {
    (400..600)
        .filter_map(|number| reqwest::StatusCode::from_u16(number).ok())
        .find(|status| {
            let words = status.canonical_reason().unwrap_or_default();
            words.to_ascii_uppercase().replace([' ', '-'], "_") == name
        })
        .map(|status| status.as_u16())
        .with_context(|| format!("StatusCode::{name} is not known here"))
}
