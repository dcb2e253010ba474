"""The API for a WSGI server: ``granian --interface wsgi lapor.wsgi:app``, or gunicorn.

Needs LAPOR_DATABASE_URL, prepared by ``lapor migrate``. Built after the fork, one house a process.
"""

from lapor import logs
from lapor.bootstrap import build
from lapor.settings import SettingError, Settings

logs.configure()
_settings = Settings.from_environment()
if _settings.database_url is None:
    raise SettingError("Set LAPOR_DATABASE_URL, or use 'lapor serve', which finds the private database.")
app = build(_settings, _settings.database_url).app
