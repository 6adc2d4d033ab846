//! Everything that speaks to AWS: the organization's listing, sessions in its accounts, one collector per fact.
//!
//! The only crate that knows the AWS SDK. Every request, retries and the SDK's own included, passes the [`Gate`]. It never judges: it
//! answers with facts, or says why it is blind.

mod blind;
mod caller;
mod collect;
mod connection;
mod flight;
mod gate;
mod hub;
mod interceptor;
mod meter;
mod offered;
mod organization;
mod pages;
pub mod permissions;
mod retry;
mod session;
mod tags;
mod xml;

pub use caller::Caller;
pub use collect::{Probe, collect, collect_organization};
pub use connection::ConnectionError;
#[doc(hidden)]
pub use gate::Traveller;
pub use gate::{Allowance, Gate, GateState, Limits};
pub use hub::{Aws, EnabledRegion, Hub, HubError, HubSettings, ManagementAccount, SessionSettings};
pub use meter::{ApiCalls, Meter};
pub use organization::ListingError;
pub use session::Session;
