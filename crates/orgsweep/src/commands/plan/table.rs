//! A plan for people: what was looked at, what a sweep and a day take, and what is near a limit.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use orgsweep_model::AccountState;

use super::{
    DAYS_A_MONTH, HOURS_A_DAY, Plan,
    asks::{sum, usd},
};
use crate::config::Detail;

/// Operations and services shown; the rest is in the JSON.
const SHOWN: usize = 12;
const SERVICES_SHOWN: usize = 6;
/// Characters in a line.
const WIDTH: u16 = 100;
/// From this share of a limit on, a service is shown; and from this one on, a limit or an interval is near.
const NOTABLE: f64 = 0.01;
const NEAR: f64 = 0.5;

/// The text.
pub fn text(plan: &Plan<'_>, coloured: bool) -> String {
    let mut text = String::new();
    // Nothing can go wrong in writing to a string.
    let _ = what_was_seen(plan, &mut text);
    for (title, table) in [
        ("One full sweep, as `orgsweep scan` does it", pairs(&full_sweep(plan), coloured)),
        ("The daemon, on average", pairs(&daemon(plan), coloured)),
        ("Metric series", series(plan, coloured)),
        ("Requests by service", services(plan, coloured)),
        ("Requests of a full sweep by operation", operations(plan)),
    ] {
        let title = if coloured { format!("\x1b[1m{title}\x1b[0m") } else { title.to_owned() };
        let _ = writeln!(text, "\n{title}");
        table.lines().for_each(|line| {
            let _ = writeln!(text, " {}", line.trim_end());
        });
    }
    let _ = how(plan, &mut text);
    text
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(table.width().map_or(WIDTH, |width| width.min(WIDTH)) - 1);
    table
}

fn right(text: impl ToString) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().enumerate().map(|(place, name)| if place == 0 { Cell::new(name) } else { right(name) }).collect()
}

/// Marks what is near a limit.
fn marked(cell: Cell, near: bool, coloured: bool) -> Cell {
    if near && coloured { cell.fg(Color::Yellow).add_attribute(Attribute::Bold) } else { cell }
}

/// A name, a figure, and a word about it. The last says whether the figure is worth a look.
type Row = (&'static str, String, String, bool);

fn pairs(rows: &[Row], coloured: bool) -> Table {
    let mut shown = table();
    for (name, figure, word, near) in rows {
        shown.add_row(vec![Cell::new(format!("{name:<22}")), marked(right(format!("{figure:>11}")), *near, coloured), Cell::new(word)]);
    }
    shown
}

fn what_was_seen(plan: &Plan<'_>, text: &mut String) -> std::fmt::Result {
    let (organization, extent) = (&plan.organization, &plan.extent);
    let name = organization.id.as_ref().map_or_else(|| "The configured accounts".to_owned(), |id| format!("Organization {id}"));
    write!(text, "{name}: {}", counted(extent.listed as f64, "account"))?;
    if organization.accounts.len() != extent.listed {
        write!(text, ", {} selected", number(organization.accounts.len() as f64))?;
    }
    let mut closed: BTreeMap<AccountState, u32> = BTreeMap::new();
    for account in organization.accounts.iter().filter(|account| !account.state.sweepable()) {
        *closed.entry(account.state).or_default() += 1;
    }
    for (state, count) in closed {
        write!(text, ", {count} {}", state.as_str())?;
    }
    writeln!(text, ".")?;

    let looked = plan.looked.len();
    let unreachable: Vec<_> = plan.unreachable().collect();
    if looked > 0 {
        write!(text, "Looked into {}: ", counted(looked as f64, "account"))?;
        if unreachable.is_empty() {
            writeln!(text, "all can be reached.")?;
        } else {
            let share = unreachable.len() as f64 / looked as f64;
            writeln!(text, "{} cannot be reached ({}).", number(unreachable.len() as f64), percent(share))?;
        }
    }
    let mut reasons: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
    for (_, blind) in unreachable {
        reasons.entry(blind.reason.as_str()).or_insert((0, &blind.detail)).0 += 1;
    }
    for (reason, (count, detail)) in reasons {
        let example = format!("{reason} ({count}), such as: {detail}");
        writeln!(
            text,
            "{}",
            textwrap::fill(&example, textwrap::Options::new(usize::from(WIDTH)).initial_indent("  ").subsequent_indent("    "))
        )?;
    }
    let unread = plan.looked.iter().filter(|looked| looked.regions_unread.is_some()).count();
    if unread > 0 {
        writeln!(text, "The regions of {} cannot be listed: taken to be those that every account has.", counted(unread as f64, "account"))?;
    }
    let others = extent.sweepable - looked as f64;
    if others > 0.0 {
        writeln!(text, "The other {} are taken to be like these.", number(others))?;
    }
    Ok(())
}

fn full_sweep(plan: &Plan<'_>) -> Vec<Row> {
    let sweep = &plan.full;
    let calls = sum(&sweep.calls);
    let each = if plan.extent.reachable > 0.0 {
        let regions = plan.extent.targets / plan.extent.reachable;
        format!(
            "{} for each of {} with {regions:.0} regions",
            number(calls / plan.extent.reachable),
            counted(plan.extent.reachable, "account")
        )
    } else {
        String::new()
    };
    let mut rows = vec![("AWS calls", number(calls), each, false)];
    if let Some(all) = plan.if_all_answered {
        rows.push(("", number(all), "if every account could be reached".to_owned(), false));
    }
    if let Some(bound) = sweep.bounds.first() {
        rows.push(("takes at least", human(bound.at_least), format!("because of {}", bound.what), false));
    }
    rows.push(("STS sessions", number(sweep.sessions()), String::new(), false));
    rows.push(("billed by AWS", dollars(usd(&sweep.calls)), String::new(), false));
    rows
}

fn daemon(plan: &Plan<'_>) -> Vec<Row> {
    let day = &plan.day.calls;
    let hour = sum(day) / HOURS_A_DAY;
    let mut rows = vec![("AWS calls an hour", number(hour), format!("{:.1} a second", hour / 3600.0), false)];
    if let Some((name, count)) = day.iter().max_by(|a, b| a.1.total_cmp(b.1)) {
        rows.push(("", number(count / HOURS_A_DAY), format!("of them {name}, the busiest operation"), false));
    }
    if let Some((cadence, interval, sweep)) = &plan.quickest {
        let took = sweep.bounds.first().map(|bound| bound.at_least).unwrap_or_default();
        let share = took.as_secs_f64() / interval.as_secs_f64();
        let word = format!(
            "{} of the {} between {} sweeps, {} calls",
            percent(share),
            human(*interval),
            cadence.as_str(),
            number(sum(&sweep.calls))
        );
        rows.push(("a sweep takes at least", human(took), word, share >= NEAR));
    }
    let sessions = day.get("sts:AssumeRole").copied().unwrap_or_default() / HOURS_A_DAY;
    rows.push(("STS sessions an hour", number(sessions), String::new(), false));
    let usd = usd(day);
    rows.push(("billed by AWS", dollars(usd), format!("a day, {} a month", dollars(usd * DAYS_A_MONTH)), false));
    rows
}

fn series(plan: &Plan<'_>, coloured: bool) -> Table {
    let [least, expected, most] = &plan.series;
    let mut shown = table();
    let fails = format!("{} fail", percent(plan.failing));
    shown.set_header(header(&["Detail", "all pass", &fails, "all fail", ""]));
    let (max, auto) = (u64::from(plan.config.metrics.max_series), plan.config.metrics.detail == Detail::Auto);
    for (name, of) in [("region", 0), ("account", 1), ("organization", 2)] {
        let figures = plan.series.each_ref().map(|forecast| [forecast.region, forecast.account, forecast.organization][of]);
        let chosen = |forecast: &orgsweep_posture::Forecast| forecast.level.as_str() == name;
        let word = match (chosen(expected), chosen(least) || chosen(most), auto) {
            (true, _, true) => format!("auto chooses this to stay within {}", number(max as f64)),
            (true, _, false) => "metrics.detail".to_owned(),
            (false, true, _) if chosen(least) => "auto, if fewer fail".to_owned(),
            (false, true, _) => "auto, if more fail".to_owned(),
            _ => String::new(),
        };
        let mut row = vec![Cell::new(name)];
        row.extend(figures.map(|figure| right(number(figure as f64))));
        row.push(marked(Cell::new(word), chosen(expected) && figures[1] > max, coloured));
        shown.add_row(row);
    }
    shown
}

fn services(plan: &Plan<'_>, coloured: bool) -> Table {
    let mut shown = table();
    shown.set_header(header(&["Service", "an hour", "of its limit", ""]));
    let services = plan.day.services.iter().enumerate();
    let (named, rest): (Vec<_>, Vec<_>) =
        services.partition(|(place, service)| *place < SERVICES_SHOWN || service.shared || service.share >= NOTABLE);
    for (_, service) in named {
        let of = if service.shared { "in all" } else { "for each account and region" };
        shown.add_row(vec![
            Cell::new(&service.name),
            right(number(service.calls / HOURS_A_DAY)),
            marked(right(percent(service.share)), service.share >= NEAR, coloured),
            Cell::new(format!("{} a second {of}", service.limit)),
        ]);
    }
    if !rest.is_empty() {
        let calls: f64 = rest.iter().map(|(_, service)| service.calls).sum();
        let most = rest.iter().map(|(_, service)| service.share).fold(0.0, f64::max);
        let name = format!("{} others", rest.len());
        shown.add_row(vec![Cell::new(name), right(number(calls / HOURS_A_DAY)), right(percent(most)), Cell::new("at the most")]);
    }
    shown
}

fn operations(plan: &Plan<'_>) -> Table {
    let mut shown = table();
    let mut calls: Vec<(&String, f64)> = plan.full.calls.iter().map(|(name, count)| (name, *count)).collect();
    calls.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (name, count) in calls.iter().take(SHOWN) {
        shown.add_row(vec![Cell::new(name), right(number(*count))]);
    }
    if let Some(rest) = calls.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let count: f64 = rest.iter().map(|(_, count)| count).sum();
        shown.add_row(vec![Cell::new(format!("{} others; --format json has them all", rest.len())), right(number(count))]);
    }
    shown
}

/// What the figures rest on.
fn how(plan: &Plan<'_>, text: &mut String) -> std::fmt::Result {
    let from = match &plan.sampled {
        Some(sampled) => format!("The figures are scaled to what sweeping {} took.", counted(sampled.accounts as f64, "account")),
        None => "Nothing was swept. What an account contains is assumed: --assume changes that, and --sample N sweeps a few accounts and measures it."
            .to_owned(),
    };
    let note = format!(
        "{from} AWS is taken to answer within {} ms (--latency), and this machine to keep up. Planning took {} AWS calls.",
        plan.latency.as_millis(),
        number(plan.api.requests as f64)
    );
    writeln!(text, "\n{}", textwrap::fill(&note, usize::from(WIDTH)))
}

/// `12,345`; `0.4` where a whole number would hide it.
fn number(count: f64) -> String {
    if count > 0.0 && count < 0.95 {
        return format!("{count:.1}");
    }
    let digits = format!("{count:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn counted(count: f64, thing: &str) -> String {
    let plural = if number(count) == "1" { "" } else { "s" };
    format!("{} {thing}{plural}", number(count))
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none <= 0.0 => "0 %".to_owned(),
        little if little < 0.1 => "under 0.1 %".to_owned(),
        some if some < 9.95 => format!("{some:.1} %"),
        much => format!("{much:.0} %"),
    }
}

fn dollars(usd: f64) -> String {
    format!("${usd:.2}")
}

/// `1h 5m`, `2m 10s`, `38s`, `0.4s`.
fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 9.95 {
        return format!("{seconds:.1}s").replace(".0s", "s");
    }
    let whole = duration.saturating_add(Duration::from_millis(500)).as_secs();
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let parts = [(hours, "h"), (minutes, "m"), (if hours > 0 { 0 } else { seconds }, "s")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}"));
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_easily() {
        for (count, text) in [(0.0, "0"), (0.42, "0.4"), (1.0, "1"), (999.6, "1,000"), (1_234_567.0, "1,234,567")] {
            assert_eq!(number(count), text);
        }
        for (share, text) in [(0.0, "0 %"), (0.0004, "under 0.1 %"), (0.012, "1.2 %"), (0.5, "50 %"), (1.7, "170 %")] {
            assert_eq!(percent(share), text);
        }
        for (milliseconds, text) in [(0, "0s"), (420, "0.4s"), (38_200, "38s"), (130_000, "2m 10s"), (900_000, "15m"), (3_930_000, "1h 5m")]
        {
            assert_eq!(human(Duration::from_millis(milliseconds)), text);
        }
        assert_eq!(human(Duration::MAX), "5124095576030431h");
        assert_eq!((counted(1.0, "account"), counted(2.0, "account")), ("1 account".to_owned(), "2 accounts".to_owned()));
    }
}
