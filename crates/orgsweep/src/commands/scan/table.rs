//! A scan for people: what fails first, then what could not be seen, then the totals.

use std::{collections::BTreeMap, fmt::Write as _};

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use orgsweep_model::{CheckId, Severity, Verdict};

use super::{Scan, Summary};
use crate::engine::Engine;

/// Failing resources shown; the rest is in the JSON.
const SHOWN: usize = 40;
/// Characters in a line where there is no terminal to ask.
const WIDTH: u16 = 140;

/// The tables.
pub fn text(engine: &Engine, scan: &Scan, coloured: bool) -> String {
    let mut text = String::new();
    // Nothing can go wrong in writing to a string.
    let _ = failing(engine, scan, coloured, &mut text);
    let _ = unreachable(scan, &mut text);
    let _ = totals(engine, scan, coloured, &mut text);
    text
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(header.to_vec());
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table
}

fn severity_cell(severity: Severity, coloured: bool) -> Cell {
    let cell = Cell::new(severity.as_str());
    match severity {
        _ if !coloured => cell,
        Severity::Critical => cell.fg(Color::Red),
        Severity::High => cell.fg(Color::Yellow),
        Severity::Medium | Severity::Low => cell,
    }
}

fn failing(engine: &Engine, scan: &Scan, coloured: bool, text: &mut String) -> std::fmt::Result {
    let mut rows = Vec::new();
    for (account, place, check, judged) in scan.verdicts(engine) {
        let covered = |number: usize| judged.waivers.get(number).copied().flatten().is_some();
        let open = judged.verdict.findings().iter().enumerate().filter(|(number, _)| !covered(*number));
        rows.extend(open.map(|(_, finding)| (account, place, check, finding.clone())));
    }
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|(account, place, check, _)| (std::cmp::Reverse(engine.severity(*check)), *check, account.id, (*place).clone()));
    let mut shown = table(&["Severity", "Check", "Account", "Region", "Resource", "Why"]);
    for (account, place, check, finding) in rows.iter().take(SHOWN) {
        shown.add_row(vec![
            severity_cell(engine.severity(*check), coloured),
            Cell::new(check),
            Cell::new(format!("{}\n{}", account.id, account.name)),
            Cell::new(place),
            Cell::new(&finding.resource),
            Cell::new(&finding.reason),
        ]);
    }
    writeln!(text, "{shown}")?;
    if rows.len() > SHOWN {
        writeln!(text, "… and {} more failing resources; --format json has them all.", rows.len() - SHOWN)?;
    }
    writeln!(text)
}

fn unreachable(scan: &Scan, text: &mut String) -> std::fmt::Result {
    let mut any = false;
    for (account, report) in scan.accounts() {
        if let Some(blind) = &report.unreachable {
            any = true;
            writeln!(text, "{} {} could not be looked into ({}): {}", account.id, account.name, blind.reason.as_str(), blind.detail)?;
        }
    }
    if any { writeln!(text) } else { Ok(()) }
}

fn totals(engine: &Engine, scan: &Scan, coloured: bool, text: &mut String) -> std::fmt::Result {
    let mut by_check: BTreeMap<CheckId, Summary> = engine.checks.iter().map(|check| (check.id, Summary::default())).collect();
    let mut all = Summary::default();
    let mut missing: BTreeMap<String, usize> = BTreeMap::new();
    for (.., check, judged) in scan.verdicts(engine) {
        by_check.entry(check).or_default().count(&judged);
        all.count(&judged);
        if let Verdict::Unknown(blind) = &*judged.verdict {
            *missing.entry(blind.action.clone().unwrap_or_else(|| blind.reason.as_str().to_owned())).or_default() += 1;
        }
    }
    let mut rows: Vec<_> = by_check.into_iter().collect();
    rows.sort_by_key(|(check, _)| (std::cmp::Reverse(engine.severity(*check)), *check));
    let mut shown = table(&["Severity", "Check", "Pass", "Fail", "Waived", "Not applicable", "Unknown"]);
    for (check, count) in rows {
        let number = |count: usize| Cell::new(count).set_alignment(CellAlignment::Right);
        let fail = if count.fail > 0 && coloured { number(count.fail).fg(Color::Red) } else { number(count.fail) };
        shown.add_row(vec![
            severity_cell(engine.severity(check), coloured),
            Cell::new(check),
            number(count.pass),
            fail,
            number(count.waived),
            number(count.not_applicable),
            number(count.unknown),
        ]);
    }
    writeln!(text, "{shown}")?;
    if !missing.is_empty() {
        let words: Vec<String> = missing.iter().map(|(why, count)| format!("{why} ({count})")).collect();
        writeln!(text, "Unknown, by missing permission or reason: {}", words.join(", "))?;
    }
    let seconds = scan.finished_at.duration_since(scan.started_at).as_secs_f64();
    writeln!(
        text,
        "{} accounts: {} pass, {} fail, {} waived, {} not applicable, {} unknown. {} AWS calls, {} throttled, {seconds:.1} s.",
        scan.organization.accounts.len(),
        all.pass,
        all.fail,
        all.waived,
        all.not_applicable,
        all.unknown,
        scan.calls.requests,
        scan.calls.throttled,
    )
}
