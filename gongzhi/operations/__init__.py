"""What it takes to run: values from the environment and a PostgreSQL of our own. Not an app; knows nothing of ours."""
