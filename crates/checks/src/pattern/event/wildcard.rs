//! `{"wildcard": "*/bin/*.jar"}`: texts with stars that stand for any text. Matching looks at no sign of the value more than once for
//! each piece between two stars.

/// The pieces between the stars.
#[derive(Clone, Debug)]
pub(super) struct Wildcard(Vec<String>);

impl Wildcard {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut signs = text.chars().peekable();
        while let Some(sign) = signs.next() {
            match sign {
                '*' if signs.peek() == Some(&'*') => return Err("a wildcard may not have two stars in a row"),
                '*' => pieces.push(std::mem::take(&mut piece)),
                '\\' => match signs.next() {
                    Some(escaped @ ('*' | '\\')) => piece.push(escaped),
                    _ => return Err("a wildcard may escape only `*` and the backslash"),
                },
                _ => piece.push(sign),
            }
        }
        pieces.push(piece);
        Ok(Self(pieces))
    }

    pub(super) fn covers(&self, value: &str) -> bool {
        let Some((first, others)) = self.0.split_first() else { return false };
        let Some((last, middle)) = others.split_last() else { return value == first };
        let Some(mut rest) = value.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            let Some((_, after)) = rest.split_once(piece.as_str()) else { return false };
            rest = after;
        }
        rest.ends_with(last.as_str())
    }
}
