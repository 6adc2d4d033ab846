//! What budgets and anomaly monitors watch of a bill that several accounts share.

use serde::{Deserialize, Serialize};

/// A filter on costs, as far as it tells accounts apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostFilter {
    /// Costs of these accounts.
    Accounts(Vec<String>),
    /// Costs told apart by something else than the account: service, tag, cost category and the like.
    Other,
    /// Costs told apart in a way that may or may not be about accounts, such as a part of an account's name.
    Unclear,
    /// All of these hold.
    And(Vec<CostFilter>),
    /// One of these holds.
    Or(Vec<CostFilter>),
    /// This does not hold.
    Not(Box<CostFilter>),
}

/// What a filter says about one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It names the account.
    Named,
    /// It is not about particular accounts, or leaves out others only: the account's costs are in it together with all the rest.
    Open,
    /// The account's costs are not in it.
    Excluded,
    /// It cannot be told.
    Unclear,
}

impl CostFilter {
    /// What the filter says about an account. A further restriction, to a service or so, does not take away that it names the account.
    pub fn coverage(&self, account: &str) -> Coverage {
        use Coverage::{Excluded, Named, Open, Unclear};
        match self {
            Self::Accounts(accounts) if accounts.iter().any(|id| id == account) => Named,
            Self::Accounts(_) => Excluded,
            Self::Other => Open,
            Self::Unclear => Unclear,
            Self::And(parts) => {
                let parts: Vec<Coverage> = parts.iter().map(|part| part.coverage(account)).collect();
                // One part that excludes the account decides; one that names it decides only where nothing is unclear.
                [Excluded, Unclear, Named].into_iter().find(|kind| parts.contains(kind)).unwrap_or(Open)
            }
            Self::Or(parts) => {
                let parts: Vec<Coverage> = parts.iter().map(|part| part.coverage(account)).collect();
                [Named, Unclear, Open].into_iter().find(|kind| parts.contains(kind)).unwrap_or(if parts.is_empty() {
                    Open
                } else {
                    Excluded
                })
            }
            Self::Not(part) => match &**part {
                Self::Accounts(_) if part.coverage(account) == Named => Excluded,
                Self::Accounts(_) => Open,
                other if other.ignores_accounts() => Open,
                // What is left of accounts and other conditions together depends on both.
                _ => Unclear,
            },
        }
    }

    /// Whether nothing in it is about accounts.
    fn ignores_accounts(&self) -> bool {
        match self {
            Self::Accounts(_) | Self::Unclear => false,
            Self::Other => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::ignores_accounts),
            Self::Not(part) => part.ignores_accounts(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        CostFilter::*,
        Coverage::{Excluded, Named, Open},
        *,
    };

    fn accounts(ids: &[&str]) -> CostFilter {
        Accounts(ids.iter().map(|&id| id.to_owned()).collect())
    }

    #[test]
    fn a_filter_names_excludes_or_leaves_open_an_account() {
        let (mine, theirs) = (|| accounts(&["1", "2"]), || accounts(&["2", "3"]));
        for (filter, wanted) in [
            (mine(), Named),
            (theirs(), Excluded),
            (Other, Open),
            (Unclear, Coverage::Unclear),
            (And(vec![mine(), Other]), Named),
            (And(vec![mine(), theirs()]), Excluded),
            (And(vec![mine(), Unclear]), Coverage::Unclear),
            (And(vec![theirs(), Unclear]), Excluded),
            (And(Vec::new()), Open),
            (Or(vec![mine(), Other]), Named),
            (Or(vec![theirs(), Other]), Open),
            (Or(vec![theirs(), theirs()]), Excluded),
            (Or(vec![theirs(), Unclear]), Coverage::Unclear),
            (Or(Vec::new()), Open),
            (Not(Box::new(mine())), Excluded),
            (Not(Box::new(theirs())), Open),
            (Not(Box::new(Other)), Open),
            (Not(Box::new(And(vec![mine(), Other]))), Coverage::Unclear),
            (Not(Box::new(Unclear)), Coverage::Unclear),
            (Not(Box::new(Or(vec![Other, Not(Box::new(Other))]))), Open),
            (And(vec![Not(Box::new(And(vec![Other, Other]))), mine()]), Named),
        ] {
            assert_eq!(filter.coverage("1"), wanted, "{filter:?}");
        }
    }
}
