"""What a stack file says: read, checked, and handed to the program as frozen dataclasses."""

from components.settings.domain import full_names
from components.settings.loading import load
from components.settings.model import Settings
from components.settings.problems import Problem, SettingsError
from components.settings.secret import Secret
from components.settings.stack_config import from_pulumi

__all__ = ["Problem", "Secret", "Settings", "SettingsError", "from_pulumi", "full_names", "load"]
