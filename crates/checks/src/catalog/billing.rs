//! What the checks on the bill have in common: whose budget or monitor covers an account.

use orgsweep_model::{
    AccountId,
    fact::billing::{CostFilter, Coverage},
};

use crate::Context;

/// Whose budget or monitor it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The account's own: it covers the account unless it is about others alone.
    Own,
    /// The management account's: it covers a member only where it names it.
    Payers,
}

/// Whether costs of the account that is judged are what the filter is about. `None`: it cannot be told.
pub(crate) fn covers(filter: Option<&CostFilter>, account: AccountId, whose: Whose) -> Option<bool> {
    match filter.map_or(Coverage::Open, |filter| filter.coverage(&account.to_string())) {
        Coverage::Named => Some(true),
        Coverage::Open => Some(whose == Whose::Own),
        Coverage::Excluded => Some(false),
        Coverage::Unclear => None,
    }
}

/// Whether another account may pay the bill. Where the listing does not say who does, the payer's facts know: they are empty without one.
pub(crate) fn may_have_payer(context: &Context) -> bool {
    context.management_account != Some(context.account)
}

/// The management account, where it is known to be another than the one that is judged.
pub(crate) fn payer(context: &Context) -> Option<AccountId> {
    context.management_account.filter(|payer| *payer != context.account)
}

/// Words for the management account.
pub(crate) fn payer_words(context: &Context) -> String {
    context.management_account.map_or_else(|| "the management account".to_owned(), |payer| format!("the management account {payer}"))
}

/// The owner of what the payer's facts show: the management account, or, where the listing does not say which that is, the account itself.
pub(crate) fn payer_id(context: &Context) -> AccountId {
    context.management_account.unwrap_or(context.account)
}

/// The ARN of a budget.
pub(crate) fn budget_arn(context: &Context, owner: AccountId, name: &str) -> String {
    format!("arn:{}:budgets::{owner}:budget/{name}", context.home_region.partition())
}
