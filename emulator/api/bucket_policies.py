"""S3 bucket policies.

Corrected: statements with a Condition. moto does not evaluate conditions and lets them apply always, so that the usual "deny what does
not come by TLS" refuses everything. Here a request counts as secure, and a statement whose condition cannot be evaluated does not apply.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def install() -> None:
    FakeBucket.get_permission = _without_conditional_statements  # type: ignore[method-assign]


def _without_conditional_statements(self: FakeBucket, action: str, resource: str) -> Any:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    statements = policy.get("Statement", [])
    statements = [each for each in (statements if isinstance(statements, list) else [statements]) if not each.get("Condition")]
    if not statements:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**policy, "Statement": statements})).is_action_permitted(action, resource)
