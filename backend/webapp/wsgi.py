"""What gunicorn runs: `gunicorn -c webapp/gunicorn_conf.py webapp.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
application = get_wsgi_application()

# Models exist only after the set-up above.
from webapp.users import letters, operations, postman  # noqa: E402
from webapp.webhooks import courier  # noqa: E402

postman.start(deliver_due=letters.deliver_due, purge=operations.purge)
courier.start()
