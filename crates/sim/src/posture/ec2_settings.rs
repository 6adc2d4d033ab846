//! EC2's defaults for a region: encryption, metadata, sharing, serial console.

use super::Outcome::{Fail, Pass};
use super::{Check, Trait, variants};

pub(crate) const CHECKS: &[&Check] = &[EbsEncryption::CHECK];

variants! {
    /// EBS encryption by default.
    EbsEncryption Region "ebs-default-encryption" needs ["ec2:GetEbsEncryptionByDefault"] {
        Enabled "enabled" 86 Pass;
        Disabled "disabled" 14 Fail(1);
    }
}
