"""CloudTrail in moto: what the accounts have, and what must be seen of it.

moto never says that CloudTrail delivered to a log group.
"""

from moto_organization import AP, EU, US

TABLE = """
                                             master  security  network  payments  search  sandbox  analytics
cloudtrail-multi-region-logging      global  pass    pass      fail     fail      fail    fail     pass
cloudtrail-log-file-validation       global  pass    fail      fail     fail      fail    fail     pass
cloudtrail-kms-encrypted             global  pass    fail      fail     fail      fail    fail     fail
cloudtrail-insights-enabled          global  pass    fail      fail     fail      fail    fail     pass
cloudtrail-cloudwatch-logs-delivery  global  fail    fail      fail     fail      fail    fail     fail
cloudtrail-log-retention             global  pass    fail      fail     fail      fail    fail     fail
cloudtrail-s3-data-events            global  pass    fail      fail     fail      fail    fail     pass
"""

MANAGEMENT_EVENTS = [{"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
OBJECT_EVENTS = [
    {
        "Name": "objects",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ],
    }
]
ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True}


def seed(organization):
    def trail(account, region, selectors, multi_region=True, logging=True, insights=(), keeps=None, log_group=None, **more):
        account = organization.accounts[account]
        bucket = f"trail-{account.id}"
        account.client("s3").create_bucket(Bucket=bucket)
        if keeps:
            rule = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": keeps}}
            account.client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
        if log_group:
            more["CloudWatchLogsLogGroupArn"] = new_log_group(account, region, log_group)
            more["CloudWatchLogsRoleArn"] = f"arn:aws:iam::{account.id}:role/cloudtrail"
        cloudtrail = account.client("cloudtrail", region)
        cloudtrail.create_trail(Name="main", S3BucketName=bucket, IsMultiRegionTrail=multi_region, **more)
        # moto gives a new trail no selectors; AWS gives it the one for all management events.
        cloudtrail.put_event_selectors(TrailName="main", **selectors)
        if insights:
            cloudtrail.put_insight_selectors(TrailName="main", InsightSelectors=[{"InsightType": kind} for kind in insights])
        if logging:
            cloudtrail.start_logging(Name="main")

    trail(
        "master",
        US,
        {"AdvancedEventSelectors": MANAGEMENT_EVENTS + OBJECT_EVENTS},
        insights=("ApiCallRateInsight", "ApiErrorRateInsight"),
        keeps=400,
        log_group=365,
        EnableLogFileValidation=True,
        KmsKeyId=f"arn:aws:kms:{US}:{organization.accounts['master'].id}:key/00000000-0000-4000-8000-000000000000",
    )
    trail("security", EU, {"EventSelectors": [ALL]}, insights=("ApiErrorRateInsight",), keeps=90)
    trail("payments", US, {"EventSelectors": [ALL]}, multi_region=False)
    trail("search", US, {"EventSelectors": [ALL]}, logging=False)
    write_only = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
    trail("sandbox", US, {"EventSelectors": [write_only]})
    objects = {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
    trail(
        "analytics",
        AP,
        {"EventSelectors": [ALL | objects]},
        insights=("ApiCallRateInsight",),
        keeps=365,
        log_group=30,
        EnableLogFileValidation=True,
    )


def new_log_group(account, region, days):
    logs = account.client("logs", region)
    logs.create_log_group(logGroupName="trail")
    logs.put_retention_policy(logGroupName="trail", retentionInDays=days)
    return f"arn:aws:logs:{region}:{account.id}:log-group:trail:*"
