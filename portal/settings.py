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
    keep_days_person: int = 90  # after that of a chat with a hand-over and without a case (RET-02)
    session_turns: int = 60  # a bot session's cost grows with its length
    base_url: str = ""  # how the world reaches it; links in mails use nothing else (SEC-A11)
    demo: bool | None = None  # demo people, to be entered without a password; by default on a loopback address only
    smtp: str = ""  # smtp://user:password@host:587; without it mails are laid into var/mail
    mail_from: str = "wegweiser@example.org"
    translate_url: str = ""  # a LibreTranslate-compatible server
    translate_key: SecretStr = SecretStr("")
    clamd: str = ""  # host:port of a ClamAV daemon that looks at files
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: SecretStr = SecretStr("")
    oidc_acr: str = ""  # the provider's acr that means two factors; "mfa" in its amr always does
    operator_name: str = "Wegweiser (demo)"
    operator_address: str = "–"
    operator_email: str = "contact@example.org"

    @property
    def database_url(self) -> str:
        given = self.database or f"sqlite:///{self.var / 'wegweiser.db'}"
        return given.replace("sqlite:", "sqlite+aiosqlite:", 1) if given.startswith("sqlite:") else given

    @property
    def address(self) -> str:
        """The portal's own address, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def demonstrating(self) -> bool:
        """Are there demo people? Never on an address that the world can reach, unless it is asked for."""
        return (
            self.demo if self.demo is not None else self.host in ("127.0.0.1", "::1", "localhost") and not self.base_url
        )

    @property
    def files(self) -> Path:
        return self.var / "files"

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{self.bot_port}/webhooks/portal"

    @property
    def vectors_file(self) -> Path:
        return self.var / "vectors.npz"


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
