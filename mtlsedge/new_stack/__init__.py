"""A first stack file for another environment: what has to be known, and the commented text made of it."""
