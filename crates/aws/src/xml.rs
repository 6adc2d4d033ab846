//! Whether an answer in XML is whole.
//!
//! The SDK's readers take the first thing that is no XML for the end of the list that they read. A broken answer would then look like one
//! with fewer items, and "none is open" is a pass.

use xmlparser::{ElementEnd, Token, Tokenizer};

/// Whether a text is one element that ends where it should, and so does everything in it.
pub(crate) fn is_whole(text: &str) -> bool {
    let (mut open, mut roots) = (Vec::new(), 0);
    for token in Tokenizer::from(text) {
        match token {
            Err(_) => return false,
            Ok(Token::ElementStart { prefix, local, .. }) => {
                roots += usize::from(open.is_empty());
                open.push((prefix.as_str(), local.as_str()));
            }
            Ok(Token::ElementEnd { end: ElementEnd::Empty, .. }) => drop(open.pop()),
            Ok(Token::ElementEnd { end: ElementEnd::Close(prefix, local), .. }) => {
                if open.pop() != Some((prefix.as_str(), local.as_str())) {
                    return false;
                }
            }
            Ok(_) => {}
        }
    }
    open.is_empty() && roots == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_answers_are() {
        for text in [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"http://x/\"><b>1 &amp; 2</b><c/><b:d xmlns:b=\"y\"></b:d></a>\n",
            "<a/>",
        ] {
            assert!(is_whole(text), "{text}");
        }
    }

    #[test]
    fn broken_ones_are_not() {
        let whole = "<a><set><item><id>1</id></item><item><id>2</id></item></set></a>";
        assert!(is_whole(whole));
        for cut in 0..whole.len() {
            assert!(!is_whole(&whole[..cut]), "{}", &whole[..cut]);
            assert!(!is_whole(&format!("{}<<", &whole[..cut])), "{}", &whole[..cut]);
        }
        for text in ["<a><b></a></b>", "<a/><a/>", "<a>&</a", "no XML"] {
            assert!(!is_whole(text), "{text}");
        }
    }
}
