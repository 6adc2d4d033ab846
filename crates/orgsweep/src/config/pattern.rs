//! Names and globs: a pattern is validated when it is read and matched without failing afterwards.

use std::{borrow::Cow, fmt, marker::PhantomData};

use globset::{GlobBuilder, GlobSet};
use orgsweep_model::{Finding, OuPath, Place, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A glob over names of one kind: `*` any text, `?` any character, `[…]` a class, `{a,b}` alternatives.
pub struct Pattern<K> {
    text: String,
    matcher: GlobSet,
    kind: PhantomData<fn() -> K>,
}

/// What a pattern is about: how its text is validated and read.
pub trait PatternKind {
    /// The name in the JSON Schema.
    const NAME: &'static str;
    /// The description in the JSON Schema.
    const DESCRIPTION: &'static str;
    /// Whether `*` stops at a slash, so that only `**` crosses levels.
    const LEVELS: bool = false;

    /// The part of the text that is matched, or why it is none.
    fn check(text: &str) -> Result<&str, String> {
        Ok(text)
    }
}

/// Region names.
#[derive(Debug)]
pub struct Regions;

/// Region names, and `global`.
#[derive(Debug)]
pub struct Places;

/// Ids and ARNs of resources.
#[derive(Debug)]
pub struct Resources;

/// Check ids.
#[derive(Debug)]
pub struct Checks;

/// Values of a tag.
#[derive(Debug)]
pub struct Tags;

/// Organizational units.
#[derive(Debug)]
pub struct Ous;

impl PatternKind for Regions {
    const NAME: &'static str = "RegionPattern";
    const DESCRIPTION: &'static str = "A region name, or a glob such as eu-*";

    fn check(text: &str) -> Result<&str, String> {
        if !text.contains(['*', '?', '[', '{']) {
            text.parse::<Region>().map_err(|error| format!("{error}, or a pattern like \"eu-*\""))?;
        }
        Ok(text)
    }
}

impl PatternKind for Places {
    const NAME: &'static str = "PlacePattern";
    const DESCRIPTION: &'static str = "A region name, `global`, or a glob such as eu-*";

    fn check(text: &str) -> Result<&str, String> {
        if text == "global" { Ok(text) } else { Regions::check(text) }
    }
}

impl PatternKind for Resources {
    const NAME: &'static str = "ResourcePattern";
    const DESCRIPTION: &'static str = "A resource's id or ARN, or a glob over them";
}

impl PatternKind for Checks {
    const NAME: &'static str = "CheckPattern";
    const DESCRIPTION: &'static str = "A check id, or a glob such as ebs-*";
}

impl PatternKind for Tags {
    const NAME: &'static str = "TagPattern";
    const DESCRIPTION: &'static str = "A tag's value, or a glob over it";
}

impl PatternKind for Ous {
    const NAME: &'static str = "OuPattern";
    const DESCRIPTION: &'static str = "An organizational unit: its id (ou-…), or a glob over its path of names such as Workloads/*";
    const LEVELS: bool = true;

    fn check(text: &str) -> Result<&str, String> {
        if text.is_empty() {
            return Err("\"\" is not an organizational unit: write its id or its path, or \"/\" for the root".to_owned());
        }
        Ok(below_root(text))
    }
}

/// An OU pattern without what every path shares: the root's name, the ids of organization and root, and the slashes around.
fn below_root(text: &str) -> &str {
    let path = text.trim_matches('/');
    if path.starts_with("o-") || path.starts_with("r-") {
        // Only a path of ids begins like this and goes on with an OU's id; `r-and-d` alone is a name.
        return path.find("/ou-").map_or(path, |slash| &path[slash + 1..]);
    }
    match path.strip_prefix("Root") {
        Some("") => "",
        Some(rest) => rest.strip_prefix('/').unwrap_or(path),
        None => path,
    }
}

impl<K: PatternKind> Pattern<K> {
    fn new(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(K::check(text)?).literal_separator(K::LEVELS).backslash_escape(true).build();
        // A set of one: a glob's own matcher panics where the glob makes too big an expression, and a set says so.
        let matcher = glob.and_then(|glob| GlobSet::new([glob]));
        let matcher = matcher.map_err(|error| format!("{text:?} is not a pattern: {}", error.kind()))?;
        Ok(Self { text: text.to_owned(), matcher, kind: PhantomData })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Pattern<Regions> {
    /// Whether the region fits.
    pub fn matches(&self, region: &Region) -> bool {
        self.matcher.is_match(region.as_str())
    }
}

impl Pattern<Places> {
    /// Whether the place fits.
    pub fn matches(&self, place: &Place) -> bool {
        self.matcher.is_match(place.as_str())
    }
}

impl Pattern<Resources> {
    /// Whether the failing resource fits.
    pub fn matches(&self, finding: &Finding) -> bool {
        let fits = |name: &str| self.text == name || self.matcher.is_match(name);
        fits(&finding.resource) || finding.arn.as_deref().is_some_and(fits)
    }
}

impl Pattern<Checks> {
    /// Whether the check id fits.
    pub fn matches(&self, id: &str) -> bool {
        self.matcher.is_match(id)
    }
}

impl Pattern<Tags> {
    /// Whether the value fits.
    pub fn matches(&self, value: &str) -> bool {
        self.matcher.is_match(value)
    }
}

impl Pattern<Ous> {
    /// Whether one of the OUs above an account fits: by id, by path of names, or by path of ids. The root is above every account.
    pub fn matches(&self, path: &OuPath) -> bool {
        let fits = |text: &str| self.matcher.is_match(text);
        below_root(&self.text).is_empty()
            || path.ids.iter().any(|id| fits(id))
            || [&path.names, &path.ids].iter().any(|parts| (1..=parts.len()).any(|depth| fits(&parts[..depth].join("/"))))
    }
}

// Derives would ask the same of the kind, which is only a marker.
impl<K> Clone for Pattern<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), matcher: self.matcher.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Pattern<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> fmt::Debug for Pattern<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<K> Serialize for Pattern<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: PatternKind> Deserialize<'de> for Pattern<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&Cow::<str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<K: PatternKind> JsonSchema for Pattern<K> {
    fn schema_name() -> Cow<'static, str> {
        K::NAME.into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": K::DESCRIPTION})
    }
}

/// The values a tag may have: one pattern, or a list of which any may fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagValues(Vec<Pattern<Tags>>);

impl TagValues {
    /// Whether the tag's value fits.
    pub fn matches(&self, value: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(value))
    }
}

impl<'de> Deserialize<'de> for TagValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = TagValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tag's value in quotes, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TagValues, E> {
                Ok(TagValues(vec![Pattern::new(text).map_err(E::custom)?]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<TagValues, A::Error> {
                Deserialize::deserialize(de::value::SeqAccessDeserializer::new(list)).map(TagValues)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for TagValues {
    fn schema_name() -> Cow<'static, str> {
        "TagValues".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let pattern = generator.subschema_for::<Pattern<Tags>>();
        schemars::json_schema!({"anyOf": [pattern, {"type": "array", "items": pattern}]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &[&str]) -> OuPath {
        let ids = (0..names.len()).map(|depth| format!("ou-ab12-0000000{depth}")).collect();
        OuPath { ids, names: names.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn an_ou_covers_everything_below_it_however_it_is_written() {
        let production = path(&["Workloads", "Production", "Payments"]);
        for pattern in [
            "Workloads",
            "/Workloads",
            "Root/Workloads",
            "/Root/Workloads/",
            "Workloads/Production",
            "Workloads/*",
            "*/Production",
            "**/Payments",
            "Work*",
            "{Sandbox,Workloads}",
            "ou-ab12-00000001",
            "ou-ab12-00000000/ou-ab12-00000001",
            "o-abcdefghij/r-ab12/ou-ab12-00000000/",
            "/",
            "Root",
        ] {
            assert!(Pattern::<Ous>::new(pattern).unwrap().matches(&production), "{pattern}");
        }
        for pattern in ["Production", "*/Payments", "Workloads/Payments", "workloads", "Root/Production", "ou-ab12-00000009", "Work"] {
            assert!(!Pattern::<Ous>::new(pattern).unwrap().matches(&production), "{pattern}");
        }
    }

    #[test]
    fn accounts_right_under_the_root_are_below_no_ou() {
        assert!(Pattern::<Ous>::new("/").unwrap().matches(&path(&[])));
        for pattern in ["*", "**", "Workloads"] {
            assert!(!Pattern::<Ous>::new(pattern).unwrap().matches(&path(&[])), "{pattern}");
        }
    }

    #[test]
    fn ous_whose_names_look_like_ids_or_the_root() {
        assert!(Pattern::<Ous>::new("r-and-d").unwrap().matches(&path(&["r-and-d"])));
        assert!(Pattern::<Ous>::new("Rooted").unwrap().matches(&path(&["Rooted"])));
        assert!(!Pattern::<Ous>::new("Rooted").unwrap().matches(&path(&["ed"])));
    }

    #[test]
    fn regions_are_names_or_globs() {
        let frankfurt: Region = "eu-central-1".parse().unwrap();
        for (pattern, fits) in [("eu-*", true), ("eu-central-1", true), ("*", true), ("us-*", false), ("eu-west-1", false)] {
            assert_eq!(Pattern::<Regions>::new(pattern).unwrap().matches(&frankfurt), fits, "{pattern}");
        }
        assert!(Pattern::<Regions>::new("europe").unwrap_err().contains("is not an AWS region name"));
        assert!(Pattern::<Regions>::new("eu-[").unwrap_err().starts_with("\"eu-[\" is not a pattern"));
    }

    #[test]
    fn tags_have_one_value_or_several() {
        let one: TagValues = serde_json::from_str("\"prod*\"").unwrap();
        assert!(one.matches("production") && one.matches("prod/eu") && !one.matches("test"));
        let several: TagValues = serde_json::from_str("[\"prod\", \"stage\"]").unwrap();
        assert!(several.matches("stage") && !several.matches("test"));
        assert!(serde_json::from_str::<TagValues>("[[\"prod\"]]").is_err());
    }
}
