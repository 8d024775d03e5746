//! Says what takes long: a spinner on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a step says that it goes on, where there is no terminal.
const REMINDER: Duration = Duration::from_secs(30);

/// Something that takes a while.
pub(crate) struct Step {
    what: String,
    started: Instant,
    said: Instant,
    spinner: Option<ProgressBar>,
}

impl Step {
    /// Begins, and says so.
    pub(crate) fn begin(what: &str) -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg}");
            let spinner = ProgressBar::new_spinner().with_prefix(what.to_owned());
            spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        if spinner.is_none() {
            eprintln!("{what} …");
        }
        let now = Instant::now();
        Self { what: what.to_owned(), started: now, said: now, spinner }
    }

    /// How far it is.
    pub(crate) fn at(&mut self, detail: &str) {
        match &self.spinner {
            Some(spinner) => spinner.set_message(detail.to_owned()),
            None if self.said.elapsed() >= REMINDER => {
                eprintln!("  {detail} ({} s)", self.started.elapsed().as_secs());
                self.said = Instant::now();
            }
            None => {}
        }
    }

    /// It is done. A step that fails is dropped instead, and says nothing.
    pub(crate) fn done(self) {
        let seconds = self.started.elapsed().as_secs_f32();
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
        eprintln!("{}: done in {seconds:.1} s", self.what);
    }
}
