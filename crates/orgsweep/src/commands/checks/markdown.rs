//! Pages in Markdown.

use std::fmt::Write as _;

use orgsweep_checks::{CHECKS, RegisteredCheck};
use orgsweep_model::{
    Severity,
    check::{Activation, Attestable, Language},
};

use super::{
    page::{Block, page},
    words::words,
};

/// At the end of every page.
pub const MARK: &str = "<!-- Written by `orgsweep checks docs`. Change the check, not this page. -->";

const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// A language's folder, and its part of an index's name.
pub const fn code(lang: Language) -> &'static str {
    match lang {
        Language::En => "en",
        Language::Ja => "ja",
    }
}

const fn other(lang: Language) -> Language {
    match lang {
        Language::En => Language::Ja,
        Language::Ja => Language::En,
    }
}

/// The name of a language's index.
pub const fn index_name(lang: Language) -> &'static str {
    match lang {
        Language::En => "README.md",
        Language::Ja => "README.ja.md",
    }
}

/// A check's page.
pub fn check_page(check: &RegisteredCheck, lang: Language) -> String {
    let page = page(check, lang);
    let words = words(lang);
    let mut text = format!("# {}\n\n", escaped(page.title));
    let cells = [words.check, words.severity, words.scope, words.cadence];
    let values = [format!("`{}`", page.id), page.severity.to_string(), page.scope.to_owned(), page.cadence.to_owned()];
    text.push_str(&table(&cells, [values.to_vec()]));
    for section in &page.sections {
        // Writing to a string does not fail.
        let _ = write!(text, "\n## {}\n", section.heading);
        let mut in_list = false;
        for block in &section.blocks {
            let list = matches!(block, Block::Names(..) | Block::Links(_));
            if !(list && in_list) {
                text.push('\n');
            }
            in_list = list;
            text.push_str(&shown(block));
        }
    }
    let there = code(other(lang));
    let _ = write!(
        text,
        "\n---\n\n[{}](../{}) · [{}](../{there}/{}.md)\n\n{MARK}\n",
        words.index,
        index_name(lang),
        words.other_language,
        page.id
    );
    text
}

/// A block with the line break that ends it.
fn shown(block: &Block) -> String {
    match block {
        Block::Prose(prose) => format!("{}\n", escaped(prose)),
        Block::Code(language, code) => format!("```{language}\n{code}\n```\n"),
        Block::Names(what, names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("- {}: {}\n", escaped(what), names.join(", "))
        }
        Block::Links(links) => links.iter().map(|(title, url)| format!("- [{}]({url})\n", escaped(title))).collect::<Vec<_>>().concat(),
    }
}

/// The list of all checks, by severity and by service.
pub fn index(lang: Language) -> String {
    let words = words(lang);
    let mut text = format!("# {}\n\n{}\n\n", words.index, escaped(words.about_index));
    let of = |severity: Severity| CHECKS.iter().filter(move |check| check.meta.severity == severity);
    let counts = SEVERITIES.map(|severity| vec![severity.to_string(), of(severity).count().to_string()]);
    text.push_str(&table(&[words.severity, words.number], counts));
    let _ = write!(text, "\n{}\n", escaped(words.legend));

    let _ = write!(text, "\n## {}\n", words.by_severity);
    for severity in SEVERITIES.into_iter().filter(|severity| of(*severity).next().is_some()) {
        let _ = write!(text, "\n### {severity}\n\n");
        text.push_str(&rows(&[words.check, words.title, words.scope, words.cadence], of(severity), lang, |check| {
            [check.meta.scope.as_str(), check.meta.cadence.as_str()]
        }));
    }
    let _ = write!(text, "\n## {}\n", words.by_service);
    let mut services: Vec<&str> = CHECKS.iter().map(|check| check.service).collect();
    services.dedup();
    for service in services {
        let _ = write!(text, "\n### {}\n\n", service.replace('_', "-"));
        let of_service = CHECKS.iter().filter(|check| check.service == service);
        text.push_str(&rows(&[words.check, words.title, words.severity, words.scope], of_service, lang, |check| {
            [check.meta.severity.as_str(), check.meta.scope.as_str()]
        }));
    }
    let _ = write!(text, "\n---\n\n[{}]({})\n\n{MARK}\n", words.other_language, index_name(other(lang)));
    text
}

fn rows<'a>(
    header: &[&str],
    checks: impl Iterator<Item = &'a RegisteredCheck>,
    lang: Language,
    more: impl Fn(&RegisteredCheck) -> [&'static str; 2],
) -> String {
    let row = |check: &RegisteredCheck| {
        let id = check.meta.id;
        let mut cells = vec![format!("[`{id}`]({}/{id}.md){}", code(lang), marks(check)), escaped(check.meta.text(lang).title)];
        cells.extend(more(check).map(str::to_owned));
        cells
    };
    table(header, checks.map(row))
}

/// What the legend explains.
fn marks(check: &RegisteredCheck) -> String {
    let off = (check.meta.activation != Activation::Default).then_some("\\*");
    let attestable = (check.meta.attestable != Attestable::No).then_some("†");
    [off, attestable].into_iter().flatten().map(|mark| format!(" {mark}")).collect::<Vec<_>>().concat()
}

fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = vec!["---".to_owned(); header.len()];
    [line(&header), line(&rule)].into_iter().chain(rows.into_iter().map(|row| line(&row))).collect()
}

/// Plain text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    let mut line_begins = true;
    while let Some(character) = rest.next() {
        let inside_word = before.is_ascii_alphanumeric() && rest.peek().is_some_and(char::is_ascii_alphanumeric);
        let special = match character {
            '\\' | '`' | '*' | '<' | '>' | '[' | ']' | '|' | '~' => true,
            '_' => !inside_word,
            // A heading or a list, where a line begins with it.
            '#' | '+' | '-' => line_begins,
            _ => false,
        };
        if special {
            markdown.push('\\');
        }
        markdown.push(character);
        line_begins = character == '\n';
        before = character;
    }
    markdown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain() {
        for (text, expected) in [
            ("minimum_length and AWSReservedSSO_* of <id>", "minimum_length and AWSReservedSSO\\_\\* of \\<id\\>"),
            ("- no list\n# no heading", "\\- no list\n\\# no heading"),
            ("a multi-region #1 trail", "a multi-region #1 trail"),
            ("サービス_名", "サービス\\_名"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
