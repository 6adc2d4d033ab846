//! What holds for whatever somebody writes into the configuration, the environment, and the files of waivers and attestations.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
};

use orgsweep_model::{Account, AccountState, Finding, OuPath};
use proptest::{prelude::*, sample::Index};

use super::*;

const CONFIGURATION: &str = include_str!("../../../../config/orgsweep.example.yaml");
const WAIVERS: &str = include_str!("../../../../config/waivers.example.yaml");
const ATTESTATIONS: &str = include_str!("../../../../config/attestations.example.yaml");

/// What a parser stumbles over, and what one of our keys could take for its value.
const PIECES: [&str; 64] = [
    " ",
    "  ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "日本",
    "\u{1f600}",
    "-",
    "- ",
    "? ",
    ":",
    ": ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "!x ",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "|\n  ",
    ">-\n  ",
    "\"",
    "'",
    "\\",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "#",
    "null",
    "~",
    "true",
    "yes",
    "0",
    "-0",
    "007",
    "1e999",
    "-1e-999",
    ".inf",
    ".nan",
    "0x7fffffffffffffff",
    "18446744073709551616",
    "9999-12-31",
    "-009999-01-01",
    "9999-12-30T22:00:00.999999999Z",
    "400d",
    "1h30m",
    "\"111122223333\"",
    "a: b",
    "schedule",
    "checks: ",
    "root-mfa-enabled",
    "{a,[b-c]}*?**",
];

/// One thing that goes wrong while a file is edited, copied or stored.
#[derive(Clone, Debug)]
enum Slip {
    Delete(Index),
    Duplicate(Index, usize),
    Swap(Index, Index),
    Indent(Index, usize),
    Value(Index, String),
    Insert(Index, String),
    Truncate(Index),
    Flip(Index, u8),
    /// The line so many times over, without its end.
    Stretch(Index, usize),
}

fn soup(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.as_slice()), pieces).prop_map(|pieces| pieces.concat())
}

fn slip() -> impl Strategy<Value = Slip> {
    prop_oneof![
        2 => any::<Index>().prop_map(Slip::Delete),
        1 => (any::<Index>(), 1..4_usize).prop_map(|(line, times)| Slip::Duplicate(line, times)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Slip::Swap(one, other)),
        2 => (any::<Index>(), 0..9_usize).prop_map(|(line, spaces)| Slip::Indent(line, spaces)),
        4 => (any::<Index>(), soup(1..4)).prop_map(|(line, value)| Slip::Value(line, value)),
        2 => (any::<Index>(), soup(1..4)).prop_map(|(place, piece)| Slip::Insert(place, piece)),
        1 => any::<Index>().prop_map(Slip::Truncate),
        2 => (any::<Index>(), 0..8_u8).prop_map(|(place, bit)| Slip::Flip(place, bit)),
        1 => (any::<Index>(), 2..300_usize).prop_map(|(line, times)| Slip::Stretch(line, times)),
    ]
}

impl Slip {
    fn happen(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let count = lines.len();
        let mut bytes = text.as_bytes().to_vec();
        match self {
            Self::Delete(line) => drop(lines.remove(line.index(count))),
            Self::Duplicate(line, times) => {
                let line = line.index(count);
                let copies = vec![lines[line].clone(); *times];
                lines.splice(line..line, copies);
            }
            Self::Swap(one, other) => lines.swap(one.index(count), other.index(count)),
            Self::Indent(line, spaces) => {
                let line = &mut lines[line.index(count)];
                *line = " ".repeat(*spaces) + line.trim_start();
            }
            Self::Value(line, value) => {
                let line = &mut lines[line.index(count)];
                let key = line.find(": ").map_or(0, |colon| colon + 2);
                line.replace_range(key.., value);
            }
            Self::Stretch(line, times) => {
                let line = &mut lines[line.index(count)];
                *line = line.repeat(*times);
            }
            Self::Insert(place, piece) => {
                let place = place.index(bytes.len() + 1);
                bytes.splice(place..place, piece.bytes());
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            Self::Truncate(place) => {
                bytes.truncate(place.index(bytes.len() + 1));
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            Self::Flip(place, bit) => {
                if !bytes.is_empty() {
                    let place = place.index(bytes.len());
                    bytes[place] ^= 1 << bit;
                }
                return String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        lines.join("\n")
    }
}

/// The file with its comments taken out, so that slips hit what counts, and a few slips.
fn mutated(file: &'static str) -> impl Strategy<Value = String> {
    let bare: Vec<&str> = file.lines().filter(|line| !line.trim_start().starts_with('#') && !line.is_empty()).collect();
    let bare = bare.join("\n") + "\n";
    prop::collection::vec(slip(), 1..6).prop_map(move |slips| slips.iter().fold(bare.clone(), |text, slip| slip.happen(&text)))
}

/// Collections within collections, of each kind and of all, closed or not.
fn nested() -> impl Strategy<Value = String> {
    let openers =
        prop::sample::select(vec![("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("a:\n ", ""), ("!x [", "]"), ("&a [", "]")]);
    (openers, 1..3_000_usize, any::<bool>()).prop_map(|((open, close), depth, closed)| {
        if open.ends_with("\n ") {
            return (0..depth.min(300)).map(|level| " ".repeat(level) + "a:\n").collect();
        }
        open.repeat(depth) + "x" + &close.repeat(if closed { depth } else { 0 })
    })
}

fn any_text(file: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![1 => any::<String>(), 2 => soup(0..24), 1 => nested(), 4 => mutated(file)]
}

/// The lines of a YAML document.
fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(str::to_owned).collect()
}

/// Every mistake is somewhere, says something on one line, and can be shown.
fn hold(errors: &ConfigErrors, variables: &[(String, String)]) {
    let ConfigErrors { text, mistakes, .. } = errors;
    assert!(!mistakes.is_empty());
    let lines = lines(text);
    for mistake in mistakes {
        assert!(!mistake.message.is_empty(), "{mistake:?}");
        match &mistake.place {
            Place::File => {}
            Place::Environment(name) => assert!(variables.iter().any(|(known, _)| known == name), "{mistake:?}"),
            Place::At { line, column, offset, length } => {
                let line = usize::try_from(*line).ok().and_then(|line| line.checked_sub(1)).and_then(|line| lines.get(line));
                let columns = line.unwrap_or_else(|| panic!("no such line: {mistake:?}")).chars().count() as u64 + 1;
                assert!((1..=columns).contains(column), "no such column: {mistake:?}");
                assert!(text.is_char_boundary(*offset) && offset + length <= text.len(), "no such bytes: {mistake:?}");
            }
        }
    }
    let shown = errors.to_string();
    assert_eq!(shown.lines().count(), mistakes.len(), "a line for each: {shown:?}");
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    let excerpts = errors.with_excerpts(false);
    assert!(excerpts.lines().count() >= mistakes.len());
}

/// The configuration, where it is accepted.
fn read_text(text: &str, variables: &[(String, String)]) -> Option<Config> {
    match parse(text, variables.iter().cloned()) {
        Ok((config, _)) => Some(config),
        Err(mistakes) => {
            hold(&ConfigErrors { file: Some("c.yaml".into()), text: text.to_owned(), mistakes }, variables);
            None
        }
    }
}

/// JSON is YAML, so what is written as JSON can be read again.
fn reads_back(config: &Config) {
    let written = serde_json::to_string_pretty(config).unwrap();
    let again = parse(&written, std::iter::empty()).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{written}"));
    assert_eq!(again.0, *config, "{written}");
    // What was validated is used without failing.
    config.enabled_checks();
}

/// A file of its own that goes with the test.
struct Written(PathBuf);

impl Written {
    fn new(text: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = env::temp_dir().join(format!("orgsweep-properties-{}-{number}.yaml", std::process::id()));
        fs::write(&file, text).unwrap();
        Self(file)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Reads the two files and asks everything that was read about an account, a place and a finding.
fn read_exceptions(waivers: &str, attestations: &str) {
    let (waivers, attestations) = (Written::new(waivers), Written::new(attestations));
    let config = Config { waivers: waivers.0.clone(), attestations: attestations.0.clone(), ..Config::default() };
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let loaded = match exceptions::load(&config, now) {
        Ok(loaded) => loaded.exceptions,
        Err(wrong) => {
            assert!(!wrong.is_empty());
            return wrong.iter().for_each(|errors| hold(errors, &[]));
        }
    };
    let account = Account {
        id: "111122223333".parse().unwrap(),
        name: "payments".into(),
        ou_path: OuPath { ids: vec!["ou-ab12-00000001".into()], names: vec!["Sandbox".into()] },
        state: AccountState::Active,
        tags: [("Environment".to_owned(), "dev".to_owned())].into(),
    };
    for waiver in &loaded.waivers {
        assert!(!waiver.checks.is_empty() && !waiver.reason.trim().is_empty());
        let _ = ((waiver.account)(&account), (waiver.place)(&orgsweep_model::Place::Global), waiver.holds(now));
        let _ = waiver.resource.as_ref().map(|fits| fits(&Finding::new("vpc-1", "")));
    }
    for attested in &loaded.attestations {
        assert!(attested.word.on < attested.word.until);
        let _ = (attested.account)(&account);
    }
}

/// A section's key and a value that it takes.
fn entry() -> impl Strategy<Value = (&'static str, String)> {
    let whole = (1..=u32::MAX).prop_map(|number| number.to_string());
    let duration = prop_oneof![
        (900_000..43_200_001_u64).prop_map(|milliseconds| format!("{milliseconds}ms")),
        (15..720_u32, 0..60_u32).prop_map(|(minutes, seconds)| format!("{minutes}m{seconds}s")),
    ];
    let share = prop_oneof![Just("0".to_owned()), Just("1".to_owned()), (0.0..=1.0_f64).prop_map(|share| share.to_string())];
    let rate = (0.001..10_000.0_f64).prop_map(|rate| rate.to_string());
    let flag = any::<bool>().prop_map(|flag| flag.to_string());
    let quoted = any::<String>().prop_map(|text| serde_json::Value::from(text).to_string());
    let id = prop::sample::select(CHECKS.iter().map(|check| check.meta.id.as_str()).collect::<Vec<_>>());
    prop_oneof![
        (prop::sample::select(vec!["limits.workers", "limits.in_flight", "metrics.max_series"]), whole),
        (
            prop::sample::select(vec![
                "organization.refresh",
                "sessions.duration",
                "schedule.frequent",
                "schedule.standard",
                "schedule.daily",
                "schedule.sweep_timeout",
                "schedule.pass_valid",
                "store.keep_transitions"
            ]),
            duration
        ),
        (prop::sample::select(vec!["organization.max_shrink", "schedule.jitter"]), share),
        (prop::sample::select(vec!["limits.per_account_rps.ec2", "limits.per_account_rps.default", "limits.shared_rps.sts"]), rate),
        (prop::sample::select(vec!["sessions.restrict", "checks.allow_billable"]), flag),
        (prop::sample::select(vec!["waivers", "attestations", "store.path", "server.auth_token_file", "cluster.nats.url"]), quoted.clone()),
        (Just("metrics.account_labels"), prop::collection::vec(quoted.clone(), 0..4).prop_map(|keys| format!("[{}]", keys.join(", ")))),
        (
            Just("organization.accounts"),
            (0..1_000_000_000_000_u64, quoted)
                .prop_map(|(id, text)| { format!("[{{id: \"{id:012}\", name: {text}, tags: {{{text}: {text}}}}}]") })
        ),
        (Just("select.include.ous"), "[a-z]{1,4}(/[a-z]{1,4}|/\\*|/\\[ab\\]|/\\{a,b\\}){0,2}".prop_map(|ou| format!("[\"{ou}\"]"))),
        (Just("checks.severity"), (id.clone(), "(critical|high|medium|low)").prop_map(|(id, word)| format!("{{{id}: {word}}}"))),
        (Just("checks.cadence"), (id.clone(), "(frequent|standard|daily)").prop_map(|(id, word)| format!("{{{id}: {word}}}"))),
        (Just("checks.disable"), id.prop_map(|id| format!("[\"{id}\", \"{}*\"]", &id[..3]))),
    ]
}

/// The tree that the entries make, as JSON.
fn document(entries: &[(&str, String)]) -> serde_json::Value {
    let mut root = serde_json::json!({});
    for (path, value) in entries {
        let place = path.split('.').fold(&mut root, |node, key| {
            if !node.is_object() {
                *node = serde_json::json!({});
            }
            &mut node[key]
        });
        let parsed = Node::parse(value, &Place::File).unwrap();
        *place = <serde_json::Value as Deserialize>::deserialize(&parsed).unwrap();
    }
    root
}

fn variable() -> impl Strategy<Value = (String, String)> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "SCHEDULE", "FREQUENT", "CHECKS", "SEVERITY", "PARAMS", "ROOT_MFA_ENABLED", "SELECT", "INCLUDE", "ACCOUNTS", "LIMITS", "WORKERS",
            "CLUSTER", "NATS", "URL", "TLS", "SERVER", "LISTEN", "LOG", "LEVEL", "OTLP", "ENDPOINT", "ORGANIZATION",
        ])
        .prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => any::<String>(),
    ];
    let name = (prop::sample::select(vec!["ORGSWEEP_", "ORGSWEEP_", "ORGSWEEP_", "ORGSWEEP", ""]), prop::collection::vec(word, 1..5));
    (name.prop_map(|(prefix, words)| prefix.to_owned() + &words.join("__")), prop_oneof![any::<String>(), soup(0..6)])
}

proptest! {
    #[test]
    fn any_configuration_is_taken_or_has_mistakes_that_are_somewhere(text in any_text(CONFIGURATION)) {
        if let Some(config) = read_text(&text, &[]) {
            reads_back(&config);
        }
    }

    #[test]
    fn any_waivers_are_taken_or_have_mistakes_that_are_somewhere(text in any_text(WAIVERS)) {
        read_exceptions(&text, "");
    }

    #[test]
    fn any_attestations_are_taken_or_have_mistakes_that_are_somewhere(text in any_text(ATTESTATIONS)) {
        read_exceptions("", &text);
    }

    #[test]
    fn any_environment_is_taken_or_has_mistakes_in_its_variables(
        variables in prop::collection::btree_map(variable().prop_map(|(name, _)| name), variable().prop_map(|(_, value)| value), 0..6),
    ) {
        let variables: Vec<(String, String)> = variables.into_iter().collect();
        if let Some(config) = read_text("", &variables) {
            reads_back(&config);
        }
        let others: Vec<_> = variables.into_iter().filter(|(name, _)| !(name.starts_with("ORGSWEEP_") && name.contains("__"))).collect();
        prop_assert_eq!(read_text("", &others), Some(Config::default()));
    }

    /// Passwords get into URLs, and URLs into keys that want something else. Of a key that is not known nothing but its name is told.
    #[test]
    fn no_secret_is_told(
        password in "[a-z0-9!$%&*+:=?^~-]{12,20}",
        key in prop::sample::select(vec![
            "cluster.nats.url", "cluster.nats", "cluster.nats.tls", "otlp.endpoint", "otlp", "server.external_url", "server.listen", "log.level",
            "schedule.frequent", "sessions.role_name", "sessions.external_id", "sessions.management_account", "checks.enable",
            "checks.severity.root-mfa-enabled", "organization.role_arn", "select.include.accounts", "limits.workers", "limits.shared_rps",
        ]),
        unknown in "[a-z]{2,9}_secret",
        scheme in "(nats|https|tls| http)",
    ) {
        let url = format!("{scheme}://orgsweep:{password}@example.com:4222");
        let variable = format!("ORGSWEEP_{}", key.replace('.', "__").to_uppercase());
        let section = key.split('.').next().unwrap();
        for (text, variables) in [
            (serde_json::json!({section: {unknown.as_str(): password}}).to_string(), vec![]),
            (document(&[(key, serde_json::json!([url]).to_string())]).to_string(), vec![]),
            (document(&[(key, serde_json::json!(url).to_string())]).to_string(), vec![]),
            (String::new(), vec![(format!("ORGSWEEP_{}__{unknown}", section.to_uppercase()), password.clone())]),
            (String::new(), vec![(variable.clone(), url.clone())]),
            (String::new(), vec![(variable, format!("[\"{url}\", {{a: \"{url}\"}}]"))]),
        ] {
            if let Err(mistakes) = parse(&text, variables.into_iter()) {
                let errors = ConfigErrors { file: None, text: text.clone(), mistakes };
                prop_assert!(!errors.to_string().contains(&password), "{}", errors);
                // An excerpt shows the line. There a password is hidden where it can be told from the rest of it.
                let plain = !text.contains("://");
                prop_assert!(plain || !errors.with_excerpts(false).contains(&password), "{}", errors.with_excerpts(false));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_configuration_that_is_right_is_taken_and_reads_back(entries in prop::collection::vec(entry(), 0..12)) {
        let text = document(&entries).to_string();
        let config = read_text(&text, &[]);
        prop_assert!(config.is_some(), "{}", text);
        reads_back(&config.unwrap());
    }
}

/// Aliases make a tree of any size out of a few lines. What they may add is limited, so this is refused before it costs anything.
#[test]
fn a_bomb_of_aliases_is_a_mistake() {
    let laughs = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        text + &format!("a{level}: &a{level} [{below}]\n")
    });
    let wide = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(5_000), "*a, ".repeat(5_000));
    let merged = (1..40).fold("a0: &a0 {k0: v}\n".to_owned(), |text, level| {
        let below = level - 1;
        text + &format!("a{level}: &a{level} {{<<: [*a{below}, *a{below}], k{level}: {{<<: *a{below}}}}}\n")
    });
    // Every value knows its path, so long keys above many values are a bomb, too.
    let key = "k".repeat(1_000);
    let paths = format!("{}[{}]{}", format!("{{{key}: ").repeat(20), "x, ".repeat(100_000), "}".repeat(20));
    for text in [laughs, wide, merged, paths] {
        let mistakes = parse(&text, std::iter::empty()).unwrap_err();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        hold(&ConfigErrors { file: None, text, mistakes }, &[]);
    }
}

/// Each mistake costs another look at the whole, so they are told up to a number.
#[test]
fn a_file_that_is_mistaken_all_over_is_given_up() {
    let [good, wrong] = ["\"111122223333\", ", "x, "].map(|item| item.repeat(1_000));
    let nulls = (0..1_000).map(|number| format!("c{number}: ")).collect::<Vec<_>>().join(", ");
    for text in [format!("select: {{include: {{accounts: [{good}{wrong}]}}}}"), format!("checks: {{severity: {{{nulls}}}}}")] {
        let mistakes = parse(&text, std::iter::empty()).unwrap_err();
        let told = mistakes.iter().filter(|mistake| mistake.message.starts_with("too much is mistaken")).count();
        assert!(told == 1 && mistakes.len() < 1_000, "{}", mistakes.len());
        hold(&ConfigErrors { file: None, text, mistakes }, &[]);
    }
}

/// miette panics where it has to draw so far to the right.
#[test]
fn a_mistake_far_to_the_right_is_told_without_an_excerpt() {
    let text = format!("log: {{level: info, format:{} wrong}}\n", " ".repeat(70_000));
    let mistakes = parse(&text, std::iter::empty()).unwrap_err();
    let errors = ConfigErrors { file: Some("c.yaml".into()), text, mistakes };
    assert_eq!(errors.with_excerpts(false), "c.yaml:1:70028: log.format: \"wrong\" is not one of auto, text, json\n");
}

/// Such expressions made the matcher panic.
#[test]
fn a_pattern_that_is_too_big_is_a_mistake() {
    for pattern in ["?".repeat(200_000), "{a,".repeat(300) + &"}".repeat(300)] {
        let mistakes = parse(&format!("select: {{include: {{ous: [\"{pattern}\"]}}}}"), std::iter::empty()).unwrap_err();
        assert!(mistakes[0].message.contains("is not a pattern"), "{mistakes:?}");
    }
}
