//! Overrides from the environment: `ORGSWEEP_SCHEDULE__FREQUENT=5m` is `schedule: {frequent: 5m}`.

use super::{
    mistake::{Mistake, Place},
    tree::{Content, Key, Node, join},
};

const PREFIX: &str = "ORGSWEEP_";

/// Puts the overrides into the tree. Names without `__` after the prefix are other settings, such as `ORGSWEEP_CONFIG`.
pub fn overlay(tree: &mut Node, environment: impl Iterator<Item = (String, String)>, mistakes: &mut Vec<Mistake>) {
    let mut overrides: Vec<(String, String)> =
        environment.filter(|(name, _)| name.strip_prefix(PREFIX).is_some_and(|rest| rest.contains("__"))).collect();
    // The environment has no order, but the outcome has to.
    overrides.sort();
    for (name, value) in overrides {
        let keys = keys(&name[PREFIX.len()..]);
        let place = Place::Environment(name);
        let path = keys.iter().fold(String::new(), |path, key| join(&path, key));
        match Node::parse(&value, &place) {
            Ok(node) => insert(tree, &keys, node.moved(&path)),
            Err(mistake) => mistakes.push(Mistake { path, ..mistake }),
        }
    }
}

fn keys(name: &str) -> Vec<String> {
    let mut keys: Vec<String> = name.split("__").map(str::to_lowercase).collect();
    // Check ids have hyphens, which names of environment variables cannot have.
    if let [section, by_check, id, ..] = keys.as_mut_slice()
        && section == "checks"
        && ["severity", "cadence", "params"].contains(&by_check.as_str())
    {
        *id = id.replace('_', "-");
    }
    keys
}

/// Replaces the value at the path. Something on the way that is no map is a mistake of its own, which is found later and stands.
fn insert(tree: &mut Node, keys: &[String], node: Node) {
    let Some((first, rest)) = keys.split_first() else {
        *tree = node;
        return;
    };
    if tree.is_null() {
        *tree = Node::empty(tree.place.clone(), std::mem::take(&mut tree.path));
    }
    let Content::Map(entries) = &mut tree.content else { return };
    let position = entries.iter().position(|(key, _)| key.name == *first).unwrap_or_else(|| {
        let key = Key { name: first.clone(), place: node.place.clone() };
        entries.push((key, Node::empty(node.place.clone(), join(&tree.path, first))));
        entries.len() - 1
    });
    insert(&mut entries[position].1, rest, node);
}
