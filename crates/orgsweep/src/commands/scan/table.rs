//! A scan for people: what fails first, then what could not be seen, then the totals.

use std::{fmt::Write as _, io};

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use orgsweep_model::{AccountId, CheckId, Finding, Place, Severity};

use super::{Row, Scan, Totals};
use crate::engine::Engine;

/// Failing resources shown; the rest is in the JSON.
const SHOWN: usize = 40;
/// Characters in a line where there is no terminal to ask.
const WIDTH: u16 = 140;

/// The tables.
pub fn text(engine: &Engine, scan: &Scan, coloured: bool) -> io::Result<String> {
    let mut text = String::new();
    let (worst, failing) = worst(engine, scan)?;
    // Nothing can go wrong in writing to a string.
    let _ = show(engine, &worst, failing, coloured, &mut text);
    let _ = unreachable(scan, &mut text);
    let _ = totals(engine, scan, coloured, &mut text);
    Ok(text)
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

/// A resource that fails.
struct Failing {
    account: AccountId,
    account_name: String,
    place: Place,
    check: CheckId,
    finding: Finding,
}

/// The failing resources that matter most, as many as are shown, and how many there are.
fn worst(engine: &Engine, scan: &Scan) -> io::Result<(Vec<Failing>, usize)> {
    let (mut rows, mut all) = (Vec::new(), 0);
    let keep_worst = |rows: &mut Vec<Failing>| {
        rows.sort_by_cached_key(|row| (std::cmp::Reverse(engine.severity(row.check)), row.check, row.account, row.place.clone()));
        rows.truncate(SHOWN);
    };
    scan.each(engine, |Row { account, place, check, judged }| {
        let covered = |number: usize| judged.waivers.get(number).copied().flatten().is_some();
        let open = judged.verdict.findings().iter().enumerate().filter(|(number, _)| !covered(*number));
        for (_, finding) in open {
            all += 1;
            let (place, finding) = (place.clone(), finding.clone());
            rows.push(Failing { account: account.id, account_name: account.name.clone(), place, check, finding });
        }
        if rows.len() > 100 * SHOWN {
            keep_worst(&mut rows);
        }
        Ok::<_, io::Error>(())
    })?;
    keep_worst(&mut rows);
    Ok((rows, all))
}

fn show(engine: &Engine, worst: &[Failing], failing: usize, coloured: bool, text: &mut String) -> std::fmt::Result {
    if worst.is_empty() {
        return Ok(());
    }
    let mut shown = table(&["Severity", "Check", "Account", "Region", "Resource", "Why"]);
    for Failing { account, account_name, place, check, finding } in worst {
        shown.add_row(vec![
            severity_cell(engine.severity(*check), coloured),
            Cell::new(check),
            Cell::new(format!("{account}\n{account_name}")),
            Cell::new(place),
            Cell::new(&finding.resource),
            Cell::new(&finding.reason),
        ]);
    }
    writeln!(text, "{shown}")?;
    if failing > worst.len() {
        writeln!(text, "… and {} more failing resources; --format json has them all.", failing - worst.len())?;
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
    let Totals { all, by_check, unknown: missing, .. } = &scan.totals;
    let mut rows: Vec<_> = scan.checks.iter().copied().zip(by_check).collect();
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
