//! A line of JSON without nesting: what happened, and beside it the fields of the spans that it happened in. So `account` is at the same
//! place whether the line itself says it or the sweep that it belongs to.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormattedFields,
        format::{self, Format, Json, JsonFields, Writer},
    },
    registry::{LookupSpan, Scope},
};

/// What people look for first.
const FIRST: [&str; 4] = ["timestamp", "level", "message", "target"];

/// Writes such lines.
pub struct Flat(Format<Json>);

impl Flat {
    /// All fields of all spans.
    pub fn new() -> Self {
        Self(format::json().flatten_event(true).with_current_span(false).with_span_list(false))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for Flat {
    fn format_event(&self, context: &FmtContext<'_, S, JsonFields>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Map::new();
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            // A span without fields has no text, which is no JSON.
            let fields = span.extensions().get::<FormattedFields<JsonFields>>().map(|fields| serde_json::from_str(fields));
            line.extend(fields.and_then(Result::ok).unwrap_or_else(Map::new));
        }
        let mut own = String::new();
        self.0.format_event(context, Writer::new(&mut own), event)?;
        line.extend(serde_json::from_str::<Map<_, _>>(&own).map_err(|_| fmt::Error)?);

        let first: Vec<_> = FIRST.into_iter().filter_map(|key| line.remove_entry(key)).collect();
        for (nth, (key, value)) in first.into_iter().chain(line).enumerate() {
            let before = if nth == 0 { '{' } else { ',' };
            write!(writer, "{before}{}:{value}", Value::String(key))?;
        }
        writeln!(writer, "}}")
    }
}
