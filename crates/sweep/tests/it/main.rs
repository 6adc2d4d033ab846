//! Sweeps of a simulated organization.
#![allow(missing_docs)]

mod daemon;
mod stage;
mod sweeping;
