//! The board: the latest verdict of every (account, place, check), since when, and when last confirmed; and its rendering as
//! Prometheus text.
//!
//! Two rules make it honest. A failure stands until a newer decided verdict replaces it, however long nothing can be seen. A pass has to
//! be renewed: one that could not be confirmed for its validity stops counting.
//!
//! Nothing here does I/O or reads a clock. An account's text is rendered when its sweep is committed; a scrape concatenates.

mod account;
mod board;
mod chunks;
mod config;
mod entry;
mod exceptions;
mod family;
mod forecast;
mod layout;
mod level;
mod shown;
mod summary;
mod tally;
mod text;

pub use board::Board;
pub use config::{BoardConfig, CheckEntry, Detail, Level, PassValidity};
pub use exceptions::{Applying, AttestedCheck, Exceptions, Judged, Test, Waiver};
pub use forecast::{Forecast, ForecastAccount, forecast};
pub use tally::{Counts, Coverage};
