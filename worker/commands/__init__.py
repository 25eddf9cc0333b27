"""The operator's commands: arguments, screens and exit codes; what they do stands in worker/ops."""
