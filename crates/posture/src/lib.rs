//! The board: the latest verdict of every (account, place, check), since when, and when last confirmed; and its rendering as
//! Prometheus text.
//!
//! Two rules make it honest. A failure stands until a newer decided verdict replaces it, however long nothing can be seen. A pass has to
//! be renewed: one that could not be confirmed for its validity stops counting.
//!
//! A change is written to the database first ([`Store`]) and shown then, so that nothing that was shown is lost. But for the store, nothing
//! here does I/O or reads a clock. An account's text is rendered when its sweep is committed; a scrape concatenates.

mod account;
mod board;
mod change;
mod chunks;
mod compressed;
mod config;
mod entry;
mod exceptions;
mod family;
mod forecast;
mod layout;
mod level;
mod place;
mod published;
mod put_back;
mod shown;
mod store;
mod summary;
mod tally;
mod text;
mod view;

pub use board::Board;
pub use change::Transition;
pub use compressed::Text;
pub use config::{BoardConfig, CheckEntry, Detail, Level, PassValidity};
pub use entry::Standing;
pub use exceptions::{Applying, AttestedCheck, Exceptions, Judged, Test, Waiver};
pub use family::{FamilyInfo, families};
pub use forecast::{Forecast, ForecastAccount, forecast};
pub use store::{Condition, HistoryFilter, PastTransition, Said, Store, StoreHealth, StoreReader, StoreStatus};
pub use tally::{Counts, Coverage};
pub use view::{AccountView, VerdictFilter, VerdictPosition, VerdictView};
