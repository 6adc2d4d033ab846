//! From the tree to the typed configuration, collecting every mistake on the way.
//!
//! serde stops at the first mistake. So the mistaken value is noted, taken out of the tree, and the rest is tried again, until it fits.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::{
    mistake::Mistake,
    tree::{Node, Step, join},
};
use crate::suggest;

/// Some treat it as a secret, so that what is written there is not repeated.
const SECRET: &str = "sessions.external_id";

/// How often the rest is tried again. Each time reads the whole tree, so without an end a file that is mistaken all over would take hours.
const TRIES: usize = 250;

/// The typed form of a tree, with the defaults wherever a value was mistaken.
pub fn decode<T: DeserializeOwned + Default>(tree: &mut Node, mistakes: &mut Vec<Mistake>) -> T {
    if tree.is_null() {
        *tree = Node::empty(tree.place.clone(), String::new());
    }
    let mut noted = HashSet::new();
    for _ in 0..TRIES {
        let error = match serde_path_to_error::deserialize::<_, T>(&*tree) {
            Ok(typed) => return typed,
            Err(error) => error,
        };
        let steps: Vec<Step> = error.path().iter().map_while(step).collect();
        let complaint = Complaint::of(&error.inner().to_string());
        let Some(removed) = tree.remove(&steps) else {
            mistakes.push(Mistake { place: tree.place.clone(), path: String::new(), message: complaint.message() });
            return T::default();
        };
        let path = removed.node.path.clone();
        let place = match (&complaint, removed.key) {
            (Complaint::UnknownKey { .. }, Some(key)) => key.place,
            // A key without a value is a key that was left out, as when all that is below it is commented out.
            (_, Some(_)) if removed.node.is_null() => continue,
            // Only our own removal made the key go missing.
            (Complaint::MissingKey(key), _) if noted.contains(&join(&path, key)) => continue,
            _ => removed.node.place,
        };
        noted.insert(path.clone());
        let complaint = if path == SECRET { complaint.without_values() } else { complaint };
        mistakes.push(Mistake { place, path, message: complaint.message() });
    }
    let message = "too much is mistaken to look at the rest: mend what is told first".to_owned();
    mistakes.push(Mistake { place: tree.place.clone(), path: String::new(), message });
    T::default()
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// What serde complains about, in a form that can be said in the words of a configuration file.
#[derive(Debug)]
pub enum Complaint {
    UnknownKey { key: String, known: Vec<String> },
    MissingKey(String),
    UnknownWord { word: String, known: Vec<String> },
    WrongType { found: String, wanted: String },
    Other(String),
}

impl Complaint {
    /// Reads serde's message. Its wording is the only form in which serde gives these away.
    pub fn of(message: &str) -> Self {
        let quoted = || message.split('`').skip(1).step_by(2).map(str::to_owned);
        let first = || quoted().next().unwrap_or_default();
        let rest = || quoted().skip(1).collect();
        if message.starts_with("unknown field ") {
            Self::UnknownKey { key: first(), known: rest() }
        } else if message.starts_with("missing field ") {
            Self::MissingKey(first())
        } else if message.starts_with("unknown variant ") {
            Self::UnknownWord { word: first(), known: rest() }
        } else if let Some((found, wanted)) = message.strip_prefix("invalid type: ").and_then(|text| text.rsplit_once(", expected ")) {
            Self::WrongType { found: found.to_owned(), wanted: wanted.to_owned() }
        } else {
            Self::Other(message.to_owned())
        }
    }

    /// The same, without what was written.
    fn without_values(self) -> Self {
        match self {
            Self::WrongType { found, wanted } if found.contains('`') => {
                Self::WrongType { found: found.split('`').next().unwrap_or_default().trim_end().to_owned(), wanted }
            }
            other => other,
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> String {
        match self {
            Self::UnknownKey { key, known } => {
                let hint = suggest::hint(key, known.iter().map(String::as_str));
                match (hint.is_empty(), known.is_empty()) {
                    (false, _) => format!("unknown key {key:?}{hint}"),
                    (true, true) => format!("unknown key {key:?}: there are none here"),
                    (true, false) => format!("unknown key {key:?}: the keys here are {}", known.join(", ")),
                }
            }
            Self::MissingKey(key) => format!("the key {key:?} is missing"),
            Self::UnknownWord { word, known } => format!("{word:?} is not one of {}", known.join(", ")),
            Self::WrongType { found, wanted } => {
                let found = match found.as_str() {
                    "sequence" => "a list".to_owned(),
                    "map" => "a map".to_owned(),
                    scalar => scalar.replace('`', ""),
                };
                let (wanted, hint) = match wanted.as_str() {
                    "a string" | "string" | "path string" if found.starts_with(['i', 'f', 'b']) => ("text", ": write it in quotes"),
                    "a string" | "string" | "path string" => ("text", ""),
                    "a sequence" => ("a list, like [one, two]", ""),
                    "a map" => ("keys with values", ""),
                    "f32" | "f64" => ("a number", ""),
                    "a boolean" => ("true or false", ""),
                    other if other.starts_with("struct ") => ("keys with values", ""),
                    other if other.starts_with("enum ") => ("a word", ""),
                    other => (other, ""),
                };
                format!("found {found}, wanted {wanted}{hint}")
            }
            Self::Other(message) => message.clone(),
        }
    }
}
