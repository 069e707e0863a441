"""A real forge on this machine, Gitea and its runner, for pull requests from a branch to a deployed stack."""
