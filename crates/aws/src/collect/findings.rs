//! Reading Security Hub's findings without most of what is in them.
//!
//! The SDK's own reader makes a value of every one of the hundreds of things that a finding can say about its resources. That needs more
//! stack than a worker has, and time and memory for nothing.

use aws_sdk_securityhub::{
    operation::get_findings::GetFindingsOutput,
    types::{AwsSecurityFinding, Compliance, ComplianceStatus, RecordState, Workflow, WorkflowStatus},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeDeserializationInterceptorContextMut, Error, Output},
        },
        orchestrator::{HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponents,
        ser_de::{DeserializeResponse, SharedResponseDeserializer},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde::Deserialize;

/// For `securityhub:GetFindings`: reads of each finding whose it is, which control it is about, and how it stands. Errors are read as ever.
#[derive(Debug)]
pub(super) struct LeanFindings;

impl Intercept for LeanFindings {
    fn name(&self) -> &'static str {
        "orgsweep::LeanFindings"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().is_success() {
            cfg.interceptor_state().store_put(SharedResponseDeserializer::new(Self));
        }
        Ok(())
    }
}

impl DeserializeResponse for LeanFindings {
    fn deserialize_nonstreaming_with_config(&self, response: &HttpResponse, _: &ConfigBag) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        let page: Page = serde_json::from_slice(body).map_err(OrchestratorError::other)?;
        let findings = page.findings.map(|findings| findings.into_iter().map(Finding::into_sdk).collect());
        Ok(Output::erase(GetFindingsOutput::builder().set_findings(findings).set_next_token(page.next_token).build()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    findings: Option<Vec<Finding>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    aws_account_id: Option<String>,
    region: Option<String>,
    product_name: Option<String>,
    generator_id: Option<String>,
    record_state: Option<String>,
    workflow: Option<Status>,
    compliance: Option<Standing>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Standing {
    status: Option<String>,
    security_control_id: Option<String>,
}

impl Finding {
    fn into_sdk(self) -> AwsSecurityFinding {
        let workflow = |workflow: Status| Workflow::builder().set_status(workflow.status.as_deref().map(WorkflowStatus::from)).build();
        let compliance = |compliance: Standing| {
            let status = compliance.status.as_deref().map(ComplianceStatus::from);
            Compliance::builder().set_status(status).set_security_control_id(compliance.security_control_id).build()
        };
        AwsSecurityFinding::builder()
            .set_aws_account_id(self.aws_account_id)
            .set_region(self.region)
            .set_product_name(self.product_name)
            .set_generator_id(self.generator_id)
            .set_record_state(self.record_state.as_deref().map(RecordState::from))
            .set_workflow(self.workflow.map(workflow))
            .set_compliance(self.compliance.map(compliance))
            .build()
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn read(body: &'static str) -> Result<GetFindingsOutput, String> {
        let response = HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body));
        let output = LeanFindings.deserialize_nonstreaming_with_config(&response, &ConfigBag::base());
        output.map(|output| output.downcast().unwrap()).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn what_is_counted_is_read_and_the_rest_is_skipped() {
        let page = read(
            r#"{"Findings": [{"AwsAccountId": "111122223333", "Region": "eu-west-1", "ProductName": "Security Hub", "RecordState": "ACTIVE",
            "Resources": [{"Type": "Other", "Details": {"AwsEc2Instance": {"Type": "t3.micro"}}}], "Workflow": {"Status": "NEW"},
            "Compliance": {"Status": "FAILED", "SecurityControlId": "EC2.8", "RelatedRequirements": []}}, {}], "NextToken": "more"}"#,
        );
        let page = page.unwrap();
        let [finding, empty] = page.findings() else { panic!("{page:?}") };
        assert_eq!((finding.aws_account_id(), finding.region()), (Some("111122223333"), Some("eu-west-1")));
        assert_eq!((finding.product_name(), finding.record_state()), (Some("Security Hub"), Some(&RecordState::Active)));
        assert_eq!(finding.workflow().and_then(Workflow::status), Some(&WorkflowStatus::New));
        let compliance = finding.compliance().unwrap();
        assert_eq!((compliance.status(), compliance.security_control_id()), (Some(&ComplianceStatus::Failed), Some("EC2.8")));
        assert_eq!(empty.compliance(), None);
        assert_eq!(page.next_token(), Some("more"));
    }

    #[test]
    fn an_answer_that_is_none_is_no_empty_list() {
        assert_eq!(read("{}").unwrap().findings, None);
        assert!(read("<html>").is_err());
        assert!(read("").is_err());
    }
}
