//! Which environment an account belongs to: production, development and so on, by a tag or by its organizational unit.

use std::{borrow::Cow, fmt};

use globset::{GlobBuilder, GlobMatcher};
use orgsweep_model::{OuPath, Unseen, fact::organizations::AccountListing};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::catalog::shared::{contradiction, join};

/// An environment and how its accounts are told.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Whether it is production.
    #[serde(default)]
    pub production: bool,
    /// The tag values of its accounts, in upper or lower case.
    #[serde(default)]
    pub tag_values: Vec<String>,
    /// The organizational units of its accounts.
    #[serde(default)]
    pub ou_patterns: Vec<OuPattern>,
}

/// All environments. What fits several belongs to the first.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "Vec<Environment>")]
pub struct Environments(Vec<Environment>);

impl TryFrom<Vec<Environment>> for Environments {
    type Error = String;

    fn try_from(environments: Vec<Environment>) -> Result<Self, String> {
        for (index, environment) in environments.iter().enumerate() {
            let Environment { name, tag_values, ou_patterns, .. } = environment;
            if name.trim().is_empty() {
                return Err("an environment needs a name".to_owned());
            }
            if tag_values.is_empty() && ou_patterns.is_empty() {
                return Err(format!("the environment {name} needs tag_values or ou_patterns"));
            }
            if environments[..index].iter().any(|earlier| earlier.name.eq_ignore_ascii_case(name)) {
                return Err(format!("the environment {name} is there twice"));
            }
        }
        let productions = environments.iter().filter(|environment| environment.production).count();
        if productions == 0 || productions == environments.len() {
            return Err("of the environments at least one has to be production, and one not".to_owned());
        }
        Ok(Self(environments))
    }
}

impl Default for Environments {
    fn default() -> Self {
        Self(
            [
                ("production", true, "production prod prd live", "**/{production,prod,prd,live} **/{production,prod,prd}-*"),
                (
                    "staging",
                    false,
                    "staging stage stg preproduction pre-production preprod pre-prod uat acceptance",
                    "**/{staging,stage,stg,preproduction,pre-production,preprod,pre-prod,uat,acceptance}",
                ),
                ("test", false, "test testing tst qa", "**/{test,testing,tst,qa}"),
                (
                    "development",
                    false,
                    "development dev sdlc nonproduction non-production nonprod non-prod",
                    "**/{development,dev,sdlc,nonproduction,non-production,nonprod,non-prod}",
                ),
                ("sandbox", false, "sandbox sbx playground", "**/{sandbox,sandboxes,sbx,playground}"),
                (
                    "shared",
                    false,
                    "shared shared-services infrastructure infra platform security management audit log-archive network",
                    "**/{shared,shared-services,infrastructure,infra,platform,security,management,core,network}",
                ),
            ]
            .into_iter()
            .map(|(name, production, values, patterns)| Environment {
                name: name.to_owned(),
                production,
                tag_values: values.split(' ').map(str::to_owned).collect(),
                ou_patterns: patterns.split(' ').filter_map(|pattern| OuPattern::new(pattern).ok()).collect(),
            })
            .collect(),
        )
    }
}

/// A pattern over the path of an organizational unit, or the id of one.
#[derive(Clone)]
pub struct OuPattern {
    text: String,
    matcher: GlobMatcher,
    root: bool,
}

impl OuPattern {
    fn new(text: &str) -> Result<Self, String> {
        let path = text.trim().trim_matches('/');
        let below = if path == "Root" { "" } else { path.strip_prefix("Root/").unwrap_or(path) };
        if text.trim().is_empty() {
            return Err("an ou_pattern is empty: write \"/\" for the root".to_owned());
        }
        let glob = GlobBuilder::new(below).literal_separator(true).case_insensitive(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| format!("{text:?} is not a pattern: {}", error.kind()))?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher(), root: below.is_empty() })
    }

    /// How deep the unit is that the pattern fits, the deepest if it fits several; 0 is the root, which is above every account.
    pub(crate) fn depth(&self, path: &OuPath) -> Option<usize> {
        if self.root {
            return Some(0);
        }
        let fits = |names: &str| self.matcher.is_match(names);
        let is_id = |depth: usize| path.ids.get(depth - 1).is_some_and(|id| *id == self.text);
        (1..=path.names.len()).rev().find(|&depth| is_id(depth) || fits(&path.names[..depth].join("/")))
    }
}

impl fmt::Debug for OuPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl Serialize for OuPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for OuPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&Cow::<str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for OuPattern {
    fn schema_name() -> Cow<'static, str> {
        "OuPathPattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A glob over the path of names of an organizational unit such as Workloads/* or **/Production, in upper or lower case, or the unit's id"
        })
    }
}

/// The default of `tag_key`.
#[expect(clippy::unnecessary_wraps, reason = "the type of the parameter, which may be null")]
pub(crate) fn default_tag_key() -> Option<String> {
    Some("Environment".to_owned())
}

/// For the parameter `tag_key`: null, or a key.
pub(crate) fn tag_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(key) if key.trim().is_empty() => Err(de::Error::custom("tag_key is empty: write null where no tag names the environment")),
        key => Ok(key),
    }
}

/// Where an account belongs.
#[derive(Debug)]
pub(crate) enum Belonging<'a> {
    /// To this environment, by tag, by unit or by both.
    One(&'a Environment),
    /// To none.
    None,
    /// To two at once.
    Two { by_tag: &'a Environment, by_unit: &'a Environment },
}

impl Environments {
    /// The environment of an account: by the value of its tag, and by the deepest of its units that any pattern fits. Tags that could not be
    /// read might say anything, whatever the unit says.
    pub(crate) fn of<'a>(&'a self, tag_key: Option<&str>, listing: &AccountListing) -> Result<Belonging<'a>, Unseen> {
        let by_unit = self.by_unit(&listing.ou_path);
        let by_tag = match tag_key {
            Some(key) => listing.tags.seen().map_err(contradiction)?.get(key).and_then(|value| self.by_tag(value)),
            None => None,
        };
        Ok(match (by_tag, by_unit) {
            (Some(by_tag), Some(by_unit)) if by_tag.name != by_unit.name => Belonging::Two { by_tag, by_unit },
            (Some(one), _) | (None, Some(one)) => Belonging::One(one),
            (None, None) => Belonging::None,
        })
    }

    fn by_tag(&self, value: &str) -> Option<&Environment> {
        let value = value.trim().to_lowercase();
        self.0.iter().find(|environment| environment.tag_values.iter().any(|one| one.to_lowercase() == value))
    }

    fn by_unit(&self, path: &OuPath) -> Option<&Environment> {
        let depth = |environment: &Environment| environment.ou_patterns.iter().filter_map(|pattern| pattern.depth(path)).max();
        // The first of those that fit equally deep.
        self.0
            .iter()
            .rev()
            .filter_map(|environment| Some((depth(environment)?, environment)))
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, it)| it)
    }

    /// Their names, for people.
    pub fn names(&self) -> String {
        join(&self.0.iter().map(|environment| environment.name.as_str()).collect::<Vec<_>>())
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Environment> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{Blind, BlindReason, Observed};

    use super::*;

    fn listing(units: &[&str], tag: Option<&str>) -> AccountListing {
        let ids = (0..units.len()).map(|depth| format!("ou-ab12-0000000{depth}")).collect();
        let names = units.iter().map(ToString::to_string).collect();
        let tags = tag.map(|value| ("Environment".to_owned(), value.to_owned())).into_iter().collect();
        AccountListing { ou_path: OuPath { ids, names }, tags: Observed::Seen(tags) }
    }

    fn of(environments: &Environments, listing: &AccountListing) -> String {
        match environments.of(Some("Environment"), listing) {
            Ok(Belonging::One(one)) => one.name.clone(),
            Ok(Belonging::None) => "none".to_owned(),
            Ok(Belonging::Two { by_tag, by_unit }) => format!("{} and {}", by_tag.name, by_unit.name),
            Err(unseen) => format!("{unseen:?}"),
        }
    }

    #[test]
    fn the_defaults_know_the_usual_names() {
        let defaults = Environments::default();
        assert_eq!(defaults.0.iter().map(|environment| environment.ou_patterns.len()).sum::<usize>(), 7, "a default is no pattern");
        assert!(Environments::try_from(defaults.0.clone()).is_ok());
        for (units, tag, environment) in [
            (&["Workloads", "Production"][..], None, "production"),
            (&["Workloads", "Prod-EU"], None, "production"),
            (&["prod"], None, "production"),
            (&["Products"], None, "none"),
            (&["Workloads", "SDLC"], None, "development"),
            (&["Workloads", "NonProd"], None, "development"),
            (&["Infrastructure"], None, "shared"),
            (&["Infrastructure", "Prod"], None, "production"),
            (&["Production", "Team A"], None, "production"),
            (&["Sandbox"], None, "sandbox"),
            (&["Workloads"], None, "none"),
            (&[], None, "none"),
            (&[], Some(" PROD "), "production"),
            (&["Workloads"], Some("QA"), "test"),
            (&["Production"], Some("prd"), "production"),
            (&["Production"], Some("something else"), "production"),
            (&["Production"], Some("dev"), "development and production"),
        ] {
            assert_eq!(of(&defaults, &listing(units, tag)), environment, "{units:?} {tag:?}");
        }
    }

    #[test]
    fn patterns_are_paths_from_the_root_or_ids() {
        let path = listing(&["Workloads", "Blue", "Deep"], None).ou_path;
        for (pattern, depth) in [
            ("Workloads", Some(1)),
            ("/Root/workloads/", Some(1)),
            ("Workloads/*", Some(2)),
            ("*", Some(1)),
            ("**/deep", Some(3)),
            ("**", Some(3)),
            ("ou-ab12-00000001", Some(2)),
            ("/", Some(0)),
            ("Blue", None),
            ("Workloads/Deep", None),
        ] {
            assert_eq!(OuPattern::new(pattern).unwrap().depth(&path), depth, "{pattern}");
        }
        assert_eq!(OuPattern::new("*").unwrap().depth(&OuPath::default()), None);
        assert!(OuPattern::new("").is_err() && OuPattern::new("[").is_err());
    }

    #[test]
    fn tags_that_cannot_be_read_leave_it_open() {
        let mut blind = listing(&["Production"], None);
        blind.tags = Observed::Blind(Blind::new(BlindReason::IamDeny, "denied"));
        let defaults = Environments::default();
        assert!(of(&defaults, &blind).contains("denied"));
        assert!(matches!(defaults.of(None, &blind), Ok(Belonging::One(_))), "without a tag key nobody asks for them");
    }

    #[test]
    fn mistakes_are_refused() {
        for wrong in [
            "[]",
            r#"[{"name": "production", "production": true, "tag_values": ["prod"]}]"#,
            r#"[{"name": "a", "tag_values": ["a"]}, {"name": "b", "tag_values": ["b"]}]"#,
            r#"[{"name": "a", "production": true, "tag_values": ["a"]}, {"name": "A", "tag_values": ["b"]}]"#,
            r#"[{"name": "a", "production": true}, {"name": "b", "tag_values": ["b"]}]"#,
            r#"[{"name": "", "production": true, "tag_values": ["a"]}, {"name": "b", "tag_values": ["b"]}]"#,
            r#"[{"name": "a", "production": true, "ou_patterns": ["["]}, {"name": "b", "tag_values": ["b"]}]"#,
        ] {
            assert!(serde_json::from_str::<Environments>(wrong).is_err(), "{wrong}");
        }
    }
}
