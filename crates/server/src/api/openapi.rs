//! The API's description.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

use super::{accounts, answer, checks, status, transitions, verdicts, waivers};

/// The API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "orgsweep",
        description = "The posture of every account of an AWS Organization: what stands, since when, and why.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        status::status,
        accounts::accounts,
        accounts::account,
        checks::checks,
        checks::check,
        verdicts::verdicts,
        transitions::transitions,
        waivers::waivers,
    ),
    components(schemas(answer::Problem, transitions::StandingName)),
    modifiers(&Token)
)]
pub(crate) struct Description;

/// `server.auth_token_file`, where it is configured.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("token", scheme);
        // Without a token in the configuration, none is needed.
        openapi.security = Some(vec![SecurityRequirement::default(), SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}
