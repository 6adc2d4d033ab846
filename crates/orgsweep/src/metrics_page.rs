//! The tables of docs/metrics.md: every metric family, as the code declares it. `make docs` writes them anew; what is between them is
//! written by hand.

use std::{collections::BTreeMap, env, fs, path::Path, sync::Arc};

use orgsweep_posture::{StoreStatus, families};
use prometheus::proto::{MetricFamily, MetricType};

use crate::figures::{Figures, ReloadFigures};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
const END: &str = "<!-- end -->";
/// Set by `make docs`.
const WRITE: &str = "ORGSWEEP_WRITE_DOCS";

/// One family.
struct Row {
    name: String,
    kind: &'static str,
    labels: Vec<String>,
    help: String,
}

/// The families of the board.
fn posture() -> Vec<Row> {
    let row = |family: orgsweep_posture::FamilyInfo| Row {
        name: family.name.to_owned(),
        kind: "gauge",
        labels: family.labels.iter().map(ToString::to_string).collect(),
        help: family.help.to_owned(),
    };
    families().map(row).collect()
}

/// The daemon's own families, by name.
fn registered() -> Vec<Row> {
    let figures = Figures::new().unwrap();
    figures.add_daemon(Arc::new(StoreStatus::default())).unwrap();
    ReloadFigures::new(&figures.registry).unwrap();
    // A registry leaves out those without series, and some have none before the first request.
    let collectors = figures.meter.collectors();
    let unused = collectors.iter().flat_map(|collector| {
        let labels = collector.desc()[0].variable_labels.clone();
        collector.collect().into_iter().map(move |family| row(&family, labels.clone()))
    });
    let used = figures.registry.gather();
    let used = used.iter().map(|family| {
        let labels = family.get_metric()[0].get_label();
        row(family, labels.iter().map(|label| label.name().to_owned()).collect())
    });
    let rows: BTreeMap<String, Row> = unused.chain(used).map(|row| (row.name.clone(), row)).collect();
    rows.into_values().collect()
}

fn row(family: &MetricFamily, mut labels: Vec<String>) -> Row {
    let kind = match family.get_field_type() {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        other => panic!("{other:?}: nobody has said how it is called"),
    };
    labels.sort();
    Row { name: family.name().to_owned(), kind, labels, help: family.help().to_owned() }
}

fn table(rows: &[Row]) -> String {
    let rows = rows.iter().map(|Row { name, kind, labels, help }| {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        let end = if help.ends_with('.') { "" } else { "." };
        let cells = [format!("`{name}`"), (*kind).to_owned(), labels.join(", "), format!("{help}{end}")];
        format!("{}|\n", cells.map(|cell| if cell.is_empty() { "| ".to_owned() } else { format!("| {cell} ") }).concat())
    });
    format!("| Family | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n{}", rows.collect::<String>())
}

/// The page with another table after the line that announces it.
fn with_table(page: &str, what: &str, rows: &[Row]) -> String {
    let begin = format!("<!-- {what}: `make docs` writes this table -->\n\n");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("docs/metrics.md lacks the line {begin:?}"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("docs/metrics.md lacks the end of {what}"));
    format!("{before}{begin}{}\n{END}{after}", table(rows))
}

#[test]
fn the_page_of_the_metrics_is_up_to_date() {
    let (process, own): (Vec<Row>, Vec<Row>) = registered().into_iter().partition(|row| row.name.starts_with("process_"));
    let page = fs::read_to_string(Path::new(PAGE)).unwrap();
    let tables = [("posture", posture()), ("daemon", own), ("process", process)];
    let right = tables.iter().fold(page.clone(), |page, (what, rows)| with_table(&page, what, rows));
    if env::var_os(WRITE).is_some() {
        fs::write(Path::new(PAGE), right).unwrap();
    } else {
        assert!(page == right, "run `make docs`: docs/metrics.md is not what the code says; it should be\n\n{right}");
    }
}
