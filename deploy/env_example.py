"""Makes deploy/env.example from the settings classes: every setting, explained in Vietnamese and English.

    python deploy/env_example.py            prints what the file must be
    python deploy/env_example.py --write    writes it

The texts stand in deploy/settings.yaml; names, defaults, limits and choices come from the code.
"""

from __future__ import annotations

import sys
import textwrap
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from lienthong.kafka.settings import KafkaSettings
from lienthong.settings import ServiceSettings, Settings
from services.export.settings import ExportSettings
from services.identity.sessions.provider import OidcSettings
from services.identity.sessions.session import SessionSettings
from services.ingest.reminders.settings import MailSettings

HERE = Path(__file__).resolve().parent
CLASSES: Sequence[type[ServiceSettings]] = (
    Settings,
    ExportSettings,
    KafkaSettings,
    SessionSettings,
    OidcSettings,
    MailSettings,
)
"""Every settings class of the hub; a test looks for those that were forgotten."""

_HEAD = """\
# Cấu hình của Liên Thông. / Settings of Liên Thông.
#
# Sinh ra từ mã nguồn bằng `python deploy/env_example.py --write`; không sửa tay. Bỏ dấu # ở dòng cần đổi.
# Made from the code; don't edit by hand. Take the # away where you want another value than the default.
#
# Mọi biến TÊN đều có thể đặt bằng TÊN_FILE=/đường/dẫn: giá trị là nội dung của tệp (dùng cho mật khẩu, khóa).
# Any NAME may be given as NAME_FILE=/path instead: the value is what the file holds (for passwords and keys).
"""
_SECRETS = "/etc/lienthong/secrets"


def rendered() -> str:
    """The whole file. Raises KeyError for a setting without its text, ValueError for a text without its setting."""
    texts: Mapping[str, Any] = yaml.safe_load((HERE / "settings.yaml").read_text("utf-8"))
    parts = [_HEAD]
    for settings_class in CLASSES:
        explained = dict(texts[settings_class.__name__])
        title = explained.pop("title")
        parts.append(f"\n# {'=' * 78}\n# {title['vi']} / {title['en']}\n")
        for name, field in settings_class.model_fields.items():
            parts.append("\n" + "\n".join(_entry(settings_class, name, field, explained.pop(name))) + "\n")
        if explained:
            raise ValueError(
                f"settings.yaml explains what {settings_class.__name__} does not have: {sorted(explained)}"
            )
    return "".join(parts)


def variable(settings_class: type[ServiceSettings], name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return f"{settings_class.model_config.get('env_prefix', '')}{name}".upper()


def _entry(
    settings_class: type[ServiceSettings], name: str, field: FieldInfo, explained: Mapping[str, str]
) -> Iterator[str]:
    english = explained.get("en") or field.description
    if not english:
        raise KeyError(f"{settings_class.__name__}.{name} has no English text")
    yield from _commented(explained["vi"])
    yield from _commented(english)
    bounds = _bounds(field)
    if bounds:
        yield f"# Giá trị / values: {bounds}"
    label = variable(settings_class, name, field)
    if _is_secret(field):
        yield f"#{label}_FILE={_SECRETS}/{label.removeprefix('LIENTHONG_').lower()}"
        return
    yield f"#{label}={_shown(field) or explained.get('example', '')}"


def _commented(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, 108)]


def _bounds(field: FieldInfo) -> str:
    for part in (field.annotation, *get_args(field.annotation)):
        if get_origin(part) is Literal:
            return ", ".join(get_args(part))
    limits = ("ge", "gt", "le", "lt")
    limits_set = {
        name: getattr(constraint, name) for constraint in field.metadata for name in limits if hasattr(constraint, name)
    }
    low, high = limits_set.get("ge", limits_set.get("gt")), limits_set.get("le", limits_set.get("lt"))
    return "" if low is None else f"{low} … {high}" if high is not None else f"≥ {low}"


def _is_secret(field: FieldInfo) -> bool:
    annotation = field.annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return SecretStr in get_args(annotation)
    return annotation is SecretStr


def _shown(field: FieldInfo) -> str:
    default = field.default
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple) and any(mark is NoDecode or isinstance(mark, NoDecode) for mark in field.metadata):
        return ",".join(map(str, default))  # read by commas, not as JSON
    if isinstance(default, tuple):
        return "[" + ",".join(map(str, default)) + "]"
    return str(default)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        (HERE / "env.example").write_text(rendered(), "utf-8")
    else:
        print(rendered(), end="")
