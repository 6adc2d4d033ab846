//! What the benchmarks share: which requests to send in which proportions, and what sending them cost.
//!
//! Nothing here is part of the product. The binaries of this crate are run by the scripts in `bench`.

pub mod board;
pub mod load;
pub mod mix;
pub mod recorded;
