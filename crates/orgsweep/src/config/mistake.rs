//! Mistakes in the configuration, and how they are shown.

use std::{fmt, path::PathBuf};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line and a column of the file, counted from one, and the bytes there.
    At { line: u64, column: u64, offset: usize, length: usize },
    /// An environment variable.
    Environment(String),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where it is.
    pub place: Place,
    /// The keys that lead to it, as in `select.include.accounts[0]`; empty where none do.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Every mistake in the configuration and in the files that it names.
#[derive(Debug, thiserror::Error)]
pub struct AllErrors(pub Vec<ConfigErrors>);

impl fmt::Display for AllErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&files.join("\n"))
    }
}

impl AllErrors {
    /// The lines with an excerpt of the file under each, for people.
    pub fn with_excerpts(&self, colour: bool) -> String {
        self.0.iter().map(|errors| errors.with_excerpts(colour)).collect()
    }
}

/// Every mistake in one file.
#[derive(Debug, thiserror::Error)]
pub struct ConfigErrors {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Its text.
    pub text: String,
    /// The mistakes, in the order of the file and then of the environment.
    pub mistakes: Vec<Mistake>,
}

/// A line for each mistake: `file:line:column: key.path: what is wrong`. Scripts and editors read this form.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            self.write_line(f, mistake)?;
        }
        Ok(())
    }
}

impl ConfigErrors {
    fn file_name(&self) -> String {
        self.file.as_ref().map_or_else(|| "configuration".to_owned(), |file| file.display().to_string())
    }

    fn write_line(&self, f: &mut dyn fmt::Write, mistake: &Mistake) -> fmt::Result {
        match &mistake.place {
            Place::File => write!(f, "{}: ", self.file_name())?,
            Place::At { line, column, .. } => write!(f, "{}:{line}:{column}: ", self.file_name())?,
            Place::Environment(variable) => write!(f, "environment {variable}: ")?,
        }
        if !mistake.path.is_empty() {
            write!(f, "{}: ", printable(&mistake.path))?;
        }
        f.write_str(&printable(&mistake.message))
    }

    /// The lines with an excerpt of the file under each, for people.
    pub fn with_excerpts(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_context_lines(1);
        let mut shown = String::new();
        for mistake in &self.mistakes {
            let excerpt = match &mistake.place {
                Place::At { offset, length, .. } => self.excerpt(&handler, mistake, *offset, *length),
                Place::File | Place::Environment(_) => String::new(),
            };
            // Writing to a string does not fail.
            let _ = self.write_line(&mut shown, mistake);
            shown.push('\n');
            shown.push_str(&excerpt);
        }
        shown
    }

    fn excerpt(&self, handler: &GraphicalReportHandler, mistake: &Mistake, offset: usize, length: usize) -> String {
        if self.longest_line(offset, length) > LONGEST_LINE {
            return String::new();
        }
        let label = LabeledSpan::underline(offset..offset + length);
        let diagnostic = MietteDiagnostic::new(mistake.message.clone()).with_label(label);
        let report = Report::new(diagnostic)
            .with_source_code(NamedSource::new(self.file_name(), without_external_ids(&without_passwords(&self.text))));
        let mut excerpt = String::new();
        // An excerpt that cannot be drawn is left out: the line above it says all that is needed.
        if handler.render_report(&mut excerpt, report.as_ref()).is_err() {
            return String::new();
        }
        // Above the frame, miette repeats the message.
        excerpt.lines().skip_while(|line| !line.contains('╭')).fold(String::new(), |shown, line| shown + line + "\n")
    }

    /// How many bytes the longest of the lines has that an excerpt would show: those of the place, and one more at either end.
    fn longest_line(&self, offset: usize, length: usize) -> usize {
        let (before, rest) = self.text.split_at_checked(offset).unwrap_or((&self.text, ""));
        let after = rest.get(length..).unwrap_or_default();
        let start = before.rmatch_indices('\n').nth(1).map_or(0, |(at, _)| at + 1);
        let end = after.match_indices('\n').nth(1).map_or(self.text.len(), |(at, _)| self.text.len() - after.len() + at);
        self.text[start..end].split('\n').map(str::len).max().unwrap_or_default()
    }
}

/// Nobody reads an excerpt of longer lines, and beyond 65,535 columns drawing it panics.
const LONGEST_LINE: usize = 1_000;

/// What somebody wrote, on one line and without a password. Keys can have line breaks and worse, which a terminal would obey.
fn printable(text: &str) -> String {
    without_passwords(text).chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

/// The text with a star for each byte between `://` and `@`, where URLs have user names and passwords. Places stay where they are.
fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme) = rest.find("://") {
        let (before, after) = rest.split_at(scheme + "://".len());
        let url = after.find(|c: char| c.is_whitespace() || c == '"' || c == '\'').map_or(after, |end| &after[..end]);
        let user = url.rfind('@').unwrap_or_default();
        shown.push_str(before);
        shown.push_str(&"*".repeat(user));
        rest = &after[user..];
    }
    shown + rest
}

/// The text with stars for external ids, which some treat as secrets: an excerpt may show them beside a mistake. An id may have a comma in
/// it, so the rest of the line goes with it. Places stay where they are.
fn without_external_ids(text: &str) -> String {
    const KEY: &str = "external_id";
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (before, value) = line.split_at(line.find(KEY).map_or(line.len(), |key| key + KEY.len()));
        shown.push_str(before);
        let stars =
            |c: char| std::iter::repeat_n(if c.is_whitespace() { c } else { '*' }, if c.is_whitespace() { 1 } else { c.len_utf8() });
        shown.extend(value.chars().flat_map(stars));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_not_shown() {
        let written = "sessions: {external_id: partner-7,a, duration: 1m}\n  \"external_id\": 'über x' # ours\nrest";
        let shown = "sessions: {external_id* ************ ********* ***\n  \"external_id** ****** ** * ****\nrest";
        assert_eq!(without_external_ids(written), shown);
        assert_eq!(without_external_ids(written).len(), written.len());
    }

    #[test]
    fn what_is_shown_is_one_line_without_passwords() {
        for (written, shown) in [
            ("a\nb\u{85}c\u{1b}[31m", "a\\nb\\u{85}c\\u{1b}[31m"),
            ("found \"nats://me:pass@word@a:1/b@c\", wanted", "found \"nats://******************@c\", wanted"),
            ("https://a/b, https://é@d x@y", "https://a/b, https://**@d x@y"),
            ("a@b://", "a@b://"),
        ] {
            assert_eq!(printable(written), shown);
        }
    }
}
