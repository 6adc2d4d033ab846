//! Organizations described in YAML, and what all of the simulation's files have in common.

mod build;
mod entries;
mod shape;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_saphyr::Location;

use crate::org::Organization;

pub(crate) use entries::Entries;

/// What is wrong with a file: all of it, each with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1; 0 where the file as a whole is meant.
    pub line: u64,
    /// Counted from 1; 0 where the file as a whole is meant.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            mistake.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(crate) fn add(&mut self, at: Location, message: String) {
        self.0.push(Mistake { line: at.line(), column: at.column(), message });
    }

    /// What was built, if nothing was wrong with it.
    pub(crate) fn or<T>(self, built: Option<T>) -> Result<T, FileError> {
        built.filter(|_| self.0.is_empty()).ok_or(FileError { mistakes: self.0 })
    }
}

/// Reads an organization file's text.
pub(crate) fn read(text: &str) -> Result<Organization, FileError> {
    build::organization(&parse(text)?)
}

/// Reads YAML into the shape that a file has to have.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, FileError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |location| (location.line(), location.column()));
        // The bare error ends with its place, which stands before the message already.
        let message = error.without_snippet().to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        FileError { mistakes: vec![Mistake { line, column, message }] }
    })
}

#[cfg(test)]
mod tests {
    const EXAMPLE: &str = include_str!("../../examples/organization.yaml");

    fn status(text: &str, account: &str, region: &str, check: &str) -> (String, Option<&'static str>) {
        let rows = crate::Simulation::from_yaml(text).unwrap().truth();
        let row = rows.iter().find(|row| row.account_id == account && row.region == region && row.check == check).unwrap();
        (row.status.to_owned(), row.blind_reason)
    }

    #[test]
    fn the_example_means_what_it_says() {
        for (account, region, check, expected, reason) in [
            ("333333333333", "global", "root-mfa-enabled", "fail", None),
            ("333333333333", "us-east-1", "guardduty-enabled", "fail", None),
            ("333333333333", "eu-west-1", "guardduty-enabled", "pass", None),
            ("333333333333", "us-east-1", "access-analyzer-enabled", "fail", None),
            ("333333333333", "eu-west-1", "access-analyzer-enabled", "pass", None),
            ("333333333333", "global", "s3-account-public-access-block", "pass", None),
            ("444444444444", "global", "root-mfa-enabled", "unknown", Some("iam_deny")),
            ("444444444444", "eu-west-1", "guardduty-enabled", "unknown", Some("scp_deny")),
            ("444444444444", "us-east-1", "guardduty-enabled", "pass", None),
            ("444444444444", "global", "iam-password-policy-strong", "not_applicable", None),
            ("444444444444", "global", "cloudtrail-multi-region-logging", "pass", None),
            ("555555555555", "eu-west-1", "ebs-default-encryption", "unknown", Some("role_missing")),
            ("666666666666", "global", "root-mfa-enabled", "unknown", Some("account_suspended")),
            ("222222222222", "eu-south-1", "ebs-default-encryption", "pass", None),
        ] {
            assert_eq!(status(EXAMPLE, account, region, check), (expected.to_owned(), reason), "{account} {region} {check}");
        }
    }

    /// The example with one of its lines changed; the mistake must be told with its place in that line.
    fn mistake(old: &str, new: &str) -> String {
        assert_eq!(EXAMPLE.matches(old).count(), 1, "{old}");
        let text = EXAMPLE.replace(old, new);
        let line = 1 + text.lines().position(|line| line.contains(new)).unwrap();
        let column = text.lines().nth(line - 1).unwrap();
        let error = crate::Simulation::from_yaml(&text).unwrap_err();
        assert_eq!(error.mistakes.len(), 1, "{error}");
        assert_eq!(error.mistakes[0].line, line as u64, "{error}");
        assert!((1..=column.chars().count() as u64).contains(&error.mistakes[0].column), "{error}");
        error.to_string()
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (old, new, told) in [
            (
                "root-mfa-enabled: mfa_off",
                "root-mfa-enabled: mfa_oof",
                "column 25: root-mfa-enabled has no variant \"mfa_oof\"; it has mfa_on",
            ),
            ("root-mfa-enabled: mfa_off", "root-mfa: mfa_off", "column 7: there is no check \"root-mfa\""),
            ("\"guardduty-enabled@eu-west-1\"", "\"guardduty-enabled@eu-west-9\"", "there is no region \"eu-west-9\""),
            ("root-mfa-enabled: mfa_off", "root-mfa-enabled@eu-west-1: mfa_off", "leave out the region"),
            ("id: \"333333333333\"", "id: \"33333333333\"", "column 9: \"33333333333\" is not an account id"),
            ("id: \"444444444444\"", "id: \"333333333333\" #", "listed twice"),
            ("ou: /Workloads/Production", "ou: /Workloads/Production/", "there is no organizational unit"),
            ("role: missing", "roll: missing", "unknown field `roll`"),
            ("role: missing", "role: gone", "unknown variant `gone`"),
            ("state: SUSPENDED", "state: suspended", "unknown variant"),
            ("opt_in_regions: [eu-south-1]", "opt_in_regions: [eu-west-2]", "\"eu-west-2\" is not an opt-in region"),
            ("regions: [us-east-1, eu-west-1, ap-northeast-1]", "regions: [us-west-2, eu-west-1]", "must include us-east-1"),
            ("\"iam:GetAccountSummary\"", "\"iam:GetAcountSummary\"", "no action of the simulation"),
            ("{eu-west-1: 2500}", "{eu-west-2: 2500}", "\"eu-west-2\" is not a region that is enabled in this account"),
            ("{eu-west-1: 2500}", "{eu-west-1: many}", "invalid"),
            ("id: o-exampleorgid", "id: exampleorgid", "not an organization id"),
            ("ou-ab12-workload0", "ou-workload0", "not an organizational unit's id"),
            ("management_account_id: \"111111111111\"", "management_account_id: \"111111111112\"", "not one of `accounts`"),
        ] {
            let message = mistake(old, new);
            assert!(message.contains(told), "{message}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = EXAMPLE.replace("mfa_off", "mfa_oof").replace("[eu-south-1]", "[moon]").replace("guardduty:List", "guardduty:Last");
        assert_eq!(crate::Simulation::from_yaml(&text).unwrap_err().mistakes.len(), 3);
    }
}
