"""The day service: a web service with a database, in a namespace that it owns or uses as its settings say."""

from apps.day.settings import Settings
from shared.components.application import Application

app = Application("day-service", Settings)
app.web_service(
    port=8001,
    env={
        "LOG_LEVEL": app.config.log_level,
        "DATABASE_HOST": app.config.database_host,
        "CACHE_TTL": str(app.config.cache_ttl),
        "FEATURE_NEW_UI": str(app.config.feature_new_ui).lower(),
    },
    secrets={"DATABASE_PASSWORD": app.config.database_password},
)
