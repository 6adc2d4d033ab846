//! The first line is the event pattern, the rest an event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orgsweep_checks::pattern::EventPattern;

fuzz_target!(|input: &str| {
    let (text, event) = input.split_once('\n').unwrap_or((input, "{}"));
    let event = serde_json::from_str(event).unwrap_or_else(|_| serde_json::json!({"a": "b", "c": [{"d": 1.5}, null, true]}));
    match EventPattern::parse(text) {
        Ok(pattern) => {
            let matched = pattern.matches(&event);
            // Two equal branches of `$or` are one.
            if let Ok(again) = EventPattern::parse(&format!("{{\"$or\": [{text}, {text}]}}")) {
                assert_eq!(again.matches(&event), matched);
            }
        }
        Err(reason) => {
            let reason = reason.to_string();
            assert!(!reason.contains('\n') && reason.len() < 1_000, "{reason}");
        }
    }
});
