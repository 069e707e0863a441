"""What a stack created in the cloud and lost track of: a create whose reply never came back."""
