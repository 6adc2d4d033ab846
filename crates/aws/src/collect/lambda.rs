//! Lambda facts.

use std::collections::BTreeMap;

use aws_sdk_lambda::types as sdk;
use orgsweep_model::{
    Blind, BlindReason, Hidden, Unseen,
    fact::lambda::{LambdaFunction, LambdaFunctions},
};

use super::{Probe, every_page, observed};

pub(super) async fn functions(probe: &Probe<'_>) -> Result<LambdaFunctions, Unseen> {
    // Whatever is asked for, AWS gives 50 a page.
    let pages = probe.caller.lambda().list_functions().max_items(50).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "ListFunctions", pages, |page| page.functions).await?;
    let functions = listed.into_iter().map(|function| {
        let name = probe.needed(function.function_name, "function name")?;
        let environment = observed(environment(probe, &name, function.environment));
        Ok(LambdaFunction { name, arn: probe.needed(function.function_arn, "function ARN")?, environment })
    });
    Ok(LambdaFunctions { functions: functions.collect::<Result<_, Unseen>>()? })
}

fn environment(probe: &Probe<'_>, name: &str, environment: Option<sdk::EnvironmentResponse>) -> Result<BTreeMap<String, Hidden>, Unseen> {
    // A function without variables has no environment.
    let Some(environment) = environment else { return Ok(BTreeMap::new()) };
    match environment.error {
        Some(error) => {
            let code = error.error_code.unwrap_or_default();
            let message = error.message.unwrap_or_default();
            let detail =
                format!("the environment of the function {name} in {} could not be decrypted: {code}: {message}", probe.caller.region());
            // The variables are encrypted with a key of the account's own, which the audit role may not use.
            let denied = code.contains("AccessDenied");
            let reason = if denied { BlindReason::IamDeny } else { BlindReason::AwsError };
            Err(Unseen::Blind(Blind { reason, action: denied.then(|| "kms:Decrypt".to_owned()), detail }))
        }
        None => {
            let variables = probe.needed(environment.variables, "list of variables")?;
            Ok(variables.into_iter().map(|(name, value)| (name, Hidden::new(value))).collect())
        }
    }
}
