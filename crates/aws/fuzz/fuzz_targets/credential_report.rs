//! The input is the content of a credential report. With a header that is right in front, more of it is read.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/collect/credential_report/content.rs"]
mod content;

const HEADER: &[u8] = b"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,\
access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n";

fuzz_target!(|input: &[u8]| {
    for report in [input.to_vec(), [HEADER, input].concat()] {
        if let Ok((_, users)) = content::parse(&report) {
            // Nobody is made up: each user has a line.
            assert!(users.len() < report.split(|byte| b"\r\n".contains(byte)).count());
        }
    }
});
