//! The regular expressions that filter patterns may have between `%` signs: a small language, which AWS's user guide lists in full.
//!
//! It is translated sign by sign into the language of the `regex` crate, which knows much more. So what AWS would refuse cannot slip
//! through, and no sign has a meaning here that it does not have there.

use std::{iter::Peekable, str::Chars};

use regex::{Regex, RegexBuilder};

/// Compiled size in bytes. A pattern may say `.{1000}` inside 1,024 characters, and that has to stay affordable.
const SIZE_LIMIT: usize = 1 << 20;
const MOST_REPEATS: u32 = 1_000;

pub(super) fn compile(source: &str) -> Result<Regex, String> {
    let translated = Translation { rest: source.chars().peekable(), out: String::new() }.run()?;
    RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).build().map_err(|_| "the regular expression is too large".to_owned())
}

struct Translation<'s> {
    rest: Peekable<Chars<'s>>,
    out: String,
}

impl Translation<'_> {
    fn run(mut self) -> Result<String, String> {
        let mut anything = false;
        while let Some(sign) = self.rest.next() {
            anything = true;
            match sign {
                '|' => {
                    self.out.push('|');
                    anything = false;
                    continue;
                }
                '^' | '$' => {
                    self.out.push(sign);
                    continue;
                }
                '.' => self.out.push('.'),
                '[' => self.class()?,
                '\\' => {
                    let escape = self.escape()?;
                    self.out.push_str(&escape.translated());
                }
                _ if literal(sign) => self.out.push_str(&code(sign)),
                '*' | '+' | '?' | '{' => return Err(format!("`{sign}` has nothing to repeat")),
                _ => return Err(refused(sign)),
            }
            self.repeats()?;
        }
        // AWS does not say what an empty alternative matches.
        if anything && !self.out.starts_with('|') && !self.out.contains("||") {
            Ok(self.out)
        } else {
            Err("the regular expression or one of its alternatives is empty".to_owned())
        }
    }

    fn repeats(&mut self) -> Result<(), String> {
        let Some(sign) = self.rest.next_if(|sign| "*+?{".contains(*sign)) else { return Ok(()) };
        if sign == '{' {
            self.count()?;
        } else {
            self.out.push(sign);
        }
        // `.*?` means the same whether `?` makes the star lazy or optional; all other pairs do not.
        if sign == '*' && self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        match self.rest.peek() {
            Some(next) if "*+?{".contains(*next) => Err(format!("`{next}` repeats a repetition")),
            _ => Ok(()),
        }
    }

    /// `{m}`, `{m,}`, `{,n}` or `{m,n}`.
    fn count(&mut self) -> Result<(), String> {
        let inside: String = std::iter::from_fn(|| self.rest.next_if(|sign| *sign != '}')).collect();
        let closed = self.rest.next().is_some();
        let (low, high) = inside.split_once(',').map_or((inside.as_str(), None), |(low, high)| (low, Some(high)));
        let bound = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|count| digits && *count <= MOST_REPEATS)
        };
        let written = match (bound(low), high.map(|high| (high, bound(high)))) {
            (Some(low), None) => Some(format!("{{{low}}}")),
            (Some(low), Some(("", _))) => Some(format!("{{{low},}}")),
            (Some(low), Some((_, Some(high)))) if low <= high => Some(format!("{{{low},{high}}}")),
            (None, Some((_, Some(high)))) if low.is_empty() => Some(format!("{{0,{high}}}")),
            _ => None,
        };
        let written = written.filter(|_| closed).ok_or("a number of repetitions in braces is expected")?;
        self.out.push_str(&written);
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut empty = true;
        loop {
            let first = match self.rest.next() {
                None => return Err("a character class is not closed".to_owned()),
                Some(']') if empty => return Err("a character class is empty".to_owned()),
                Some(']') => break,
                Some('\\') => self.escape()?,
                Some('-') if !empty && self.rest.peek() != Some(&']') => return Err("a range of characters has no beginning".to_owned()),
                Some(sign) if literal(sign) || ".^$?{}|*+".contains(sign) => Escape::Sign(sign),
                Some(sign) => return Err(refused(sign)),
            };
            empty = false;
            self.out.push_str(&first.in_class());
            self.range(&first)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// What follows the first sign of a range, if it is one. A `-` before the closing bracket is a plain sign.
    fn range(&mut self, first: &Escape) -> Result<(), String> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || ahead.next().is_none_or(|sign| sign == ']') {
            return Ok(());
        }
        self.rest.next();
        let last = match self.rest.next() {
            Some('\\') => self.escape()?,
            Some(sign) if sign.is_ascii_alphanumeric() => Escape::Sign(sign),
            _ => return Err("a range of characters has no end".to_owned()),
        };
        match (first, &last) {
            (Escape::Sign(first), Escape::Sign(end)) if first <= end => {
                self.out.push('-');
                self.out.push_str(&code(*end));
                Ok(())
            }
            _ => Err("a range of characters runs backwards".to_owned()),
        }
    }

    fn escape(&mut self) -> Result<Escape, String> {
        match self.rest.next() {
            Some(class @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => Ok(Escape::Class(class)),
            Some('t') => Ok(Escape::Sign('\t')),
            Some('n') => Ok(Escape::Sign('\n')),
            Some('x') => {
                let digits: String = self.rest.by_ref().take(2).filter(char::is_ascii_hexdigit).collect();
                let sign = u8::from_str_radix(&digits, 16).ok().filter(|byte| digits.len() == 2 && byte.is_ascii());
                sign.map(|byte| Escape::Sign(char::from(byte))).ok_or_else(|| "`\\x` needs the two digits of an ASCII character".to_owned())
            }
            Some(sign) if sign.is_ascii_punctuation() => Ok(Escape::Sign(sign)),
            Some(sign) => Err(format!("`\\{}` is not an escape of filter patterns", sign.escape_debug())),
            None => Err("the regular expression ends with a backslash".to_owned()),
        }
    }
}

enum Escape {
    Sign(char),
    Class(char),
}

impl Escape {
    fn translated(&self) -> String {
        match self {
            Self::Sign(sign) => code(*sign),
            Self::Class(_) => format!("[{}]", self.in_class()),
        }
    }

    /// The crate's own classes are Unicode's, AWS's are ASCII's.
    fn in_class(&self) -> String {
        match self {
            Self::Sign(sign) => code(*sign),
            Self::Class('d') => "0-9".to_owned(),
            Self::Class('D') => "[^0-9]".to_owned(),
            Self::Class('s') => "[ \\t\\n\\r\\f\\v]".to_owned(),
            Self::Class('S') => "[^ \\t\\n\\r\\f\\v]".to_owned(),
            Self::Class('w') => "a-zA-Z_0-9".to_owned(),
            Self::Class(_) => "[^a-zA-Z_0-9]".to_owned(),
        }
    }
}

/// The signs that stand for themselves. The space is in the guide's examples, though not in its list.
fn literal(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || ":_#=@/;,- ".contains(sign)
}

fn code(sign: char) -> String {
    format!("\\x{{{:x}}}", u32::from(sign))
}

fn refused(sign: char) -> String {
    format!("AWS allows no `{}` there in a regular expression", sign.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guide_lists_is_understood() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("AUTHORIZED", &["[ERROR 401] UNAUTHORIZED REQUEST"], &["authorized", ""]),
            ("^[hc]at", &["hat", "cat!"], &["a hat", "bat"]),
            ("[hc]at$", &["a hat"], &["hats"]),
            ("colou?r", &["color", "colour"], &["colouur"]),
            ("[abcx-z]", &["y", "a"], &["d", "-"]),
            ("^a{3,5}$", &["aaa", "aaaaa"], &["aa", "aaaaaa"]),
            ("^a{2}$", &["aa"], &["a"]),
            ("^a{2,}$", &["aaaa"], &["a"]),
            ("^a{,2}$", &["", "aa"], &["aaa"]),
            ("gra|ey", &["gray", "grey"], &["green"]),
            ("^starting|^initializing|^shutting down", &["shutting down"], &["skipping initializing"]),
            ("ab*c", &["ac", "abbbc"], &["adc"]),
            ("ab+c", &["abc"], &["ac"]),
            ("^.at$", &["#at", " at"], &["at"]),
            (r"\[.\]", &["[@]", "[]]"], &["[]", "[ab]"]),
            (r"^10\.10\.0\.1$", &["10.10.0.1"], &["10010,051"]),
            (r"^\d\D$", &["1x"], &["x1", "१x"]),
            (r"^\s\S$", &[" x"], &["x "]),
            (r"^\w\W$", &["_!"], &["!!", "é!"]),
            (r"^[\d.]+$", &["10.1"], &["10-1"]),
            (r"^[^\D5]$", &["4"], &["5", "x"]),
            (r"\x28\x3A", &["(:"], &["x"]),
            ("^[a-]$", &["a", "-"], &["b"]),
            ("^[-a]$", &["a", "-"], &["b"]),
            ("^[a.|*]$", &["|", "."], &["b"]),
            ("Create.*?Policy", &["CreateRolePolicy"], &["CreateRole"]),
            ("val.{2}", &["value"], &["val"]),
        ];
        for (source, hits, misses) in cases {
            let regex = compile(source).unwrap_or_else(|reason| panic!("{source}: {reason}"));
            for hit in *hits {
                assert!(regex.is_match(hit), "{source} {hit}");
            }
            for miss in *misses {
                assert!(!regex.is_match(miss), "{source} {miss}");
            }
        }
    }

    #[test]
    fn what_aws_would_refuse_is_refused() {
        let refused = [
            "",
            "|a",
            "a|",
            "a||b",
            "(a)",
            "a!",
            "a\"",
            "a&b",
            "a~b",
            "é",
            "*a",
            "+",
            "?",
            "^*",
            "$+",
            "a**",
            "a+?",
            "a??",
            "a{2}{3}",
            "a{",
            "a{}",
            "a{,}",
            "a{x}",
            "a{1",
            "a{2,1}",
            "a{1001}",
            "a{+1}",
            "a{1, 2}",
            "a}",
            "a]",
            "[",
            "[]",
            "[]a]",
            "[^]",
            "[a",
            "[[:alpha:]]",
            "[a[b]]",
            "[a&&b]",
            "[z-a]",
            "[a-c-e]",
            r"[\d-z]",
            r"[a-\d]",
            r"\b",
            r"\p{L}",
            r"\1",
            r"\x2",
            r"\xzz",
            r"\xff",
            r"a\",
            "a\tb",
            "(?i)a",
        ];
        for source in refused {
            assert!(compile(source).is_err(), "{source}");
        }
    }

    #[test]
    fn a_regular_expression_cannot_grow_without_limit() {
        assert_eq!(compile(&".{1000}".repeat(100)).unwrap_err(), "the regular expression is too large");
    }
}
