"""Public SSM parameters.

Added: the newest GPU base image for Amazon Linux 2023, which moto does not know. It names moto's plain Amazon Linux 2023 image.
"""

from typing import Any

from moto.core.utils import utcnow
from moto.ssm.models import Parameter, ParameterDict

GPU_IMAGE = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"
PLAIN_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def install() -> None:
    ParameterDict._check_loading_status = _with_gpu_image(ParameterDict._check_loading_status)  # type: ignore[method-assign]


def _with_gpu_image(original: Any) -> Any:
    def check(self: ParameterDict, key: str) -> None:
        original(self, key)
        if key == GPU_IMAGE and not dict.__contains__(self, GPU_IMAGE):
            plain = self[PLAIN_IMAGE]
            self.setdefault(GPU_IMAGE, []).append(_public_parameter(self, plain[-1].value))

    return check


def _public_parameter(store: ParameterDict, value: str) -> Parameter:
    return Parameter(
        account_id=store.account_id,
        name=GPU_IMAGE,
        value=value,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=utcnow(),
        version=1,
        data_type="aws:ec2:image",
    )
