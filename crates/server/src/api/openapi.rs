//! The API's description.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, ResponseBuilder,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
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
    modifiers(&Token, &Problems)
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

/// What every page may answer instead.
const PROBLEMS: [(&str, &str); 5] = [
    ("400", "A parameter is not known, or its value makes no sense"),
    ("401", "The token is missing or wrong"),
    ("403", "A page of another origin asks"),
    ("421", "The server does not go by the name in `Host`"),
    ("503", "It cannot be read now; `Retry-After` says when to ask again"),
];

struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for operation in openapi.paths.paths.values_mut().filter_map(|path| path.get.as_mut()) {
            for (status, description) in PROBLEMS {
                let body = Content::new(Some(Ref::from_schema_name("Problem")));
                let problem = ResponseBuilder::new().description(description).content("application/json", body);
                operation.responses.responses.insert(status.to_owned(), problem.into());
            }
        }
    }
}
