"""May it come in? Great Expectations suites per evidence kind, and the quarantine of what may not.

Usage statistics are switched off here, before the library can be imported by anything in this package.
"""

import os

os.environ["GX_ANALYTICS_ENABLED"] = "False"
