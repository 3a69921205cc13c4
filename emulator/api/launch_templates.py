"""Launch templates.

Corrected: the user data of a version made by CreateLaunchTemplateVersion. moto keeps it as raw text, and then every launch on that
version fails: exactly what follows an edit of the boot script.
"""

from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.utils import parse_user_data


def install() -> None:
    LaunchTemplateVersion.__init__ = _with_parsed_user_data(LaunchTemplateVersion.__init__)  # type: ignore[method-assign]


def _with_parsed_user_data(original: Any) -> Any:
    def init(self: LaunchTemplateVersion, template: Any, number: int, data: dict[str, Any], description: str) -> None:
        user_data = data.get("UserData")
        if user_data is not None and not isinstance(user_data, Base64EncodedString):
            data = {**data, "UserData": parse_user_data(user_data)}
        original(self, template, number, data, description)

    return init
