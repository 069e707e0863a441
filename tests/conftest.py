"""What holds for every test."""

from hypothesis import HealthCheck, settings

# No generated case is timed: how long one takes says more about the machine than about the code (make bench measures).
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
