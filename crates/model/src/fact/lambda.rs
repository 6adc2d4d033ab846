//! Lambda: the functions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FactScope, FactSpec, Operation};
use crate::{Hidden, Observed};

/// `lambda:ListFunctions`.
pub const LAMBDA_FUNCTIONS: FactSpec = FactSpec {
    scope: FactScope::Region,
    operations: &[Operation::new("lambda", "ListFunctions", "lambda:ListFunctions")],
    hub_operations: &[],
};

/// The functions of a region, as their unpublished version (`$LATEST`) has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaFunctions {
    /// The functions.
    pub functions: Vec<LambdaFunction>,
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaFunction {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its environment variables; blind where AWS could not decrypt them for us.
    pub environment: Observed<BTreeMap<String, Hidden>>,
}
