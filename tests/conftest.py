"""Settings that every test shares."""

import os

from hypothesis import HealthCheck, settings

# No deadline: these tests are not about the machine's speed. In CI the same examples come every time.
settings.register_profile(
    "dev",
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
