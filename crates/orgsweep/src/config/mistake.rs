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
            write!(f, "{}: ", mistake.path)?;
        }
        f.write_str(&mistake.message)
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
        let label = LabeledSpan::underline(offset..offset + length);
        let diagnostic = MietteDiagnostic::new(mistake.message.clone()).with_label(label);
        let report = Report::new(diagnostic).with_source_code(NamedSource::new(self.file_name(), self.text.clone()));
        let mut excerpt = String::new();
        // An excerpt that cannot be drawn is left out: the line above it says all that is needed.
        if handler.render_report(&mut excerpt, report.as_ref()).is_err() {
            return String::new();
        }
        // Above the frame, miette repeats the message.
        excerpt.lines().skip_while(|line| !line.contains('╭')).fold(String::new(), |shown, line| shown + line + "\n")
    }
}
