//! Budgets: the account's budgets and whom they tell.

use super::Service;
use crate::wire::Protocol;

pub(super) const SERVICE: Service = Service {
    signing_name: "budgets",
    protocol: Protocol::Json,
    target: "AWSBudgetServiceGateway",
    global: true,
    operations: &[],
    ..Service::BASE
};
