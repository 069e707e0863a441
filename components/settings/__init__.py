"""What a stack file says: read, checked, and handed to the program as frozen dataclasses.

Nothing here imports Pulumi but `stack_config`, through which the program gets its settings.
"""

from components.settings.domain import full_names
from components.settings.loading import load
from components.settings.model import Settings
from components.settings.problems import Problem, SettingsError
from components.settings.secret import Secret

__all__ = ["Problem", "Secret", "Settings", "SettingsError", "full_names", "load"]
