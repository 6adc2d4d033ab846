//! What the parts cost that every sweep and every scrape goes through.
//!
//! `bench/micro.py` runs it and keeps the figures.
#![expect(clippy::unwrap_used, reason = "what is measured is made of literals and of the catalogue's own fixtures")]

mod checks;
mod gate;
mod metrics;
mod patterns;

fn main() {
    divan::Divan::from_args().run_benches();
}
