//! A YAML document as a tree that remembers where everything was written.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::mistake::{Mistake, Place};

/// A value, where it was written, and the path of keys that leads to it.
///
/// The path is kept, because indexes shift when a mistaken element is taken out of a list.
#[derive(Clone, Debug)]
pub struct Node {
    pub content: Content,
    pub place: Place,
    pub path: String,
}

#[derive(Clone, Debug)]
pub enum Content {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub struct Key {
    pub name: String,
    pub place: Place,
}

/// One step of a path.
#[derive(Clone, Debug)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// What was taken out of a tree.
pub struct Removed {
    pub node: Node,
    /// Its key, if it was an entry of a map.
    pub key: Option<Key>,
}

/// How deep values may lie. No key of ours is half as deep, and the parser's own limit needs more stack than a thread has.
const DEEPEST: usize = 24;
/// How much aliases may add. The parser's own limit, ten times as much, makes a second's work of a few lines.
const FROM_ALIASES: usize = 100_000;
/// How many bytes the paths of all values may have together: long keys above many values would fill any memory.
const PATHS: usize = 64 << 20;

impl Node {
    /// The tree of a YAML document. A document that is not YAML is one mistake; nothing after it can be trusted.
    pub fn parse(yaml: &str, root: &Place) -> Result<Self, Mistake> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            with_snippet: false,
            budget: serde_saphyr::budget! { max_depth: DEEPEST },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: FROM_ALIASES },
        };
        match serde_saphyr::from_str_with_options::<Spanned<Raw>>(yaml, options) {
            Ok(raw) => Self::labelled(raw, root, String::new(), &mut PATHS.clone()),
            Err(error) => Err(Mistake {
                place: error.location().map_or_else(|| root.clone(), |location| place(root, location)),
                path: String::new(),
                message: syntax_message(&error),
            }),
        }
    }

    /// A map without entries.
    pub fn empty(place: Place, path: String) -> Self {
        Self { content: Content::Map(Vec::new()), place, path }
    }

    fn labelled(raw: Spanned<Raw>, root: &Place, path: String, budget: &mut usize) -> Result<Self, Mistake> {
        let here = place(root, raw.referenced);
        let Some(left) = budget.checked_sub(path.len()) else {
            return Err(Mistake { place: here, path: String::new(), message: "too many values below too long keys".to_owned() });
        };
        *budget = left;
        let content = match raw.value {
            Raw::Scalar(value) => Content::Scalar(value),
            Raw::List(items) => {
                let items = items.into_iter().enumerate();
                Content::List(
                    items.map(|(index, item)| Self::labelled(item, root, format!("{path}[{index}]"), budget)).collect::<Result<_, _>>()?,
                )
            }
            Raw::Map(entries) => {
                let labelled = entries.into_iter().map(|(key, value)| {
                    let node = Self::labelled(value, root, join(&path, &key.value), budget)?;
                    Ok((Key { name: key.value, place: place(root, key.referenced) }, node))
                });
                Content::Map(labelled.collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { content, place: here, path })
    }

    /// The same tree for another place in the configuration.
    pub fn moved(self, path: &str) -> Self {
        let content = match self.content {
            Content::Scalar(value) => Content::Scalar(value),
            Content::List(items) => {
                Content::List(items.into_iter().enumerate().map(|(index, item)| item.moved(&format!("{path}[{index}]"))).collect())
            }
            Content::Map(entries) => Content::Map(
                entries
                    .into_iter()
                    .map(|(key, node)| {
                        let path = join(path, &key.name);
                        (key, node.moved(&path))
                    })
                    .collect(),
            ),
        };
        Self { content, path: path.to_owned(), ..self }
    }

    /// Whether nothing was written.
    pub const fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null))
    }

    /// The value under a path of keys.
    pub fn find(&self, keys: &[&str]) -> Option<&Self> {
        self.entry(keys).map(|(_, node)| node)
    }

    /// The value under a path of keys, and its own key.
    pub fn entry(&self, keys: &[&str]) -> Option<(&Key, &Self)> {
        let (first, rest) = keys.split_first()?;
        let Content::Map(entries) = &self.content else { return None };
        let (key, node) = entries.iter().find(|(key, _)| key.name == *first)?;
        if rest.is_empty() { Some((key, node)) } else { node.entry(rest) }
    }

    /// The elements under a path of keys; none if there is no list.
    pub fn items(&self, keys: &[&str]) -> &[Self] {
        match self.find(keys).map(|node| &node.content) {
            Some(Content::List(items)) => items,
            _ => &[],
        }
    }

    /// The entries under a path of keys; none if there is no map.
    pub fn entries(&self, keys: &[&str]) -> &[(Key, Self)] {
        match self.find(keys).map(|node| &node.content) {
            Some(Content::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// Takes out the value at the path, or the innermost one on the way that exists. Nothing if even the first step does not.
    pub fn remove(&mut self, path: &[Step]) -> Option<Removed> {
        let (first, rest) = path.split_first()?;
        match (&mut self.content, first) {
            (Content::Map(entries), Step::Key(name)) => {
                let position = entries.iter().position(|(key, _)| key.name == *name)?;
                entries[position].1.remove(rest).or_else(|| {
                    let (key, node) = entries.remove(position);
                    Some(Removed { node, key: Some(key) })
                })
            }
            (Content::List(items), Step::Index(index)) => {
                items.get_mut(*index)?.remove(rest).or_else(|| Some(Removed { node: items.remove(*index), key: None }))
            }
            _ => None,
        }
    }
}

/// The path of an entry.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A location inside the document `root` stands for. The value of an environment variable has no lines to point at.
fn place(root: &Place, location: Location) -> Place {
    match root {
        Place::Environment(_) => root.clone(),
        Place::File | Place::At { .. } => Place::At {
            line: location.line(),
            column: location.column(),
            offset: location.span().byte_offset().and_then(|offset| usize::try_from(offset).ok()).unwrap_or_default(),
            length: location.span().byte_len().and_then(|length| usize::try_from(length).ok()).unwrap_or_default(),
        },
    }
}

/// What the parser says, without the place that it adds: that is shown in front.
fn syntax_message(error: &serde_saphyr::Error) -> String {
    let message = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    let first = message.lines().next().unwrap_or_default();
    match first.rfind(" at line ") {
        Some(end) => first[..end].to_owned(),
        None => first.to_owned(),
    }
}

/// A value as the parser gives it.
#[derive(Debug)]
enum Raw {
    Scalar(Value),
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
                Ok(Raw::Scalar(Value::Null))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
                Ok(Raw::Scalar(value.into()))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
                Ok(Raw::Scalar(value.into()))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
                Ok(Raw::Scalar(value.into()))
            }

            /// The parser gives whole numbers with leading zeros as floating point, though to YAML 1.2 they are whole.
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
                Ok(Raw::Scalar(value.to_string().parse::<i64>().map_or_else(|_| value.into(), Value::from)))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
                Ok(Raw::Scalar(value.into()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Raw::List(items))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Raw::Map(entries))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
