//! The first line is the filter pattern, the rest an event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orgsweep_checks::pattern::FilterPattern;

fuzz_target!(|input: &str| {
    let (text, event) = input.split_once('\n').unwrap_or((input, "{}"));
    let event = serde_json::from_str(event).unwrap_or_else(|_| serde_json::json!({"a": "b", "c": [{"d": 1.5}, null, true]}));
    match FilterPattern::parse(text) {
        Ok(pattern) => {
            let matched = pattern.matches(&event);
            // Parentheses around the whole say nothing new.
            let inner = text.trim_ascii().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            if let Some(Ok(again)) = inner.map(|inner| FilterPattern::parse(&format!("{{({inner})}}"))) {
                assert_eq!(again.matches(&event), matched);
            }
        }
        Err(reason) => {
            let reason = reason.to_string();
            assert!(!reason.contains('\n') && reason.len() < 1_000, "{reason}");
        }
    }
});
