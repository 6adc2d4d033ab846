//! The variants of the checks that are reported once for every enabled region.

use super::Outcome::{Fail, FailAtHome, Pass};
use super::variants;

variants! {
    /// AWS Config: the recorder and its delivery channel.
    Recorder Region "config-recorder-enabled" {
        AllSupported "all_supported" 80 Pass;
        /// A young recorder: the channel streams, and has not delivered a history file yet.
        NeverDelivered "never_delivered" 4 Pass;
        Absent "no_recorder" 4 Fail(1);
        Stopped "stopped" 3 Fail(1);
        LastStatusFailure "last_status_failure" 2 Fail(1);
        DeliveryFailed "delivery_failed" 2 Fail(1);
        NoChannel "no_channel" 1 Fail(1);
        SomeTypes "some_types" 2 Fail(1);
        /// Everything but a few excluded types.
        ExcludedTypes "excluded_types" 1 Fail(1);
        /// Global types need recording in one region only.
        NoGlobalTypes "no_global_types" 6 FailAtHome;
    }
}

variants! {
    /// Security Hub.
    SecurityHub Region "securityhub-enabled" {
        Subscribed "enabled" 88 Pass;
        NotSubscribed "not_subscribed" 12 Fail(1);
    }
}

variants! {
    /// GuardDuty's detector.
    GuardDuty Region "guardduty-enabled" {
        Enabled "enabled" 88 Pass;
        NoDetector "no_detector" 8 Fail(1);
        Suspended "suspended" 4 Fail(1);
    }
}

variants! {
    /// The account's own access analyzers. An analyzer of the organization covers what fails here.
    AccessAnalyzer Region "access-analyzer-enabled" {
        Own "own" 82 Pass;
        /// An unused-access analyzer listed before the one that counts.
        Both "own_and_unused_access" 4 Pass;
        None "none" 10 Fail(1);
        NotActive "not_active" 2 Fail(1);
        UnusedAccessOnly "unused_access_only" 2 Fail(1);
    }
}

variants! {
    /// EBS encryption by default.
    EbsEncryption Region "ebs-default-encryption" {
        Enabled "enabled" 86 Pass;
        Disabled "disabled" 14 Fail(1);
    }
}

variants! {
    /// The default VPC.
    DefaultVpc Region "vpc-default-absent" {
        Absent "absent" 80 Pass;
        Unused "unused" 15 Fail(1);
        /// Network interfaces live in it.
        InUse "in_use" 5 Fail(1);
    }
}

variants! {
    /// Security groups and the ports 22 and 3389.
    AdminPort Region "security-group-admin-port-open" {
        Closed "closed" 44 Pass;
        HttpsWorld "https_world" 20 Pass;
        SshPrivate "ssh_private" 10 Pass;
        /// 10.0.0.0/8 is just narrow enough.
        SshWide "ssh_wide_but_ok" 5 Pass;
        /// So is a /16 of IPv6.
        SshWideIpv6 "ssh_wide_ipv6_but_ok" 3 Pass;
        /// UDP to 22 is not SSH.
        Udp22 "udp_22" 3 Pass;
        /// ICMP's "ports" are types and codes.
        IcmpWorld "icmp_world" 3 Pass;
        /// A referenced prefix list with private entries.
        PrefixListPrivate "prefix_list_private" 3 Pass;
        SshWorld "ssh_world" 2 Fail(1);
        RdpIpv6 "rdp_ipv6" 1 Fail(1);
        Range "range" 1 Fail(1);
        AllProtocols "all_protocols" 1 Fail(1);
        SlashSeven "slash_seven" 1 Fail(1);
        /// `2000::/15`, one bit wider than IPv6 may be.
        Ipv6SlashFifteen "ipv6_slash_fifteen" 1 Fail(1);
        /// 0.0.0.0/1 and 128.0.0.0/1, the world in two halves.
        Halves "two_halves" 1 Fail(1);
        TwoGroups "two_groups" 1 Fail(2);
        /// A referenced prefix list whose last entry, on its second page, is the world.
        PrefixList "prefix_list" 1 Fail(1);
    }
}

impl AdminPort {
    /// Whether a rule for an admin port refers to a prefix list, whose entries must then be read.
    pub(crate) fn prefix_list(self) -> bool {
        matches!(self, Self::PrefixList | Self::PrefixListPrivate)
    }
}
