//! EC2's defaults for a region: encryption, metadata, sharing, serial console.

use super::Outcome::{Fail, NotApplicable, Pass, Unknown};
use super::{Check, Trait, variants};

pub(crate) const CHECKS: &[&Check] =
    &[EbsEncryption::CHECK, SnapshotSharing::CHECK, ImageSharing::CHECK, MetadataDefaults::CHECK, SerialConsole::CHECK];

variants! {
    /// EBS encryption by default.
    EbsEncryption Region "ebs-default-encryption" needs ["ec2:GetEbsEncryptionByDefault"] {
        Enabled "enabled" 86 Pass;
        Disabled "disabled" 14 Fail(1);
    }
}

variants! {
    /// Snapshots for everybody.
    SnapshotSharing Region "ebs-snapshot-public-access-blocked" needs ["ec2:GetSnapshotBlockPublicAccessState"] {
        BlockedAll "block_all_sharing" 50 Pass;
        BlockedNew "block_new_sharing" 24 Pass;
        Unblocked "unblocked" 20 Fail(1);
        /// A word that nobody knows yet.
        NewWord "block_some_sharing" 1 Unknown("aws_error");
        NotThere "not_in_this_region" 2 NotApplicable;
    }
}

variants! {
    /// AMIs for everybody.
    ImageSharing Region "ami-public-access-blocked" needs ["ec2:GetImageBlockPublicAccessState"] {
        BlockedNew "block_new_sharing" 74 Pass;
        Unblocked "unblocked" 20 Fail(1);
        /// The state of snapshots, which AMIs do not have.
        NewWord "block_all_sharing" 1 Unknown("aws_error");
        NotThere "not_in_this_region" 2 NotApplicable;
    }
}

variants! {
    /// The metadata service of new instances.
    MetadataDefaults Region "imdsv2-required-by-default" needs ["ec2:GetInstanceMetadataDefaults"] {
        Required "required" 60 Pass;
        /// With every other default set, too.
        AllSet "all_set" 11 Pass;
        Optional "optional" 9 Fail(1);
        /// Nobody has ever decided anything: the answer's account level is empty.
        NotSet "not_set" 8 Fail(1);
        /// Somebody has decided on everything but the tokens.
        OthersSet "others_set" 5 Fail(1);
        /// A declarative policy says so in a word.
        NoPreference "no_preference" 3 Fail(1);
        NewWord "encouraged" 2 Unknown("aws_error");
        /// An answer without any account level is none.
        NoLevel "no_account_level" 1 Unknown("aws_error");
        NotThere "not_in_this_region" 1 NotApplicable;
    }
}

variants! {
    /// The serial console.
    SerialConsole Region "serial-console-disabled" needs ["ec2:GetSerialConsoleAccessStatus"] {
        Disabled "disabled" 80 Pass;
        Enabled "enabled" 12 Fail(1);
        /// An answer without the setting is none.
        NoSetting "no_setting" 1 Unknown("aws_error");
        NotThere "not_in_this_region" 2 NotApplicable;
    }
}
