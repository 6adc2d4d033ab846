//! A check for people: what its page says, whatever it is shown on.

use orgsweep_checks::RegisteredCheck;
use orgsweep_model::{
    Severity,
    check::{Activation, Attestable, Language, Mappings},
};
use serde_json::Value;

use super::{
    details, needs,
    needs::Asked,
    parameters,
    words::{Words, words},
};

/// A page.
pub struct Page {
    pub title: &'static str,
    pub id: &'static str,
    pub severity: Severity,
    pub scope: &'static str,
    pub cadence: &'static str,
    pub sections: Vec<Section>,
}

/// A heading and what is below it.
pub struct Section {
    pub heading: &'static str,
    pub blocks: Vec<Block>,
}

/// A part of a section.
pub enum Block {
    /// A paragraph.
    Prose(String),
    /// Something to copy, in a language.
    Code(&'static str, String),
    /// Names below what they are.
    Names(&'static str, Vec<String>),
    /// Pages elsewhere, by title and address.
    Links(Vec<(&'static str, &'static str)>),
}

/// All there is to know about a check.
pub fn page(check: &RegisteredCheck, lang: Language) -> Page {
    let meta = check.meta;
    let text = meta.text(lang);
    let words = words(lang);
    let sections = [
        (words.why, prose(text.why)),
        (words.fails_when, prose(text.fails_when)),
        (words.fix_console, prose(text.fix_console)),
        (words.fix_cli, code("sh", meta.fix_cli)),
        (words.activation, activation(check, words)),
        (words.attestation, attestation(meta.attestable, words)),
        (words.parameters, parameters::yaml(check).iter().flat_map(|yaml| code("yaml", yaml)).collect()),
        (words.permissions, permissions(check, words)),
        (words.calls, calls(check, words)),
        (words.mappings, mappings(meta.mappings)),
        (words.references, links(check)),
    ];
    Page {
        title: text.title,
        id: meta.id.as_str(),
        severity: meta.severity,
        scope: meta.scope.as_str(),
        cadence: meta.cadence.as_str(),
        sections: sections
            .into_iter()
            .filter(|(_, blocks)| !blocks.is_empty())
            .map(|(heading, blocks)| Section { heading, blocks })
            .collect(),
    }
}

fn prose(text: &str) -> Vec<Block> {
    text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(|paragraph| Block::Prose(paragraph.to_owned())).collect()
}

fn code(language: &'static str, text: &str) -> Vec<Block> {
    (!text.is_empty()).then(|| Block::Code(language, text.trim_end().to_owned())).into_iter().collect()
}

fn activation(check: &RegisteredCheck, words: &Words) -> Vec<Block> {
    let how = match check.meta.activation {
        Activation::Default => return prose(words.on_by_default),
        Activation::ByName => words.off_by_default,
        Activation::ByAllowBillable => words.off_because_billable,
    };
    let mut blocks = prose(how);
    blocks.extend(code("yaml", &yaml(&details::enable_with(check.meta))));
    blocks
}

/// `{"a": {"b": x}}` as a piece of configuration.
fn yaml(value: &Value) -> String {
    let nested = value.as_object().into_iter().flatten();
    let entry = |(section, inner): (&String, &Value)| {
        let keys = inner.as_object().into_iter().flatten();
        format!("{section}:\n{}", keys.map(|(key, value)| format!("  {key}: {value}\n")).collect::<Vec<_>>().concat())
    };
    nested.map(entry).collect()
}

fn attestation(attestable: Attestable, words: &Words) -> Vec<Block> {
    match attestable {
        Attestable::No => Vec::new(),
        Attestable::WhenUnknown => prose(words.attestable_when_unknown),
        Attestable::WhenUnknownOrFailing => prose(words.attestable_when_failing),
    }
}

fn permissions(check: &RegisteredCheck, words: &Words) -> Vec<Block> {
    let permissions = needs::permissions(check);
    let who = [
        (words.needed_everywhere, permissions.everywhere),
        (words.needed_by_owners, permissions.owners),
        (words.needed_by_hub, permissions.hub),
    ];
    let names = |actions: orgsweep_aws::permissions::Actions| actions.into_iter().map(str::to_owned).collect::<Vec<_>>();
    who.into_iter().filter(|(_, actions)| !actions.is_empty()).map(|(who, actions)| Block::Names(who, names(actions))).collect()
}

fn calls(check: &RegisteredCheck, words: &Words) -> Vec<Block> {
    let calls = needs::calls(check);
    if calls.is_empty() {
        return prose(words.no_calls);
    }
    let of = |wanted: Asked| calls.iter().filter(move |(asked, _)| *asked == wanted).map(|(_, operation)| needs::name(operation));
    let lists = Asked::ALL.into_iter().map(|asked| (asked, of(asked).collect::<Vec<_>>())).filter(|(_, names)| !names.is_empty());
    let mut blocks: Vec<Block> = lists.map(|(asked, names)| Block::Names((words.asked)(asked), names)).collect();
    blocks.extend(prose(words.how_calls_add_up));
    let billable = calls.iter().filter(|(_, operation)| operation.micro_usd > 0);
    let prices: Vec<String> = billable.map(|(_, operation)| format!("{}: ${}", needs::name(operation), needs::usd(operation))).collect();
    blocks.push(if prices.is_empty() { Block::Prose(words.free.to_owned()) } else { Block::Names(words.billable, prices) });
    blocks
}

fn mappings(mappings: Mappings) -> Vec<Block> {
    let Mappings { cis_v3, cis_v5, fsbp } = mappings;
    [
        ("CIS AWS Foundations Benchmark v3.0", cis_v3),
        ("CIS AWS Foundations Benchmark v5.0", cis_v5),
        ("AWS Foundational Security Best Practices", fsbp),
    ]
    .into_iter()
    .filter_map(|(benchmark, item)| Some(Block::Names(benchmark, vec![item?.to_owned()])))
    .collect()
}

fn links(check: &RegisteredCheck) -> Vec<Block> {
    let links: Vec<_> = check.meta.references.iter().map(|reference| (reference.title, reference.url)).collect();
    if links.is_empty() { Vec::new() } else { vec![Block::Links(links)] }
}
