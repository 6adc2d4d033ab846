//! When accounts are swept and in what order, and how one sweep goes: collect, evaluate, hand over.
//!
//! [`Sweeper`] sweeps one account; [`Daemon`] does so for ever on a [`Schedule`](schedule), and keeps the roster of accounts true. The data
//! flows one way: roster → schedule → sweeper → report → board.

mod again;
mod circuit;
mod daemon;
mod metrics;
mod organization_facts;
mod program;
mod rhythm;
mod roster;
mod schedule;
mod sweeper;
mod swept;
mod turn;

pub use daemon::{Daemon, DaemonFailed, DaemonSettings};
pub use metrics::SweepMetrics;
pub use program::{Program, ProgramCheck};
pub use rhythm::Intervals;
pub use roster::{Roster, Shrunk};
pub use sweeper::{Selection, Sweeper, SweeperSettings};
