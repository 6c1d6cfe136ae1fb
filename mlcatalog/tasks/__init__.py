"""The verbs: what a person or the watcher asks for; they join the rooms below."""
