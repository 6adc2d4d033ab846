//! What a wish for a sweep leads to.

/// Sweeps that were asked for by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// Accounts that will be swept.
    pub accounts: usize,
    /// Those among them that are being swept now, and will be once more after that.
    pub running: usize,
}
