"""Every setting that some process of the hub reads, judged together before any of them is started.

A part that read its own alone would end and be started again for ever, while whoever runs `up` waits for it.
"""

from __future__ import annotations

from lienthong.authorities import trusting
from lienthong.errors import Misconfigured, Problem
from lienthong.kafka.settings import KafkaSettings
from lienthong.refusals import misconfigured_by
from lienthong.settings import ServiceSettings, load
from services.export.settings import ExportSettings
from services.identity.sessions.provider import OidcSettings
from services.identity.sessions.session import SessionSettings
from services.ingest.reminders.settings import MailSettings

OF_PARTS: tuple[type[ServiceSettings], ...] = (
    KafkaSettings,
    ExportSettings,
    MailSettings,
    OidcSettings,
    SessionSettings,
)


def refuse_wrong() -> None:
    """Raises Misconfigured with all that is wrong in them, and in the certificates that they name."""
    faults: list[Problem] = []
    for settings in OF_PARTS:
        try:
            loaded = load(settings)
            _refuse_authorities(loaded)
        except Misconfigured as error:
            faults += error.problems
    if faults:
        raise misconfigured_by(faults)


def _refuse_authorities(settings: ServiceSettings) -> None:
    """The certificates to trust, where a service names its own."""
    if isinstance(settings, ExportSettings | MailSettings):
        trusting(settings.ca_file, f"{settings.model_config.get('env_prefix', '')}CA_FILE")
