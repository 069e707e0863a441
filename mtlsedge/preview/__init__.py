"""What a pull request would change, said so that it can be judged in ten seconds: events in, findings out, text made."""
