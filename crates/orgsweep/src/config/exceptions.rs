//! The files of waivers and attestations: lists, validated like the configuration, with the place of every mistake.

use std::{collections::BTreeMap, fmt, path::Path, str::FromStr};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use orgsweep_checks::{CHECKS, find};
use orgsweep_model::{Account, AccountId, Attestation, CheckId, Finding, check::Attestable};
use orgsweep_posture::{AttestedCheck, Exceptions, Test, Waiver};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::{
    Config, ConfigErrors,
    decode::decode,
    mistake::{Mistake, Place},
    pattern::{Checks, Ous, Pattern, Places, Resources, TagValues},
    read,
    tree::{Content, Node},
    validate::unknown_check,
};

/// A failure that somebody accepts for a time. Of `account`, `ou` and `tags` at most one; none means every account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverEntry {
    /// A check id, or a glob over ids.
    check: Pattern<Checks>,
    /// Only this account.
    account: Option<AccountId>,
    /// Only the accounts below this organizational unit.
    ou: Option<Pattern<Ous>>,
    /// Only the accounts with these tags, of which all must fit.
    tags: Option<BTreeMap<String, TagValues>>,
    /// Only this region, or `global`; or a glob over them.
    region: Option<Pattern<Places>>,
    /// Only the failing resources of this id or ARN, or a glob over them.
    resource: Option<Pattern<Resources>>,
    /// Why it is accepted.
    reason: String,
    /// Who answers for it.
    owner: Option<String>,
    /// Where it was decided.
    ticket: Option<String>,
    /// The last day on which it holds, in UTC; or the moment from which on it does not. Without one it never ends.
    expires: Option<Moment>,
}

/// A person's word about what no API shows. Of `account` and `ou` at most one; none means the whole organization.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationEntry {
    /// A check id. Only checks that say so can be attested.
    check: String,
    /// Only this account.
    account: Option<AccountId>,
    /// Only the accounts below this organizational unit.
    ou: Option<Pattern<Ous>>,
    /// Who looked.
    by: String,
    /// The day on which, or the moment at which, that was.
    on: Moment,
    /// The last day on which it holds, in UTC; or the moment from which on it does not.
    until: Moment,
    /// What was seen, or where that is written down.
    evidence: Option<String>,
}

/// A day or a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Day(Date),
    At(Timestamp),
}

impl Moment {
    /// The beginning of the day; the moment itself.
    fn begin(self) -> Option<Timestamp> {
        match self {
            Self::Day(day) => Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp()),
            Self::At(moment) => Some(moment),
        }
    }

    /// The end of the day; the moment itself.
    fn end(self) -> Option<Timestamp> {
        match self {
            Self::Day(day) => Self::Day(day.tomorrow().ok()?).begin(),
            Self::At(moment) => Some(moment),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A timestamp reads as a date, too, with its time cut off.
        let moment = if text.contains(['T', 't', ' ']) { text.parse().map(Self::At) } else { text.parse().map(Self::Day) };
        moment.map_err(|_| format!("{text:?} is neither a day, like 2026-12-31, nor a moment, like 2026-12-31T18:00:00Z"))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day, like 2026-12-31")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "A day, like 2026-12-31, or a moment, like 2026-12-31T18:00:00Z"})
    }
}

/// What the two files say.
#[derive(Debug, Default)]
pub struct LoadedExceptions {
    /// What they say.
    pub exceptions: Exceptions,
    /// Whether waivers select accounts by their tags.
    pub tags: bool,
    /// What is accepted but deserves a word.
    pub warnings: Vec<String>,
}

/// Reads both files. Only a file that the configuration names has to be there. Every mistake in either is reported.
pub fn load(config: &Config, now: Timestamp) -> Result<LoadedExceptions, Vec<ConfigErrors>> {
    let mut loaded = LoadedExceptions::default();
    let mut wrong = Vec::new();
    let usual = Config::default();
    let there = |file: &Path, usual: &Path| file != usual || file.exists();
    if there(&config.waivers, &usual.waivers) {
        match list(&config.waivers, |entry: WaiverEntry, node, mistakes| {
            loaded.tags |= entry.tags.is_some();
            entry.waiver(&config.waivers, node, mistakes)
        }) {
            Ok(waivers) => loaded.exceptions.waivers = waivers,
            Err(errors) => wrong.push(errors),
        }
    }
    if there(&config.attestations, &usual.attestations) {
        match list(&config.attestations, |entry: AttestationEntry, node, mistakes| entry.attested(node, mistakes)) {
            Ok(attestations) => loaded.exceptions.attestations = attestations,
            Err(errors) => wrong.push(errors),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    loaded.warnings = warnings(&loaded.exceptions, config, now);
    Ok(loaded)
}

/// Reads a list and makes of each element what `make` does with it and its place.
fn list<T: de::DeserializeOwned, U>(
    file: &Path,
    mut make: impl FnMut(T, &Node, &mut Vec<Mistake>) -> Option<U>,
) -> Result<Vec<U>, ConfigErrors> {
    let text = read(file)?;
    let errors = |mut mistakes: Vec<Mistake>| {
        mistakes.sort();
        ConfigErrors { file: Some(file.to_path_buf()), text: text.clone(), mistakes }
    };
    let mut tree = Node::parse(&text, &Place::File).map_err(|mistake| errors(vec![mistake]))?;
    if tree.is_null() {
        tree.content = Content::List(Vec::new());
    }
    let mut mistakes = Vec::new();
    let entries: Vec<T> = decode(&mut tree, &mut mistakes);
    let nodes: &[Node] = if let Content::List(nodes) = &tree.content { nodes } else { &[] };
    let all = entries.into_iter().zip(nodes).filter_map(|(entry, node)| make(entry, node, &mut mistakes)).collect();
    if mistakes.is_empty() { Ok(all) } else { Err(errors(mistakes)) }
}

/// A mistake about the value of a key, or about the whole element where the key is not written.
fn about(node: &Node, key: &str, message: impl Into<String>) -> Mistake {
    let node = node.find(&[key]).unwrap_or(node);
    Mistake { place: node.place.clone(), path: node.path.clone(), message: message.into() }
}

/// Which accounts are meant.
fn accounts(account: Option<AccountId>, ou: Option<Pattern<Ous>>, tags: Option<BTreeMap<String, TagValues>>) -> Test<Account> {
    Box::new(move |candidate| {
        let tagged = |tags: &BTreeMap<String, TagValues>| {
            tags.iter().all(|(key, values)| candidate.tags.get(key).is_some_and(|value| values.matches(value)))
        };
        account.is_none_or(|id| candidate.id == id)
            && ou.as_ref().is_none_or(|ou| ou.matches(&candidate.ou_path))
            && tags.as_ref().is_none_or(tagged)
    })
}

/// Complains where accounts are selected in more than one way.
fn one_way(node: &Node, ways: &[&str], mistakes: &mut Vec<Mistake>) {
    let written: Vec<&str> = ways.iter().copied().filter(|key| node.find(&[key]).is_some_and(|value| !value.is_null())).collect();
    if let [first, .., last] = written.as_slice() {
        mistakes.push(about(node, last, format!("{first} and {last} exclude each other: write an entry for each")));
    }
}

impl WaiverEntry {
    fn waiver(self, file: &Path, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Waiver> {
        one_way(node, &["account", "ou", "tags"], mistakes);
        let checks: Vec<CheckId> = CHECKS.iter().map(|check| check.meta.id).filter(|id| self.check.matches(id.as_str())).collect();
        if checks.is_empty() {
            mistakes.push(about(node, "check", unknown_check(self.check.as_str()).unwrap_or_default()));
        }
        if self.reason.trim().is_empty() {
            mistakes.push(about(node, "reason", "say why: a waiver without a reason is a hole"));
        }
        let expires = self.expires.map(|moment| moment.end().ok_or("the end of time is not a day"));
        let expires = expires.transpose().map_err(|message| mistakes.push(about(node, "expires", message))).ok()?;
        let line = if let Place::At { line, .. } = node.place { line } else { 1 };
        let (region, resource) = (self.region, self.resource);
        Some(Waiver {
            checks,
            account: accounts(self.account, self.ou, self.tags),
            place: Box::new(move |place| region.as_ref().is_none_or(|region| region.matches(place))),
            resource: resource.map(|resource| -> Test<Finding> { Box::new(move |finding| resource.matches(finding)) }),
            reason: self.reason,
            owner: self.owner,
            ticket: self.ticket,
            expires,
            written: format!("{}:{line}", file.display()),
        })
    }
}

impl AttestationEntry {
    fn attested(self, node: &Node, mistakes: &mut Vec<Mistake>) -> Option<AttestedCheck> {
        one_way(node, &["account", "ou"], mistakes);
        let Some(check) = find(&self.check) else {
            mistakes.push(about(node, "check", unknown_check(&self.check).unwrap_or_default()));
            return None;
        };
        if check.meta.attestable == Attestable::No {
            let message = format!("{} cannot be attested: AWS shows the answer, so no word can stand in for it", check.meta.id);
            mistakes.push(about(node, "check", message));
        }
        let (Some(on), Some(until)) = (self.on.begin(), self.until.end()) else {
            mistakes.push(about(node, "until", "the end of time is not a day"));
            return None;
        };
        if until <= on {
            mistakes.push(about(node, "until", "it ends before it begins (on)"));
        }
        let word = Attestation { by: self.by, on, until, evidence: self.evidence };
        Some(AttestedCheck { check: check.meta.id, account: accounts(self.account, self.ou, None), word })
    }
}

/// Exceptions that do nothing (any more).
fn warnings(exceptions: &Exceptions, config: &Config, now: Timestamp) -> Vec<String> {
    let enabled: Vec<CheckId> = config.enabled_checks().iter().map(|check| check.registered.meta.id).collect();
    let waivers = exceptions.waivers.iter().filter_map(|waiver| {
        let checks: Vec<&str> = waiver.checks.iter().map(|check| check.as_str()).collect();
        if !waiver.holds(now) {
            let ended = waiver.expires.map(|end| end.to_string()).unwrap_or_default();
            return Some(format!("{}: the waiver of {} ended at {ended} and has no effect", waiver.written, checks.join(", ")));
        }
        if waiver.expires.is_none() {
            return Some(format!("{}: the waiver of {} never ends: give it `expires`", waiver.written, checks.join(", ")));
        }
        let idle = waiver.checks.iter().all(|check| !enabled.contains(check));
        idle.then(|| format!("{}: the waiver of {} has no effect: the check is off", waiver.written, checks.join(", ")))
    });
    let attestations = exceptions.attestations.iter().filter(|attested| attested.word.until <= now).map(|attested| {
        let Attestation { by, until, .. } = &attested.word;
        format!("the attestation of {} by {by} ended at {until} and has no effect", attested.check)
    });
    waivers.chain(attestations).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        path::PathBuf,
        sync::atomic::{AtomicU32, Ordering},
    };

    use orgsweep_model::{AccountState, OuPath};

    use super::*;

    /// A file of its own that goes with the test.
    struct Written(PathBuf);

    impl Written {
        fn new(text: &str) -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let file = std::env::temp_dir().join(format!("orgsweep-{}-{number}.yaml", std::process::id()));
            std::fs::write(&file, text).unwrap();
            Self(file)
        }
    }

    impl Drop for Written {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn read_both(waivers: &str, attestations: &str) -> Result<LoadedExceptions, String> {
        let (waivers, attestations) = (Written::new(waivers), Written::new(attestations));
        let config = Config { waivers: waivers.0.clone(), attestations: attestations.0.clone(), ..Config::default() };
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        load(&config, now).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            lines.join("\n").replace(&waivers.0.display().to_string(), "w").replace(&attestations.0.display().to_string(), "a")
        })
    }

    #[test]
    fn nothing_is_no_exception() {
        for text in ["", "# nothing\n", "[]"] {
            let loaded = read_both(text, text).unwrap();
            assert!(loaded.exceptions.waivers.is_empty() && loaded.exceptions.attestations.is_empty() && loaded.warnings.is_empty());
        }
    }

    #[test]
    fn a_waiver_means_what_it_says() {
        let text = r#"
- {check: "vpc-*", ou: Workloads/Legacy, region: "eu-*", resource: vpc-1, reason: moving, owner: ana, ticket: T-1, expires: 2026-12-31}
- {check: root-mfa-enabled, account: "111122223333", region: global, reason: sealed, expires: 2026-06-01T12:00:00Z}
- {check: root-mfa-enabled, tags: {env: [dev, test]}, reason: sandboxes}
"#;
        let loaded = read_both(text, "").unwrap();
        assert!(loaded.tags);
        assert_eq!(loaded.warnings.len(), 1, "one never ends: {:?}", loaded.warnings);
        let [first, second, third] = loaded.exceptions.waivers.as_slice() else { panic!("three waivers") };
        assert!(first.checks.iter().any(|check| check.as_str() == "vpc-default-absent"));
        assert!(first.checks.iter().all(|check| check.as_str().starts_with("vpc-")));
        assert_eq!(first.expires, Some("2027-01-01T00:00:00Z".parse().unwrap()), "the day itself belongs to it");
        assert_eq!(second.expires, Some("2026-06-01T12:00:00Z".parse().unwrap()));
        assert_eq!(third.expires, None);
        let account = Account {
            id: "111122223333".parse().unwrap(),
            name: String::new(),
            ou_path: OuPath {
                ids: vec!["ou-ab12-00000001".into(), "ou-ab12-00000002".into()],
                names: vec!["Workloads".into(), "Legacy".into()],
            },
            state: AccountState::Active,
            tags: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
        };
        assert!((first.account)(&account) && (second.account)(&account) && !(third.account)(&account));
        let places: Vec<orgsweep_model::Place> =
            vec![orgsweep_model::Place::Global, orgsweep_model::Place::Region("eu-west-1".parse().unwrap())];
        assert_eq!(places.iter().map(|place| (first.place)(place)).collect::<Vec<_>>(), [false, true]);
        assert_eq!(places.iter().map(|place| (second.place)(place)).collect::<Vec<_>>(), [true, false]);
        let vpc = Finding::new("vpc-1", "observed a default VPC");
        assert!(first.resource.as_ref().is_some_and(|fits| fits(&vpc) && !fits(&Finding::new("vpc-12", ""))));
    }

    #[test]
    fn every_mistake_in_both_files_is_told_with_its_place() {
        let waivers = r#"- check: root-mfa-enable
  reason: typo
- {check: root-mfa-enabled, reason: two ways, account: "111122223333", ou: Sandbox}
- {check: root-mfa-enabled, account: "111122223333"}
- {check: root-mfa-enabled, reason: no day, expires: soon, regions: eu-west-1}
"#;
        let attestations = "- {check: root-mfa-enabled, by: ana, on: 2026-01-01, until: 2026-12-31}\n";
        let told = read_both(waivers, attestations).unwrap_err();
        for line in [
            "w:1:10: [0].check: there is no check \"root-mfa-enable\"; did you mean \"root-mfa-enabled\"?",
            "w:3:76: [1].ou: account and ou exclude each other: write an entry for each",
            "w:4:3: [2]: the key \"reason\" is missing",
            "w:5:54: [3].expires: \"soon\" is neither a day, like 2026-12-31, nor a moment, like 2026-12-31T18:00:00Z",
            "[3].regions: unknown key \"regions\"; did you mean \"region\"?",
            "a:1:11: [0].check: root-mfa-enabled cannot be attested: AWS shows the answer, so no word can stand in for it",
        ] {
            assert!(told.contains(line), "{line}\nin\n{told}");
        }
    }

    #[test]
    fn what_has_ended_is_said() {
        let loaded = read_both("- {check: root-mfa-enabled, reason: old, expires: 2026-01-31}\n", "").unwrap();
        assert_eq!(loaded.warnings.len(), 1);
        assert!(loaded.warnings[0].ends_with(":1: the waiver of root-mfa-enabled ended at 2026-02-01T00:00:00Z and has no effect"));
    }

    #[test]
    fn a_file_that_the_configuration_names_has_to_be_there() {
        let config = Config { waivers: "no-such-file.yaml".into(), ..Config::default() };
        let errors = load(&config, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(errors[0].to_string(), "no-such-file.yaml: cannot be read: there is no such file");
    }
}
