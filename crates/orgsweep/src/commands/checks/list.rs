//! The catalogue as a table.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use orgsweep_checks::CHECKS;
use orgsweep_model::{Severity, check::Language};

use crate::output;

/// A line for each check.
pub fn table(lang: Language) -> String {
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
