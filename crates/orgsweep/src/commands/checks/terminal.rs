//! A page on a terminal, or in a pipe.

use textwrap::{Options, WordSeparator, WordSplitter};

use super::page::{Block, Page};
use crate::output;

/// How text is laid out.
pub struct Style {
    /// Headings in bold.
    pub bold: bool,
    /// The width that prose is wrapped to. A pipe has none: who reads it wraps it in his own way, or searches it.
    pub width: Option<usize>,
}

impl Style {
    /// As standard output wants it.
    pub fn of_results() -> Self {
        Self { bold: output::coloured_results(), width: output::width_of_results() }
    }

    fn heading(&self, text: &str) -> String {
        if self.bold { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Prose behind a margin. Full-width characters count as two columns, and lines break where their language lets them.
    fn prose(&self, text: &str, margin: &str) -> String {
        let Some(width) = self.width else { return behind(text, margin) };
        let ascii = text.is_ascii();
        let options = Options::new(width.max(margin.len() + 20))
            .initial_indent(margin)
            .subsequent_indent(margin)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation)
            .word_separator(if ascii { WordSeparator::AsciiSpace } else { WordSeparator::UnicodeBreakProperties });
        textwrap::fill(text, options)
    }
}

/// The whole page.
pub fn text(page: &Page, style: &Style) -> String {
    let facts = [page.id, page.severity.as_str(), page.scope, page.cadence].join(" · ");
    let mut text = format!("{}\n{facts}\n", style.heading(page.title));
    for section in &page.sections {
        text.extend(["\n", &style.heading(section.heading), "\n"]);
        for (place, block) in section.blocks.iter().enumerate() {
            // Paragraphs stand apart; lists stand together.
            if place > 0 && !matches!(block, Block::Names(..)) {
                text.push('\n');
            }
            text.push_str(&shown(block, style));
            text.push('\n');
        }
    }
    text
}

fn shown(block: &Block, style: &Style) -> String {
    match block {
        Block::Prose(prose) => style.prose(prose, "  "),
        // To be copied, so never wrapped.
        Block::Code(_, code) => behind(code, "  "),
        Block::Names(what, names) if names.len() == 1 => style.prose(&format!("{what}: {}", names.join("")), "  "),
        Block::Names(what, names) => format!("{}\n{}", style.prose(&format!("{what}:"), "  "), behind(&names.join("\n"), "    ")),
        Block::Links(links) => {
            links.iter().map(|(title, url)| format!("{}\n    {url}", style.prose(title, "  "))).collect::<Vec<_>>().join("\n")
        }
    }
}

fn behind(text: &str, margin: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{margin}{line}") });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use orgsweep_checks::{CHECKS, find};
    use orgsweep_model::check::Language;
    use textwrap::core::display_width;

    use super::*;
    use crate::commands::checks::page::page;

    fn widest(text: &str) -> usize {
        text.lines().map(display_width).max().unwrap_or_default()
    }

    #[test]
    fn prose_is_as_wide_as_the_terminal_in_every_language() {
        for check in CHECKS {
            for lang in [Language::En, Language::Ja] {
                let mut page = page(check, lang);
                page.sections.iter_mut().for_each(|section| section.blocks.retain(|block| matches!(block, Block::Prose(_))));
                let text = text(&page, &Style { bold: false, width: Some(100) });
                // A title is never wrapped.
                let body = text.split_once("\n\n").map_or("", |(_, body)| body);
                assert!((81..=100).contains(&widest(body)), "{}: {}\n{text}", check.meta.id, widest(body));
            }
        }
    }

    #[test]
    fn a_pipe_gets_paragraphs_in_one_line_each() {
        let check = find("root-mfa-enabled").unwrap();
        let text = text(&page(check, Language::Ja), &Style { bold: false, width: None });
        assert!(text.lines().any(|line| line.strip_prefix("  ") == Some(check.meta.ja.why)), "{text}");
    }

    #[test]
    fn commands_and_addresses_are_never_wrapped() {
        let check = find("root-mfa-enabled").unwrap();
        let text = text(&page(check, Language::En), &Style { bold: true, width: Some(30) });
        for line in check.meta.fix_cli.lines().chain(check.meta.references.iter().map(|reference| reference.url)) {
            assert!(text.contains(line), "{line}");
        }
        assert!(text.contains("\u{1b}[1mWhy\u{1b}[0m\n"));
    }
}
