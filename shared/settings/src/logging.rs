//! Logs: JSON lines and metrics for CloudWatch, or text for a person.

use tracing_subscriber::EnvFilter;

use crate::{SettingError, Settings};

/// Writes logs to standard error. `TENJO_LOG` is a `tracing` filter, `info` by
/// default. `TENJO_LOG_FORMAT` is `json`, the default, or `text`.
///
/// # Errors
/// When one of them is invalid.
pub(crate) fn init(settings: &Settings) -> Result<(), SettingError> {
    let filter = settings.parse_or("TENJO_LOG", EnvFilter::new("info"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    match settings.find("TENJO_LOG_FORMAT").unwrap_or("json") {
        "json" => {
            lines.json().flatten_event(true).with_span_list(false).init();
            tenjo_metrics::enable();
        }
        "text" => lines.init(),
        _ => return Err(SettingError::new("TENJO_LOG_FORMAT", "must be json or text")),
    }
    Ok(())
}
