"""Settings, from the environment (`WEGWEISER_...`); every one has a default that fits one machine and SQLite."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

HOUSE = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="WEGWEISER_", extra="ignore")

    var: Path = HOUSE / "var"
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    bot_port: int = 5005
    bot_secret: SecretStr = Field(default=SecretStr(""), min_length=0)
    bot_timeout: float = 15.0  # seconds; with storing and saying so a failure text stands within 20
    encoder: str = "bundled"
    keep_days: int = 7  # after a chat's last message (RET-01)
    session_turns: int = 60  # a bot session's cost grows with its length
    operator_name: str = "Wegweiser (demo)"
    operator_address: str = "–"
    operator_email: str = "contact@example.org"

    @property
    def database_url(self) -> str:
        given = self.database or f"sqlite:///{self.var / 'wegweiser.db'}"
        return given.replace("sqlite:", "sqlite+aiosqlite:", 1) if given.startswith("sqlite:") else given

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{self.bot_port}/webhooks/portal"

    @property
    def vectors_file(self) -> Path:
        return self.var / "vectors.npz"


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
