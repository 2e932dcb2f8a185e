"""`python -m services.cli`: the same as the command `keytide`."""

import sys

from services.cli.main import main

sys.exit(main())
