//! How far a scan is: a bar on a terminal, nothing into a pipe.

use std::{sync::Arc, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use orgsweep_aws::Meter;

use crate::output;

/// Where bars are drawn, so that the log can step aside for them. Draws nothing where standard error is no terminal.
pub fn bars() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::stderr())
}

/// Something that takes its time and has no end to measure it by.
pub struct Waiting(ProgressBar);

impl Waiting {
    /// Shows `doing` with a sign of life, until dropped.
    pub fn start(bars: &MultiProgress, doing: &'static str) -> Self {
        let bar = bars.add(ProgressBar::new_spinner().with_message(doing));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The bar of one scan.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for so many accounts; the calls come from `meter`.
    pub fn start(bars: &MultiProgress, accounts: usize, meter: Arc<Meter>) -> Self {
        let bar = bars.add(ProgressBar::new(accounts as u64));
        let colours = if output::coloured_notes() { "{bar:30.cyan/dim}" } else { "{bar:30}" };
        let template = format!("{colours} {{pos}}/{{len}} accounts  {{calls}}  ETA {{eta}}");
        let calls = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let calls = meter.calls();
            let seconds = state.elapsed().as_secs_f64().max(0.1);
            let _ = write!(out, "{:.0} calls/s  {} throttled", calls.requests as f64 / seconds, calls.throttled);
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.with_key("calls", calls));
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    /// One more account is done.
    pub fn account_done(&self) {
        self.0.inc(1);
    }

    /// The bar goes; results follow.
    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}
