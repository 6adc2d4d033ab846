//! Reading a filter pattern. The grammar, loosest binding first:
//!
//! ```text
//! pattern   = "" | '" "' | "{" any "}"
//! any       = all { "||" all }
//! all       = condition { "&&" condition }
//! condition = "(" any ")" | selector test
//! test      = ("=" | "!=") value | ("<" | "<=" | ">" | ">=") number | "IS" ("NULL" | "TRUE" | "FALSE") | [ "NOT" ] "EXISTS"
//! ```

use serde_json::Number;

use super::{
    Condition, Operand, Order, Test, Text,
    regex::compile,
    selector::{Selector, Step},
};
use crate::pattern::{NotUnderstood, excerpt};

/// AWS takes 1,024 characters.
const LONGEST: usize = 4_096;
/// Parentheses within parentheses. Published patterns need three.
const DEEPEST: usize = 64;
/// AWS's own limits for a pattern.
const MOST_REGEXES: usize = 2;
const MOST_WILDCARD_SELECTORS: usize = 3;

pub(super) fn pattern(text: &str) -> Result<Option<Condition>, NotUnderstood> {
    if text.len() > LONGEST {
        return Err(NotUnderstood::new("its end", format!("it is longer than {LONGEST} bytes")));
    }
    let trimmed = text.trim_ascii();
    if matches!(trimmed, "" | "\"\"" | "\" \"") {
        return Ok(None);
    }
    let mut parser = Parser { text, at: 0, depth: 0, regexes: 0, wildcards: 0 };
    parser.skip_space();
    if !parser.take("{") {
        return Err(parser.refuse("only JSON patterns in braces are held against events, not terms or fields of a log line"));
    }
    let condition = parser.any()?;
    parser.expect("}")?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(Some(condition)) } else { Err(parser.refuse("nothing may follow the closing brace")) }
}

struct Parser<'p> {
    text: &'p str,
    /// In bytes, always at the beginning of a character.
    at: usize,
    depth: usize,
    regexes: usize,
    wildcards: usize,
}

impl<'p> Parser<'p> {
    fn any(&mut self) -> Result<Condition, NotUnderstood> {
        let mut parts = vec![self.all()?];
        while self.take_operator("||") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, NotUnderstood> {
        let mut parts = vec![self.condition()?];
        while self.take_operator("&&") {
            parts.push(self.condition()?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn condition(&mut self) -> Result<Condition, NotUnderstood> {
        self.skip_space();
        if !self.take("(") {
            let selector = self.selector()?;
            let test = self.test(&selector)?;
            return Ok(Condition::Field(selector, test));
        }
        if self.depth == DEEPEST {
            return Err(self.refuse("the parentheses are nested too deeply"));
        }
        self.depth += 1;
        let inner = self.any()?;
        self.depth -= 1;
        self.expect(")")?;
        Ok(inner)
    }

    fn selector(&mut self) -> Result<Selector, NotUnderstood> {
        if !self.take("$") {
            return Err(self.refuse("a field such as `$.eventName` is expected"));
        }
        let mut steps = Vec::new();
        loop {
            let dot = self.take(".");
            if self.rest().starts_with('[') {
                // The guide puts array elements after a property.
                if steps.is_empty() && !self.rest().starts_with("['") && !self.rest().starts_with("[\"") {
                    return Err(self.refuse("a field's name is expected after `$`"));
                }
                steps.push(self.bracket(dot)?);
            } else if dot {
                let name = self.take_while(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign));
                if !name.is_empty() {
                    steps.push(Step::Field(name.to_owned()));
                } else if self.take("*") {
                    steps.push(Step::EveryField);
                } else {
                    return Err(self.refuse("a field's name is expected"));
                }
            } else if steps.is_empty() {
                return Err(self.refuse("a field's name is expected after `$`"));
            } else {
                break;
            }
        }
        let selector = Selector(steps);
        self.wildcards += selector.wildcards();
        if selector.wildcards() > 1 || self.wildcards > MOST_WILDCARD_SELECTORS {
            return Err(self.refuse("AWS allows one wildcard in a field and three in a pattern"));
        }
        Ok(selector)
    }

    /// `[0]`, `[*]`, `['name']` or `["name"]`; after a dot, only a name.
    fn bracket(&mut self, dot: bool) -> Result<Step, NotUnderstood> {
        for (opening, closing) in [("['", "']"), ("[\"", "\"]")] {
            if self.take(opening) {
                let name = self.take_while(|sign| !"'\"\\".contains(sign));
                if name.is_empty() {
                    return Err(self.refuse("a field's name is expected in the brackets"));
                }
                self.expect_here(closing)?;
                return Ok(Step::Field(name.to_owned()));
            }
        }
        if dot {
            return Err(self.refuse("a field's name is expected"));
        }
        self.expect_here("[")?;
        let step = if self.take("*") {
            Step::EveryElement
        } else {
            let digits = self.take_while(|sign| sign.is_ascii_digit());
            Step::Element(digits.parse().map_err(|_| self.refuse("an element's number is expected in the brackets"))?)
        };
        self.expect_here("]")?;
        Ok(step)
    }

    fn test(&mut self, selector: &Selector) -> Result<Test, NotUnderstood> {
        let spaced = self.skip_space();
        let every = selector.wildcards() > 0;
        let order = [("<=", Order::AtMost), (">=", Order::AtLeast), ("<", Order::Less), (">", Order::Greater)];
        if self.take("!=") {
            if every {
                return Err(self.refuse("AWS does not say whether `!=` holds for any or for all that a wildcard selects"));
            }
            return self.operand().map(Test::NotEqual);
        }
        if self.take("=") {
            return self.operand().map(Test::Equal);
        }
        if let Some((_, order)) = order.into_iter().find(|(sign, _)| self.take(sign)) {
            self.skip_space();
            let number = self.word(value_sign);
            return match number_of(number) {
                Some(number) => Ok(Test::Order(order, number)),
                None => Err(self.refuse("a number is expected, because only numbers have an order")),
            };
        }
        match self.word(|sign| sign.is_ascii_alphabetic()).to_ascii_uppercase().as_str() {
            "EXISTS" if spaced => Ok(Test::Exists),
            "NOT" if spaced && every => Err(self.refuse("AWS does not say what `NOT EXISTS` means after a wildcard")),
            "NOT" if spaced => {
                if self.skip_space() && self.word(|sign| sign.is_ascii_alphabetic()).eq_ignore_ascii_case("EXISTS") {
                    Ok(Test::NotExists)
                } else {
                    Err(self.refuse("`EXISTS` is expected after `NOT`"))
                }
            }
            "IS" if spaced && self.skip_space() => match self.word(|sign| sign.is_ascii_alphabetic()).to_ascii_uppercase().as_str() {
                "NULL" => Ok(Test::IsNull),
                "TRUE" => Ok(Test::Is(true)),
                "FALSE" => Ok(Test::Is(false)),
                _ => Err(self.refuse("`NULL`, `TRUE` or `FALSE` is expected after `IS`")),
            },
            _ => Err(self.refuse("a comparison, `IS` or `NOT EXISTS` is expected after the field")),
        }
    }

    fn operand(&mut self) -> Result<Operand, NotUnderstood> {
        self.skip_space();
        if self.take("%") {
            return self.regex().map(Operand::Regex);
        }
        if self.take("\"") {
            let inside = self.take_while(|sign| sign != '"' && sign != '\\');
            if self.rest().starts_with('\\') {
                return Err(self.refuse("AWS does not say what a backslash means in a quoted value"));
            }
            self.expect_here("\"")?;
            if inside.len() > 1 && inside.starts_with('%') && inside.ends_with('%') {
                return Err(self.refuse("AWS does not say whether a regular expression may be quoted"));
            }
            return self.text(inside).map(Operand::Text);
        }
        let word = self.word(value_sign);
        if let Some(number) = number_of(word) {
            return Ok(Operand::Number { text: word.to_owned(), number });
        }
        match word {
            "" => Err(self.refuse("a value is expected")),
            "true" | "false" | "null" => {
                Err(self.refuse("AWS does not say whether this is a text, which would be quoted, or asks for `IS`"))
            }
            _ if is_number(word) => Err(self.refuse("the number is too large")),
            _ if word.contains('+') => Err(self.refuse("a value with a `+` that is no number has to be quoted")),
            _ => self.text(word).map(Operand::Text),
        }
    }

    fn text(&self, value: &str) -> Result<Text, NotUnderstood> {
        if value == "*" {
            return Ok(Text::Part(String::new()));
        }
        let (start, rest) = value.strip_prefix('*').map_or((false, value), |rest| (true, rest));
        let (end, middle) = rest.strip_suffix('*').map_or((false, rest), |rest| (true, rest));
        if middle.contains('*') || (middle.is_empty() && (start || end)) {
            return Err(self.refuse("AWS does not say what a `*` means elsewhere than at the beginning and the end of a value"));
        }
        let middle = middle.to_owned();
        Ok(match (start, end) {
            (false, false) => Text::Whole(middle),
            (false, true) => Text::Start(middle),
            (true, false) => Text::End(middle),
            (true, true) => Text::Part(middle),
        })
    }

    fn regex(&mut self) -> Result<::regex::Regex, NotUnderstood> {
        let source = self.take_while(|sign| sign != '%');
        self.regexes += 1;
        if self.regexes > MOST_REGEXES {
            return Err(self.refuse("AWS allows two regular expressions in a pattern"));
        }
        let regex = compile(source).map_err(|reason| self.refuse(&reason))?;
        self.expect_here("%")?;
        Ok(regex)
    }

    fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn take_operator(&mut self, sign: &str) -> bool {
        self.skip_space();
        self.take(sign)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|sign| !wanted(sign)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// As `take_while`, and takes nothing when the next sign runs on from the word.
    fn word(&mut self, wanted: impl Fn(char) -> bool) -> &'p str {
        let before = self.at;
        let word = self.take_while(wanted);
        if self.rest().starts_with(|sign: char| !sign.is_ascii_whitespace() && !")}&|".contains(sign)) {
            self.at = before;
            return "";
        }
        word
    }

    fn skip_space(&mut self) -> bool {
        !self.take_while(|sign| sign.is_ascii_whitespace()).is_empty()
    }

    fn expect(&mut self, sign: &str) -> Result<(), NotUnderstood> {
        self.skip_space();
        if self.take(sign) { Ok(()) } else { Err(self.refuse(&format!("`&&`, `||` or `{sign}` is expected"))) }
    }

    fn expect_here(&mut self, sign: &str) -> Result<(), NotUnderstood> {
        if self.take(sign) { Ok(()) } else { Err(self.refuse(&format!("`{sign}` is expected"))) }
    }

    fn refuse(&self, reason: &str) -> NotUnderstood {
        let character = self.text[..self.at].chars().count() + 1;
        let place = match self.rest() {
            "" => "its end".to_owned(),
            rest => format!("character {character}, {}", excerpt(rest)),
        };
        NotUnderstood::new(place, reason)
    }
}

/// A condition alone needs no list around it.
fn joined(mut parts: Vec<Condition>, list: fn(Vec<Condition>) -> Condition) -> Condition {
    if parts.len() == 1 { parts.remove(0) } else { list(parts) }
}

/// The signs of an unquoted value. The guide asks for quotes around all but letters, digits and `_`; its examples have the others.
fn value_sign(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || "_.-+*".contains(sign)
}

fn number_of(text: &str) -> Option<Number> {
    if !is_number(text) {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse::<i64>()
        .map(Number::from)
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| text.parse().ok().and_then(Number::from_f64))
}

/// A whole number or a decimal with an optional sign and exponent, as the guide has it.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).to_owned();
    let text = unsigned(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text.as_str(), None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(|exponent| digits(&unsigned(exponent)))
}
