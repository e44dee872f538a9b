"""What essaim-worker.service starts: `python3 -m essaim.manager.web.worker`."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "essaim.manager.web.settings")
    django.setup()
    from essaim.manager.fleet.worker import main

    main()
