//! Shows the progress of long steps: a spinner on a terminal, plain lines elsewhere.
//! There is output at least every `REMINDER`.

use std::io::IsTerminal;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a step prints its progress where there is no terminal.
const REMINDER: Duration = Duration::from_secs(8);

/// All spinners, because steps may run at the same time.
static SPINNERS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Something that takes a while.
pub struct Step {
    what: String,
    started: Instant,
    shown: Shown,
}

enum Shown {
    Spinner(ProgressBar),
    /// The progress, for the lines that are printed until the sender is dropped.
    Lines(Arc<Mutex<String>>, #[expect(dead_code, reason = "ends the lines")] mpsc::Sender<()>),
}

impl Step {
    /// Begins, and prints that.
    #[must_use]
    pub fn begin(what: &str) -> Self {
        let started = Instant::now();
        let shown = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg}");
            let spinner = SPINNERS.add(ProgressBar::new_spinner().with_prefix(what.to_owned()));
            spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            spinner.enable_steady_tick(Duration::from_millis(120));
            Shown::Spinner(spinner)
        } else {
            eprintln!("{what} …");
            remind(what.to_owned(), started)
        };
        Self { what: what.to_owned(), started, shown }
    }

    /// Sets the progress.
    pub fn at(&self, detail: &str) {
        match &self.shown {
            Shown::Spinner(spinner) => spinner.set_message(detail.to_owned()),
            Shown::Lines(known, _) => {
                *known.lock().unwrap_or_else(PoisonError::into_inner) = detail.to_owned();
            }
        }
    }

    /// Prints a line.
    pub fn say(&self, line: &str) {
        match &self.shown {
            // If this fails, the terminal is gone.
            Shown::Spinner(_) => _ = SPINNERS.println(line),
            Shown::Lines(..) => eprintln!("{line}"),
        }
    }

    /// Prints that it is done. A step that fails is dropped instead, and prints
    /// nothing.
    pub fn done(self) {
        let seconds = self.started.elapsed().as_secs_f32();
        self.say(&format!("{}: done in {seconds:.1} s", self.what));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Shown::Spinner(spinner) = &self.shown {
            spinner.finish_and_clear();
        }
    }
}

/// Prints the progress of a step again and again.
fn remind(what: String, started: Instant) -> Shown {
    let detail = Arc::new(Mutex::new(String::new()));
    let (sender, ended) = mpsc::channel::<()>();
    let known = Arc::clone(&detail);
    thread::spawn(move || {
        while ended.recv_timeout(REMINDER) == Err(mpsc::RecvTimeoutError::Timeout) {
            let detail = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let separator = if detail.is_empty() { "" } else { ": " };
            eprintln!("  {what}, {} s{separator}{detail}", started.elapsed().as_secs());
        }
    });
    Shown::Lines(detail, sender)
}
