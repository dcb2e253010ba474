"""The API for a WSGI server: ``granian --interface wsgi lapor.wsgi:app``, or gunicorn.

Needs LAPOR_DATABASE_URL, prepared by ``lapor migrate``. Each process builds its services after the fork.
"""

import gc

from lapor.operations.supervisor import end_with_server

end_with_server()  # before the imports below, which take their time

from lapor import logs  # noqa: E402
from lapor.bootstrap import build  # noqa: E402
from lapor.settings import SettingError, Settings  # noqa: E402

logs.configure()
_settings = Settings.from_environment()
if _settings.database_url is None:
    raise SettingError("Set LAPOR_DATABASE_URL, or use 'lapor serve', which finds the private database.")
app = build(_settings, _settings.database_url).app
gc.collect()
gc.freeze()  # objects made at the start stay: a collection over all of them takes as long as many answers
