//! What runs: instances, functions and their logs.

use super::Outcome::{Fail, Pass, Unknown};
use super::cloudtrail::log_group_days;
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[Fleet::CHECK, UserData::CHECK, Functions::CHECK, LogGroups::CHECK];

variants! {
    /// The instances, and what Systems Manager hears of them.
    Fleet Region "instance-ssm-managed" needs ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation"] {
        /// What is stopped or gone, or no instance of EC2, does not have to report.
        AllOnline "all_online" 90 Pass;
        Empty "no_instances" 10 Pass;
        JustLaunched "just_launched" 6 Pass;
        /// More than a page of Systems Manager's.
        Many "many" 1 Pass;
        OneUnregistered "one_unregistered" 12 Fail(1);
        ConnectionLost "connection_lost" 6 Fail(1);
        NoneRegistered "none_registered" 6 Fail(2);
        /// One that lost its connection is on the second page.
        LostAmongMany "lost_among_many" 1 Fail(1);
    }
}

variants! {
    /// What the instances start with.
    UserData Region "ec2-user-data-no-secrets"
    needs ["ec2:DescribeInstances"]
    sometimes ["ec2:DescribeInstanceAttribute"]
    special user_data
    together_with [Fleet::AllOnline]
    {
        Absent "absent" 50 Pass;
        /// A script that fetches its secrets.
        Fetched "fetched" 50 Pass;
        PackedFetched "packed_fetched" 4 Pass;
        /// A cloud-init template, hashes and public keys: all that looks like a secret and is none.
        NearMisses "near_misses" 8 Pass;
        Binary "binary" 2 Pass;
        Password "password" 10 Fail(1);
        AccessKey "access_key" 6 Fail(1);
        PrivateKey "private_key" 4 Fail(1);
        Packed "packed_password" 3 Fail(1);
        /// A group of instances starts with the same.
        Group "group" 4 Fail(2);
        Stopped "stopped_instance" 4 Fail(1);
        /// The text is cut off in the midst of its packing.
        Broken "broken_packing" 1 Unknown("aws_error");
        /// A few bytes that unpack to more than anybody reads.
        Bomb "unpacks_without_end" 1 Unknown("truncated");
    }
}

/// Without an instance nobody is asked for user data.
fn user_data(view: &View<'_>) -> Verdict {
    if view.variant::<Fleet>() == Fleet::Empty {
        return Verdict::Pass;
    }
    view.blind(&["ec2:DescribeInstanceAttribute"]).map_or_else(|| view.own(), Verdict::Unknown)
}

variants! {
    /// Lambda: the functions' environments.
    Functions Region "lambda-environment-no-secrets" needs ["lambda:ListFunctions"] {
        /// Settings, and references to secrets.
        References "references" 80 Pass;
        None "no_functions" 10 Pass;
        WithoutVariables "without_variables" 10 Pass;
        /// Names and values that come close.
        NearMisses "near_misses" 10 Pass;
        Many "many" 4 Pass;
        Password "password" 12 Fail(1);
        AccessKey "access_key" 6 Fail(1);
        PrivateKey "private_key" 4 Fail(1);
        TwoFunctions "two_functions" 6 Fail(2);
        LastPage "on_the_last_page" 2 Fail(1);
        /// The variables are encrypted with a key of the account's own.
        NotDecrypted "not_decrypted" 4 Unknown("iam_deny");
        KeyDisabled "key_disabled" 1 Unknown("aws_error");
        /// What is seen fails, whatever another function hides.
        NotDecryptedAndPassword "not_decrypted_and_password" 2 Fail(1);
    }
}

variants! {
    /// `CloudWatch` Logs: how long the log groups keep their events.
    LogGroups Region "log-group-retention" needs ["logs:DescribeLogGroups"] special log_groups {
        ForEver "for_ever" 60 Pass;
        None "no_log_groups" 8 Pass;
        AYear "exactly_a_year" 20 Pass;
        Many "many" 4 Pass;
        OneShort "one_short" 14 Fail(1);
        SeveralShort "several_short" 8 Fail(3);
        ShortOnTheLastPage "short_on_the_last_page" 3 Fail(1);
        /// The class of a log group does not matter.
        InfrequentAccess "infrequent_access" 2 Fail(1);
    }
}

/// The trails' own log group is one more.
fn log_groups(view: &View<'_>) -> Verdict {
    match (view.own(), log_group_days(view.organization, view.account(), view.region)) {
        (Verdict::Fail(count), Some(1..365)) => Verdict::Fail(count + 1),
        (_, Some(1..365)) => Verdict::Fail(1),
        (own, _) => own,
    }
}
