"""What DVC leaves in a project: stages that ran, earlier ones, and DVCLive's logs."""
