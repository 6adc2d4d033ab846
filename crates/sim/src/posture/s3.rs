//! S3's settings for the whole account.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, variants};

pub(crate) const CHECKS: &[&Check] = &[PublicAccessBlock::CHECK];

variants! {
    /// The account-wide S3 public access block.
    PublicAccessBlock Account "s3-account-public-access-block" needs ["s3:GetAccountPublicAccessBlock"] {
        All "blocked" 82 Pass;
        NotSet "not_set" 12 Fail(1);
        Partial "partial" 6 Fail(1);
    }
}
