"""HTTP APIs of the embedded AWS with IAM authorisation: the function is told who signed, and of nobody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pilotage_local.place import REGION
from pilotage_local.stack import Running

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]

_CODE = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer") or {})}
"""


@pytest.fixture(scope="module")
def url(aws: Aws, embedded: Running) -> str:
    """Of an API whose only route asks for IAM; the address is the one of the API's own output."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("app.py", _CODE)
    function = aws("lambda").create_function(
        FunctionName="says-who",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{embedded.account}:role/none",
        Handler="app.handler",
        Code={"ZipFile": zipped.getvalue()},
    )["FunctionArn"]
    aws("lambda").get_waiter("function_active_v2").wait(FunctionName="says-who", WaiterConfig={"Delay": 1})
    apis = aws("apigatewayv2")
    api = apis.create_api(Name="callers", ProtocolType="HTTP")
    integration = apis.create_integration(
        ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )
    apis.create_route(
        ApiId=api["ApiId"],
        RouteKey="POST /who",
        AuthorizationType="AWS_IAM",
        Target=f"integrations/{integration['IntegrationId']}",
    )
    apis.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    return f"{api['ApiEndpoint']}/who"


def asked(url: str, headers: dict[str, str]) -> tuple[int, Any]:
    """Names below localhost are this machine; API Gateway tells its APIs apart by the name."""
    address = urlsplit(url)
    there = address._replace(netloc=f"127.0.0.1:{address.port}").geturl()
    with urllib3.PoolManager() as pool:
        answer = pool.request("POST", there, body=b"{}", headers={**headers, "host": address.netloc})
    return answer.status, json.loads(answer.data)


def signed(url: str, key: str) -> dict[str, str]:
    request = AWSRequest("POST", url, {"content-type": "application/json"}, b"{}")
    SigV4Auth(Credentials(key, "fake-secret-of-a-test"), "execute-api", REGION).add_auth(request)
    return dict(request.headers.items())


def test_who_signed_is_told_by_name(url: str, aws: Aws, embedded: Running) -> None:
    """A user of IAM is that user, and the embedded AWS's own key is root, as STS says, too."""
    aws("iam").create_user(UserName="anna")
    key = aws("iam").create_access_key(UserName="anna")["AccessKey"]["AccessKeyId"]
    status, authorizer = asked(url, signed(url, key))
    assert status == 200
    assert authorizer["iam"]["userArn"] == f"arn:aws:iam::{embedded.account}:user/anna"
    assert authorizer["iam"]["accessKey"] == key
    own = asked(url, signed(url, "embedded"))[1]["iam"]["userArn"]
    assert own == aws("sts").get_caller_identity()["Arn"]


def test_without_an_authorization_nothing_passes(url: str) -> None:
    """The function is not even asked."""
    assert asked(url, {}) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    "authorization", ["Bearer root", "AWS embedded:c2lnbmF0dXJl", "AWS4-HMAC-SHA256 Credential=embedded/x"]
)
def test_another_authorization_names_nobody(url: str, authorization: str) -> None:
    """MiniStack would take each for the account's root."""
    assert "iam" not in asked(url, {"authorization": authorization})[1]


def test_an_unknown_key_names_nobody(url: str) -> None:
    """Who is not known to IAM has signed nothing."""
    assert "iam" not in asked(url, signed(url, "AKIAIOSFODNN7EXAMPLE"))[1]


def test_the_api_of_a_stack_is_reached_by_its_output(aws: Aws) -> None:
    """What the output ApiUrl says is where a chat, a terminal and curl send to, before and after an update."""
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "x", "ProtocolType": "HTTP"}},
            "Stage": {
                "Type": "AWS::ApiGatewayV2::Stage",
                "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
            },
        },
        "Outputs": {"ApiUrl": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}},
    }
    stacks = aws("cloudformation")
    stacks.create_stack(StackName="reachable", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="reachable", WaiterConfig={"Delay": 1})
    template["Resources"]["Api"]["Properties"]["Description"] = "changed"  # type: ignore[index]
    stacks.update_stack(StackName="reachable", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_update_complete").wait(StackName="reachable", WaiterConfig={"Delay": 1})
    [output] = stacks.describe_stacks(StackName="reachable")["Stacks"][0]["Outputs"]
    with urllib3.PoolManager() as pool:
        answer = pool.request("POST", f"{output['OutputValue']}/v1/commands", body=b"{}")
    assert (answer.status, answer.json()) == (404, {"message": "Not Found"})
