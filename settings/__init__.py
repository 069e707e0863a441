"""What a stack file says: read, checked, and handed to the program as frozen dataclasses.

Nothing here imports Pulumi but `stack_config`, through which the program gets its settings.
"""

from mtlsedge_components.reading.problems import Problem
from mtlsedge_components.reading.secret import Secret
from settings.domain import full_names
from settings.loading import load
from settings.model import Settings
from settings.problems import SettingsError

__all__ = ["Problem", "Secret", "Settings", "SettingsError", "full_names", "load"]
