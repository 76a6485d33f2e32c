"""Settings of export alone."""

from __future__ import annotations

from pydantic import Field

from lienthong.settings import CommaSeparated, ServiceSettings, env
from services.export.deliveries.retry import SCHEDULE


class ExportSettings(ServiceSettings):
    """Settings of export alone."""

    model_config = env("LIENTHONG_EXPORT_")

    senders: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Threads that push; where more destinations wait, one for each",
    )
    retry_seconds: tuple[int, ...] = Field(
        default=SCHEDULE, max_length=30, description="Seconds to wait after the 1st, 2nd … failed attempt"
    )
    keep_attempts_days: int = Field(
        default=1825, ge=30, le=36_500, description="Days for which each attempt of a settled delivery is kept"
    )
    take_seconds: float = Field(
        default=300,
        ge=0.2,
        le=86_400,
        description="Seconds between two questions to a destination what it has published",
    )
    keep_taken: int = Field(
        default=20_000,
        ge=200,
        le=1_000_000,
        description="Items of one destination of which what was taken is kept, the newest",
    )
    reaches: CommaSeparated = Field(
        default=("public",), description="Reaches that an operator may give to a destination over HTTP"
    )
    ca_file: str | None = Field(default=None, description="Certificates to trust at destinations (PEM)")
