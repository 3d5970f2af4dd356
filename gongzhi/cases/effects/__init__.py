"""What the verbs do besides changing the state, by step."""
