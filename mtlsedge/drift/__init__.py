"""What somebody changed in the cloud behind a stack's back."""
