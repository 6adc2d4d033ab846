//! `orgsweep checks`: the catalogue, for people and for programs.

use std::{collections::BTreeSet, fmt::Write as _, process::ExitCode};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use orgsweep_checks::{CHECKS, RegisteredCheck};
use orgsweep_model::{
    Operation, Severity,
    check::{Language, Mappings},
};
use serde_json::{Value, json};

use crate::{
    cli::{ChecksCommand, Format, ListingArgs},
    output,
};

/// Runs the command.
pub fn run(command: &ChecksCommand) -> anyhow::Result<ExitCode> {
    let text = match *command {
        ChecksCommand::List(ListingArgs { format: Format::Table, lang }) => table(lang),
        ChecksCommand::List(ListingArgs { format: Format::Json, lang }) => {
            serde_json::to_string_pretty(&CHECKS.iter().map(|check| summary(check, lang)).collect::<Vec<_>>())?
        }
        ChecksCommand::Show { check, listing: ListingArgs { format: Format::Table, lang } } => page(check, lang),
        ChecksCommand::Show { check, listing: ListingArgs { format: Format::Json, lang } } => {
            serde_json::to_string_pretty(&details(check, lang))?
        }
    };
    output::result(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn table(lang: Language) -> String {
    let coloured = output::coloured_results();
    let header = |title| if coloured { Cell::new(title).add_attribute(Attribute::Bold) } else { Cell::new(title) };
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["ID", "SEVERITY", "SCOPE", "CADENCE", "TITLE"].map(header));
    for check in CHECKS {
        let meta = check.meta;
        table.add_row([
            Cell::new(meta.id),
            if coloured { Cell::new(meta.severity).fg(colour(meta.severity)) } else { Cell::new(meta.severity) },
            Cell::new(meta.scope.as_str()),
            Cell::new(meta.cadence.as_str()),
            Cell::new(meta.text(lang).title),
        ]);
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    // Below this, and on terminals that say they have no width, titles would be broken into columns of single letters.
    if table.width().is_some_and(|width| width >= 80) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.trim_fmt()
}

const fn colour(severity: Severity) -> Color {
    match severity {
        Severity::Critical => Color::Magenta,
        Severity::High => Color::Red,
        Severity::Medium => Color::Yellow,
        Severity::Low => Color::Blue,
    }
}

/// What the list says about a check.
fn summary(check: &RegisteredCheck, lang: Language) -> Value {
    let meta = check.meta;
    json!({
        "id": meta.id,
        "title": meta.text(lang).title,
        "severity": meta.severity,
        "scope": meta.scope,
        "cadence": meta.cadence,
        "service": check.service,
        "enabled_by_default": true,
        "operations": operations(check).iter().map(|operation| format!("{}:{}", operation.service, operation.name)).collect::<Vec<_>>(),
        "actions": actions(check),
        "params": check.default_params(),
        "mappings": meta.mappings,
    })
}

/// All there is to know about a check.
fn details(check: &RegisteredCheck, lang: Language) -> Value {
    let text = check.meta.text(lang);
    let mut details = summary(check, lang);
    details["lang"] = json!(lang);
    details["why"] = json!(text.why);
    details["fails_when"] = json!(text.fails_when);
    details["fix_console"] = json!(text.fix_console);
    details["fix_cli"] = json!(check.meta.fix_cli);
    details["references"] = json!(check.meta.references);
    details["params_schema"] = json!(check.params_schema());
    details
}

/// What a check calls, each operation once.
fn operations(check: &RegisteredCheck) -> BTreeSet<Operation> {
    check.meta.facts.iter().map(|kind| kind.spec()).flat_map(|spec| spec.operations.iter().chain(spec.hub_operations)).copied().collect()
}

fn actions(check: &RegisteredCheck) -> Vec<&'static str> {
    let mut actions: Vec<_> = operations(check).iter().map(|operation| operation.action).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// The headings of a page.
struct Headings {
    why: &'static str,
    fails_when: &'static str,
    fix_console: &'static str,
    fix_cli: &'static str,
    parameters: &'static str,
    actions: &'static str,
    mappings: &'static str,
    references: &'static str,
}

const fn headings(lang: Language) -> Headings {
    match lang {
        Language::En => Headings {
            why: "Why",
            fails_when: "Fails when",
            fix_console: "Fix it in the console",
            fix_cli: "Fix it with the AWS CLI",
            parameters: "Parameters and their defaults",
            actions: "Permissions needed",
            mappings: "The same control elsewhere",
            references: "References",
        },
        Language::Ja => Headings {
            why: "理由",
            fails_when: "不合格となる条件",
            fix_console: "コンソールでの修正方法",
            fix_cli: "AWS CLI での修正方法",
            parameters: "パラメーターと既定値",
            actions: "必要なアクセス許可",
            mappings: "対応するコントロール",
            references: "参考資料",
        },
    }
}

fn page(check: &RegisteredCheck, lang: Language) -> String {
    let meta = check.meta;
    let text = meta.text(lang);
    let headings = headings(lang);
    let parameters = match check.default_params() {
        Value::Object(parameters) => parameters.iter().map(|(name, default)| format!("{name}: {default}")).collect(),
        _ => Vec::new(),
    };
    let references: Vec<String> = meta.references.iter().map(|reference| format!("{}\n  {}", reference.title, reference.url)).collect();
    let sections = [
        (headings.why, text.why.to_owned()),
        (headings.fails_when, text.fails_when.to_owned()),
        (headings.fix_console, text.fix_console.to_owned()),
        (headings.fix_cli, meta.fix_cli.to_owned()),
        (headings.parameters, parameters.join("\n")),
        (headings.actions, actions(check).join("\n")),
        (headings.mappings, mappings(meta.mappings).join("\n")),
        (headings.references, references.join("\n")),
    ];
    let bold = |heading: &str| if output::coloured_results() { format!("\u{1b}[1m{heading}\u{1b}[0m") } else { heading.to_owned() };
    let facts = [meta.severity.as_str(), meta.scope.as_str(), meta.cadence.as_str()].join(" · ");
    let mut page = format!("{}\n{} · {facts}\n", bold(text.title), meta.id);
    for (heading, content) in sections.iter().filter(|(_, content)| !content.is_empty()) {
        // Writing to a string does not fail.
        let _ = write!(page, "\n{}\n{}\n", bold(heading), indented(content));
    }
    page
}

fn mappings(mappings: Mappings) -> Vec<String> {
    let Mappings { cis_v3, cis_v5, fsbp } = mappings;
    [
        ("CIS AWS Foundations Benchmark v3.0", cis_v3),
        ("CIS AWS Foundations Benchmark v5.0", cis_v5),
        ("AWS Foundational Security Best Practices", fsbp),
    ]
    .into_iter()
    .filter_map(|(benchmark, item)| item.map(|item| format!("{benchmark}: {item}")))
    .collect()
}

fn indented(content: &str) -> String {
    let lines = content.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") });
    lines.collect::<Vec<_>>().join("\n")
}
