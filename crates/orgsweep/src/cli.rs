//! The command line: names, arguments and help, and nothing of what they do.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use orgsweep_checks::{CHECKS, RegisteredCheck, find};
use orgsweep_model::{AccountId, Region, Severity, check::Language, fact::expected::Quantity};

use crate::{config::ListenAddress, suggest};

/// Watches the security and cost posture of every account of an AWS Organization.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  orgsweep demo                        try it on a simulated organization, without an AWS account
  orgsweep plan                        what watching the organization will take
  orgsweep scan --fail-on high         one sweep of the organization
  orgsweep run --config orgsweep.yaml  the daemon

Exit codes: 0 done; 1 failed while working; 2 --fail-on reached; 64 bad usage or bad configuration."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(RunArgs),
    Scan(ScanArgs),
    Demo(DemoArgs),
    Simulate(SimulateArgs),
    /// Show the catalogue of checks
    #[command(subcommand)]
    Checks(ChecksCommand),
    Plan(PlanArgs),
    /// Print the IAM policies that the enabled checks need
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Look at configuration files
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Which configuration to use.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The configuration file; without it ./orgsweep.yaml, then /etc/orgsweep/orgsweep.yaml, then the defaults
    #[arg(long, value_name = "FILE", env = "ORGSWEEP_CONFIG")]
    pub config: Option<PathBuf>,
}

/// Run the daemon: sweep the organization all the time and serve metrics
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  orgsweep run
  orgsweep run --config /etc/orgsweep/orgsweep.yaml
  ORGSWEEP_SCHEDULE__FREQUENT=5m orgsweep run    override a key of the configuration")]
pub struct RunArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Sweep the organization once, then exit
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  orgsweep scan
  orgsweep scan --account 111122223333 --region eu-west-1 --region us-east-1
  orgsweep scan --check root-mfa-enabled --format json --output verdicts.json
  orgsweep scan --fail-on high && echo fine    exits with 2 if a check of severity high or critical fails")]
pub struct ScanArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Only this account; can be given several times
    #[arg(long, value_name = "ID")]
    pub account: Vec<AccountId>,
    /// Only this region; can be given several times
    #[arg(long, value_name = "REGION")]
    pub region: Vec<Region>,
    /// Only this check; can be given several times
    #[arg(long, value_name = "ID", value_parser = check)]
    pub check: Vec<&'static RegisteredCheck>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 2 if a check of this severity or a higher one fails
    #[arg(long, value_name = "SEVERITY", value_parser = severity())]
    pub fail_on: Option<Severity>,
}

/// Try it: a simulated organization and the daemon in one process
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  orgsweep demo
  orgsweep demo --accounts 200 --listen 0.0.0.0:9847")]
pub struct DemoArgs {
    /// How many accounts the simulated organization has
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub accounts: u32,
    /// The address of the metrics
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9847")]
    pub listen: ListenAddress,
}

/// Serve a simulated AWS endpoint and nothing else
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  orgsweep simulate --accounts 50 --seed 7
  orgsweep simulate --org organization.yaml --latency 40
  orgsweep simulate --accounts 50 --faults faults.yaml
  orgsweep simulate --accounts 50 --seed 7 --truth    print what a scan has to find
  AWS_ENDPOINT_URL=http://127.0.0.1:9848 orgsweep scan")]
pub struct SimulateArgs {
    /// The organization, from a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accounts", "seed"])]
    pub org: Option<PathBuf>,
    /// How many accounts an invented organization has
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub accounts: u32,
    /// What the organization is invented from: the same number gives the same organization
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The address of the endpoint
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9848")]
    pub listen: ListenAddress,
    /// How many milliseconds every answer takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    /// What goes wrong: throttles, errors, broken connections, rate limits; /-/faults on the endpoint changes it
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// How many threads serve; one answers some ten thousand requests a second
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// Print the verdicts that hold for the organization as JSON, and exit
    #[arg(long)]
    pub truth: bool,
}

/// Show the catalogue of checks.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// List every check
    #[command(after_help = "Examples:
  orgsweep checks list
  orgsweep checks list --format json")]
    List(ListingArgs),
    /// Show all there is to know about a check
    #[command(after_help = "Examples:
  orgsweep checks show root-mfa-enabled
  orgsweep checks show root-mfa-enabled --lang ja
  orgsweep checks show root-mfa-enabled --format json")]
    Show {
        /// The check's id
        #[arg(value_name = "ID", value_parser = check)]
        check: &'static RegisteredCheck,
        /// How it is shown.
        #[command(flatten)]
        listing: ListingArgs,
    },
    /// Write a page for every check in every language, in Markdown, and an index
    #[command(after_help = "Examples:
  orgsweep checks docs --output docs/checks
  orgsweep checks docs --output docs/checks --check    only say what is stale, and exit with 1 if anything is")]
    Docs {
        /// The folder of the pages
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
        /// Write nothing, and fail if a page is stale or superfluous
        #[arg(long)]
        check: bool,
    },
}

/// How the catalogue is shown.
#[derive(Debug, Args)]
pub struct ListingArgs {
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The language of the texts
    #[arg(long, default_value = "en", value_parser = language())]
    pub lang: Language,
}

/// Predict AWS calls, duration, metric series and dollars, before any sweep
#[derive(Debug, Args)]
#[command(
    after_help = "It lists the organization and looks into 50 accounts at the most: whether the role can be assumed, and which regions are \
enabled. It takes the other accounts to be like these, and for what an account contains it takes typical figures, which --assume changes. \
With --sample it sweeps a few accounts and predicts from what that took: the one form of this command that sweeps.

Examples:
  orgsweep plan
  orgsweep plan --config orgsweep.yaml --format json
  orgsweep plan --assume instances=0.5,event-rules=6    half an instance in each region, six rules that tell somebody
  orgsweep plan --sample 5                              sweep the management account and five others, and predict from them"
)]
pub struct PlanArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// What accounts have more or fewer of than is typical; --format json has all names with their figures
    #[arg(long, value_name = "NAME=NUMBER", value_delimiter = ',', value_parser = assumption)]
    pub assume: Vec<(Quantity, f64)>,
    /// How many milliseconds AWS takes to answer
    #[arg(long, value_name = "MS", default_value_t = 100)]
    pub latency: u64,
    /// Sweep the management account and so many of the accounts looked into, once, and predict from what that took
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub sample: usize,
}

/// Print the IAM policies that the enabled checks need.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print what the role in every account may do
    #[command(
        after_help = "It is the same policy for all accounts. A last statement OnlyManagementAccountAndDelegatedAdministrators is of use to \
these alone: leave it out elsewhere if you deploy to them apart. The policy follows the checks that the configuration enables: deploy it anew \
when they change.

Examples:
  orgsweep policy member > member.json
  aws iam put-role-policy --role-name OrgsweepAudit --policy-name orgsweep --policy-document file://member.json"
    )]
    Member(ConfigArgs),
    /// Print what the identity that orgsweep runs as may do
    #[command(
        after_help = "Calls to Organizations are its own, unless organization.role_arn names a role for them: see `orgsweep policy organization`. \
With sessions.management_account: ambient it reads the management account itself, and may do there what the role would.

Examples:
  orgsweep policy hub > hub.json
  aws iam put-role-policy --role-name orgsweep --policy-name orgsweep --policy-document file://hub.json"
    )]
    Hub(ConfigArgs),
    /// Print what the role for calls to Organizations may do
    #[command(after_help = "Examples:
  orgsweep policy organization --config orgsweep.yaml")]
    Organization(ConfigArgs),
    /// Print the trust policy of the role in every account
    #[command(
        after_help = "Best name the very role that orgsweep runs as, and your organization. AWS wants a role to exist before it is trusted, and \
forgets the trust when the role is made anew. An account (arn:aws:iam::111122223333:root) can be trusted in any order; its own policies then \
say who in it may assume the role. The external id is that of sessions.external_id. Without --principal the policy has a placeholder, which \
AWS refuses.

Examples:
  orgsweep policy trust --principal arn:aws:iam::111122223333:role/orgsweep > trust.json
  orgsweep policy trust --principal arn:aws:iam::111122223333:root --organization-id o-a1b2c3d4e5
  aws iam create-role --role-name OrgsweepAudit --assume-role-policy-document file://trust.json"
    )]
    Trust(TrustArgs),
}

/// Whom the role in every account trusts.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The identity that orgsweep runs as: a role, a user, or a whole account (…:root)
    #[arg(long, value_name = "ARN", value_parser = principal)]
    pub principal: Option<String>,
    /// Trust the principal only while it belongs to this organization (aws:PrincipalOrgID)
    #[arg(long, value_name = "ID", value_parser = organization_id)]
    pub organization_id: Option<String>,
}

/// Look at configuration files.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say whether a configuration file is right, and where it is not
    #[command(after_help = "Examples:
  orgsweep config check orgsweep.yaml
  orgsweep config check orgsweep.yaml && systemctl reload orgsweep")]
    Check {
        /// The configuration file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print the JSON Schema of the configuration, or of the files that it names, for editors
    #[command(after_help = "Examples:
  orgsweep config schema > orgsweep.schema.json
  orgsweep config schema waivers > waivers.schema.json")]
    Schema {
        /// Of which file
        #[arg(value_enum, default_value_t)]
        of: Schema,
    },
}

/// The files that have a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// The configuration
    #[default]
    Config,
    /// The file of waivers
    Waivers,
    /// The file of attestations
    Attestations,
}

/// The form of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

fn check(id: &str) -> Result<&'static RegisteredCheck, String> {
    find(id).ok_or_else(|| match suggest::hint(id, CHECKS.iter().map(|check| check.meta.id.as_str())) {
        hint if hint.is_empty() => "there is no such check: `orgsweep checks list` shows all".to_owned(),
        hint => format!("there is no such check{hint}"),
    })
}

fn assumption(text: &str) -> Result<(Quantity, f64), String> {
    let Some((name, number)) = text.split_once('=') else { return Err("write NAME=NUMBER, such as instances=10".to_owned()) };
    let names = || Quantity::ALL.iter().map(|quantity| quantity.name());
    let quantity = Quantity::ALL.iter().copied().find(|quantity| quantity.name() == name);
    let quantity = quantity.ok_or_else(|| match suggest::hint(name, names()) {
        hint if hint.is_empty() => format!("nothing is assumed about {name:?}; there are {}", names().collect::<Vec<_>>().join(", ")),
        hint => format!("nothing is assumed about {name:?}{hint}"),
    })?;
    let number: f64 = number.parse().map_err(|_| format!("{number:?} is not a number"))?;
    if number.is_finite() && (0.0..=1e6).contains(&number) {
        Ok((quantity, number))
    } else {
        Err(format!("{number} is not from 0 to 1,000,000"))
    }
}

/// AWS takes more forms than these, and most of them let in more than was meant.
fn principal(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let fits = matches!(parts.as_slice(), ["arn", partition, "iam", "", account, resource]
        if partition.starts_with("aws")
            && account.parse::<AccountId>().is_ok()
            && (*resource == "root" || ["role/", "user/"].iter().any(|kind| resource.strip_prefix(kind).is_some_and(|name| !name.is_empty())))
            && !resource.contains(['*', '?', ' ']));
    let wrong =
        "write the ARN of a role, a user or an account, like arn:aws:iam::111122223333:role/orgsweep or arn:aws:iam::111122223333:root";
    if fits { Ok(text.to_owned()) } else { Err(wrong.to_owned()) }
}

fn organization_id(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = text.strip_prefix("o-").is_some_and(|id| (10..=32).contains(&id.len()) && id.bytes().all(plain));
    if fits { Ok(text.to_owned()) } else { Err("an organization's id looks like o-a1b2c3d4e5".to_owned()) }
}

/// The model's own words, so that they are written once.
fn severity() -> impl TypedValueParser<Value = Severity> {
    const ALL: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    PossibleValuesParser::new(ALL.map(Severity::as_str))
        .map(|word| ALL.into_iter().find(|severity| severity.as_str() == word).unwrap_or(Severity::Low))
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(["en", "ja"]).map(|word| if word == "ja" { Language::Ja } else { Language::En })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(Parser)]
    struct Scan {
        #[command(flatten)]
        args: ScanArgs,
    }

    #[derive(Parser)]
    struct Simulate {
        #[command(flatten)]
        args: SimulateArgs,
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
        Scan::command().debug_assert();
        Simulate::command().debug_assert();
    }

    #[test]
    fn scan_takes_typed_values() {
        let Scan { args } = Scan::parse_from([
            "scan",
            "--account",
            "012345678901",
            "--region",
            "eu-west-1",
            "--check",
            "root-mfa-enabled",
            "--fail-on",
            "medium",
        ]);
        assert_eq!(args.account[0].to_string(), "012345678901");
        assert_eq!(args.check[0].meta.id.as_str(), "root-mfa-enabled");
        assert_eq!(args.fail_on, Some(Severity::Medium));
        for wrong in
            [["scan", "--account", "1234"], ["scan", "--region", "europe"], ["scan", "--check", "root"], ["scan", "--fail-on", "none"]]
        {
            assert!(Scan::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_assumption_is_a_known_name_and_a_number() {
        assert_eq!(assumption("instances=0.5"), Ok((Quantity::Instances, 0.5)));
        assert!(assumption("instance=1").is_err_and(|error| error.contains("did you mean \"instances\"")));
        assert!(assumption("unicorns=1").is_err_and(|error| error.contains("event-rules")));
        for wrong in ["instances", "instances=", "instances=-1", "instances=many", "instances=NaN", "instances=inf"] {
            assert!(assumption(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_principal_is_a_role_a_user_or_an_account() {
        for good in
            ["arn:aws:iam::111122223333:root", "arn:aws-cn:iam::111122223333:role/path/orgsweep", "arn:aws:iam::111122223333:user/o"]
        {
            assert_eq!(principal(good).as_deref(), Ok(good));
        }
        for wrong in ["*", "arn:aws:iam::*:root", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/", "111122223333"] {
            assert!(principal(wrong).is_err(), "{wrong}");
        }
        assert!(organization_id("o-a1b2c3d4e5").is_ok());
        assert!(organization_id("o-short").is_err() && organization_id("r-a1b2c3d4e5").is_err());
    }

    #[test]
    fn simulate_invents_an_organization_or_reads_one() {
        let Simulate { args } = Simulate::parse_from(["simulate", "--org", "org.yaml", "--listen", "[::1]:0"]);
        assert!(args.org.is_some() && args.faults.is_none() && args.threads == 1);
        assert_eq!(args.listen.as_ref(), "[::1]:0");
        let Simulate { args } = Simulate::parse_from(["simulate", "--faults", "faults.yaml", "--threads", "4"]);
        assert!(args.faults.is_some() && args.threads == 4);
        assert!(Simulate::try_parse_from(["simulate", "--threads", "0"]).is_err());
        assert!(Simulate::try_parse_from(["simulate", "--org", "org.yaml", "--seed", "2"]).is_err());
        assert!(Simulate::try_parse_from(["simulate", "--accounts", "0"]).is_err());
    }
}
